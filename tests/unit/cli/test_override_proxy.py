"""``override proxy``: what must be there before it begins to listen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from upgradecheck.cli import main


def test_without_hpack_it_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "hpack", None)
    socket, plan = tmp_path / "proxy.sock", tmp_path / "plan.json"
    code = main(["override", "proxy", "--listen", str(socket), "--upstream", str(tmp_path / "cri.sock"), "--map", str(plan)])
    told = capsys.readouterr()
    assert (code, told.out, socket.exists()) == (1, "", False)
    assert told.err == (
        "upgradecheck: override proxy needs hpack, which is not installed. Install it: pip install 'upgradecheck[override]'.\n"
    )
