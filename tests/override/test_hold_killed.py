"""``override hold`` by records, killed with -9 before each of its calls to disk, containerd and systemd; and containerd killed there instead.

In miniature; each state of the disk on a real node: ``tests/lab/recorded-hold``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from msgspec.structs import replace

from tests.override.node import NEW, OLD, Runtime, identity, override, record
from tests.override.service import Service, serving
from tests.override.test_hold import plan
from tests.override.test_hold_records import Held, Killed
from upgradecheck.commands import hold_by_records
from upgradecheck.commands.hold_request import NotSeen
from upgradecheck.commands.holding import Holdable
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.plan import Plan
from upgradecheck.override.hold.restarts import mark_of
from upgradecheck.safekeeping.system import System
from upgradecheck.transport.containerd import Containerd

__all__ = ["plan"]

DISK = ("open", "read", "write", "truncate", "fsync", "fchmod", "names", "rename", "unlink", "mkdir", "try_lock")
RUNTIME = ("records", "record", "write", "served", "pids")
HANGS = ("List", "Get", "Update", "Version", "ContainerStatus")
NARROW = ("begun", "restart")
"""Around these every call is tried."""
AWAY = 0.1
"""Seconds until systemd has started containerd again."""
STRIDES = [pytest.param(37, id="some calls"), pytest.param(1, id="each call", marks=pytest.mark.long)]


class Steps:
    """The calls of a run, by name; at one of them something happens."""

    def __init__(self, patch: pytest.MonkeyPatch, node: Held, at: int = -1, happens: Callable[[], None] = lambda: None) -> None:
        self.names: list[str] = []
        self.at, self.happens, self.dead = at, happens, False
        for name in DISK:
            self._watch(patch, System, name)
        for name in RUNTIME:
            self._watch(patch, Containerd, name)
        self._watch(patch, hold_by_records, "begun")
        self._watch(patch, node.host, "restart")

    def _watch(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def watched(*words: Any, **named: Any) -> Any:
            if self.dead:
                raise Killed
            self.names.append(name)
            if len(self.names) - 1 == self.at:
                self.happens()
            return real(*words, **named)

        patch.setattr(owner, name, watched)

    def dies(self) -> None:
        """Nothing of the run goes on; what it had open is closed."""
        self.dead = True
        raise Killed


@contextmanager
def a_node(place: Path, made: Plan) -> Iterator[Held]:
    place.mkdir(mode=0o700)
    runtime = Runtime()
    service = Service(runtime)
    with serving(place / "c.sock", service) as socket:
        yield Held(place, runtime, service, socket, made)


@pytest.fixture(autouse=True)
def _something_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold_by_records, "require_something_runs", lambda runtime: None)
    monkeypatch.setattr(hold_by_records, "_PAUSE", 0.02)


def tried(names: list[str], stride: int) -> list[int]:
    """The numbers of the calls at which something is to happen."""
    narrow = {near for number, name in enumerate(names) if name in NARROW for near in (number - 1, number, number + 1)}
    return sorted({*range(0, len(names), stride), *narrow, len(names) - 1})


def calls(place: Path, made: Plan, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those of a run that nothing befalls."""
    with monkeypatch.context() as patch, a_node(place, made) as node:
        steps = Steps(patch, node)
        assert node.way.carry_out(node.found()).held == 3
    assert [one for one in steps.names if one in NARROW] == ["begun", "restart"]
    assert len(steps.names) > 80
    return steps.names


def next_start(node: Held) -> None:
    """As hold does it: what containerd does not show yet is planned, else what a run before has written is looked at."""
    node.way.require(dry=False)
    left = [number for number, shown in enumerate(node.hashes()) if shown != NEW]
    if left:
        overrides = {identity(number): override(number) for number in left}
        digest = plan_digest(node.made.to_version.release, node.made.pods, overrides)
        found = Holdable("1.30.14", replace(node.made, overrides=overrides, plan_hash=digest), ())
        assert node.way.carry_out(found).held == len(left)
    else:
        node.way.otherwise(parse_kubelet_version(f"v{node.made.to_version.release}"), "nothing restarts")


def nothing_half_written(node: Held) -> None:
    for number in range(3):
        assert node.runtime.database[identity(number)] in (record(number, OLD), record(number, NEW))


