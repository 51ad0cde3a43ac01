"""``override hold`` on the command line: what is kept and told, what cannot be asked, and the drop-in."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest
from msgspec.structs import replace

from tests.override.test_hold import node, plan
from upgradecheck.cli import main
from upgradecheck.commands import hold as holding_at_start
from upgradecheck.commands import hold_pods
from upgradecheck.commands.holding import NothingRestarts, NothingToHold
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.machine.node import Machine, boot_id
from upgradecheck.machine.processes import since_boot_ms
from upgradecheck.machine.same_process import Process, this_process
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Plan
from upgradecheck.override.hold import unfinished
from upgradecheck.override.hold.place import LAST, keep, kept
from upgradecheck.override.hold.restarts import Mark, begun, make_ready

__all__ = ["node", "plan"]


def test_the_command_ends_with_0_and_keeps_no_outcome_where_nobody_holds_the_kubelet_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["override", "hold", "--hold-dir", str(tmp_path / "h"), "--config", "none"]) == 0
    assert "nothing held:" in capsys.readouterr().out
    assert not (tmp_path / "h").exists()


def test_the_deadline_is_one_for_all_of_it(node: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(holding_at_start, "holdable", lambda wanted: time.sleep(30))
    began = time.monotonic()
    assert main(["override", "hold", "--hold-dir", str(node), "--seconds", "1s", "--at-once", "--config", "none"]) == 0
    assert time.monotonic() - began < 10
    assert "not ready within 1 s" in capsys.readouterr().out
    assert msgspec.json.decode(kept(str(node / LAST)) or b"")["done"] is False


def test_status_tells_the_last_start(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["override", "hold", "status", "--hold-dir", str(node)]) == 1
    assert main(["override", "hold", "--hold-dir", str(node), "--at-once", "--metrics", str(node / "m.prom"), "--config", "none"]) == 0
    assert "upgradecheck_hold_done 1" in (node / "m.prom").read_text()
    capsys.readouterr()
    assert main(["override", "hold", "status", "--hold-dir", str(node)]) == 0
    assert "last start, 20" in capsys.readouterr().out


@pytest.mark.parametrize("why", [NothingToHold, NothingRestarts])
def test_where_nothing_is_held_it_is_told_how_many_fit_already_and_how_many_do_not(
    node: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], why: type[NothingToHold]
) -> None:
    def nothing(wanted: object) -> NoReturn:
        found = why("so it is")
        found.left_out, found.fitting = 2, 20
        raise found

    monkeypatch.setattr(holding_at_start, "holdable", nothing)
    assert main(["override", "hold", "--hold-dir", str(node), "--at-once", "--metrics", str(node / "m.prom"), "--config", "none"]) == 0
    told = msgspec.json.decode(kept(str(node / LAST)) or b"")
    assert (told["said"], told["held"], told["left_out"], told["fit_already"]) == ("nothing held: so it is", 0, 2, 20)
    shown = (node / "m.prom").read_text()
    assert "upgradecheck_hold_containers_left_out 2\n" in shown
    assert "upgradecheck_hold_containers_fit_already 20\n" in shown
    capsys.readouterr()
    assert main(["override", "hold", "--dry-run", "--to", "1.31", "-o", "json", "--hold-dir", str(node), "--config", "none"]) == (
        0 if why is NothingRestarts else 1
    )
    assert msgspec.json.decode(capsys.readouterr().out)["fit_already"] == 20


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours goes on behind it."""


