"""Commands of nodes whose static pods a pin keeps: they go by a plan of their own."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from msgspec.structs import replace

from tests.builders_plan import container, plan, pod, restarting
from tests.unit.explaining.runbook.books import HELD, MAP, NOT_STARTED, STATIC, blocked, book, fences, on_runtime
from upgradecheck.explaining.runbook.choosing import Choice, choices
from upgradecheck.explaining.runbook.typing import back, commands
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    Computed,
    Counts,
    Coverage,
    Evidence,
    Grade,
    Missing,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Wave, WaveKind

ONE_NODE = plan(pod("a")).nodes[0]


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
