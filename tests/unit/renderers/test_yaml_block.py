"""What is written without PyYAML is what PyYAML writes, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from upgradecheck.contract.values import plain
from upgradecheck.renderers.yaml import stream
from upgradecheck.renderers.yaml.block import block

TEXTS = st.one_of(
    st.sampled_from(["", "a", "ab", "a b", "a: b", "a #b", "- a", "yes", "Null", "1e5", "1f", "0x1f", "~", "it's", "'", '"', " a", "a ", "-", "?", "a:", "[a]", "{a}"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    st.sampled_from(["x" * 300, "a b " * 60, "é", "a\nb", "\u202e", "\ud800", "a\tb"]),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.sampled_from([0.5, 1e30])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@tried(150)
@given(value=st.one_of(st.lists(VALUES, min_size=1, max_size=3), st.dictionaries(TEXTS, VALUES, max_size=3)))
def test_blocks_are_as_pyyaml_writes_them(value: Any) -> None:
    value = plain(value)
    with pytest.MonkeyPatch.context() as slowly:
        slowly.setattr(stream, "block", lambda value: None)
        expected = stream._dump(value)
    assert block(value) in (None, expected)


def test_what_a_plan_is_made_of_is_written_so() -> None:
    assert block([{"name": "web-0", "hash": "1e5", "labels": {}, "causes": [], "n": 3, "x": None}]) is not None
