"""``override hold`` on the command line: what is kept and told, what cannot be asked, and the drop-in."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from tests.override.test_hold import node, plan
from upgradecheck.cli import main
from upgradecheck.commands import hold as holding_at_start
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.model.plan import Plan
from upgradecheck.override.hold.place import LAST, keep, kept

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
    assert msgspec.json.decode(capsys.readouterr().out) == {"kind": "HoldStatus", "last": None, "pods_kept": False, "switched_off": False}


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
