"""The pages of rules are what rules and examples say now."""

from __future__ import annotations

import pytest

from tests.unit.hazards.pages import COMMAND, PAGES, pages
from tests.unit.hazards.reports import Report, reports

WRITTEN = pages()


def test_there_is_a_page_for_each_rule_and_no_other() -> None:
    assert sorted(page.name for page in PAGES.iterdir()) == sorted(WRITTEN), f"write them: {COMMAND}"


@pytest.mark.parametrize("page", WRITTEN)
def test_a_page_says_what_the_rule_says(page: str) -> None:
    assert (PAGES / page).read_text() == WRITTEN[page], f"write it again: {COMMAND}"


@pytest.mark.parametrize("report", list(reports()), ids=lambda one: f"{one.name}, {one.start} to {one.to}")
def test_reports_of_state_files_are_told(report: Report) -> None:
    """The page says what the program does; this is what it has to say."""
    assert tuple(one.weight for one in report.troubles()) == report.weights
