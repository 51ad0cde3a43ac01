"""What unit tests share: a machine on which no kubelet is, whatever the machine that runs them holds."""

from __future__ import annotations

from pathlib import Path

import pytest

import upgradecheck.machine.local_kubelet
from upgradecheck.machine.node import Machine


@pytest.fixture
def no_kubelet(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a machine without a kubelet; what a test puts there is found."""
    root = tmp_path_factory.mktemp("machine")
    monkeypatch.delenv("MAINPID", raising=False)
    machine = Machine(proc=root, machine_id=root / "id", system_uuid=root / "uuid", ticks=100, root=root)
    monkeypatch.setattr(upgradecheck.machine.local_kubelet, "Machine", lambda: machine)
    return root
