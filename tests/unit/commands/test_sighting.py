"""The history that an agent keeps of its node's kubelets: each process that it saw, and of none a version that another one wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from upgradecheck.commands.sighting import Looked, with_seen
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.bundle import Bundle, BundledKubelet
from upgradecheck.model.checkpoint import UNKNOWN_JOURNAL, Checkpoint, Mode, NodeIdentity
from upgradecheck.model.times import SECOND, rfc3339

BOOTED, MINUTE = 1_800_000_000 * SECOND, 60 * SECOND
OLD, NEW = "v1.30.14", "v1.31.0"
MACHINE = "0123"


def bundle(started: int, version: str | None = None, **changes: Any) -> Bundle:
    """Of a kubelet that started so many seconds after boot."""
    told = None if version is None else parse_kubelet_version(version)
    kubelet = BundledKubelet(told, runs=True, started_at=BOOTED + started * SECOND, since_boot_ms=started * 1000)
    made = Bundle("", NodeIdentity("worker-1", MACHINE), BOOTED, "containerd://2.0.0", boot_id="boot-1", kubelet=kubelet)
    return replace(made, **changes)


def node(version: str, heartbeat: int, boot: str = "boot-1", machine: str = MACHINE, name: str = "worker-1") -> bytes:
    """The Node object, written so many seconds after boot."""
    info = {"kubeletVersion": version, "bootID": boot, "machineID": machine, "containerRuntimeVersion": "containerd://2.0.0"}
    ready = {"type": "Ready", "status": "True", "lastHeartbeatTime": rfc3339(BOOTED + heartbeat * SECOND)}
    whole = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"nodeInfo": info, "conditions": [ready]}}
    return json.dumps(whole).encode()


def look(raw: bytes | None, now: int, **changes: Any) -> Looked:
    return replace(Looked(raw, None, BOOTED, BOOTED + now * SECOND), **changes)


def told(found: Checkpoint | None) -> list[tuple[str, int, int]]:
    """Of each entry the version, the start and the last look, in seconds after boot."""
    starts = () if found is None else found.history
    assert {one.mode for one in starts} <= {Mode.POLLED}
    return [
        (one.kubelet_version.text, (one.start_time - BOOTED) // SECOND, ((one.last_seen_time or 0) - BOOTED) // SECOND) for one in starts
    ]


def test_each_process_is_an_entry_with_its_start_and_its_last_look() -> None:
    first = with_seen(None, bundle(10), look(node(OLD, 40), 60))
    assert told(first) == [(OLD, 10, 60)]
    again = with_seen(first, bundle(10), look(None, 660))
    assert told(again) == [(OLD, 10, 660)], "who it is needs nobody's word any more"
    restarted = with_seen(again, bundle(700), look(node(OLD, 800), 1260))
    assert told(restarted) == [(OLD, 10, 660), (OLD, 700, 1260)], "one of the same version, too"
    upgraded = with_seen(restarted, bundle(1300), look(node(NEW, 1310), 1860))
    assert told(upgraded) == [(OLD, 10, 660), (OLD, 700, 1260), (NEW, 1300, 1860)]
    assert first is not None
    assert upgraded is not None
    assert (upgraded.lineage, upgraded.serial) == (first.lineage, 4)


@pytest.mark.parametrize(
    ("raw", "now"),
    [
        pytest.param(node(OLD, 690), 1260, id="written before it started"),
        pytest.param(node(OLD, 700), 1260, id="written in the second of its start"),
        pytest.param(node(OLD, 1300), 1260, id="written by a clock that was set back since"),
        pytest.param(node(OLD, 800, boot="boot-0"), 1260, id="of another boot"),
        pytest.param(node(OLD, 800, machine="4567"), 1260, id="of another machine"),
        pytest.param(node(OLD, 800, name="worker-2"), 1260, id="of another node"),
        pytest.param(node("", 800), 1260, id="without a version"),
        pytest.param(b'{"kind": "Node", "status": 7}', 1260, id="that cannot be read"),
        pytest.param(None, 1260, id="that was not had"),
    ],
)
def test_no_version_is_taken_that_this_process_did_not_write(raw: bytes | None, now: int) -> None:
    before = with_seen(None, bundle(10), look(node(NEW, 40), 660))
    assert with_seen(before, bundle(700), look(raw, now)) is before
    assert with_seen(None, bundle(700), look(raw, now)) is None


def test_a_kubelet_that_tells_its_version_needs_no_node_object() -> None:
    assert told(with_seen(None, bundle(10, OLD), look(node(NEW, 40), 60))) == [(OLD, 10, 60)]


def test_where_none_runs_the_history_stays() -> None:
    before = with_seen(None, bundle(10), look(node(OLD, 40), 60))
    gone = bundle(10, kubelet=BundledKubelet(parse_kubelet_version(OLD)))
    assert with_seen(before, gone, look(node(OLD, 40), 660)) is before


def test_a_clock_that_was_set_back_makes_the_node_object_wait() -> None:
    """By a minute: what the kubelet before wrote may then be of a time after this one's start."""
    before = with_seen(None, bundle(10), look(node(OLD, 40), 660))
    back = {"boot_time": BOOTED - MINUTE}
    assert with_seen(before, bundle(640), look(node(OLD, 660), 690, **back)) is before
    later = with_seen(before, bundle(640), look(node(NEW, 710), 720, **back))
    assert [one[0] for one in told(later)] == [OLD, NEW]
    assert later is not None
    assert [one.uncertainty for one in later.history] == [60, 60]


def test_a_node_made_anew_under_its_name_has_a_history_of_its_own() -> None:
    before = with_seen(None, bundle(10), look(node(OLD, 40), 60))
    other = bundle(20, node=NodeIdentity("worker-1", "4567"))
    after = with_seen(before, other, look(node(NEW, 40, machine="4567"), 60))
    assert told(after) == [(NEW, 20, 60)]


def test_an_override_is_part_of_the_history() -> None:
    digest = "1" * 64
    first = with_seen(None, bundle(10), look(node(OLD, 40), 60, journal=digest))
    changed = with_seen(first, bundle(10), look(node(OLD, 40), 660))
    journals = [[start.override_journal for start in one.history] for one in (first, changed) if one is not None]
    assert journals == [[digest], [UNKNOWN_JOURNAL]]


def test_the_first_word_of_a_kubelet_is_taken() -> None:
    """Real ones wrote it 0.9 to 1.8 seconds after their start, cut to whole seconds, and nothing more for five minutes (tests/lab/fleet)."""
    started = bundle(10)
    kubelet = replace(started.kubelet, started_at=BOOTED + 10 * SECOND + SECOND // 10)
    assert [one[0] for one in told(with_seen(None, replace(started, kubelet=kubelet), look(node(OLD, 11), 60)))] == [OLD]
