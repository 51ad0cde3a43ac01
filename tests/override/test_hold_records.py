"""``override hold`` by records, on a node in miniature: written, restarted once and looked at, whoever ends it in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import grpc
import pytest
from msgspec.structs import replace

from tests.override.node import NEW, OLD, OPERATOR, Runtime, identity, override, record
from tests.override.service import Service, serving
from tests.override.test_checks import units
from tests.override.test_commands import NodeHost
from tests.override.test_hold import plan
from upgradecheck.commands import hold_by_records
from upgradecheck.commands.hold_by_records import ByRecords
from upgradecheck.commands.hold_request import HoldRequest, OutOfTime
from upgradecheck.commands.hold_writing import RESTART_SECONDS
from upgradecheck.commands.holding import Holdable, NothingToHold
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.node import Machine
from upgradecheck.machine.runtime import Listener, Started
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.plan import Plan
from upgradecheck.override.hold.restarts import mark_of
from upgradecheck.override.hold.stand_in import UNIT
from upgradecheck.override.state import locked, looked_at
from upgradecheck.override.undoing import undo
from upgradecheck.transport.cri import CriError

__all__ = ["plan"]


class Killed(BaseException):
    """Stands for SIGKILL, and for systemd's SIGTERM: nothing of ours goes on behind it."""


class OwnHost(NodeHost):
    """A node whose containerd, process 7, is another one after each restart; away: it has ended."""

    away = False

    def listener(self, path: str) -> Listener:
        if self.away:
            raise ConnectionRefusedError(111, "Connection refused")
        return super().listener(path)

    def restart(self, unit: str, seconds: float = 0) -> bool:
        self.started_anew()
        return super().restart(unit, seconds)

    def started_anew(self) -> None:
        """Another process under the same number."""
        stat = self.machine.proc / "7/stat"
        told, _, start = stat.read_text().rpartition(" ")
        stat.write_text(f"{told} {int(start) + 100}")


class Held:
    """A node, and hold on it: each run is a new one, as after a kill."""

    def __init__(self, place: Path, runtime: Runtime, service: Service, socket: str, made: Plan) -> None:
        self.runtime, self.service, self.host, self.socket = runtime, service, OwnHost(runtime), socket
        self.host.machine = _machine(place)  # type: ignore[misc]
        self.made = made
        self.request = HoldRequest(str(place / "hold"), state_dir=str(place / "override"), until=time.monotonic() + 60)

    @property
    def way(self) -> ByRecords:
        return ByRecords(self.request, self.host, self.socket)

    def found(self, count: int = 3, before: str = OLD, after: str = NEW) -> Holdable:
        overrides = {identity(number): override(number, before, after) for number in range(count)}
        digest = plan_digest(self.made.to_version.release, self.made.pods, overrides)
        return Holdable("1.30.14", replace(self.made, overrides=overrides, plan_hash=digest), ())

    def hashes(self) -> list[str]:
        """What CRI serves."""
        shown = (self.runtime.served(identity(number)) for number in range(3))
        return [one.stamps.hash or "" for one in shown if one is not None]

    def journals(self) -> list[str]:
        held = looked_at(self.request.state_dir)
        return [] if held is None else [one.name for one in held.journals]


def _machine(place: Path) -> Machine:
    """A machine of its own, with containerd as process 7, in the boot ``b``, up for an hour then."""
    since = int((time.clock_gettime(time.CLOCK_BOOTTIME) - 3600) * 100)
    for path, text in {
        "proc/sys/kernel/random/boot_id": "b",
        "proc/7/stat": f"7 (containerd) {' '.join(['S', *['1'] * 18, str(since)])}",
        "etc/systemd/system/containerd.service.d/10-own.conf": "[Service]",
    }.items():
        file = place / "machine" / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return Machine(proc=place / "machine/proc", root=place / "machine/none", ticks=100)


