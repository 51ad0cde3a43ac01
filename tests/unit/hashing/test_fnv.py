"""FNV-1a of 128 bits, against hash/fnv of Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.hashing.fnv import before_fnv1a_128, fnv1a_128


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "6c62272e07bb014262b821756295c58d"),
        (b"a", "d228cb696f1a8caf78912b704e4a8964"),
        (b"abc", "a68d622cec8b5822836dbc7977af7f3b"),
        (b"(*core.Pod){TypeMeta:(v1.TypeMeta)", "2bb924534eab1d6dbb9ad056d3432ab9"),
        (b"host:node-1file:/etc/kubernetes/manifests/\xff.yaml", "be1c8616f58d9ef3c341206095dacea5"),
    ],
)
def test_sums_are_those_of_go(text: bytes, expected: str) -> None:
    assert f"{fnv1a_128(text):032x}" == expected


@given(before=st.binary(max_size=40), text=st.binary(max_size=40))
def test_a_sum_can_be_gone_back(before: bytes, text: bytes) -> None:
    state = fnv1a_128(before)
    assert before_fnv1a_128(text, fnv1a_128(text, state)) == state
