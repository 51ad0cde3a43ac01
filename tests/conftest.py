"""What is drawn, what is decoded once, and by how many processes: the default tier takes all processors; the others, which are timed by real clocks or print what they counted, take one."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from tests.drawing import TIMES
from tests.scheduling import ByFileOrStep
from upgradecheck.catalog import files
from upgradecheck.cli import program
from upgradecheck.cli.verb import Verb
from upgradecheck.commands import clock
from upgradecheck.model.version import Minor

settings.register_profile(
    "patient", max_examples=25 * TIMES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # how busy a machine is, is no fault
settings.load_profile("patient")
settings.register_profile("landing", settings(), derandomize=True)
if os.environ.get("TESTS_SAME_EXAMPLES"):  # a landing must not hang on what is drawn; searches go on elsewhere
    settings.load_profile("landing")

os.environ["XDG_CONFIG_HOME"] = os.devnull  # whoever runs the tests may have a configuration file of his own

NOW = 1_790_000_000_000_000_000
"""When every plan of this process is made: documents are compared byte for byte."""
pytest.MonkeyPatch().setattr(clock, "now", lambda: NOW)

_SHIPPED, _read = files.packaged_folder(), files.read


@cache
def _shipped(minor: Minor, question: Callable[[Minor, bytes], object]) -> object:
    return _read(_SHIPPED, minor, question)


def _read_once(folder: files.Folder, minor: Minor, question: Callable[[Minor, bytes], object]) -> object:
    """One decoding of each minor for all Catalogs of the process, and so for all runs of main(); hashdata of a test's own is read anew."""
    return _shipped(minor, question) if folder == _SHIPPED else _read(folder, minor, question)


pytest.MonkeyPatch().setattr(files, "read", _read_once)

_made, _commands = program._command, dict[object, object]()


def _made_once(told: Verb) -> object:
    """One making of each command for all runs of main(), which takes typer longer than most of them run."""
    key = told.words, told.run
    if key not in _commands:
        _commands[key] = _made(told)
    return _commands[key]


pytest.MonkeyPatch().setattr(program, "_command", _made_once)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Ten thousand tests stay to the end: nobody need look through them for what can go, neither while they are found nor later."""
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(
            50_000, 20, 50
        )  # a test makes next to no cycles; what processes keep for later tests was looked through again and again
        gc.enable()


_TIERS = ("oracle", "node", "cluster", "browser", "long", "sweep")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share the tests, one more than processors, for some tests wait; 0: this one alone."""
    wanted = str(config.getoption("markexpr"))
    default = all(f"not {tier}" in wanted for tier in _TIERS) or wanted == "sweep"
    whole = not any("::" in argument for argument in config.args)
    return (os.cpu_count() or 1) + 1 if default and whole else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFileOrStep | None:
    """Which tests run in one process."""
    return ByFileOrStep(config, log) if config.getoption("dist") == "loadfile" else None