@pytest.fixture
def node(tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    tmp_path.chmod(0o700)
    runtime = Runtime()
    service = Service(runtime)
    monkeypatch.setattr(hold_by_records, "require_something_runs", lambda runtime: None)
    with serving(tmp_path / "c.sock", service) as socket:
        yield Held(tmp_path, runtime, service, socket, plan)


def test_it_writes_restarts_once_and_looks_at_each(node: Held) -> None:
    node.way.require(dry=False)
    held = node.way.carry_out(node.found())
    step = f"1.30.14 -> {node.made.to_version.release}"
    assert held.said == f"held 3 of 3, {step}, plan {node.found().plan.plan_hash[:12]}, by records, containerd has restarted"
    assert (held.done, held.held, held.left_out, held.by) == (True, 3, 0, "records")
    assert (node.hashes(), node.host.restarts) == ([NEW] * 3, ["containerd.service"])
    mark = mark_of(node.request.directory)
    assert mark is not None
    assert mark.verified


def test_the_way_back_is_another_journal_and_another_restart(node: Held) -> None:
    node.way.carry_out(node.found())
    assert node.way.carry_out(node.found(before=NEW, after=OLD)).held == 3
    assert node.way.carry_out(node.found()).held == 3
    assert (node.hashes(), len(node.host.restarts), len(node.journals())) == ([NEW] * 3, 3, 3)


@pytest.mark.parametrize("after", [0, 1])
def test_what_a_run_has_written_that_broke_off_gets_its_restart(node: Held, after: int) -> None:
    """As where the disk fills up, or containerd takes no more."""
    whole = node.runtime.write

    def fails(container_id: str, record: object) -> None:
        if node.runtime.writes == after:
            node.service.failing["Update"] = grpc.StatusCode.UNAVAILABLE
        whole(container_id, record)  # type: ignore[arg-type]

    node.runtime.write = fails  # type: ignore[method-assign]
    if after == 0:
        node.service.failing["Update"] = grpc.StatusCode.UNAVAILABLE
    held = node.way.carry_out(node.found())
    written = node.hashes().count(NEW)
    assert "it broke off: " in held.said
    assert held.said.startswith(f"held {written} of 3 ")
    assert (held.held, held.left_out, node.host.restarts) == (written, 3 - written, ["containerd.service"] if written else [])
    assert node.runtime.memory == node.runtime.database, "nothing waits for a restart that comes under the kubelet"


def test_systemd_ends_it_with_the_restart_and_the_second_run_finds_nothing_but_to_look(node: Held) -> None:
    """Requires=containerd.service: our own process gets SIGTERM as containerd restarts, and another one is started."""
    real = node.host.restart

    def ends_us(unit: str, seconds: float = 0) -> bool:
        real(unit, seconds)
        raise Killed

    node.host.restart = ends_us  # type: ignore[method-assign]
    with pytest.raises(Killed):
        node.way.carry_out(node.found())
    node.host.restart = real  # type: ignore[method-assign]
    node.way.require(dry=False)
    target = parse_kubelet_version(f"v{node.made.to_version.release}")
    again = node.way.otherwise(target, "nothing restarts")
    assert again is not None
    assert again.said.startswith("held 3 of 3, ")
    assert "by records that a run before has written, containerd had restarted" in again.said
    assert node.host.restarts == ["containerd.service"]
    assert node.way.otherwise(target, "nothing restarts") is None, "and it is told once"


@pytest.mark.parametrize("writes", [1, 2, 3])
def test_killed_between_two_records_the_next_run_goes_on_in_the_same_journal(node: Held, writes: int) -> None:
    real = ByRecords._in_effect
    whole = node.runtime.write

    def dies(container_id: str, record: object) -> None:
        whole(container_id, record)  # type: ignore[arg-type]
        if node.runtime.writes == writes:
            node.service.failing["Get"] = grpc.StatusCode.UNAVAILABLE  # not read back, not noted

    node.runtime.write = dies  # type: ignore[method-assign]
    ByRecords._in_effect = _killed  # type: ignore[method-assign,assignment]
    try:
        with pytest.raises(Killed):
            node.way.carry_out(node.found())
    finally:
        ByRecords._in_effect = real  # type: ignore[method-assign]
    assert node.hashes() == [OLD] * 3, "CRI serves what it read at its start"
    node.runtime.write, node.service.failing = whole, {}  # type: ignore[method-assign]
    assert node.way.carry_out(node.found()).held == 3
    assert (node.hashes(), node.host.restarts, len(node.journals())) == ([NEW] * 3, ["containerd.service"], 1)


def test_what_was_written_for_a_kubelet_that_never_came_up_is_taken_back_before_another_starts(node: Held) -> None:
    """containerd shows none of it yet; after its next restart it would, under a kubelet that hashes otherwise."""
    node.host.restart = lambda unit, seconds=0: False  # type: ignore[method-assign]
    with pytest.raises(NothingToHold):
        node.way.carry_out(node.found())
    assert node.hashes() == [OLD] * 3
    back = node.way.otherwise(parse_kubelet_version("v1.30.14"), "nothing restarts")
    assert back is not None
    assert "3 records that a run before wrote for " in back.said
    node.runtime.restart()
    assert node.hashes() == [OLD] * 3
    assert node.way.otherwise(parse_kubelet_version("v1.30.14"), "nothing restarts") is None


def test_what_is_shown_already_is_no_matter_of_that(node: Held) -> None:
    node.way.carry_out(node.found())
    assert node.way.otherwise(parse_kubelet_version("v1.30.14"), "nobody knows the pods") is None
    assert node.hashes() == [NEW] * 3


def test_one_restart_for_a_plan_and_a_boot(node: Held) -> None:
    """A containerd that shows nothing new after its restart would be restarted for ever."""

    def in_vain(unit: str, seconds: float = 0) -> bool:
        node.host.restarts.append(unit)
        node.host.started_anew()
        return True

    node.host.restart = in_vain  # type: ignore[method-assign]
    for _ in range(3):
        held = node.way.carry_out(node.found())
        assert (held.held, held.left_out, held.done) == (0, 3, False)
    assert node.host.restarts == ["containerd.service"]
    assert "was restarted for it in this boot already, and not again" in held.said


def test_what_another_plan_has_written_for_this_version_gets_its_restart(node: Held) -> None:
    """A run was killed with all written; meanwhile a pod came or went, so that the next one has another plan and nothing to write."""
    real = ByRecords._in_effect
    ByRecords._in_effect = _killed  # type: ignore[method-assign,assignment]
    try:
        with pytest.raises(Killed):
            node.way.carry_out(node.found())
    finally:
        ByRecords._in_effect = real  # type: ignore[method-assign]
    held = node.way.carry_out(node.found(2))
    assert (held.held, node.hashes(), node.host.restarts) == (2, [NEW] * 3, ["containerd.service"])


def _killed(*_: object) -> object:
    raise Killed


def test_the_same_plan_again_after_somebody_put_the_records_back(node: Held) -> None:
    node.way.carry_out(node.found())
    node.runtime.database = {identity(number): record(number) for number in range(3)}
    node.runtime.restart()
    assert node.hashes() == [OLD] * 3
    assert node.way.carry_out(node.found()).held == 3
    assert (node.hashes(), len(node.host.restarts)) == ([NEW] * 3, 2)


STOPPED = {"ActiveState": "activating", "SubState": "auto-restart"}


class Broken:
    """A host whose containerd does not start again by its unit; what it is asked to do, in order."""

    def __init__(self, node: Held, state: Mapping[str, str], *, starts: bool = True, answers: bool = True) -> None:
        self.node, self.done, self.starts, self.answers = node, list[tuple[str, ...]](), starts, answers
        host = node.host
        host.restart = lambda unit, seconds=0: False  # type: ignore[method-assign]
        host.unit = lambda name: state  # type: ignore[method-assign]
        host.stop = lambda unit: self.noted("stop", unit)  # type: ignore[method-assign]
        host.let_start = lambda unit: self.done.append(("start", unit))  # type: ignore[method-assign]
        host.started_as = lambda listener: Started(ONCE_MORE[2:], ("PATH=/bin",))  # type: ignore[method-assign]
        host.start_once_more = self.once_more  # type: ignore[method-assign]

    def noted(self, *words: str) -> bool:
        self.done.append(words)
        return True

    def once_more(self, unit: str, started: Started) -> bool:
        self.done.append(("once more", unit, *started.words))
        if self.answers:
            self.node.runtime.restart()
        else:
            self.node.service.name = ""
        return self.starts


ONCE_MORE = ("once more", UNIT, "/usr/bin/containerd", "--log-level", "info")


def test_where_its_unit_does_not_start_it_again_its_program_stands_in_and_all_is_held(node: Held) -> None:
    broken = Broken(node, STOPPED)
    held = node.way.carry_out(node.found())
    assert broken.done == [("stop", "containerd.service"), ONCE_MORE]
    assert (held.held, held.done, node.hashes()) == (3, True, [NEW] * 3)
    assert "containerd.service did not start again (journalctl -u containerd.service), so its program runs as " in held.said
    assert "once that is mended: systemctl stop upgradecheck-containerd-stand-in; systemctl start containerd" in held.said


@pytest.mark.parametrize(
    ("state", "starts", "answers", "expected"),
    [
        pytest.param({"ActiveState": "activating", "SubState": "start"}, True, True, [], id="one that is only slow goes on by itself"),
        pytest.param({}, True, True, [], id="of which nobody knows"),
        pytest.param(
            STOPPED, False, True, [("stop", "containerd.service"), ONCE_MORE, ("start", "containerd.service")], id="systemd starts none"
        ),
        pytest.param(
            STOPPED,
            True,
            False,
            [("stop", "containerd.service"), ONCE_MORE, ("stop", UNIT), ("start", "containerd.service")],
            id="it does not answer either",
        ),
    ],
)
def test_a_restart_that_fails_and_a_containerd_that_does_not_come_back_are_told(
    node: Held, state: Mapping[str, str], starts: bool, answers: bool, expected: list[tuple[str, ...]]
) -> None:
    """The unit goes on trying, as it would without us."""
    node.request = replace(node.request, until=time.monotonic() + 22)
    broken = Broken(node, state, starts=starts, answers=answers)
    with pytest.raises(NothingToHold, match=r'records are written, and "systemctl restart containerd.service" failed'):
        node.way.carry_out(node.found())
    assert broken.done == expected


SLOW = {"ActiveState": "active", "SubState": "running", "NRestarts": "0"}


def _broken(node: Held, stand_in: Mapping[str, str] | None) -> Broken:
    """Whose stand-in does not answer in time; of it systemd says this."""
    node.request = replace(node.request, until=time.monotonic() + 22)
    broken = Broken(node, STOPPED, answers=False)
    node.host.unit = lambda name: stand_in if name == UNIT else STOPPED  # type: ignore[method-assign]
    return broken


def test_a_stand_in_that_is_only_slow_is_left_and_the_next_start_finds_all_held(node: Held) -> None:
    """Without it the node would have no containerd at all, since its unit is known to fail."""
    broken = _broken(node, SLOW)
    with pytest.raises(NothingToHold, match=r"records are written, but containerd.service did not .* is left to come up: journalctl -u up"):
        node.way.carry_out(node.found())
    assert broken.done == [("stop", "containerd.service"), ONCE_MORE]
    node.service.name = "containerd"
    node.runtime.restart()
    found = node.way.otherwise(parse_kubelet_version("v1.31.0"), "it runs as the stand-in")
    assert found is not None
    assert (found.held, node.hashes(), len(broken.done)) == (3, [NEW] * 3, 2)


@pytest.mark.parametrize(
    "stand_in",
    [
        pytest.param({**SLOW, "NRestarts": "1"}, id="it ended, and was started again"),
        pytest.param({"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "0"}, id="it ended just now"),
        pytest.param({"ActiveState": "active", "SubState": "running"}, id="a systemd that does not count"),
        pytest.param(None, id="nobody can be asked"),
    ],
)
def test_one_that_fails_as_its_unit_does_makes_room_for_it(node: Held, stand_in: Mapping[str, str] | None) -> None:
    broken = _broken(node, stand_in)
    with pytest.raises(NothingToHold, match=r'"systemctl restart containerd.service" failed'):
        node.way.carry_out(node.found())
    assert broken.done[2:] == [("stop", UNIT), ("start", "containerd.service")]


def test_time_that_is_up_leaves_one_that_is_only_slow(node: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _broken(node, SLOW)

    def asked(way: ByRecords, patience: float = 0.0) -> NoReturn:
        raise OutOfTime

    def begun(unit: str, started: Started) -> bool:
        monkeypatch.setattr(ByRecords, "_containerd", asked)
        return True

    node.host.start_once_more = begun  # type: ignore[method-assign]
    with pytest.raises(OutOfTime):
        node.way.carry_out(node.found())
    assert broken.done == [("stop", "containerd.service")]


def test_time_that_is_up_between_stop_and_start_leaves_the_unit_trying(node: Held) -> None:
    broken = Broken(node, STOPPED)

    def ended(unit: str, started: Started) -> bool:
        raise OutOfTime

    node.host.start_once_more = ended  # type: ignore[method-assign]
    with pytest.raises(OutOfTime):
        node.way.carry_out(node.found())
    assert broken.done == [("stop", "containerd.service"), ("start", "containerd.service")]


def test_time_that_is_up_before_a_stand_in_answers_leaves_the_unit_trying(node: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(node, STOPPED)

    def ended(unit: str) -> bool:
        broken.noted("stop", unit)
        if unit == UNIT:
            raise OutOfTime
        return True

    def asked(way: ByRecords, patience: float = 0.0) -> NoReturn:
        raise OutOfTime

    def begun(unit: str, started: Started) -> bool:
        monkeypatch.setattr(ByRecords, "_containerd", asked)
        return True

    node.host.stop, node.host.start_once_more = ended, begun  # type: ignore[method-assign]
    with pytest.raises(OutOfTime):
        node.way.carry_out(node.found())
    assert broken.done == [("stop", "containerd.service"), ("stop", UNIT), ("start", "containerd.service")]


def test_one_that_stands_in_is_not_restarted(node: Held) -> None:
    node.host.listener = lambda path: Listener(7, ("containerd",), UNIT)  # type: ignore[method-assign]
    with pytest.raises(NothingToHold, match="since its own unit did not start: mend that, and start it"):
        node.way.require(dry=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"until": 0.0}, "too few for a restart of containerd", id="no time"),
        pytest.param({}, "KiB free, and its journals may need", id="no room"),
    ],
)
def test_with_no_time_or_room_nothing_is_written(node: Held, monkeypatch: pytest.MonkeyPatch, change: dict[str, float], said: str) -> None:
    node.request = replace(node.request, **change)
    monkeypatch.setattr(hold_by_records, "free_bytes", lambda directory: 3)
    with pytest.raises(NothingToHold, match=said):
        node.way.carry_out(node.found())
    assert (node.runtime.writes, node.host.restarts, node.journals()) == (0, [], [])


def test_time_that_runs_out_while_it_writes_leaves_enough_for_the_restart(node: Held) -> None:
    node.request = replace(node.request, until=time.monotonic() + RESTART_SECONDS + 8)
    whole = node.runtime.write

    def slow(container_id: str, record: object) -> None:
        whole(container_id, record)  # type: ignore[arg-type]
        if node.runtime.writes == 2:
            node.request = replace(node.request, until=time.monotonic() + 1)
            way._request = node.request

    node.runtime.write = slow  # type: ignore[method-assign]
    way = node.way
    held = way.carry_out(node.found())
    assert held.held in (2, 3)
    assert node.runtime.memory == node.runtime.database


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param("kill-mode", "KillMode=mixed", id="its restart would kill all"),
        pytest.param("config", "config dump", id="its configuration does not load"),
        pytest.param("kubelet", "a kubelet|it runs", id="a kubelet runs"),
        pytest.param("main", "is not the main process", id="another program's unit"),
        pytest.param("name", "the runtime is cri-o", id="another runtime"),
    ],
)
def test_what_hinders_an_apply_hinders_this(node: Held, spoil: str, said: str) -> None:
    if spoil == "kill-mode":
        node.host.units = units(KillMode="mixed")
    elif spoil == "main":
        node.host.units = units(MainPID="99")
    elif spoil == "config":
        node.host.loads = False
    elif spoil == "kubelet":
        node.host.pids = (12,)
    else:
        node.service.name = "cri-o"
    with pytest.raises(NothingToHold, match=said):
        node.way.require(dry=False)


