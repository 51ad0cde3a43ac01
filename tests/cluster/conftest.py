"""A stub API server and a kubeconfig for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.stub import Stub, kubeconfig, serving


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


@pytest.fixture
def config(stub: Stub, tmp_path: Path) -> str:
    return kubeconfig(tmp_path / "config", {"server": stub.address})


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes at once; what was waited for, in seconds."""
    waited: list[float] = []
    monkeypatch.setattr("upgradecheck.transport.kube.rest", waited.append)
    return waited