@pytest.mark.parametrize("stride", STRIDES)
def test_killed_before_each_call_the_next_start_ends_with_all_held(
    stride: int, tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One restart in all, also where the first run had noted it and not come to it."""
    names = calls(tmp_path / "whole", plan, monkeypatch)
    for number in tried(names, stride):
        with a_node(tmp_path / str(number), plan) as node:
            with monkeypatch.context() as patch, suppress(Killed):
                steps = Steps(patch, node, number)
                steps.happens = steps.dies
                node.way.carry_out(node.found())
            assert steps.dead
            where = f"before call {number}, {names[number]}"
            nothing_half_written(node)
            next_start(node)
            assert (node.hashes(), node.host.restarts) == ([NEW] * 3, ["containerd.service"]), where
            mark = mark_of(node.request.directory)
            assert mark is not None
            assert mark.verified, where


class Ends:
    """containerd ends, and systemd starts it again by and by."""

    def __init__(self, node: Held) -> None:
        self.node = node
        self.timer = threading.Timer(AWAY, self._back)

    def __call__(self) -> None:
        self.node.host.away = True
        self.node.service.failing = dict.fromkeys(HANGS, grpc.StatusCode.UNAVAILABLE)
        self.timer.start()

    def _back(self) -> None:
        self.node.runtime.restart()
        self.node.host.started_anew()
        self.node.host.away, self.node.service.failing = False, {}


@pytest.mark.parametrize("stride", STRIDES)
def test_containerd_killed_before_each_call_all_is_held_in_the_end(
    stride: int, tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same run once anything was written; what it tells is so."""
    names = calls(tmp_path / "whole", plan, monkeypatch)
    for number in tried(names, stride):
        with a_node(tmp_path / str(number), plan) as node:
            ends = Ends(node)
            with monkeypatch.context() as patch:
                Steps(patch, node, number, ends)
                written = held = None
                try:
                    held = node.way.carry_out(node.found())
                except UpgradecheckError:
                    written = node.runtime.writes
            where = f"before call {number}, {names[number]}"
            ends.timer.join()
            nothing_half_written(node)
            assert held is not None or written == 0, where
            if held is not None:
                assert (held.held, node.hashes()) == (3, [NEW] * 3), f"{where}: {held.said}"
            next_start(node)
            assert node.hashes() == [NEW] * 3, where


def test_a_containerd_that_stays_away_is_told_as_what_nobody_has_seen(tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_node(tmp_path / "node", plan) as node:
        ends = Ends(node)
        monkeypatch.setattr(ends.timer, "start", lambda: None)
        node.request = replace(node.request, until=time.monotonic() + 20)
        monkeypatch.setattr(hold_by_records, "RESTART_SECONDS", 0.2)
        whole = node.runtime.write

        def last(container_id: str, now: object) -> None:
            whole(container_id, now)  # type: ignore[arg-type]
            if node.runtime.writes == 2:
                ends()

        node.runtime.write = last  # type: ignore[method-assign,assignment]
        with pytest.raises(NotSeen, match="2 records are written, containerd was not restarted, and it does not answer"):
            node.way.carry_out(node.found())
        ends._back()
        node.runtime.write = whole  # type: ignore[method-assign]
        next_start(node)
        assert node.hashes() == [NEW] * 3


@pytest.mark.parametrize(("written", "held"), [(3, 3), (2, 2)])
def test_a_containerd_that_hangs_once_it_was_written_gets_the_restart_that_was_due(
    written: int, held: int, tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written one that does not answer is left alone."""
    monkeypatch.setattr(hold_by_records, "RESTART_SECONDS", 0.2)
    with a_node(tmp_path / "node", plan) as node:
        whole, real = node.runtime.write, node.host.restart

        def hangs_then(container_id: str, now: object) -> None:
            whole(container_id, now)  # type: ignore[arg-type]
            if node.runtime.writes == written:
                node.service.failing = dict.fromkeys(HANGS, grpc.StatusCode.DEADLINE_EXCEEDED)

        def goes_on(unit: str, seconds: float = 0) -> bool:
            node.service.failing = {}
            return real(unit, seconds)

        node.runtime.write = hangs_then  # type: ignore[method-assign,assignment]
        node.host.restart = goes_on  # type: ignore[method-assign]
        told = node.way.carry_out(node.found())
        assert (told.held, node.host.restarts, "it broke off" in told.said) == (held, ["containerd.service"], True)
        assert node.hashes() == [NEW] * held + [OLD] * (3 - held)
