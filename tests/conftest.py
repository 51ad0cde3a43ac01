"""The default tier takes all processors; the others, which are timed by real clocks or print what they counted, take one."""

from __future__ import annotations

import os

import pytest

_TIERS = ("oracle", "node", "cluster", "browser", "long")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share the tests; 0: this one alone."""
    wanted = str(config.getoption("markexpr"))
    default = all(f"not {tier}" in wanted for tier in _TIERS)
    whole = not any("::" in argument for argument in config.args)
    return (os.cpu_count() or 1) if default and whole else 0
