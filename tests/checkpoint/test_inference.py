"""R21: what is deduced of simulated containers is never wrong, and as often unique as the model of reference table C4 asks for."""

from __future__ import annotations

import pytest

from tests.checkpoint.simulation import (
    ALL_STARTS,
    C4,
    FORWARD,
    HOURLY,
    KNOWLEDGE,
    LATEST,
    SKEWED,
    TEN_MINUTES,
    WIDE,
    Knowledge,
    Model,
    simulate,
)

AT_LEAST = {ALL_STARTS: 99.9, SKEWED: 95.20, TEN_MINUTES: 71.95, HOURLY: 61.39, LATEST: 55.10}


@pytest.mark.parametrize("knowledge", KNOWLEDGE, ids=lambda knowledge: knowledge.name)
@pytest.mark.parametrize("model", [pytest.param(WIDE, id="all minors"), pytest.param(C4, id="1.13 to 1.34")])
def test_a_few(model: Model, knowledge: Knowledge, capsys: pytest.CaptureFixture[str]) -> None:
    """Polled histories of nodes that went back and forth between two looks are beyond what anybody can know."""
    _check(FORWARD if model is WIDE and knowledge in (TEN_MINUTES, HOURLY) else model, knowledge, 2_000, capsys)


@pytest.mark.long
@pytest.mark.parametrize("knowledge", KNOWLEDGE, ids=lambda knowledge: knowledge.name)
@pytest.mark.parametrize(
    ("model", "containers"), [pytest.param(WIDE, 1_000_000, id="all minors"), pytest.param(C4, 200_000, id="1.13 to 1.34")]
)
def test_a_million(model: Model, containers: int, knowledge: Knowledge, capsys: pytest.CaptureFixture[str]) -> None:
    _check(FORWARD if model is WIDE and knowledge in (TEN_MINUTES, HOURLY) else model, knowledge, containers, capsys)


def _check(model: Model, knowledge: Knowledge, containers: int, capsys: pytest.CaptureFixture[str]) -> None:
    shares = simulate(model, knowledge, containers, seed=21)
    with capsys.disabled():
        print(f"\nR21 {model.first}..{model.last} {shares.line(knowledge.name)}", end="")
    assert shares.counts["wrong"] == 0
    if model is C4:
        assert shares.share("unique") >= AT_LEAST.get(knowledge, 0) - (1.5 if containers < 10_000 else 0)
