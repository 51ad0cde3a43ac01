"""Docker's labels under a real systemd 252, with real dockerd 20.10, containerd and dockershim kubelets, as they were seen.

Recorded with ``python -m tests.lab.systemd.docker SCENE --keep tests/lab/recorded-docker-systemd/SCENE``: an upgrade and the way back, kill -9
of apply, undo, dockerd and containerd at each mark that there is, full disks, and a dockerd that does not come back.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.systemd.docker_findings import findings

RECORDED = Path(__file__).parent / "recorded-docker-systemd"


@pytest.mark.parametrize("name", sorted(one.name for one in RECORDED.iterdir()))
def test_what_was_seen_is_what_should_be(name: str) -> None:
    found = findings(RECORDED / name, name)
    assert len(found) > 10
    assert [(what, seen) for what, seen, _ in found] == [(what, wanted) for what, _, wanted in found]
