"""When the kubelet of this machine speaks for a node of the plan, and what becomes of a Node object that says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from upgradecheck.catalog import Catalog
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.planning.asking.here import Here, place, reporting, with_here
from upgradecheck.planning.asking.steps import Steps, plan_steps

KUBELET = LocalKubelet(
    "worker-1", "boot-1", as_version("v1.22.17"), runs=True, told="process 7 on this machine (running since then)", config=KubeletConfig()
)
NODE = NodeFacts("worker-1", as_version("v1.22.17"), None, {}, Origin("nodes.json"), boot_id="boot-1")
OTHER = replace(NODE, name="worker-2", boot_id="boot-2")
STOPPED = replace(KUBELET, runs=False, told="/usr/bin/kubelet on this machine (not running)")


@pytest.mark.parametrize(
    ("nodes", "requested", "expected"),
    [
        pytest.param([NODE, OTHER], (), "worker-1", id="a Node of this name"),
        pytest.param([replace(NODE, name="ip-10-0-0-1")], (), "ip-10-0-0-1", id="a Node of another name that booted with this machine"),
        pytest.param([replace(NODE, boot_id="boot-0")], (), "worker-1", id="a Node of this name, seen before the last boot"),
        pytest.param([], ("worker-1",), "worker-1", id="--node names it"),
        pytest.param([], (), "worker-1", id="nothing names any node"),
        pytest.param([OTHER], (), None, id="a Node that is another machine"),
        pytest.param([], ("worker-2",), None, id="--node names another one"),
        pytest.param([replace(NODE, name="a", boot_id=None)], (), None, id="a Node of another name that tells no boot"),
        pytest.param([replace(NODE, name="a"), replace(NODE, name="b")], (), None, id="two Nodes with the same boot cannot be told apart"),
    ],
)
def test_which_node_this_machine_is(nodes: Sequence[NodeFacts], requested: Sequence[str], expected: str | None) -> None:
    here = place(KUBELET, nodes, requested, configured=False, manifests=False)
    assert here.node == expected
    assert bool(here.notices) == (expected is None)


def test_another_machine_is_said_and_not_used() -> None:
    here = place(KUBELET, [OTHER], (), configured=False, manifests=False)
    assert here == Here(
        KUBELET,
        notices=(
            "Kubelet v1.22.17, as process 7 on this machine (running since then) says, is not used: by name (worker-1) and boot this machine "
            "is not node worker-2. If it is that node, give --from.",
        ),
    )
    assert reporting([OTHER], here, given=False) == (OTHER,)
    silent = place(replace(KUBELET, version=None), [OTHER], (), configured=False, manifests=False)
    assert silent.notices == ()


SET = replace(KUBELET, config=KubeletConfig(feature_gates={"A": True}), static_pods="/etc/kubernetes/manifests")


@pytest.mark.parametrize(
    ("kubelet", "nodes", "configured", "manifests", "expected"),
    [
        pytest.param(SET, [NODE], False, False, (SET.config, SET.static_pods, 1), id="its own node alone: used"),
        pytest.param(SET, [NODE], True, True, (None, None, 0), id="the user gave others"),
        pytest.param(SET, [NODE, OTHER], False, False, (None, None, 1), id="several nodes: not used, and said"),
        pytest.param(KUBELET, [NODE, OTHER], False, False, (None, None, 0), id="several nodes, and nothing to use"),
        pytest.param(
            replace(SET, config=None, config_problem="unreadable"), [NODE], False, False, (None, SET.static_pods, 1), id="no files"
        ),
    ],
)
def test_configuration_and_manifests_are_for_its_own_node_alone(
    kubelet: LocalKubelet, nodes: Sequence[NodeFacts], configured: bool, manifests: bool, expected: tuple[object, object, int]
) -> None:
    here = place(kubelet, nodes, (), configured=configured, manifests=manifests)
    assert (here.config, here.static_pods, len(here.notices)) == expected


def steps(kubelet: LocalKubelet, nodes: Sequence[NodeFacts], given: str | None = None) -> Steps:
    here = place(kubelet, nodes, ("worker-1",), configured=False, manifests=False)
    planned = plan_steps(reporting(nodes, here, given=given is not None), given, "1.30.14", Catalog())
    return with_here(planned, nodes, here, given=given is not None)


FROM_PROCESS = "Node worker-1: kubelet v1.22.17, as process 7 on this machine (running since then) says."
FROM_BINARY = "Node worker-1: kubelet v1.22.17, as /usr/bin/kubelet on this machine (not running) says."
CONTRADICTION = Missing(
    "kubelet version of node worker-1",
    "the Node object says v1.20.15, and process 7 on this machine (running since then) is v1.22.17; take the Node object again",
)


@pytest.mark.parametrize(
    ("kubelet", "nodes", "given", "start", "survival", "notices", "missing"),
    [
        pytest.param(KUBELET, [], None, "1.22.17", True, [FROM_PROCESS], (), id="no Node object: the process says it"),
        pytest.param(
            KUBELET, [replace(NODE, kubelet_version=None)], None, "1.22.17", True, [FROM_PROCESS], (), id="a Node without version"
        ),
        pytest.param(KUBELET, [NODE], None, "1.22.17", True, [], (), id="both say the same"),
        pytest.param(
            KUBELET, [replace(NODE, kubelet_version=as_version("v1.20.15"))], None, "1.20.15", False, [], (CONTRADICTION,), id="they differ"
        ),
        pytest.param(KUBELET, [], "1.22.17", "1.22.17", True, [], (), id="--from says the same"),
        pytest.param(STOPPED, [NODE], None, "1.22.17", True, [], (), id="a kubelet that does not run now, and a Node that says the same"),
        pytest.param(
            STOPPED,
            [replace(NODE, kubelet_version=as_version("v1.20.15"))],
            None,
            "1.20.15",
            True,
            [],
            (),
            id="stopped, and already replaced on the disk",
        ),
    ],
)
def test_versions(
    kubelet: LocalKubelet,
    nodes: Sequence[NodeFacts],
    given: str | None,
    start: str,
    survival: bool,
    notices: list[str],
    missing: tuple[Missing, ...],
) -> None:
    found = steps(kubelet, nodes, given)
    step = found.of("worker-1").step
    assert step is not None
    assert step.start is not None
    assert (step.start.release, step.survival) == (start, survival)
    assert [text for text in found.notices if "worker-1" in text] == notices
    assert found.missing == missing
    assert found.of("worker-9").step == found.default.step


def test_a_binary_that_does_not_run_has_not_shown_what_survives_it() -> None:
    found = steps(STOPPED, [])
    step = found.of("worker-1").step
    assert step is not None
    assert not step.survival
    assert found.notices[0] == FROM_BINARY
    assert "give --from" in found.notices[1]


@pytest.mark.parametrize(
    ("kubelet", "nodes", "given", "expected"),
    [
        pytest.param(STOPPED, [], "1.31.0", (True, None), id="what --from says ran, whatever was put in its place"),
        pytest.param(STOPPED, [], None, (False, None), id="its binary is all that tells"),
        pytest.param(KUBELET, [], "1.31.0", (False, "1.22"), id="one that runs goes on until the other comes"),
        pytest.param(STOPPED, [NODE], "1.31.0", (False, "1.22"), id="a Node object tells what ran last, or runs where nobody sees it here"),
        pytest.param(
            replace(STOPPED, version=None), [], "1.31.0", (False, None), id="none was found, so that nobody knows whether one runs"
        ),
    ],
)
def test_where_no_kubelet_runs_records_are_what_the_new_one_finds(
    kubelet: LocalKubelet, nodes: Sequence[NodeFacts], given: str | None, expected: tuple[bool, str | None]
) -> None:
    """The way back on a node whose kubelet is stopped, the old one in place: its binary is not what --from supposes to be replaced."""
    found = steps(kubelet, nodes, given)
    step = found.of("worker-1").step
    assert step is not None
    assert (step.at_rest, None if step.reported is None else str(step.reported)) == expected
    assert not [text for text in found.notices if "as given by --from" in text and not (nodes or kubelet.runs)]


def test_a_version_that_was_not_found_is_explained_only_where_it_is_needed() -> None:
    lost = replace(KUBELET, version=None, why_unknown="none runs here")
    assert steps(lost, []).notices == ("Node worker-1: no kubelet version was found on this machine (none runs here).",)
    assert steps(lost, [NODE]).notices == ()
