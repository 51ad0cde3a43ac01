"""What real code makes of settings that are parsed at a kubelet's start, against what is told of them; by default as it was recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.oracle.configurations.asking import NOT_OF_THIS_MACHINE
from tests.oracle.configurations.telling import told
from tests.oracle.settings.asking import FILE, answers, asked, questions
from tests.oracle.settings.real import PROGRAM
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.version import Minor

RECORDED: dict[str, Any] = json.loads(FILE.read_bytes())
VERSIONS = tuple(RECORDED["answers"])
HOWTO = f"python -m tests.oracle.settings.asking {' '.join(VERSIONS)}"


SHARES_OF_THE_NODE = ({"evictionHard": {"memory.available": "150%"}}, {"evictionHard": {"memory.available": "100.5%"}})
"""Up to 1.20 they are parsed, and more than the node has to keep back (validateNodeAllocatable): real kubelets end at them."""


def otherwise(version: str, real: str) -> list[tuple[dict[str, Any], str]]:
    """What is told otherwise than it is."""
    older = parse_kubelet_version(version).minor < Minor(1, 21)
    found = [one for one in zip(questions(), real, strict=True) if not (older and one[0] in SHARES_OF_THE_NODE)]
    return [(one, digit) for one, digit in found if told(version, {**NOT_OF_THIS_MACHINE, **one}, CATALOG.options()) is not (digit == "1")]


def test_what_was_recorded_is_what_is_asked_and_of_the_newest_minor_too() -> None:
    assert asked() == RECORDED["asked"], HOWTO
    newest = max(minor for minor in CATALOG.minors() if CATALOG.schema(minor).provisional is None)
    assert newest in {parse_kubelet_version(version).minor for version in VERSIONS}, f"{HOWTO} {newest}.{CATALOG.newest_patch(newest)}"


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_answers_are_predicted(version: str) -> None:
    real = RECORDED["answers"][version]
    assert otherwise(version, real) == []
    assert 100 < real.count("1") < len(real) - 100


@pytest.mark.oracle
@pytest.mark.parametrize("version", VERSIONS)
def test_real_code_answers_as_recorded(version: str) -> None:
    if PROGRAM.found(version) is None:
        pytest.skip(f"{version} is not built: python -m tests.oracle.settings.real {version}")
    assert answers(version) == RECORDED["answers"][version]
