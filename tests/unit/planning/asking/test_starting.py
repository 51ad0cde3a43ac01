"""What new kubelets stop at, by configuration and command line, and whose nodes that concerns."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import SAME_CONFIG, Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import RemarkKind, StartTrouble, TroubleKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.flags import with_flags
from upgradecheck.planning.asking.idle_words import idle_words
from upgradecheck.planning.asking.remarks import with_remarks
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import Steps, plan_steps

NODES = ("worker-1", "worker-2")
KNOWN = f"{CATALOG.minors()[0]} to {CATALOG.minors()[-1]}"


def stopped(
    *arguments: KubeletArguments,
    config: KubeletConfig | None = None,
    to: str = "1.31.14",
    nodes: tuple[str, ...] = NODES,
    told: bool = False,
) -> tuple[tuple[StartTrouble, ...], list[str]]:
    """The troubles, and the nodes that they stop; "" for pods of unknown nodes."""
    configs = Configs(KubeletConfig(), config or KubeletConfig(), new_told=told)
    facts = [NodeFacts(name, None, None, {}, Origin("nodes.json")) for name in nodes]
    steps = plan_steps(facts, "1.30.14", to, CATALOG, configs=configs)
    found = with_troubles(steps, configs, arguments, nodes, CATALOG.options)
    return found.troubles, _stopped(found)


def _stopped(steps: Steps) -> list[str]:
    by_name = {**steps.by_node, "": steps.default}
    return [name for name, one in by_name.items() if one.step is not None and one.step.obstacle is Reason.KUBELET_WILL_NOT_START]


def words(*flags: str, place: str = "kubeadm-flags.env", node: str | None = None) -> KubeletArguments:
    return KubeletArguments(flags, place, node)


GONE = StartTrouble(TroubleKind.FLAG_GONE, "--keep-terminated-pod-volumes", "kubeadm-flags.env", since=Minor(1, 31), instead="nothing")


@pytest.mark.parametrize(
    ("flags", "to", "expected"),
    [
        pytest.param(("--keep-terminated-pod-volumes",), "1.31.14", (GONE,), id="the minor that drops it"),
        pytest.param(("--keep_terminated_pod_volumes=true",), "1.31.14", (GONE,), id="underscores are dashes"),
        pytest.param(("--keep-terminated-pod-volumes",) * 2, "1.31.14", (GONE,), id="twice is once"),
        pytest.param(("--keep-terminated-pod-volumes",), "1.30.14", (), id="the minor before has it"),
        pytest.param(("--node-labels", "a=--keep-terminated-pod-volumes"), "1.31.14", (), id="a value that looks like it"),
        pytest.param(("--v=2", "--config", "x"), "1.31.14", (), id="what it has"),
        pytest.param(
            ("--feature-gates=ReadWriteOncePod=true",),
            "1.31.14",
            (StartTrouble(TroubleKind.GATE_GONE, "ReadWriteOncePod", "kubeadm-flags.env", value=True),),
            id="a gate on the command line",
        ),
        pytest.param(
            ("--feature_gates", "ReadWriteOncePod=true"),
            "1.31.14",
            (StartTrouble(TroubleKind.GATE_GONE, "ReadWriteOncePod", "kubeadm-flags.env", value=True),),
            id="a gate by a name with underscores",
        ),
        pytest.param(("--feature-gates=nonsense",), "1.31.14", (), id="what cannot be read"),
        pytest.param(
            ("--max-pods=${MAX}", "--feature-gates=ReadWriteOncePod=true"),
            "1.31.14",
            (StartTrouble(TroubleKind.GATE_GONE, "ReadWriteOncePod", "kubeadm-flags.env", value=True),),
            id="beside a number that is none yet",
        ),
        pytest.param(
            ("--container-runtime=remote",), "1.31.14", (), id="the running kubelet has it no longer either: nobody uses the file"
        ),
    ],
)
def test_command_lines(flags: tuple[str, ...], to: str, expected: tuple[StartTrouble, ...]) -> None:
    found, nodes = stopped(words(*flags), to=to)
    assert found == expected
    assert nodes == ([*NODES, ""] if expected else [])


@pytest.mark.parametrize(
    ("arguments", "nodes", "expected"),
    [
        pytest.param(words("--cloud-config=x", node="worker-2"), NODES, ["worker-2"], id="told by its source"),
        pytest.param(words("--cloud-config=x", place="dump/worker-1/kubeadm-flags.env"), NODES, ["worker-1"], id="told by its place"),
        pytest.param(words("--cloud-config=x"), ("only",), ["only"], id="there is no other"),
        pytest.param(words("--cloud-config=x"), NODES, [*NODES, ""], id="a file of all"),
    ],
)
def test_whose_they_are(arguments: KubeletArguments, nodes: tuple[str, ...], expected: list[str]) -> None:
    assert stopped(arguments, to="1.34.1", nodes=nodes)[1] == expected


@pytest.mark.parametrize("to", ["1.31.0", "1.31.6", "1.31.7", "1.31.14"])
def test_gates_that_came_with_a_patch(to: str) -> None:
    """1.30.14, which runs, has it."""
    name, lacks = "OrderedNamespaceDeletion", to in ("1.31.0", "1.31.6")
    by_file = StartTrouble(TroubleKind.GATE_GONE, name, "the configuration", instead="1.31.7", value=True)
    by_flag = replace(by_file, place="kubeadm-flags.env")
    wanted = [*NODES, ""] if lacks else []
    assert stopped(config=KubeletConfig(feature_gates={name: True}), to=to) == ((by_file,) if lacks else (), wanted)
    assert stopped(words(f"--feature-gates={name}=true"), to=to) == ((by_flag,) if lacks else (), wanted)


@pytest.mark.parametrize(
    ("gates", "told", "expected"),
    [
        pytest.param(
            {"ReadWriteOncePod": True},
            False,
            StartTrouble(TroubleKind.GATE_GONE, "ReadWriteOncePod", "the configuration", value=True),
            id="gone",
        ),
        pytest.param(
            {"ReadWriteOncePod": True},
            True,
            StartTrouble(TroubleKind.GATE_GONE, "ReadWriteOncePod", "the new configuration", value=True),
            id="told anew",
        ),
        pytest.param(
            {"AppArmor": False},
            False,
            StartTrouble(TroubleKind.GATE_LOCKED, "AppArmor", "the configuration", locked_to=True, value=False),
            id="locked",
        ),
        pytest.param({"AppArmor": True}, False, None, id="locked, and set to what it is"),
        pytest.param(
            {"ServerSideApply": False},
            True,
            StartTrouble(TroubleKind.GATE_LOCKED, "ServerSideApply", "the new configuration", locked_to=True, value=False),
            id="one of a library's",
        ),
        pytest.param({"AllAlpha": True, "WatchList": True}, False, None, id="known, though not its own"),
        pytest.param({"ReadWriteOncePod": False}, False, None, id="gone, and the running kubelet has it locked to another value"),
        pytest.param({"SeccompDefault": False}, False, None, id="not there in either"),
    ],
)
def test_configurations(gates: dict[str, bool], told: bool, expected: StartTrouble | None) -> None:
    assert stopped(config=KubeletConfig(feature_gates=gates), told=told) == (
        ((expected,), [*NODES, ""]) if expected is not None else ((), [])
    )


@pytest.mark.parametrize(
    ("start", "to", "config", "seen", "expected", "unseen"),
    [
        pytest.param("1.34.1", "1.35.2", None, {"worker-1": True, "worker-2": False}, ["worker-1"], False, id="of one node it was seen"),
        pytest.param("1.34.1", "1.35.2", None, {"worker-1": False}, [], True, id="of another it was not"),
        pytest.param("1.34.1", "1.35.2", None, {}, [], True, id="of none"),
        pytest.param("1.34.1", "1.35.2", False, {"worker-1": True}, [], False, id="its configuration lets it"),
        pytest.param("1.34.1", "1.35.2", True, {"worker-1": True}, ["worker-1"], True, id="its configuration does not"),
        pytest.param("1.34.1", "1.34.11", None, {"worker-1": True}, [], False, id="1.34 starts there"),
        pytest.param("1.35.2", "1.36.4", None, {}, [], False, id="the old one would not have started either"),
        pytest.param("1.35.2", "1.36.4", None, {"worker-1": True}, [], False, id="the old one runs there: something lets it"),
    ],
)
def test_version_1_of_cgroups(start: str, to: str, config: bool | None, seen: dict[str, bool], expected: list[str], unseen: bool) -> None:
    configs = Configs(KubeletConfig(), KubeletConfig(fail_cgroup_v1=config))
    facts = [NodeFacts(name, parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json")) for name in NODES]
    found = with_troubles(plan_steps(facts, None, to, CATALOG, configs=configs), configs, (), NODES, CATALOG.options, seen)
    assert [(one.kind, one.node) for one in found.troubles] == [(TroubleKind.CGROUP_V1, name) for name in expected]
    assert (_stopped(found), found.cgroups_unseen) == (expected, unseen)


def test_a_flag_that_only_some_running_kubelets_have_stops_these() -> None:
    versions = {"worker-1": "v1.30.14", "worker-2": "v1.34.1"}
    facts = [NodeFacts(name, parse_kubelet_version(version), None, {}, Origin("nodes.json")) for name, version in versions.items()]
    steps = plan_steps(facts, None, "1.34.1", CATALOG)
    found = with_troubles(steps, SAME_CONFIG, [words("--cloud-config=x")], NODES, CATALOG.options)
    assert ([one.node for one in found.troubles], _stopped(found)) == (["worker-1"], ["worker-1"])


def test_a_flag_that_only_newer_kubelets_have_stops_one_on_the_way_back() -> None:
    facts = [NodeFacts("worker-1", parse_kubelet_version("v1.31.0"), None, {}, Origin("nodes.json"))]
    steps = plan_steps(facts, None, "1.30.14", CATALOG)
    found = with_troubles(steps, SAME_CONFIG, [words("--fail-cgroupv1=true")], ("worker-1",), CATALOG.options)
    assert [(one.since, one.comes, one.node) for one in found.troubles] == [(None, Minor(1, 31), "worker-1")]


def unclear(*flags: str) -> list[tuple[str, str]]:
    """What nobody knows of a kubelet with these words."""
    facts = [NodeFacts("worker-1", parse_kubelet_version("v1.30.14"), None, {}, Origin("nodes.json"))]
    steps = plan_steps(facts, None, "1.31.14", CATALOG)
    found = with_troubles(steps, SAME_CONFIG, [words(*flags)], ("worker-1",), CATALOG.options)
    assert (found.troubles, found.notices) == ((), ())
    return [(one.what, one.reason) for one in found.missing]


def test_with_a_flag_of_no_release_nobody_knows_whether_the_new_kubelet_starts() -> None:
    assert unclear("--v=2", "--our-own=1", "--b", "--c", "--d") == [
        (
            "whether the new kubelet takes kubeadm-flags.env",
            f"no kubelet of Kubernetes {KNOWN} has --our-own, --b, --c and 1 more: it is a vendor's flag, or the file is not what a kubelet "
            "is started with",
        )
    ]


def running(*flags: str, start: str = "1.30.14", to: str = "1.31.14") -> tuple[list[str], list[tuple[str, RemarkKind]]]:
    """What is missing, and what is said, of a kubelet that runs with these words, which its unit has, too."""
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    told = [KubeletArguments(flags, "the command line of its kubelet", "worker-1", runs=True), words(*flags, node="worker-1")]
    found = with_troubles(plan_steps(facts, None, to, CATALOG), SAME_CONFIG, told, ("worker-1",), CATALOG.options)
    assert found.troubles == ()
    remarked = with_remarks(found, SAME_CONFIG, told, ("worker-1",), CATALOG.options).remarks
    return [one.what for one in found.missing], [(one.name, one.kind) for one in remarked]


def test_a_flag_of_no_release_with_which_a_kubelet_runs_is_a_vendors() -> None:
    assert running("--v=2", "--our-own=1", "--b") == ([], [("--our-own", RemarkKind.OF_A_VENDOR), ("--b", RemarkKind.OF_A_VENDOR)])


def test_one_that_was_dropped_before_what_runs_was_kept_by_a_vendor() -> None:
    """Its unit has it, too; of that alone it would be said that the running kubelet does not run with it."""
    missing, remarked = running("--cloud-config=x", start="1.34.1", to="1.35.4")
    assert remarked == [("--cloud-config", RemarkKind.OF_A_VENDOR)]
    assert missing == []


def test_what_no_flag_can_be_called_is_not_repeated() -> None:
    [(_, reason)] = unclear("--<b>x", f"--{'x' * 99}", "--\x1b[1m")
    assert reason.partition(": ")[0] == f"no kubelet of Kubernetes {KNOWN} has what no flag is called"


@pytest.mark.parametrize(
    ("command", "idle"),
    [
        ("--v=2 foo", 1),
        ("foo --v=2 bar", 2),
        ("--v 2 foo", 1),
        ("--v=2 -max-pods=5", 1),
        ("--v=2 -x", 1),
        ("--v=2 -", 1),
        ("--v=2 -- --max-pods=5", 1),
        ("--v=2 --", 0),
        ("-v=2 -v2 -v 2 --max-pods 5 --fail-swap-on", 0),
        ("--v=2 $KUBELET_EXTRA_ARGS x", 0),
        ("--fail-swap-on x", 1),
        ("--network-plugin cni --max-pods=5", 0),
        ("--max-pods -5", 0),
    ],
)
def test_a_word_that_is_nothing_is_one_with_which_no_kubelet_starts(command: str, idle: int) -> None:
    """Each as real 1.20.15, 1.30.14 and 1.35.4 take it, but for variables, and for what the target has no more."""
    found = list(idle_words(command.split(), CATALOG.options(), Minor(1, 30)))
    assert len(found) == idle
    assert all("KUBELET" not in one and "foo" not in one for one in found)


def test_of_words_that_are_nothing_the_plan_says_how_many_and_where() -> None:
    assert unclear("--v=2", "sec", "ret") == [
        (
            "what the new kubelet is started with, instead of kubeadm-flags.env",
            "2 of its words are no flag and no flag's value (the first behind --v), and with such a word no kubelet starts, the running one "
            "neither",
        )
    ]


@pytest.mark.parametrize(
    ("flags", "bare"),
    [
        (("--v=2", "--max-pods"), "--max-pods"),
        (("--max_pods",), "--max-pods"),
        (("--max-pods", "5"), None),
        (("--v=2", "--fail-swap-on"), None),
        (("--max-pods=",), None),
        (("--manifest-url",), None),
    ],
    ids=str,
)
def test_a_flag_without_its_value_at_the_end_of_a_file(flags: tuple[str, ...], bare: str | None) -> None:
    """Real kubelets end at it ("flag needs an argument"); a variable behind may bring it."""
    found = [(what, reason.partition(" wants")[0]) for what, reason in unclear(*flags) if " wants a value" in reason]
    told = ("what the new kubelet is started with, beside kubeadm-flags.env", f"its last word, {bare},")
    assert found == ([] if bare is None else [told])


def test_what_the_new_configuration_has_anew_stops_whoever_ran() -> None:
    config = KubeletConfig(feature_gates={"SeccompDefault": True})
    assert stopped(config=config, told=True)[1] == [*NODES, ""]
    assert stopped(config=config, told=False)[1] == [], "1.30 does not have it either, so that it does not run with it"


def test_a_flag_of_one_node_lets_cgroup_v1_there_alone() -> None:
    facts = [NodeFacts(name, parse_kubelet_version("1.34.1"), None, {}, Origin("nodes.json")) for name in NODES]
    lets, seen = words("--fail-cgroupv1=false", node="worker-1"), dict.fromkeys(NODES, True)
    steps = plan_steps(facts, None, "1.35.2", CATALOG)
    assert _stopped(with_troubles(steps, SAME_CONFIG, [lets], NODES, CATALOG.options, seen)) == ["worker-2"]
    assert with_troubles(steps, SAME_CONFIG, [lets], NODES, CATALOG.options).cgroups_unseen is True
    both = [lets, words("--fail-cgroupv1=false", node="worker-2")]
    assert with_troubles(steps, SAME_CONFIG, both, NODES, CATALOG.options).cgroups_unseen is False


@pytest.mark.parametrize(
    ("flags", "start", "to", "expected"),
    [
        pytest.param(("--dynamic-config-dir=/x",), "1.21.14", "1.22.17", ["dynamic-config-dir"], id="its gate is off from 1.22 on"),
        pytest.param(("--dynamic-config-dir=/x",), "1.20.15", "1.21.14", [], id="and on before"),
        pytest.param(
            ("--dynamic-config-dir=/x", "--feature-gates=DynamicKubeletConfig=true"), "1.21.14", "1.23.17", [], id="unless that is set"
        ),
        pytest.param(("--dynamic-config-dir=/x",), "1.23.17", "1.24.17", ["dynamic-config-dir"], id="then the flag goes"),
        pytest.param(
            ("--seccomp-default", "--feature-gates=SeccompDefault=false"), "1.21.14", "1.25.16", ["seccomp-default"], id="without its gate"
        ),
        pytest.param(("--seccomp-default",), "1.21.14", "1.24.17", ["seccomp-default"], id="which is off by default up to 1.24"),
        pytest.param(("--seccomp-default",), "1.21.14", "1.25.16", [], id="and on from 1.25 on"),
        pytest.param(("--seccomp-default=false",), "1.21.14", "1.24.17", [], id="switched off"),
    ],
)
def test_flags_that_want_a_gate(flags: tuple[str, ...], start: str, to: str, expected: list[str]) -> None:
    steps = plan_steps((), start, to, CATALOG, configs=with_flags(SAME_CONFIG, [words(*flags)], ()).common)
    found = with_troubles(steps, SAME_CONFIG, [words(*flags)], (), CATALOG.options)
    assert [one.name.lstrip("-") for one in found.troubles] == expected


def test_a_flag_lets_cgroup_v1() -> None:
    facts = [NodeFacts(name, parse_kubelet_version("v1.34.1"), None, {}, Origin("nodes.json")) for name in NODES]
    steps = plan_steps(facts, None, "1.35.2", CATALOG)
    found = with_troubles(steps, SAME_CONFIG, [words("--fail-cgroupv1=false")], NODES, CATALOG.options, {"worker-1": True})
    assert (found.troubles, found.cgroups_unseen) == ((), False)


def test_a_gate_of_one_node_does_not_keep_another_from_its_trouble() -> None:
    """The configuration's gate goes together with what the first node's flags set, and not with the second's defaults."""
    config = KubeletConfig(feature_gates={"UserNamespacesSupport": False})
    configs, arguments = Configs(config, config, old_told=True), [words("--feature-gates=ProcMountType=false", node="worker-1")]
    facts = [NodeFacts(name, parse_kubelet_version("1.34.1"), None, {}, Origin("nodes.json")) for name in NODES]
    set_up = with_flags(configs, arguments, NODES)
    steps = plan_steps(facts, None, "1.35.4", CATALOG, configs=set_up.common, own=set_up.own)
    found = with_troubles(steps, configs, arguments, NODES, CATALOG.options)
    assert [(one.name, one.node) for one in found.troubles] == [("UserNamespacesSupport", "worker-2")]
    assert _stopped(found) == ["worker-2"]
