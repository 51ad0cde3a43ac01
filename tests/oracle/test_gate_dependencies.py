"""What the file says of gates that want others is what the releases say that it names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.oracle.gate_dependencies import FILE, minors, read, wanted_in

MINORS: dict[str, Any] = json.loads(FILE.read_bytes())["minors"]


@pytest.mark.oracle
@pytest.mark.parametrize("minor", MINORS)
def test_each_minor_is_as_its_release_has_it(minor: str) -> None:
    assert len(MINORS[minor]["wants"]) > 30
    assert read(MINORS[minor]["source"]) == MINORS[minor]["wants"]
    assert MINORS[minor]["source"]["version"].startswith(f"v{minor}.")


def test_every_minor_that_has_such_a_map_is_there() -> None:
    assert list(MINORS) == [str(minor) for minor in minors()], "python -m tests.oracle.gate_dependencies"


def test_the_map_is_read_whatever_its_entries_look_like() -> None:
    text = """
const (
	Named featuregate.Feature = "CalledOtherwise"
)

var defaultKubernetesFeatureGateDependencies = map[featuregate.Feature][]featuregate.Feature{
	Named: {}, // nothing
	One:   {Named, other.Two},
	Three: {
		Named, // Four,
		featuregate.Feature(clientfeatures.Five),
	},
}
"""
    assert wanted_in(text) == {"One": ["CalledOtherwise", "Two"], "Three": ["CalledOtherwise", "Five"]}


def test_a_source_without_the_map_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not there"):
        wanted_in("package features\n")
