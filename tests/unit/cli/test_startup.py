"""What a command does not load, since most of a small run is starting up; tests/bench/startup.py tells what that takes.

Each in a process of its own: what one loads, those after it would show too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.builders import listed, node, pod, raw
from tests.patience import PATIENCE

LOADED = """
import contextlib, io, json, sys
before = set(sys.modules)
from upgradecheck.cli import main
if sys.argv.pop(1):
    with contextlib.redirect_stderr(io.StringIO()):
        main(["plan", "--nonesuch"])
    before |= {name for name in sys.modules if not name.startswith("upgradecheck")}
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = main(sys.argv[1:])
print(json.dumps([code, sorted(set(sys.modules) - before)]))
"""

THE_WORLD = (
    "email", "http", "urllib.request", "ssl", "asyncio", "logging", "importlib.metadata", "importlib.resources", "pydantic", "rich",
    "kubernetes", "grpc", "deepdiff", "yaml", "jinja2", "hpack",
)  # fmt: skip
"""What nobody needs who neither draws, nor asks a cluster or a runtime, nor reads YAML."""

READERS = (
    "typer", "click", "msgspec", "upgradecheck.model.version", "upgradecheck.catalog", "upgradecheck.commands", "upgradecheck.hashing",
    "upgradecheck.decode", "upgradecheck.sources", "hashdata",
)  # fmt: skip
"""What reads a command line or an input: nothing of it is to be read."""

TYPES = ("typing", "re", "enum", "inspect", "dataclasses")
"""What describes types and texts; together they take half as long as the interpreter's own start."""

OTHERS = (
    "upgradecheck.transport", "upgradecheck.machine", "upgradecheck.safekeeping", "upgradecheck.formats", "upgradecheck.checkpoint",
    "upgradecheck.override", "upgradecheck.sources.cluster", "upgradecheck.sources.node", "upgradecheck.sources.manifests",
    "upgradecheck.decode.runtime", "upgradecheck.decode.yaml", "upgradecheck.decisions.manifests.pods",
    "upgradecheck.decisions.manifests.uids", "upgradecheck.hashing.defaulting", "upgradecheck.hashing.schemas",
    "upgradecheck.explaining", "upgradecheck.reporting.report", "upgradecheck.reporting.groups", "upgradecheck.renderers.plan", "upgradecheck.renderers.yaml",
    "upgradecheck.cli.listening", "upgradecheck.catalog.options", "upgradecheck.decode.kube.events",
    "upgradecheck.decisions.manifests.reproducing", "upgradecheck.hashing.staticuid",
    "upgradecheck.decode.kubelet.config", "upgradecheck.decode.kubelet.units", "upgradecheck.sources.files.command_lines",
    "upgradecheck.decode.kube.replicas", "upgradecheck.decode.kube.defaulted", "upgradecheck.reporting.clusters",
    "upgradecheck.model.clusters", "upgradecheck.decisions.usernamespaces", "upgradecheck.decisions.credentialproviders.reading",
)  # fmt: skip
"""Rooms of the program for inputs, commands and formats that were not asked for."""

PLANNED = (
    "upgradecheck.decisions", "upgradecheck.hazards", "upgradecheck.planning.phases", "upgradecheck.planning.asking.steps",
    "upgradecheck.planning.evidence", "upgradecheck.planning.seeing.views",
)  # fmt: skip
"""What decides, and whoever hashes asks for nothing of it."""

SPARED = ("dataclasses", "tempfile", "random", "calendar", "base64")
"""Of the standard library what is dear and has a reason in other runs alone: a spool, a retry."""


def _is_allowed(typer: str) -> bool:
    major, minor = map(int, typer.split(".")[:2])
    return (0, 24) <= (major, minor) < (0, 29)


@pytest.mark.parametrize(
    ("words", "spared"),
    [
        pytest.param(["--version"], (*THE_WORLD, *READERS, *TYPES, "upgradecheck.cli.verbs"), id="the version is a text that is known"),
        pytest.param(["--help"], (*THE_WORLD, *READERS, *TYPES), id="commands are told by the names of files, and their first lines"),
        pytest.param(["plan", "--help"], (*THE_WORLD, *READERS), id="options are told by their declarations, without typer"),
    ],
)
def test_what_a_text_that_is_known_does_not_load(words: list[str], spared: tuple[str, ...]) -> None:
    code, loaded = _run(*words)
    assert code == 0
    assert _among(loaded, spared) == []


def test_what_a_plan_does_not_load(tmp_path: Path) -> None:
    """A JSON file to JSON: nothing is drawn, nobody is asked. What reading the command line loads beside our own is typer's, see below."""
    dump = tmp_path / "dump.json"
    dump.write_bytes(raw(listed(pod(), node(version="v1.30.14"))))
    code, loaded = _run("plan", "--to", "1.31", "-f", str(dump), "-o", "json", beside_typer=True)
    assert code == 2
    assert _among(loaded, (*THE_WORLD, *OTHERS, *SPARED)) == []


def test_what_hashes_do_not_load(tmp_path: Path) -> None:
    """Where no API server is named, nothing of a plan: of a small run that was a fifth."""
    dump = tmp_path / "dump.json"
    dump.write_bytes(raw(listed(pod())))
    code, loaded = _run("hash", "--kubelet", "1.30,1.31", "-f", str(dump), "-o", "json", beside_typer=True)
    assert code == 0
    assert "upgradecheck.sources.files.gathering" in loaded
    spared = tuple(one for one in (*THE_WORLD, *OTHERS, *SPARED) if one not in ("upgradecheck.decode.kube.defaulted", "base64"))
    assert _among(loaded, (*spared, *PLANNED)) == []


@pytest.mark.parametrize("words", [("versions", "-o", "json"), ("versions",)], ids=["as JSON", "as a table"])
def test_what_a_list_of_versions_does_not_load(words: tuple[str, ...]) -> None:
    """The catalog tells it; a table is drawn by rich, which loads two of the spared itself."""
    code, loaded = _run(*words, beside_typer=True)
    assert code == 0
    spared = tuple(one for one in (*THE_WORLD, *SPARED) if "-o" in words or one not in ("rich", "dataclasses", "random"))
    readers = ("upgradecheck.hashing", "upgradecheck.sources", "upgradecheck.commands.plan", "upgradecheck.reporting.report")
    assert _among(loaded, (*spared, *readers)) == []


@pytest.mark.skipif(not _is_allowed(version("typer")), reason="another typer is installed than pyproject.toml allows")
def test_what_reading_a_command_line_does_not_load() -> None:
    """Neither pydantic nor rich: that is why pyproject.toml allows no newer typer."""
    code, loaded = _run("plan", "--nonesuch")
    assert code == 64
    assert _among(loaded, (*THE_WORLD, *OTHERS, *SPARED)) == []


def _run(*words: str, beside_typer: bool = False) -> tuple[int, list[str]]:
    """The exit code, and what was loaded; beside_typer: without what typer loads."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "beside" if beside_typer else "", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    code, loaded = json.loads(done.stdout)
    return code, loaded


def _among(loaded: list[str], spared: tuple[str, ...]) -> list[str]:
    return [name for name in loaded if any(name == each or name.startswith(f"{each}.") for each in spared)]
