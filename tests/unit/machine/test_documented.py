"""docs/nodes.md has a row for each distribution that the program knows."""

from pathlib import Path

import pytest

from upgradecheck.model.distributions import DISTRIBUTIONS, Distribution

ROWS = [
    line.split("|")[1].strip() for line in (Path(__file__).parents[3] / "docs/nodes.md").read_text().splitlines() if line.startswith("| ")
]


@pytest.mark.parametrize("one", DISTRIBUTIONS, ids=lambda one: one.name)
def test_each_has_a_row(one: Distribution) -> None:
    assert one.name in ROWS