def test_a_unit_that_was_changed_since_containerd_started_is_not_restarted_with_nobody_standing_by(node: Held) -> None:
    """A failing start of containerd would keep the kubelet from its pods, and nobody has tried that unit yet."""
    node.way.require(dry=True)
    node.host.machine = replace(node.host.machine, root=node.host.machine.proc.parent)  # type: ignore[misc]
    for dry in (False, True):
        with pytest.raises(
            NothingToHold, match=r"^/etc/systemd/system/containerd.service.d/10-own.conf was changed after containerd started"
        ):
            node.way.require(dry=dry)


def test_beside_a_kubelet_that_runs_a_dry_run_asks_all_the_rest(node: Held) -> None:
    node.host.pids = (12,)
    node.way.require(dry=True)
    node.host.loads = False
    with pytest.raises(NothingToHold, match="config dump"):
        node.way.require(dry=True)


def test_journals_whose_containers_are_gone_are_dropped_and_the_log_tells(node: Held) -> None:
    node.way.carry_out(node.found(1))
    (first,) = node.journals()
    node.runtime.remove(identity(0))
    overrides = {identity(number): override(number) for number in (1, 2)}
    made = replace(node.made, overrides=overrides, plan_hash=plan_digest(node.made.to_version.release, node.made.pods, overrides))
    node.way.carry_out(Holdable("1.30.14", made, ()))
    (second,) = node.journals()
    assert second != first
    held = looked_at(node.request.state_dir)
    assert held is not None
    assert [one["journal"] for one in held.audit.entries if one["event"] == "dropped"] == [first]
    assert node.hashes() == [NEW] * 2


