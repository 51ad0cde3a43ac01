"""What became of a flag, asked minor by minor."""

from __future__ import annotations

import pytest

from upgradecheck.model.options import FieldState, FlagState, KubeletOptions
from upgradecheck.model.starting import GoneFlag
from upgradecheck.model.version import Minor

M8, M9, M10, M11, M12 = (Minor(1, number) for number in range(8, 13))
OPTIONS = KubeletOptions(
    minors=(M8, M9, M10, M11),
    flags={
        "--old": [FlagState(M8), FlagState(M9, deprecated=True), FlagState(M10, deprecated=True, field="old"), FlagState(M11, gone=True)],
        "--experimental-old": [FlagState(M8, field="old"), FlagState(M11, gone=True)],
        "--new": [FlagState(M10)],
        "--back": [FlagState(M8), FlagState(M9, gone=True), FlagState(M11)],
        "--newer": [FlagState(M11, field="old")],
        "--kept": [FlagState(M8), FlagState(M9, deprecated=True), FlagState(M10)],
    },
    fields={"old": [FieldState(M9, default=1)]},
    open=frozenset({M8}),
    replaced={"--old": "the configuration"},
)


@pytest.mark.parametrize(
    ("name", "minor", "takes", "gone"),
    [
        pytest.param("--old", M10, True, None, id="the last minor that has it"),
        pytest.param("--old", M11, False, GoneFlag(M11, "the configuration"), id="the first that has not"),
        pytest.param("--experimental-old", M11, False, GoneFlag(M11, "--newer"), id="the only one of its field"),
        pytest.param("--new", M9, False, GoneFlag(None, "", M10), id="it comes later"),
        pytest.param("--new", M8, None, None, id="later, and this one takes what is not listed"),
        pytest.param("--back", M10, False, GoneFlag(M9), id="it was away"),
        pytest.param("--back", M11, True, None, id="and came again"),
        pytest.param("--vendor", M11, False, None, id="of nobody"),
        pytest.param("--old", M12, None, None, id="a minor that is not known"),
    ],
)
def test_what_a_minor_takes(name: str, minor: Minor, takes: bool | None, gone: GoneFlag | None) -> None:
    assert (OPTIONS.takes(name, minor), OPTIONS.gone(name, minor)) == (takes, gone)


@pytest.mark.parametrize(
    ("name", "minor", "since", "ends"),
    [
        pytest.param("--old", M10, M9, M11, id="since the first of the states that say so"),
        pytest.param("--old", M8, None, M11, id="not yet"),
        pytest.param("--old", M11, None, None, id="gone"),
        pytest.param("--kept", M10, None, None, id="no longer"),
    ],
)
def test_since_when_it_is_deprecated_and_until_when_there(name: str, minor: Minor, since: Minor | None, ends: Minor | None) -> None:
    assert (OPTIONS.deprecated_since(name, minor), OPTIONS.ends(name, minor)) == (since, ends)


def test_fields() -> None:
    assert (OPTIONS.field("old", M8), OPTIONS.field("old", M11)) == (None, FieldState(M9, default=1))
