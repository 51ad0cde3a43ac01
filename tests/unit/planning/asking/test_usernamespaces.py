"""What a plan says of IDs for user namespaces: of what was seen on a node, of what was not, and of another number of them."""

import json

import pytest

from tests.builders import CATALOG, as_version
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.subordinate import pod_mapping
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import SAME_CONFIG, Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import TroubleKind
from upgradecheck.model.usernamespaces import BLOCK, ShownIDs, SubordinateIDs
from upgradecheck.planning.asking.steps import Steps, plan_steps
from upgradecheck.planning.asking.usernamespaces import with_user_namespaces

WITHOUT_TOOL = SubordinateIDs(user=True, node="a", place="/etc/passwd")
NOBODY = SubordinateIDs(user=False, node="a", place="/etc/passwd")
NOTHING = ShownIDs()
ORIGIN = Origin("nodes.json")


def config(**settings: object) -> KubeletConfig:
    return kubelet_config(json.dumps(settings).encode())


def ids_per_pod(number: int) -> KubeletConfig:
    return config(userNamespaces={"idsPerPod": number})


def planned(
    start: str | None,
    to: str,
    shown: ShownIDs = NOTHING,
    configs: Configs = SAME_CONFIG,
    words: tuple[str, ...] = (),
    names: tuple[str, ...] = ("a", "b"),
    os: str | None = "linux",
) -> Steps:
    version = None if start is None else as_version(start)
    nodes = tuple(NodeFacts(name, version, None, {}, ORIGIN, os=os) for name in names)
    steps = plan_steps(nodes, None, to, CATALOG, configs=configs)
    return with_user_namespaces(steps, (KubeletArguments(words, "flags", None),) if words else (), nodes, shown)


def obstacles(steps: Steps) -> dict[str, Reason | None]:
    return {name: None if one.step is None else one.step.obstacle for name, one in steps.by_node.items()}


@pytest.mark.parametrize(
    ("start", "to", "stops"),
    [
        pytest.param("1.28.15", "1.29.15", None, id="before kubelets ask for a user's IDs"),
        pytest.param("1.29.15", "1.30.14", None, id="the first that asks, with its gate off"),
        pytest.param("1.31.14", "1.32.13", None, id="the last whose gate is off"),
        pytest.param("1.32.13", "1.33.13", Reason.KUBELET_WILL_NOT_START, id="the first whose gate is on"),
        pytest.param("1.34.1", "1.35.4", Reason.KUBELET_MAY_NOT_START, id="the running one would not start either"),
        pytest.param(None, "1.37.1", Reason.KUBELET_WILL_NOT_START, id="the newest, from nobody knows what"),
    ],
)
def test_a_user_without_the_tool_stops_kubelets_with_the_gate(start: str | None, to: str, stops: Reason | None) -> None:
    assert obstacles(planned(start, to, ShownIDs((WITHOUT_TOOL,)))) == {"a": stops, "b": None}


@pytest.mark.parametrize("value", [True, False])
def test_the_gate_decides_where_it_is_set(value: bool) -> None:
    gate = config(featureGates={"UserNamespacesSupport": value})
    steps = planned("1.29.15", "1.32.13", ShownIDs((WITHOUT_TOOL,)), Configs(gate, gate, old_told=True))
    assert (obstacles(steps)["a"] is not None) is value


def test_how_many_pods_a_node_may_have_decides_how_many_ids_are_wanted() -> None:
    enough = ((BLOCK, BLOCK * 110),)
    shown = ShownIDs((SubordinateIDs(True, True, enough, enough, "a", "/etc/subuid"),))
    assert obstacles(planned("1.32.13", "1.34.1", shown))["a"] is None
    assert obstacles(planned("1.32.13", "1.34.1", shown, words=("--max-pods=111",)))["a"] is Reason.KUBELET_WILL_NOT_START
    more = config(maxPods=250)
    assert obstacles(planned("1.32.13", "1.34.1", shown, Configs(more, more)))["a"] is Reason.KUBELET_WILL_NOT_START
    assert obstacles(planned("1.32.13", "1.34.1", shown, Configs(more, more), ("--max-pods=110",)))["a"] is None


