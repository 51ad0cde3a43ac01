"""``override proxy`` on nodes as distributions have them, as it was seen under a real systemd 252 with real containerd and kubelets.

Recorded with ``python -m tests.lab.systemd.their_proxy --like NAME --keep tests/lab/recorded-their-proxy/NAME``: its printed unit stands, the kubelet
is pointed at it in the distribution's way, and none of 23 containers ends by the upgrade, nor on the way back without it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.systemd.their_proxy import findings

RECORDED = Path(__file__).parent / "recorded-their-proxy"


@pytest.mark.parametrize("name", sorted(one.name for one in RECORDED.iterdir()))
def test_what_was_seen_is_what_should_be(name: str) -> None:
    found = findings(RECORDED / name, name)
    assert len(found) > 8
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
