"""The commands of runbooks: each is shell, and right for its node."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

import upgradecheck
from tests.builders import CATALOG, as_version
from tests.builders_plan import PLANS, container, plan, pod, restarting, unknown
from tests.drawing import tried
from tests.unit.contract.saved import saved
from tests.unit.renderers.strategies import plans
from upgradecheck.contract.v1.plan_reading import SavedPlan
from upgradecheck.explaining.runbook.choosing import Choice, choices
from upgradecheck.explaining.runbook.typing import back, commands
from upgradecheck.explaining.runbook.way_back import Back, way_back
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import (
    Computed,
    Counts,
    Coverage,
    Evidence,
    Finding,
    Grade,
    Missing,
    ObjectRef,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedBudget,
    PlannedPod,
    Severity,
    Verdict,
)
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import CANNOT_COME_UP, Reason
from upgradecheck.model.waves import Wave, WaveKind
from upgradecheck.renderers import Canvas, choose

HELD = container(verdict=Verdict.OVERRIDDEN, reason=Reason.HASH_CHANGED)
MAP = {"app-id": Override(Rewrite(Hash(1), Hash(2)), "shop", "web-1", "uid-of-web-1", "app", "node-a")}
PACKAGE = Path(upgradecheck.__file__).parent
STATIC: dict[str, Any] = {"source": PodSource.FILE, "workload": "StaticPod/web"}
ONE_NODE = plan(pod("a")).nodes[0]
NOT_STARTED = Reason.KUBELET_WILL_NOT_START
MEND = "the new kubelet does not start there as it is set up (UC031, UC032): mend that first, and plan again"
BUDGETS = (PlannedBudget("shop", "none", 1, 1), PlannedBudget("shop", "one", 2, 1), PlannedBudget("shop", "two", 2, 1))
STATE_FILES = (
    "config.yaml kubeadm-flags.env cpu_manager_state memory_manager_state device-plugins/kubelet_internal_checkpoint dra_manager_state"
    " pod_status_manager_state allocated_pods_state actuated_pods_state"
)
TAR = f"tar --ignore-failed-read -czf ~/kubelet-state-before.tgz -C /var/lib/kubelet {STATE_FILES}"
HOSTILE = ("$(reboot)", "a;b", "a b", "a\nb", "`x`", "'", "-rf", "a/../b", "", "```", "\u202e")


def book(what: Plan) -> str:
    return "".join(choose("runbook", "plan").render(what, Canvas(catalog=CATALOG)))


def fences(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def on_runtime(what: Plan, runtime: str | None, *, start: str = "1.22.17", name: str = "node-a") -> Plan:
    return replace(what, nodes=tuple(replace(one, runtime=runtime, name=name, from_version=as_version(start)) for one in what.nodes))


def typed(what: Plan) -> list[str]:
    chosen = choices(what)[0]
    return [line for block in commands(chosen, what) for line in block.lines]


def beside(what: Plan) -> Plan:
    """The same beside another node, to which what is drained may move."""
    return replace(what, nodes=(*what.nodes, replace(what.nodes[0], name="node-z", obstacle=None)))


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param([pod("a")], (Choice.IN_PLACE, "nothing stops there"), id="nothing stops"),
        pytest.param([pod("a", restarting())], (Choice.DRAIN, "1 of 1 stop becomes a move within budgets"), id="a drain moves it"),
        pytest.param([pod("a", restarting()), pod("b", restarting(), workload="DaemonSet/log")],
                     (Choice.DRAIN, "1 of 2 stops becomes a move within budgets; 1 stays and ends all the same"), id="and leaves another"),
        pytest.param([pod("a", restarting(), **STATIC)], (Choice.IN_PLACE, "a drain moves none of 1 stop: static pods"), id="a drain moves nothing"),
        pytest.param([pod("a", unknown())], (Choice.DRAIN, "of 1 container that a drain would move it cannot be told"), id="nobody knows"),
        pytest.param([pod("a", unknown(), **STATIC)], (Choice.IN_PLACE, "a drain moves none of 1 that cannot be told: static pods"), id="nor moves it"),
        pytest.param([pod("a", HELD), pod("b", restarting())],
                     (Choice.OVERRIDE, "an override holds 1 container that would restart; 1 more ends all the same"), id="overrides were asked for"),
        pytest.param([pod("a", unknown(reason=Reason.RUNTIME_REMOVED), reason=Reason.RUNTIME_REMOVED)],
                     (Choice.REPLACE, "the new kubelet cannot use its runtime as it is (UC033): mend that first, or replace the node"), id="no runtime"),
        pytest.param([pod("a", restarting(), budgets=("none",))],
                     (Choice.DRAIN, "none of 1 stop becomes a move as things are; 1 waits for a budget"), id="a budget lets none go"),
        pytest.param([pod("a", restarting(), budgets=("none",)), pod("b", restarting(), budgets=("one",))],
                     (Choice.DRAIN, "1 of 2 stops becomes a move within budgets; 1 waits for one"), id="and another lets one"),
        pytest.param([pod("a", restarting(), budgets=("one", "two"))],
                     (Choice.DRAIN, "none of 1 stop becomes a move as things are; 1 waits for a budget"), id="several budgets select it"),
        pytest.param([pod("a", unknown(reason=NOT_STARTED), reason=NOT_STARTED)], (Choice.MEND, MEND), id="said of its pods alone"),
    ],
)  # fmt: skip
def test_what_is_chosen_for_a_node(pods: list[PlannedPod], expected: tuple[Choice, str]) -> None:
    found, _ = choices(beside(plan(*pods, budgets=BUDGETS)))
    assert (found.choice, found.why) == expected


def test_a_lone_node_has_nowhere_to_drain_to() -> None:
    (found,) = choices(plan(pod("a", restarting())))
    assert found.why == "1 of 1 stop would be a move, but the plan shows no other node to go to"


def test_the_eviction_that_waits_is_told_of_where_it_is_typed() -> None:
    text = book(beside(plan(pod("a", restarting(), budgets=("none",)), budgets=BUDGETS)))
    assert "The drain waits, and fails after its timeout, while the PodDisruptionBudgets `shop/none` let none go of `shop/a`." in text
    assert "The drain waits" not in book(beside(plan(pod("a", restarting(), budgets=("one",)), budgets=BUDGETS)))


def blocked(reason: Reason, *pods: PlannedPod, findings: tuple[Finding, ...] = ()) -> Plan:
    what = plan(*pods, findings=findings)
    return replace(what, nodes=tuple(replace(one, obstacle=reason) for one in what.nodes))


@pytest.mark.parametrize("reason", [one for one in Reason if one in CANNOT_COME_UP])
def test_a_kubelet_that_cannot_come_up_gets_no_command_either_way(reason: Reason) -> None:
    for what in (blocked(reason, pod("a")), blocked(reason, pod("a", restarting())), blocked(reason, pod("a", HELD))):
        (found,) = choices(what)
        assert (typed(what), [*back(found, what)], found.obstacle) == ([], [], reason)
        assert way_back(what, CATALOG).numbers == {Back.UNKNOWN: 1}


def test_nothing_is_installed_on_a_virtual_kubelet() -> None:
    what = plan(pod("a", container(verdict=Verdict.NOT_COMPARED, reason=Reason.VIRTUAL_KUBELET), reason=Reason.VIRTUAL_KUBELET))
    (found,) = choices(what)
    assert (found.choice, typed(what), [*back(found, what)]) == (Choice.NONE, [], [])


def test_the_finding_stands_where_the_node_would_have_been_upgraded() -> None:
    uc032 = Finding("UC032", Severity.ERROR, ObjectRef("Kubelet", "1.30.14"), "kubelet.env sets flag --gone.", "Take --gone out.")
    text = book(blocked(NOT_STARTED, pod("a", unknown()), findings=(uc032,)))
    assert f"| not yet: mend first | {MEND} | `node-a` |" in text
    told = text.partition("### `node-a`: not yet: mend first")[2].partition("\n## ")[0]
    assert "- UC032: kubelet.env sets flag --gone. Take --gone out." in told
    assert "No workload is known to lose a pod; of 1 container in 1 pod it cannot be told." in text
    assert "systemctl" not in text.partition("## 7.")[2]


def test_every_obstacle_that_planning_knows_keeps_a_kubelet_down() -> None:
    told = {name for file in (PACKAGE / "planning").rglob("*.py") for name in re.findall(r"obstacle ?= ?Reason\.(\w+)", file.read_text())}
    assert told == {reason.name for reason in CANNOT_COME_UP}


def test_a_saved_plan_knows_which_kubelet_does_not_start() -> None:
    assert SavedPlan(saved(blocked(NOT_STARTED, pod("a")))).plan().nodes[0].obstacle is NOT_STARTED


def test_what_is_not_known_of_cgroups_is_looked_at_first() -> None:
    remedy = "`stat -fc %T /sys/fs/cgroup` on a node says cgroup2fs for version 2."
    unseen = Finding("UC032", Severity.INFO, ObjectRef("Kubelet", "1.35.2"), "It does not start on cgroup v1.", remedy)
    text = book(plan(pod("a"), findings=(unseen,)))
    assert "### Whether the new kubelet starts" in text
    assert "stat -fc %T /sys/fs/cgroup  # cgroup2fs: it is well; tmpfs: do not upgrade this node yet\n" in fences(text)
    assert "stat -fc" not in book(plan(pod("a")))


def test_what_verify_says_of_a_drained_node_is_no_reason_to_stop() -> None:
    drained, stays = book(plan(pod("a", restarting()))), book(plan(pod("a")))
    expected = "3 on a drained node, and all that it names is pods that were replaced: expected"
    assert (expected in drained, expected in stays) == (True, False)


def test_nothing_is_typed_on_a_node_that_is_there_already() -> None:
    there = on_runtime(plan(pod("a", restarting())), "containerd://1.7.2", start="1.30.14")
    (found,) = choices(there)
    assert (found.choice, typed(there), [*back(found, there)]) == (Choice.DONE, [], [])


def test_a_step_that_the_policy_does_not_cover_has_its_path_named() -> None:
    skew = Finding("UC040", Severity.INFO, ObjectRef("Kubelet", "1.22.17 → 1.30.14"), "It is too long a step.", "Go in smaller ones.")
    assert "upgradecheck path --from 1.22.17 --to 1.30.14\n" in "".join(fences(book(plan(pod("a"), findings=(skew,)))))


def test_a_drained_node() -> None:
    assert typed(plan(pod("a", restarting(), local_storage=True))) == [
        "kubectl cordon node-a",
        "kubectl drain node-a --ignore-daemonsets --delete-emptydir-data --timeout=30m",
        "upgradecheck checkpoint record",
        "upgradecheck checkpoint verify",
        TAR,
        "systemctl stop kubelet",
        "install_kubelet 1.30.14",
        "systemctl start kubelet",
        "kubectl wait --for=condition=Ready node/node-a --timeout=10m",
        "sleep 60  # the new kubelet looks at every pod",
        "upgradecheck verify plan.json --node node-a  # 0, or 3 for what the drain moved",
        "kubectl uncordon node-a",
    ]


@pytest.mark.parametrize(
    ("runtime", "start", "expected"),
    [
        pytest.param("containerd://1.7.2", "1.22.17", [
            "upgradecheck override apply ~/plan.json --node node-a",
            "systemctl stop kubelet",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --restart-runtime",
            "upgradecheck override status ~/plan.json --node node-a",
            "install_kubelet 1.30.14",
            "systemctl start kubelet",
        ], id="containerd: records are written while no kubelet runs"),
        pytest.param("cri-o://1.29.1", "1.22.17", [
            "upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/crio/crio.sock --map ~/plan.json --print-unit > /etc/systemd/system/upgradecheck-proxy.service",
            "systemctl daemon-reload",
            "systemctl enable --now upgradecheck-proxy.service",
            "systemctl stop kubelet",
            "point_kubelet_at unix:///run/upgradecheck/cri.sock",
            "install_kubelet 1.30.14",
            "systemctl start kubelet",
        ], id="CRI-O: a proxy answers"),
        pytest.param("containerd://1.7.2", "1.22.17+k3s1", [
            "upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/k3s/containerd/containerd.sock --map ~/plan.json --print-unit > /etc/systemd/system/upgradecheck-proxy.service",
            "systemctl daemon-reload",
            "systemctl enable --now upgradecheck-proxy.service",
            "systemctl stop k3s-agent",
            "point_kubelet_at unix:///run/upgradecheck/cri.sock",
            "install_kubelet 1.30.14",
            "systemctl start k3s-agent",
        ], id="k3s: containerd ends with its unit"),
    ],
)  # fmt: skip
def test_an_override(runtime: str, start: str, expected: list[str]) -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), runtime, start=start)
    assert typed(what)[3:-3] == expected


NOT_TOLD = (
    "upgradecheck checkpoint record --node node-a --kubelet-version {} --start"
    ' "${{STARTED:?set it to the time at which its unit was started, such as 2026-01-31T08:00:00Z}}"'
)
SNAP = "--containerd /var/snap/microk8s/common/run/containerd.sock"


@pytest.mark.parametrize(
    ("start", "labels", "expected"),
    [
        pytest.param("1.22.17-kubeedge-v1.13.0", {}, [
            NOT_TOLD.format("1.22.17-kubeedge-v1.13.0"),
            "upgradecheck checkpoint verify",
            "upgradecheck override apply ~/plan.json --node node-a",
            "systemctl stop edgecore",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --restart-runtime",
            "upgradecheck override status ~/plan.json --node node-a",
            "install_kubelet 1.30.14",
            "systemctl start edgecore",
        ], id="KubeEdge: the kubelet is inside edgecore, containerd is not"),
        pytest.param("1.22.17", {"microk8s.io/cluster": "true"}, [
            NOT_TOLD.format("1.22.17"),
            "upgradecheck checkpoint verify",
            f"tar --ignore-failed-read -czf ~/kubelet-state-before.tgz -C /var/snap/microk8s/common/var/lib/kubelet {STATE_FILES}",
            f"upgradecheck override apply ~/plan.json --node node-a {SNAP}",
            "systemctl stop snap.microk8s.daemon-kubelite",
            f"upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc {SNAP} --restart-runtime",
            f"upgradecheck override status ~/plan.json --node node-a {SNAP}",
            "install_kubelet 1.30.14",
            "systemctl start snap.microk8s.daemon-kubelite",
        ], id="microk8s: likewise, and both are elsewhere"),
        pytest.param("1.22.17+k0s", {}, [
            "upgradecheck checkpoint record",
            "upgradecheck checkpoint verify",
            f"tar --ignore-failed-read -czf ~/kubelet-state-before.tgz -C /var/lib/k0s/kubelet {STATE_FILES}",
            "upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/k0s/containerd.sock --map ~/plan.json --print-unit > /etc/systemd/system/upgradecheck-proxy.service",
            "systemctl daemon-reload",
            "systemctl enable --now upgradecheck-proxy.service",
            "systemctl stop k0sworker",
            "point_kubelet_at unix:///run/upgradecheck/cri.sock",
            "install_kubelet 1.30.14",
            "systemctl start k0sworker",
        ], id="k0s: its kubelet has a directory of its own"),
    ],
)  # fmt: skip
def test_a_distribution_has_its_own_names(start: str, labels: dict[str, str], expected: list[str]) -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "containerd://1.7.2", start=start)
    what = replace(what, nodes=tuple(replace(one, labels=labels) for one in what.nodes))
    assert typed(what)[:-3] == expected


def test_the_way_back_of_a_proxied_node_ends_the_proxy() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "cri-o://1.29.1")
    (chosen,) = choices(what)
    assert [line for block in back(chosen, what) for line in block.lines] == [
        "systemctl stop kubelet",
        "point_kubelet_at unix:///run/crio/crio.sock",
        "install_kubelet 1.22.17",
        "systemctl start kubelet",
        "systemctl disable --now upgradecheck-proxy.service",
    ]


UID_CHANGES = Reason.STATIC_UID_CHANGED
ETCD = pod("etcd-a", container(verdict=Verdict.RECREATE, reason=UID_CHANGES), namespace="kube-system", **STATIC)


def pinnable(what: Plan, number: int = 1) -> Plan:
    """Asked for overrides, so that static pods are told that can be pinned."""
    return replace(what, summary=replace(what.summary, override=OverrideSummary(0, {}, Counts(), number)))


PINNED_HASH = '"${PINNED_HASH:?set it to the hash that the dry run printed}"'
JOURNAL = '"${JOURNAL:?set it to the newest of these, that of this upgrade}"'
PIN = [
    "upgradecheck override pin ~/plan.json --node node-a",
    "upgradecheck override pin ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc",
    "upgradecheck override status",
    'KUBECONFIG="${KUBECONFIG:-/etc/kubernetes/kubelet.conf}" upgradecheck plan --to 1.30.14 --node node-a --cri auto --override --exit-zero'
    ' -o table -o json="$HOME/pinned.json"',
    "fetch_plan node-a pinned-node-a.json",
]
UNPIN = [
    "upgradecheck override unpin --node node-a",
    'upgradecheck override unpin --node node-a --confirm "${UNPIN_HASH:?set it to the hash that the dry run printed}"',
]
START = ["install_kubelet 1.30.14", "systemctl start kubelet"]
MOVED = container(
    verdict=Verdict.RECREATE,
    reason=UID_CHANGES,
    evidence=Evidence(Grade.RECORDED, Hash(1), "1.22"),
    computed=Computed(Hash(1), Hash(2)),
    override_refused=OverrideRefusal.UID_CHANGES,
)
"""Pinned, it would restart for its hash, which an override may hold then."""


def kept_by_a_pin(*pods: PlannedPod, runtime: str | None = "containerd://1.7.2", start: str = "1.22.17") -> Plan:
    return on_runtime(pinnable(plan(*pods)), runtime, start=start)


def test_a_static_pod_is_pinned_while_the_old_kubelet_runs_and_the_node_planned_anew() -> None:
    what = kept_by_a_pin(ETCD)
    (chosen,) = choices(what)
    lines = [line for block in commands(chosen, what, what.pods) for line in block.lines]
    assert (chosen.choice, chosen.why) == (
        Choice.IN_PLACE,
        "a drain moves none of 1 stop: static pods; a pin of its UID keeps 1 static pod",
    )
    assert lines[: len(PIN)] == PIN
    assert lines[-7:-4] == ["systemctl stop kubelet", *START]
    assert lines[-1] == "upgradecheck verify pinned-node-a.json --node node-a  # 0: as predicted"
    assert [line for block in back(chosen, what) for line in block.lines] == [
        "systemctl stop kubelet",
        "install_kubelet 1.22.17",
        "systemctl start kubelet",
        *UNPIN,
    ]
    text = book(what)
    assert "A pin of their UID keeps `kube-system/etcd-a` from being made anew." in text
    assert "PINNED_HASH" not in text
    assert "1 static pod counted as pinned, and unpinned once the old kubelet runs." in text


APPLIED = [
    "upgradecheck override apply ~/pinned.json --node node-a",
    "systemctl stop kubelet",
    f"upgradecheck override apply ~/pinned.json --node node-a --confirm {PINNED_HASH} --restart-runtime",
    "upgradecheck override status ~/pinned.json --node node-a",
    *START,
]
PROXIED = [
    "upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/crio/crio.sock --map ~/pinned.json --print-unit > /etc/systemd/system/upgradecheck-proxy.service",
    "systemctl daemon-reload",
    "systemctl enable --now upgradecheck-proxy.service",
    "systemctl stop kubelet",
    "point_kubelet_at unix:///run/upgradecheck/cri.sock",
    *START,
]


@pytest.mark.parametrize(
    ("what", "choice", "expected"),
    [
        pytest.param(kept_by_a_pin(pod("etcd-a", MOVED, **STATIC)), Choice.OVERRIDE, APPLIED, id="its hash moves"),
        pytest.param(replace(kept_by_a_pin(ETCD, pod("web-1", HELD)), overrides=MAP), Choice.OVERRIDE, APPLIED, id="another is held"),
        pytest.param(kept_by_a_pin(pod("etcd-a", MOVED, **STATIC), pod("web-1", restarting())), Choice.DRAIN, APPLIED, id="another moves"),
        pytest.param(kept_by_a_pin(pod("etcd-a", MOVED, **STATIC), runtime="cri-o://1.29.1"), Choice.OVERRIDE, PROXIED, id="CRI-O"),
    ],
)
def test_overrides_of_a_pinned_node_are_those_of_its_own_plan(what: Plan, choice: Choice, expected: list[str]) -> None:
    (chosen,) = choices(what)
    here = next(block.lines for block in commands(chosen, what, what.pods) if "upgradecheck checkpoint record" in block.lines)
    assert (chosen.choice, [*here][3:]) == (choice, expected)


@pytest.mark.parametrize(
    ("pods", "records", "overridden"),
    [
        pytest.param((), "--docker auto", False, id="docker may be the kubelet's own, and then nothing is overridden"),
        pytest.param((pod("web-1", HELD),), "--cri auto", True, id="it is not, since the plan has an override"),
    ],
)
def test_pins_where_docker_runs(pods: tuple[PlannedPod, ...], records: str, overridden: bool) -> None:
    what = kept_by_a_pin(pod("etcd-a", MOVED, **STATIC), *pods, runtime="docker://20.10.24")
    (chosen,) = choices(what)
    lines = [line for block in commands(chosen, what, what.pods) for line in block.lines]
    assert (chosen.overridden, any("override proxy" in line for line in lines)) == (overridden, overridden)
    assert records in next(line for line in lines if " plan " in line)


def test_the_way_back_of_a_pinned_node_undoes_its_own_plan() -> None:
    what = kept_by_a_pin(pod("etcd-a", MOVED, **STATIC))
    (chosen,) = choices(what)
    assert [line for block in back(chosen, what) for line in block.lines] == [
        "ls -t /var/lib/upgradecheck/override/[0-9]*.journal",
        f"upgradecheck override undo {JOURNAL}",
        "systemctl stop kubelet",
        f"upgradecheck override undo {JOURNAL} --confirm {PINNED_HASH} --restart-runtime",
        "install_kubelet 1.22.17",
        "systemctl start kubelet",
        *UNPIN,
    ]


def test_nodes_with_plans_of_their_own_are_not_held_against_the_first() -> None:
    waves = tuple(Wave(number, WaveKind.WORKERS, tuple(nodes)) for number, nodes in ((1, "a"), (2, "bc"), (3, "d"), (4, "ef")))
    nodes = tuple(replace(ONE_NODE, name=name) for name in "abcdef")
    pods = tuple(pod(f"etcd-{name}", container(verdict=Verdict.RECREATE, reason=UID_CHANGES), node=name, **STATIC) for name in "bd")
    text = book(replace(pinnable(plan(*pods)), nodes=nodes, waves=waves))
    asked = [
        line for block in fences(text) for line in block.splitlines() if " plan.json " in line or "wave-" in line or "for each" in line
    ]
    assert [line for line in asked if "  # 0" not in line][1:] == [
        "upgradecheck verify plan.json --node a -o table -o json=wave-1.json",
        "upgradecheck verify plan.json --node c --earlier wave-1.json -o table -o json=wave-2.json",
        "upgradecheck verify plan.json --node e,f --earlier wave-2.json -o table -o json=wave-4.json",
        "upgradecheck show wave-4.json -o table",
        'for each in pinned-*.json; do upgradecheck verify "$each" || echo "$each: exit code $?"; done',
    ]


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(plan(ETCD), id="overrides were not asked for"),
        pytest.param(pinnable(plan(ETCD), 0), id="none can be pinned"),
        pytest.param(pinnable(plan(pod("web-1", restarting()))), id="none on this node"),
        pytest.param(pinnable(blocked(NOT_STARTED, ETCD)), id="its new kubelet does not start"),
    ],
)
def test_else_nothing_is_pinned(what: Plan) -> None:
    assert "override pin" not in "".join(fences(book(what)))


def test_what_is_planned_again_asks_for_overrides_where_the_first_plan_did() -> None:
    unseen = replace(plan(ETCD), coverage=Coverage(1, 1, 0, (Missing("node-a", "no records"),)))
    again = "upgradecheck plan --to 1.30.14 -f dump/{} -o json=plan.json\n"
    assert again.format("") in "".join(fences(book(unseen)))
    assert again.format(" --override") in "".join(fences(book(pinnable(unseen))))


def test_where_a_distribution_has_the_manifests_it_is_said_that_there_is_no_command() -> None:
    text = book(on_runtime(pinnable(plan(ETCD)), "containerd://1.7.2", start="1.22.17+rke2r1"))
    assert "`kube-system/etcd-a` would be kept by a pin of their UID, but no command is given for it" in text
    assert "override pin" not in "".join(fences(text))


def test_commands_of_pins_are_shell() -> None:
    what = pinnable(plan(ETCD))
    (chosen,) = choices(what)
    lines = "".join(f"{line}\n" for block in (*commands(chosen, what, what.pods), *back(chosen, what)) for line in block.lines)
    assert subprocess.run(["sh", "-n"], input=lines, text=True, check=False).returncode == 0
    if shutil.which("shellcheck"):
        told = subprocess.run(["shellcheck", "-s", "sh", "-"], input=f"#!/bin/sh\n{lines}", text=True, capture_output=True, check=False)
        assert told.stdout == ""


def test_what_a_drain_is_refused_for_is_named() -> None:
    text = book(plan(pod("web-1", restarting()), pod("alone", workload="Pod/alone")))
    assert "A drain is refused while pods run there that nothing makes anew: `shop/alone`." in text
    assert "A drain is refused" not in book(plan(pod("web-1", restarting())))


def test_static_pods_are_waited_for_by_their_names() -> None:
    some = [pod("etcd-a", namespace="kube-system", **STATIC), pod("api-a", namespace="kube-system", **STATIC), pod("web-1")]
    refused = pod("old-a", container(verdict=Verdict.REJECT), namespace="kube-system", **STATIC)
    strange = pod("$(reboot)", namespace="kube-system", **STATIC)
    ended = pod("once-a", restarting(), namespace="kube-system", ends=True, **STATIC)
    done = pod("done-a", container(verdict=Verdict.NOT_COMPARED, reason=Reason.FINISHED), namespace="kube-system", **STATIC)
    what = plan(*some, some[0], refused, strange, ended, done)
    (chosen,) = choices(what)
    lines = [line for block in commands(chosen, what, what.pods) for line in block.lines if "wait" in line]
    assert lines == [
        "kubectl wait --for=condition=Ready node/node-a --timeout=10m",
        "kubectl -n kube-system wait pod/etcd-a pod/api-a --for=condition=Ready --timeout=10m",
    ]


def test_waves_hold_every_node_once_and_each_is_verified() -> None:
    what = PLANS["in-waves"]
    text = book(what)
    headings = re.findall(r"^#### `([^`]+)`: ", text, re.MULTILINE)
    assert headings == [name for wave in what.waves for name in wave.nodes]
    assert sorted(headings) == sorted(node.name for node in what.nodes)
    last = len(what.waves)
    asked = [line for block in fences(text) for line in block.splitlines() if line.endswith(".json")]
    assert [line for line in asked if "verify" in line] == [
        "upgradecheck verify plan.json -o table -o json=wave-1.json",
        *(f"upgradecheck verify plan.json --earlier wave-{n - 1}.json -o table -o json=wave-{n}.json" for n in range(2, last + 1)),
        f"upgradecheck verify plan.json --earlier wave-{last}.json -o table -o json=verified.json",
    ]


def test_a_saved_plan_knows_whose_build_a_node_runs() -> None:
    what = on_runtime(plan(pod("web-1", restarting())), "containerd://1.7.2", start="1.22.17+k3s1")
    read = SavedPlan(saved(replace(what, nodes=tuple(replace(one, vendor="k3s1") for one in what.nodes)))).plan()
    assert "systemctl stop k3s-agent" in typed(read)


def test_an_override_on_an_unseen_runtime_is_left_open() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), None)
    (chosen,) = choices(what)
    assert (typed(what), [*back(chosen, what)]) == ([], [])
    assert "Its runtime was not seen, so no command is given for it" in book(what)


def test_the_way_back_puts_the_records_back_first() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "containerd://1.7.2")
    (chosen,) = choices(what)
    assert [line for block in back(chosen, what) for line in block.lines] == [
        "systemctl stop kubelet",
        "upgradecheck override undo /var/lib/upgradecheck/override/*-b5bb9d8014a0.journal --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --restart-runtime",
        "install_kubelet 1.22.17",
        "systemctl start kubelet",
    ]


def test_owners_are_named_where_a_plan_has_them() -> None:
    some = plan(pod("a", restarting(), owner="team|pay"), pod("b", restarting(), workload="Deployment/api"))
    text = book(some)
    assert "| namespace | workload | owner | at once | notes |" in text
    assert "| `shop` | `Deployment/web` | `team\\|pay` |" in text
    assert "| `shop` | `Deployment/api` | – |" in text
    assert "owner" not in book(plan(pod("a", restarting())))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_command_holds_a_name_that_kubernetes_does_not_allow(name: str) -> None:
    what = plan(pod("a", restarting(), node=name))
    text = book(on_runtime(what, "containerd://1.7.2", name=name))
    assert "no command is given for it" in text
    assert not any("drain" in each for each in fences(text))
    assert len(fences(text)) == text.count("```sh\n") == (len(re.findall("^```", text, re.MULTILINE))) // 2


def _script(blocks: list[str]) -> str:
    return "#!/bin/sh\n" + "".join(blocks)


def _every(others: list[Plan]) -> list[str]:
    """The commands of the plans that goldens show, and of some more."""
    held = plan(pod("web-1", HELD), overrides=MAP)
    runtimes = ("containerd://1.7.2", "cri-o://1.29.1", "docker://20.10", None)
    more = [
        on_runtime(held, runtime, start=start)
        for runtime in runtimes
        for start in ("1.22.17", "1.22.17+k3s1", "1.22.17+rke2r1", "1.22.17+k0s")
    ]
    return [block for what in (*PLANS.values(), *more, *others) for block in fences(book(what))]


@tried(20)
@given(what=plans())
def test_fences_are_closed_and_hold_commands_alone(what: Plan) -> None:
    text = book(what)
    assert len(re.findall("^```", text, re.MULTILINE)) == 2 * len(fences(text))
    words = {line.split()[0] for block in fences(text) for line in block.splitlines()}
    assert words <= {
        "kubectl", "upgradecheck", "systemctl", "tar", "sleep", "sh", "test", "cd", "journalctl", "stat", "for", "ls", "install_kubelet", "point_kubelet_at",
        "backup_etcd", "fetch_plan", 'KUBECONFIG="${KUBECONFIG:-/etc/kubernetes/kubelet.conf}"',
    }  # fmt: skip


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def test_a_shell_takes_all_of_them() -> None:
    told = run("sh", "-n", input=_script(_every([])))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    blocks = list(dict.fromkeys(_every([])))
    told = run("shellcheck", "-s", "sh", "-", input=_script(blocks))
    assert (told.returncode, told.stdout) == (0, "")
