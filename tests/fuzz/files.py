"""An input as a file, through all that a plan makes of it; a good file beside it, so that a report can be made."""

from __future__ import annotations

import tempfile
from pathlib import Path

from upgradecheck.commands.plan import make_plan
from upgradecheck.commands.request import PlanRequest

GOOD = b"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"good","namespace":"shop","uid":"1"},"spec":{"nodeName":"n1","containers":[{"name":"c",
"image":"i"}]},"status":{"phase":"Running","containerStatuses":[{"name":"c","containerID":"containerd://a","state":{"running":{}}}]}}"""
REQUEST = PlanRequest(from_version="1.29.14", to_version="1.30.14")


def play_file(raw: bytes) -> None:
    """Plans the good pod with this file beside it: it is in the plan, whatever the file is; and a plan without the file is not complete.

    Raises:
        UpgradecheckError: two of what is given contradict each other.
    """
    from msgspec.structs import replace

    with tempfile.TemporaryDirectory(dir=_fast()) as folder:
        bad, good = Path(folder) / "bad.json", Path(folder) / "good.json"
        bad.write_bytes(raw)
        good.write_bytes(GOOD)
        plan = make_plan(replace(REQUEST, files=(str(bad), str(good))))
    assert any(pod.name == "good" for pod in plan.pods)
    if any(missing.what.startswith(str(bad)) for missing in plan.coverage.missing):
        assert not plan.complete
        assert plan.exit_code != 0


def _fast() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