@pytest.mark.parametrize(
    ("start", "to", "unseen"),
    [
        pytest.param("1.29.15", "1.32.13", False, id="the gate is off in both"),
        pytest.param("1.32.13", "1.33.13", True, id="the gate comes on"),
        pytest.param("1.33.13", "1.37.1", False, id="the running one has asked already"),
        pytest.param("1.33.13", "1.32.13", False, id="back"),
        pytest.param(None, "1.34.1", True, id="from nobody knows what"),
    ],
)
def test_what_nobody_looked_at_is_told_once(start: str | None, to: str, unseen: bool) -> None:
    assert planned(start, to).user_ids_unseen is unseen
    assert not planned(start, to, ShownIDs((NOBODY, SubordinateIDs(user=False, node="b")))).user_ids_unseen
    assert planned(start, to, ShownIDs((NOBODY,))).user_ids_unseen is unseen
    assert not planned(start, to, os="windows").user_ids_unseen


def test_ids_that_pods_were_given_in_another_number() -> None:
    """1.33 and 1.34 have the field, and give 65,536 all the same; 1.35 heeds it."""
    more, shown = ids_per_pod(2 * BLOCK), pod_mapping("uid", "a/pods/uid/userns", mapping(BLOCK * 4))
    same, changed = Configs(more, more, old_told=True), Configs(KubeletConfig(), more, old_told=True, new_told=True)
    for start, to, configs, stops in (
        ("1.33.13", "1.34.1", same, None),
        ("1.33.13", "1.34.1", changed, None),
        ("1.34.1", "1.35.4", same, Reason.KUBELET_MAY_NOT_START),
        ("1.35.4", "1.37.1", same, None),
        ("1.35.4", "1.36.4", changed, Reason.KUBELET_MAY_NOT_START),
        ("1.35.4", "1.34.1", same, Reason.KUBELET_MAY_NOT_START),
        ("1.32.13", "1.35.4", same, None),
    ):
        assert obstacles(planned(start, to, configs=configs)) == {"a": stops, "b": stops}, (start, to)
    told = planned("1.34.1", "1.35.4", ShownIDs(mappings=(shown,)), same)
    assert obstacles(told) == {"a": Reason.KUBELET_WILL_NOT_START, "b": Reason.KUBELET_MAY_NOT_START}
    assert [one.kind for one in told.troubles] == [TroubleKind.POD_IDS, TroubleKind.IDS_PER_POD]
    assert obstacles(planned("1.34.1", "1.35.4", ShownIDs(mappings=(shown,))))["a"] is None


def mapping(first: int, length: int = BLOCK) -> bytes:
    block = [{"hostId": first, "containerId": 0, "length": length}]
    return json.dumps({"uidMappings": block, "gidMappings": block}).encode()


def test_a_file_of_nobodys_node_is_held_against_none() -> None:
    bad = ShownIDs(mappings=(pod_mapping("uid", "copy/pods/uid/userns", b"x"),))
    assert set(obstacles(planned("1.33.13", "1.34.1", bad)).values()) == {None}
    assert obstacles(planned("1.32.13", "1.34.1", bad, names=("a",))) == {"a": Reason.KUBELET_WILL_NOT_START}


def test_1_38_goes_on_without_the_tool_and_spares_the_last_id() -> None:
    """As its source has it (pkg/kubelet/kubelet_pods.go, v1.38.0-beta.0); a kubelet of it has not been run."""
    last, to = (1 << 32) - BLOCK, "1.38.0"
    ending, before = (((BLOCK, number),) for number in (last, last - BLOCK))
    block = pod_mapping("uid", "a/pods/uid/userns", mapping(last))
    assert obstacles(planned("1.32.13", to, ShownIDs((WITHOUT_TOOL,))))["a"] is None
    assert obstacles(planned("1.37.1", to, ShownIDs((NOBODY,), (block,))))["a"] is Reason.KUBELET_WILL_NOT_START
    assert obstacles(planned("1.36.4", "1.37.1", ShownIDs((NOBODY,), (block,))))["a"] is None
    for ids, stops in ((ending, Reason.KUBELET_WILL_NOT_START), (before, None)):
        seen = ShownIDs((SubordinateIDs(True, True, ids, ids, "a", "/etc/subuid"),))
        assert obstacles(planned("1.37.1", to, seen))["a"] is stops
        assert obstacles(planned("1.36.4", "1.37.1", seen))["a"] is None


def test_a_number_that_was_not_shown_is_held_against_nothing() -> None:
    """A bundle says that the field is set, and not to what."""
    untold = KubeletConfig(given=("userNamespaces.idsPerPod",))
    shown = ShownIDs((NOBODY,), (pod_mapping("uid", "a/pods/uid/userns", mapping(BLOCK * 4, BLOCK * 2)),))
    assert obstacles(planned("1.35.4", "1.36.4", shown, Configs(untold, untold, old_told=True)))["a"] is None
    assert obstacles(planned("1.35.4", "1.36.4", shown))["a"] is Reason.KUBELET_MAY_NOT_START
