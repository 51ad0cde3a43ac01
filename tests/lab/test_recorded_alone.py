"""``override apply --alone`` and ``undo --alone`` on a node as k3s has it, as they were seen under a real systemd 252 with real kubelets.

Recorded with ``python -m tests.lab.systemd.alone --keep tests/lab/recorded-alone``: 22 records written and proved, none of 23 containers ended
by the upgrade or on the way back, and 22 without an override.
"""

from __future__ import annotations

from pathlib import Path

from tests.lab.systemd.alone import findings

RECORDED = Path(__file__).parent / "recorded-alone"


def test_what_was_seen_is_what_should_be() -> None:
    found = findings(RECORDED)
    assert len(found) > 10
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
