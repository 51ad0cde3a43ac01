"""One Catalog for all plans of a run: a fresh one decodes every minor again."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.commands import plan as pipeline


@pytest.fixture(autouse=True)
def _one_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "Catalog", lambda: CATALOG)
