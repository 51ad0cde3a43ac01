"""What is drawn, and by how many processes: the default tier takes all processors; the others, which are timed by real clocks or print what they counted, take one."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.scheduling import ByFileOrStep

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # how busy a machine is, is no fault
settings.load_profile("patient")
settings.register_profile("landing", settings(), derandomize=True)
if os.environ.get("UPGRADECHECK_SAME_EXAMPLES"):  # a landing must not hang on what is drawn; searches go on elsewhere
    settings.load_profile("landing")

_TIERS = ("oracle", "node", "cluster", "browser", "long")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share the tests; 0: this one alone."""
    wanted = str(config.getoption("markexpr"))
    default = all(f"not {tier}" in wanted for tier in _TIERS)
    whole = not any("::" in argument for argument in config.args)
    return (os.cpu_count() or 1) if default and whole else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFileOrStep | None:
    """Which tests run in one process."""
    return ByFileOrStep(config, log) if config.getoption("dist") == "loadfile" else None
