"""Real kubelets, started with values of flags: they end exactly at those that are told not to be understood, by what the flag takes.

A kubelet reads its flags before it prints its version: a start is over at once, and touches nothing.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.builders import CATALOG
from tests.lab.flags import BY_TYPE, ends, tried
from tests.lab.kubelets import found
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.planning.asking.refused import texts_that_stop

pytestmark = pytest.mark.node

VERSIONS = ("1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.35.4")


def told(version: str, *words: str) -> bool:
    """Whether it is told that this kubelet ends at a word."""
    parsed = parse_kubelet_version(version)
    return any(texts_that_stop(KubeletEnd(parsed, (CATALOG.builds(parsed)[0],)), CATALOG.options(), words))


def program_of(version: str) -> Path:
    program = found(version)
    if program is None:
        pytest.skip(f"kubelet {version} is not built: python -m tests.lab.kubelets {version}")
    return program


def test_every_type_is_tried() -> None:
    types = {one.type for states in CATALOG.options().flags.values() for one in states if not one.gone} - {""}
    assert types == set(BY_TYPE)


@pytest.mark.parametrize("version", VERSIONS)
def test_values_that_are_not_understood_end_it_and_no_others(version: str) -> None:
    program = program_of(version)
    words = [f"{flag}={value}" for flag, _, values in tried(version) for value in values]
    assert len(words) > 500
    assert [word for word in words if ends(program, word) is not told(version, word)] == []
    assert sum(told(version, word) for word in words) > 150


@pytest.mark.parametrize("value", ["", "A=true", "A", "AllAlpha=maybe", "AllAlpha=true,,AllBeta=false", "AllAlpha", "AllAlpha= t"])
@pytest.mark.parametrize("version", VERSIONS)
def test_gates_that_are_no_pairs_end_it(version: str, value: str) -> None:
    """A gate that it has not it finds only later."""
    assert ends(program_of(version), f"--feature-gates={value}") is told(version, f"--feature-gates={value}")


@pytest.mark.parametrize("words", [("--max-pods", "ten"), ("--max-pods", "5"), ("--max-pods", "--v=2"), ("--fail-swap-on",)], ids=" ".join)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_word_behind_is_the_value(version: str, words: tuple[str, ...]) -> None:
    assert ends(program_of(version), *words) is told(version, *words)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_switch_takes_no_word_behind_it(version: str) -> None:
    """It is a command, then, and kubelets have none."""
    words = ("--fail-swap-on", "false")
    said = subprocess.run([program_of(version), *words, "--max-pods=-1"], capture_output=True, text=True, timeout=60, check=False)
    assert "unknown command" in (said.stdout + said.stderr).lower()
    assert told(version, *words)