def test_a_journal_upon_which_another_was_written_stays_as_long_as_that(node: Held) -> None:
    node.way.carry_out(node.found(1))
    overrides = {identity(number): override(number) for number in (1, 2)}
    made = replace(node.made, overrides=overrides, plan_hash=plan_digest(node.made.to_version.release, node.made.pods, overrides))
    node.way.carry_out(Holdable("1.30.14", made, ()))
    node.runtime.remove(identity(0))
    node.way.carry_out(node.found(3, before=NEW, after=OLD))
    assert len(node.journals()) == 3


def _undo_breaks_off(node: Held) -> None:
    def fails(container_id: str, record: object) -> None:
        raise CriError("the runtime fails", "UNAVAILABLE")

    node.way.carry_out(node.found())
    write, node.runtime.write = node.runtime.write, fails  # type: ignore[method-assign]
    with pytest.raises(CriError), locked(node.request.state_dir) as held:
        undo(held.journals[0], node.runtime, held, OPERATOR)
    node.runtime.write = write  # type: ignore[method-assign]


def _log_is_changed(node: Held) -> None:
    node.way.carry_out(node.found())
    log = Path(node.request.state_dir, "audit.log")
    log.write_bytes(log.read_bytes().replace(b"restamped", b"restamqed", 1))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(_undo_breaks_off, "the undo of 0001-.* has begun and not ended", id="an undo that broke off"),
        pytest.param(_log_is_changed, "audit.log: line 2: was changed", id="a log that somebody changed"),
    ],
)
def test_what_is_amiss_in_the_state_is_left_to_people(node: Held, spoil: Callable[[Held], None], said: str) -> None:
    spoil(node)
    writes, restarts = node.runtime.writes, list(node.host.restarts)
    with pytest.raises((NothingToHold, UpgradecheckError), match=said):
        _run(node)
    assert (node.runtime.writes, node.host.restarts) == (writes, restarts)


def _run(node: Held) -> None:
    node.way.require(dry=False)
    node.way.carry_out(node.found(3, NEW, OLD))


def test_while_another_command_is_at_work_nothing_is_written(node: Held) -> None:
    with locked(node.request.state_dir), pytest.raises(UpgradecheckError, match="is at work here"):
        node.way.carry_out(node.found())
    assert (node.runtime.writes, node.host.restarts) == (0, [])
