"""Which upgrade each node makes, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.builders import CATALOG, Document, node
from tests.unit.planning.world import steps
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.config import SAME_CONFIG, Configs, KubeletConfig
from upgradecheck.model.errors import InvalidVersion, UnknownVersion
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.feature_gates import FeatureGates
from upgradecheck.planning.asking.steps import NodeStep, plan_steps
from upgradecheck.planning.seeing.facts import Step

WORKER = "worker-1"
ESTIMATED = "Node worker-1 reports kubelet {}, not {} as given by --from: hashes that no record shows are only estimated there."


@dataclass(frozen=True)
class Told:
    """What is planned for worker-1, in short."""

    start: str | None
    survival: bool = False
    unwatched: bool = False
    checked: bool = True
    notices: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    problem: Reason | None = None


def told(nodes: tuple[Document, ...], start: str | None) -> Told:
    planned = steps(*nodes, start=start, target="1.30.14")
    found: NodeStep = planned.of(WORKER)
    if found.step is None:
        return Told(None, notices=planned.notices, missing=planned.missing, problem=found.problem)
    assert found.step.target == planned.target
    begin = found.step.start
    return Told(
        start=begin.release if begin else None,
        survival=found.step.survival,
        unwatched=found.step.unwatched,
        checked=found.step.checked,
        notices=planned.notices,
        missing=planned.missing,
        problem=found.problem,
    )


def stopped(*conditions: tuple[str, str], **its: str) -> Document:
    """A Node with conditions."""
    shown = node(**its)
    shown["status"]["conditions"] = [{"type": kind, "status": status} for kind, status in conditions]
    return shown


UNREADY = (
    "Node worker-1 is not ready: a kubelet that has stopped, or does not come to its pods, has not seen what was changed in them since, so "
    "that only records show there what the new one finds."
)
UNKNOWN_VENDOR = (
    "Node worker-1 reports kubelet v1.22.17-acme.1, which is a build that is not known here: taken to hash and compare like 1.22.17, not "
    "checked. What survives under it proves nothing."
)
KUBEEDGE = (
    "Node worker-1 reports kubelet v1.30.7-kubeedge-v1.21.0, which is known to differ from 1.30.7: it removes, from KubeEdge 1.21 on and "
    "when it stops, every container that does not run: those that had finished under restart policy Never or OnFailure run again, if their "
    "pod goes on (kubeedge/kubeedge, pull request 6311, edge/pkg/edged/edged.go)."
)
UNREADABLE = Missing(
    "kubelet version of node worker-1", "the node reports the kubelet version 'banana', which cannot be read; give it with --from"
)


@pytest.mark.parametrize(
    ("nodes", "start", "expected"),
    [
        pytest.param((node(),), None, Told("1.22.17", survival=True), id="the node reports its version"),
        pytest.param(
            (stopped(("MemoryPressure", "Unknown"), ("Ready", "Unknown")),),
            None,
            Told("1.22.17", survival=True, unwatched=True, notices=(UNREADY,)),
            id="a kubelet that has stopped does not see what is changed",
        ),
        pytest.param(
            (stopped(("Ready", "False")),),
            "1.22.17",
            Told("1.22.17", survival=True, unwatched=True, notices=(UNREADY,)),
            id="nor one that does not come to its pods, whatever --from says",
        ),
        pytest.param(
            (stopped(("Ready", "False")),),
            "1.21.14",
            Told("1.21.14", unwatched=True, notices=(UNREADY, ESTIMATED.format("v1.22.17", "1.21.14"))),
            id="nor where --from wins",
        ),
        pytest.param(
            (stopped(("MemoryPressure", "Unknown"), ("Ready", "True")),), None, Told("1.22.17", survival=True), id="one that is ready does"
        ),
        pytest.param((node(version="v1.22.17-eks-bc4871b"),), None, Told("1.22.17", survival=True), id="a vendor's build is its release"),
        pytest.param(
            (node(version="v1.30.7-kubeedge-v1.21.0"),),
            None,
            Told("1.30.7", survival=True, notices=(KUBEEDGE,)),
            id="one that differs in what is no comparison, from which much is inferred all the same",
        ),
        pytest.param(
            (node(version="v1.22.17-acme.1"),),
            None,
            Told("1.22.17", checked=False, notices=(UNKNOWN_VENDOR,)),
            id="of a build that nobody knows nothing is inferred",
        ),
        pytest.param(
            (node(version="v1.22.17-acme.1"),),
            "1.22.17",
            Told("1.22.17", notices=(UNKNOWN_VENDOR,)),
            id="unless --from says what it counts as, which is taken on trust",
        ),
        pytest.param((node(),), "1.22.17", Told("1.22.17", survival=True), id="--from agrees with the node"),
        pytest.param(
            (node(version="v1.22.17-gke.100"),), "v1.22.17", Told("1.22.17", survival=True), id="--from agrees but for the vendor"
        ),
        pytest.param((node(version="v1.22.3"),), "1.22", Told("1.22.3", survival=True), id="a bare minor means the node's own patch"),
        pytest.param(
            (node(),),
            "1.21.14",
            Told("1.21.14", notices=(ESTIMATED.format("v1.22.17", "1.21.14"),)),
            id="--from wins over what the node reports, and nothing survives there",
        ),
        pytest.param(
            (node(),),
            "1.22.16",
            Told("1.22.16", notices=(ESTIMATED.format("v1.22.17", "1.22.16"),)),
            id="another patch is another version",
        ),
        pytest.param(
            (node(),),
            "1.21",
            Told(
                "1.21.14",
                notices=("--from 1.21 is taken as 1.21.14, the newest known patch.", ESTIMATED.format("v1.22.17", "1.21")),
            ),
            id="a bare minor that the node does not run is its newest known patch",
        ),
        pytest.param((), "1.22.17", Told("1.22.17"), id="no node, --from alone is taken on trust"),
        pytest.param(
            (),
            "1.22",
            Told("1.22.17", notices=("--from 1.22 is taken as 1.22.17, the newest known patch.",)),
            id="a bare minor and no node is the newest known patch",
        ),
        pytest.param(
            (),
            "1.22.x",
            Told("1.22.17", notices=("--from 1.22.x is taken as 1.22.17, the newest known patch.",)),
            id="the newest patch, asked for",
        ),
        pytest.param((), None, Told(None), id="nobody tells"),
        pytest.param((node("worker-2"),), None, Told(None), id="only another node tells"),
        pytest.param(
            (node(version=None),),
            None,
            Told(None, missing=(Missing("kubelet version of node worker-1", "the node reports none; give it with --from"),)),
            id="the node reports no version",
        ),
        pytest.param((node(version=None),), "1.22.17", Told("1.22.17"), id="the node reports no version, --from gives it"),
        pytest.param(
            (node(version="banana"),),
            None,
            Told(None, missing=(UNREADABLE,), problem=Reason.VERSION_UNKNOWN),
            id="the node reports what is no version",
        ),
        pytest.param((node(version="v1.19.10-vk-azure-aci-1.4.8"),), None, Told(None, problem=Reason.VIRTUAL_KUBELET), id="no kubelet"),
        pytest.param(
            (node(version="v1.19.10-vk-azure-aci-1.4.8"),),
            "1.22.17",
            Told(None, problem=Reason.VIRTUAL_KUBELET),
            id="no kubelet, whatever --from says",
        ),
        pytest.param(
            (node(version="banana"),),
            "1.22.17",
            Told("1.22.17", notices=(ESTIMATED.format("banana", "1.22.17"),)),
            id="the node reports what is no version, --from wins",
        ),
    ],
)
def test_step_of_a_node(nodes: tuple[Document, ...], start: str | None, expected: Told) -> None:
    assert told(nodes, start) == expected


def test_a_node_of_an_unknown_minor_is_missing_and_its_pods_unknown() -> None:
    found = told((node(version="v1.99.0"),), None)
    assert (found.start, found.problem) == (None, Reason.VERSION_UNKNOWN)
    (missing,) = found.missing
    assert missing.what == "hash data for node worker-1"
    assert "1.99" in missing.reason


def test_nodes_go_each_its_own_way() -> None:
    planned = steps(node("a", "v1.22.17"), node("b", "v1.29.15"), target="1.30.14")
    begins = {name: step.step.start.release for name, step in planned.by_node.items() if step.step and step.step.start}
    assert begins == {"a": "1.22.17", "b": "1.29.15"}


@pytest.mark.parametrize("text", ["v1.30", "1.30.x"])
def test_a_bare_target_is_its_newest_known_patch_and_says_so(text: str) -> None:
    planned = steps(node(), target=text)
    assert planned.target.release == "1.30.14"
    assert planned.notices == (f"--to {text} is taken as 1.30.14, the newest known patch.",)


@pytest.mark.parametrize(
    ("count", "who"),
    [
        pytest.param(2, "Nodes n0, n1 report", id="two"),
        pytest.param(3, "Nodes n0, n1, n2 report", id="as many as are named"),
        pytest.param(5_000, "Nodes n0, n1, n2 and 4,997 more report", id="a fleet gets one notice"),
    ],
)
def test_nodes_that_report_one_other_version_share_a_notice(count: int, who: str) -> None:
    fleet = [node(f"n{number}", "v1.22.17") for number in range(count)]
    told = steps(*fleet, node("other", "v1.20.1"), start="1.21.14", target="1.30.14").notices
    rest = ", not 1.21.14 as given by --from: hashes that no record shows are only estimated there."
    assert told == (f"{who} kubelet v1.22.17{rest}", f"Node other reports kubelet v1.20.1{rest}")


def test_a_patch_above_the_newest_known_one_says_so() -> None:
    assert steps(node(), target="1.30.99").notices == (
        "--to 1.30.99 is newer than 1.30.14, the newest known patch: taken to hash and compare as that minor does.",
    )


@pytest.mark.parametrize(
    ("start", "target", "error"),
    [
        pytest.param(None, "banana", InvalidVersion, id="--to is no version"),
        pytest.param(None, "1.99", UnknownVersion, id="--to is not known"),
        pytest.param("banana", "1.30.14", InvalidVersion, id="--from is no version"),
        pytest.param("1.99.1", "1.30.14", UnknownVersion, id="--from is not known"),
    ],
)
def test_an_option_that_is_no_known_version_is_refused(start: str | None, target: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        steps(node(), start=start, target=target)


def test_what_one_node_is_set_up_with_decides_for_no_other() -> None:
    """Gates above all, of both kubelets; the user's own win everywhere."""
    facts = [NodeFacts(name, parse_kubelet_version("1.28.15"), None, {}, Origin("nodes.json")) for name in ("worker-1", "worker-2")]
    mine = KubeletConfig(cgroup_root="/k", feature_gates={"SidecarContainers": True, "UserNamespacesSupport": True})
    own = {"worker-2": Configs(mine, mine, old_told=True)}
    planned = plan_steps(facts, None, "1.29.15", CATALOG, FeatureGates(both={"UserNamespacesSupport": False}), SAME_CONFIG, own)
    found = {name: one.step for name, one in [*planned.by_node.items(), ("", planned.default)]}
    assert {name: _gates_of(step) for name, step in found.items()} == {
        "worker-1": (False, True),
        "worker-2": (True, True),
        "": (None, True),
    }
    assert {name: step.configs.new.cgroup_root for name, step in found.items() if step is not None} == {
        "worker-1": "",
        "worker-2": "/k",
        "": "",
    }
    assert not any(build.feature_gate("UserNamespacesSupport") for step in found.values() if step for build in step.target.builds)


def _gates_of(step: Step | None) -> tuple[bool | None, bool]:
    """Whether the running kubelet, and the new one, have a gate on."""
    assert step is not None
    start = None if step.start is None else step.start.builds[-1].feature_gate("SidecarContainers")
    return start, step.target.builds[-1].feature_gate("SidecarContainers")
