"""A document of a pod is decoded once for all plans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plans import read_once


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    with read_once():
        yield
