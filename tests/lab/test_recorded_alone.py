"""``override apply`` and ``undo`` on nodes as distributions have them, as they were seen under a real systemd 252 with real kubelets.

Recorded with ``python -m tests.lab.systemd.alone --like NAME --keep tests/lab/recorded-alone/NAME``: 22 records written and proved, none of
23 containers ended by the upgrade or on the way back, and 22 without an override.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.systemd.alone import findings

RECORDED = Path(__file__).parent / "recorded-alone"


@pytest.mark.parametrize("name", sorted(one.name for one in RECORDED.iterdir()))
def test_what_was_seen_is_what_should_be(name: str) -> None:
    found = findings(RECORDED / name, name)
    assert len(found) > 10
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
