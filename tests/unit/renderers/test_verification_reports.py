"""Reports of what came of a plan: whole as goldens, and hostile names in each of them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from tests.builders_plan import pod
from tests.drawing import tried
from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.test_plan_json import closed
from tests.unit.verifying.world import KEPT, LATER, RESTARTED, ending, node, now, plan_of, planned, seen
from upgradecheck.contract import v1
from upgradecheck.contract.v1.verification import verification_of
from upgradecheck.model.aftermath import Moments
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.verification import Because, Came, Result, Verification, tally
from upgradecheck.model.waves import Wave, WaveKind
from upgradecheck.renderers import Canvas, choose, formats_of
from upgradecheck.verifying.verifying import verify

FORMATS = formats_of("verification")
HOSTILE = (
    "\x1b[2J\x1b[31mred",
    "left\u202eright",
    "zero\u200bwidth",
    "[b]x[/b]",
    'q"\\',
    "two\nlines",
    "=HYPERLINK(1)",
    "`|<b>&",
    "x" * 300,
)


def mixed() -> Verification:
    """Something of everything."""
    stops = planned(Verdict.RESTART, Reason.HASH_CHANGED)
    told = {
        "api-1": (planned(), KEPT),
        "api-2": (stops, RESTARTED),
        "cart-1": (stops, KEPT),
        "ledger-0": (planned(), RESTARTED),
        "pay-1": (planned(), ending(137, "OOMKilled")),
        "job-1": (planned(Verdict.UNKNOWN, Reason.NOT_REPRODUCED), RESTARTED),
        "old-1": (planned(Verdict.NOT_COMPARED, Reason.FINISHED, state=RunState.EXITED), None),
        "lost-1": (planned(), None),
    }
    pods = [pod(name, one) for name, (one, _) in told.items()]
    later = pod("web-9", planned(), node="node-b")
    gone = pod("web-8", planned())
    waves = (Wave(1, WaveKind.CANARY, ("node-a",)), Wave(2, WaveKind.WORKERS, ("node-b",)))
    made = replace(plan_of(*pods, later, gone), waves=waves)
    views = [now(*([found] if found is not None else []), name=name) for name, (_, found) in told.items()]
    views.append(now(KEPT, name="web-8", uid="of another one", moments=Moments(LATER, LATER)))
    notices = ("2 running pods are not in the plan: started since, or out of its scope.",)
    return verify(made, seen(made, views, [node(), node("v1.30.14", "node-b", boot=None)]), notices)


def hostile() -> Verification:
    made = plan_of(*(pod(name, replace(planned(), name=name), namespace=name, node=name, uid=name) for name in HOSTILE))
    views = [now(replace(RESTARTED, name=name), name=name, namespace=name, node=name, uid=name) for name in HOSTILE]
    return verify(made, seen(made, views, [replace(node(), name=name) for name in HOSTILE]), HOSTILE)


def rendered(name: str, verification: Verification, width: int = 80) -> str:
    return "".join(choose(name, "verification").render(verification, Canvas(width=width)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_its_golden(name: str) -> None:
    ending_of = {"table": "-80.txt", "markdown": ".md", "junit": ".xml"}.get(name, f".{name}")
    assert_is_golden(rendered(name, mixed()), f"{name}/verification{ending_of}")


@pytest.mark.parametrize("name", FORMATS)
def test_no_name_acts_in_any_format(name: str) -> None:
    text = rendered(name, hostile())
    assert all(char == "\n" or char.isprintable() for char in text)
    assert not any(bad in text for bad in ("\u202e", "\u200b", "\x1b"))
    if name == "junit":
        assert len(list(ET.fromstring(text).iter("failure"))) == len(HOSTILE)
    if name == "csv":
        assert all(not cell.startswith("=") for row in csv.reader(io.StringIO(text)) for cell in row)
    if name == "markdown":
        assert "<b>" not in text.replace("`|<b>&", "").replace("\\|<b>&", "")
    if name == "json":
        assert [one["pod"] for one in json.loads(text)["containers"]] == list(HOSTILE)


def test_the_table_keeps_to_its_width() -> None:
    for found in (mixed(), hostile()):
        assert max(map(cell_len, rendered("table", found).splitlines())) <= 80


def test_long_lists_are_cut_and_shown_whole_when_asked_for() -> None:
    rows = tuple(replace(mixed().containers[3], pod=f"web-{number}") for number in range(30))
    many = replace(mixed(), containers=rows, summary=tally(row.result for row in rows))
    assert "… and 10 more containers (--all, or -o json, lists all)" in rendered("table", many)
    assert rendered("table", many).count("predicted to be kept") == 20
    whole = "".join(choose("table", "verification").render(many, Canvas(width=80, everything=True)))
    assert whole.count("predicted to be kept") == 30


def test_json_fits_its_schema_and_is_read_back() -> None:
    schema = jsonschema.Draft202012Validator(closed(v1.schema("verification")))
    for found in (mixed(), hostile()):
        text = rendered("json", found)
        schema.validate(json.loads(text))
        assert verification_of(text.encode()) == found
        assert rendered("json", verification_of(text.encode())) == text


@tried(20)
@given(
    st.lists(
        st.tuples(st.sampled_from(Result), st.sampled_from([None, *Came]), st.sampled_from([None, *Because]), st.sampled_from(Verdict)),
        max_size=4,
    )
)
def test_every_verification_is_shown_and_read_back(drawn: list[tuple[Result, Came | None, Because | None, Verdict]]) -> None:
    base = mixed()
    rows = tuple(
        replace(base.containers[0], pod=f"p{number}", result=result, came=came, because=because, predicted=predicted)
        for number, (result, came, because, predicted) in enumerate(drawn)
    )
    made = replace(base, containers=rows, summary=tally(row.result for row in rows))
    assert all(rendered(name, made).endswith("\n") for name in FORMATS)
    assert verification_of(rendered("json", made).encode()) == made


def changed(*path: str | int, value: Any, sealed: bool = False) -> bytes:
    """Of a result of an older program, which had no checksum, unless said otherwise."""
    whole = json.loads(rendered("json", mixed()))
    if not sealed:
        del whole["document_hash"]
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"", "no result of upgradecheck verify", id="nothing"),
        pytest.param(b"[]", "no result of upgradecheck verify", id="a list"),
        pytest.param(changed("kind", value="Plan"), "no result of upgradecheck verify", id="another document"),
        pytest.param(changed("format_version", value="2.0"), "no result of upgradecheck verify", id="another major"),
        pytest.param(changed("summary", "miss", value=0), "the file was changed", id="a miss that was taken out of the numbers"),
        pytest.param(changed("containers", 3, "result", value="hit"), "the file was changed", id="a miss that was called a hit"),
        pytest.param(changed("exit_code", value=0), "exit_code", id="a code that was made better"),
        pytest.param(changed("containers", 3, "came", value="kept", sealed=True), "document_hash", id="what came of a container"),
        pytest.param(changed("nodes", 0, "runs", value="v1.30.14", sealed=True), "document_hash", id="what a node runs"),
    ],
)
def test_what_is_no_result_is_not_read(raw: bytes, told: str) -> None:
    with pytest.raises(SpecRefused, match=told):
        verification_of(raw)
