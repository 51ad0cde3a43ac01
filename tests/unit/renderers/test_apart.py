"""Nodes that are in no wave are told in every format for people, with what is to be mended, and kept in the JSON."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.unit.cli.test_show import trusted
from tests.unit.contract.saved import again, saved
from tests.unit.planning.waves.worlds import fleet, node, runs_on
from tests.unit.renderers.pages import text_of
from tests.unit.renderers.test_same_answer import FOR_PEOPLE, bare
from upgradecheck.contract.v1.plan_consistency import check_consistent
from upgradecheck.contract.v1.plan_reading import plan_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Plan
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Apart, WaveRules
from upgradecheck.planning.waves import with_waves
from upgradecheck.renderers import Canvas, choose
from upgradecheck.reporting.waves import told_waves

STUCK, HOSTILE = Reason.KUBELET_WILL_NOT_START, "node-\x1b[31m<b>|"


def parted(name: str = "node-stuck") -> Plan:
    nodes = node("node-b"), node("node-c"), node(name, obstacle=STUCK)
    return with_waves(fleet(nodes, (runs_on("node-b"), runs_on("node-c"))), WaveRules())


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_each_format_for_people_names_them_and_why(name: str) -> None:
    text = "".join(choose(name, "plan").render(parted(), Canvas(width=80, everything=True)))
    told = bare(text_of(text) if name == "html" else text)
    assert bare("1 node is in none: to be mended first") in told
    assert bare("In no wave, to be mended first") in told
    assert bare(STUCK.sentence) in told
    assert bare("node-stuck") in told


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_a_hostile_name_does_nothing_there(name: str) -> None:
    text = "".join(choose(name, "plan").render(parted(HOSTILE), Canvas(width=80, everything=True)))
    assert "\x1b[31m" not in text
    assert name not in ("html", "markdown") or "<b>|" not in text


def test_where_all_are_stuck_there_is_no_wave_and_that_is_said() -> None:
    plan = parted()
    plan = with_waves(replace(plan, nodes=tuple(replace(one, obstacle=STUCK) for one in plan.nodes)), WaveRules())
    told = told_waves(plan)
    assert told is not None
    assert (told.sentence, told.waves) == ("0 waves. 3 nodes are in none: to be mended first.", ())


def test_the_json_keeps_them_and_a_file_that_says_otherwise_is_refused() -> None:
    bare_one = trusted(replace(parted(), findings=()))
    stuck = tuple(replace(one, obstacle=STUCK) if one.name == "node-stuck" else one for one in bare_one.nodes)
    plan = with_waves(replace(bare_one, nodes=stuck), WaveRules())
    assert plan.waves_apart == (Apart(STUCK, ("node-stuck",)),)
    assert again(saved(plan)) == saved(plan)
    assert plan_of(saved(plan)) == plan
    check_consistent(plan, plan.exit_code)
    for names in ((), ("node-b", "node-stuck"), ("node-b",)):
        with pytest.raises(SpecRefused, match="waves"):
            check_consistent(replace(plan, waves_apart=(Apart(STUCK, names),)), plan.exit_code)


def test_a_plan_of_an_older_program_has_them_in_its_waves() -> None:
    """It is shown as it was made."""
    plan = trusted(replace(parted(), findings=()))
    older = with_waves(plan, WaveRules())
    stuck = replace(older, nodes=tuple(replace(one, obstacle=STUCK) for one in older.nodes))
    check_consistent(stuck, stuck.exit_code)
