"""Which tests run in one process: those of a file, and those of a recorded step of the lab, whichever file they stand in."""

from __future__ import annotations

import re

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

_STEP = re.compile(r"\[(?:.*[-\]])?(\d+\.\d+\.\d+-to-\d+\.\d+\.\d+(?:-api)?)(?:-.*)?\]$")


def scope(nodeid: str) -> str:
    """What a test shares with those that run in its process."""
    step = _STEP.search(nodeid)
    return step[1] if step else nodeid.partition("::")[0]


class ByFileOrStep(LoadScopeScheduling):  # type: ignore[misc]
    """Gives whole files, and whole recorded steps, to one process each."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scheduler(config: pytest.Config, log: object) -> ByFileOrStep:
    """For pytest_xdist_make_scheduler."""
    return ByFileOrStep(config, log)