def test_a_start_that_was_killed_is_told_by_status_and_metrics_and_by_the_next_start(
    node: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is kept of it is the outcome of a start before, which says that all is well."""
    words = ["override", "hold", "--hold-dir", str(node), "--at-once", "--metrics", str(node / "m.prom"), "--config", "none"]
    status = ["override", "hold", "status", "--hold-dir", str(node)]
    assert main(words) == 0
    assert "upgradecheck_hold_unfinished 0" in (node / "m.prom").read_text()

    def dies(wanted: object) -> NoReturn:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(holding_at_start, "holdable", dies)
        patch.setattr(unfinished, "this_process", lambda machine: _ended(machine))
        with pytest.raises(Killed):
            main(words)
    assert "upgradecheck_hold_unfinished 1" in (node / "m.prom").read_text()
    capsys.readouterr()
    assert main(status) == 0
    assert "\namiss: override hold: a start of the kubelet at 20" in (told := capsys.readouterr().out)
    assert " came to no end: hold was killed then. " in told
    assert main([*status, "-o", "json"]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out)
    assert (answer["unfinished"][:2], answer["unfinished_run"]) == ("20", "ended")
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "; the start before, at 20" in said
    assert "came to no end: hold was killed then; " in said
    assert main(status) == 0
    assert "amiss" not in capsys.readouterr().out


def _ended(machine: Machine) -> Process:
    """One that was there, and is gone."""
    with subprocess.Popen(["sleep", "60"]) as child:
        found = replace(this_process(machine), pid=child.pid, started_ms=since_boot_ms(machine, child.pid))
        child.kill()
    return found


def test_a_start_that_is_at_work_is_nothing_amiss(node: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What it has yet to look at is no more amiss than itself: containerd's restart."""
    words = ["override", "hold", "--hold-dir", str(node), "--at-once", "--config", "none"]
    status = ["override", "hold", "status", "--hold-dir", str(node)]
    assert main(words) == 0
    seen = list[str]()

    def looks(wanted: object) -> NoReturn:
        make_ready(str(node), Mark(boot_id(Machine()) or "", "0" * 64))
        begun(str(node))
        capsys.readouterr()
        assert main(status) == 0
        assert main([*status, "-o", "json"]) == 0
        seen.extend(capsys.readouterr().out.splitlines())
        raise NothingToHold("it looked")

    monkeypatch.setattr(holding_at_start, "holdable", looks)
    assert main(words) == 0
    (now,) = (one for one in seen if one.startswith("now: "))
    assert now.endswith(f" is not over: hold is at work (process {os.getpid()})")
    answer = msgspec.json.decode(seen[-1])
    assert (answer["unfinished"][:2], answer["unfinished_run"], answer["amiss"]) == ("20", "runs", [])
    assert not [one for one in seen if one.startswith("amiss")]
    assert main(status) == 0
    assert "nobody has looked at what came of it" in capsys.readouterr().out, "now it is over"


def test_a_note_of_before_the_process_was_noted_is_either(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(str(node / LAST), b"{}")
    keep(str(node / "begun.json"), b'{"time":"2026-11-30T21:00:00Z"}')
    assert main(["override", "hold", "status", "--hold-dir", str(node)]) == 0
    assert "2026-11-30T21:00:00Z came to no end: hold was killed then, or is at work" in capsys.readouterr().out


def test_pods_that_were_not_read_are_told_with_the_reason_and_the_copy_in_their_place(
    node: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> NoReturn:
        raise SpecRefused("https://127.0.0.1:6443: 401 Unauthorized\nmore")

    monkeypatch.setattr(hold_pods, "keep_pods", refused)
    words = ["override", "hold", "--hold-dir", str(node), "--at-once", "--kubeconfig", "/etc/kubernetes/kubelet.conf", "--config", "none"]
    assert main(words) == 0
    why = "; this node's pods were not read (https://127.0.0.1:6443: 401 Unauthorized), "
    assert f"{why}no copy of them is kept; " in capsys.readouterr().out
    keep(str(node / "pods.json"), b"{}")
    assert main(words) == 0
    assert f"{why}a copy of 20" in capsys.readouterr().out
    assert main([*words[:5], "--config", "none"]) == 0
    assert "not read" not in capsys.readouterr().out, "a kubelet without an API server has none to ask"


@pytest.mark.parametrize("damaged", [b"[]", b"{", b"", b"null", b"[" * 100_000, b"\xff"])
def test_status_of_an_outcome_that_is_damaged_says_so_and_that_the_next_start_holds(
    node: Path, capsys: pytest.CaptureFixture[str], damaged: bytes
) -> None:
    """It is no first start: what hold itself asks is only whether the file is there."""
    keep(str(node / LAST), damaged)
    assert main(["override", "hold", "status", "--hold-dir", str(node)]) == 1
    told = capsys.readouterr().out
    assert "last.json is damaged" in told
    assert "next start: holds what it can prove" in told
    assert main(["override", "hold", "status", "-o", "json", "--hold-dir", str(node)]) == 1
    assert msgspec.json.decode(capsys.readouterr().out)["last"] is None


def test_the_first_map_overrides_nothing_and_one_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "h"
    assert main(["override", "hold", "--first-map", "--hold-dir", str(place)]) == 0
    made = (place / "map.json").read_bytes()
    assert overrides_of(made).overrides == {}
    assert (place / "map.json").stat().st_mode & 0o077 == 0
    (place / "map.json").write_bytes(b"mine")
    assert main(["override", "hold", "--first-map", "--hold-dir", str(place)]) == 0
    assert (place / "map.json").read_bytes() == b"mine"
    assert "is there already" in capsys.readouterr().err


def test_status_and_dry_run_in_json(node: Path, plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["override", "hold", "--dry-run", "--to", "1.31", "-o", "json", "--hold-dir", str(node), "--config", "none"]) == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert (told["by"], told["from"], told["to"], told["plan"], told["held"]) == (
        "proxy",
        "1.30.14",
        plan.to_version.release,
        plan.plan_hash,
        len(plan.overrides or {}),
    )
    assert main(["override", "hold", "status", "-o", "json", "--hold-dir", str(node)]) == 1
    nothing: dict[str, object] = {
        "kind": "HoldStatus",
        "last": None,
        "pods_kept": False,
        "switched_off": False,
        "unfinished": None,
        "unfinished_run": None,
        "amiss": [],
    }
    assert msgspec.json.decode(capsys.readouterr().out) == nothing


@pytest.mark.parametrize(
    "words",
    [
        ["other"],
        ["--dry-run"],
        ["--to", "1.31"],
        ["--keep-pods", "--print-unit"],
        ["--dry-run", "--to", "1.31", "--first-map"],
        ["status", "--keep-pods"],
    ],
)
def test_what_cannot_be_asked(words: list[str]) -> None:
    assert main(["override", "hold", *words]) == 64


def test_the_unit_forgives_whatever_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["override", "hold", "--print-unit", "--seconds", "40s", "--node", "a b"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("-/")[0] for line in lines if line.startswith("Exec")] == ["ExecStartPre=", "ExecStop="]
    assert "/usr/bin/timeout -k 2 50 " in lines[-2]
    assert lines[-2].endswith('override hold --seconds 40s --node "a b" --config none')
