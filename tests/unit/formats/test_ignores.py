"""An ignore file: what is read of it, and that nothing that is mistyped in it is taken for something else."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest

from upgradecheck.contract import v1
from upgradecheck.decode.guard import guarded
from upgradecheck.formats.ignores import read_ignores
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.ignores import Hops, IgnoreEntry, NamePattern
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.selectors import Selector, Term
from upgradecheck.model.version import Minor

RULES = ("UC001", "UC041")
SCHEMA = jsonschema.Draft202012Validator(v1.schema("ignores"))
WHOLE = b"""
ignore:
  - name: batch/*
    workload: Job/*
    labels: tier=batch
    node: rx:gpu-[0-9]+
    hops: 1.29..1.31
    verdicts: [restart, unknown]
    reason: jobs start again
    owner: team-batch
    expires: 2027-03-31
    reasons: [no_spec, may_be_refused]
  - {rule: UC041, reason: known}
"""


def test_all_that_an_entry_can_say() -> None:
    assert read_ignores(WHOLE, RULES) == (
        IgnoreEntry(
            number=1,
            reason="jobs start again",
            match="name batch/*, workload Job/*, labels tier=batch, node rx:gpu-[0-9]+, hops 1.29..1.31, unknown for no_spec, may_be_refused",
            owner="team-batch",
            expires=date(2027, 3, 31),
            name=NamePattern("batch/*"),
            workload=NamePattern("Job/*"),
            node=NamePattern("rx:gpu-[0-9]+"),
            labels=Selector((Term("tier", frozenset({"batch"}), negated=False),)),
            hops=Hops(Minor(1, 29), Minor(1, 31)),
            verdicts=frozenset({Verdict.RESTART, Verdict.UNKNOWN}),
            reasons=frozenset({Reason.NO_SPEC, Reason.MAY_BE_REFUSED}),
        ),
        IgnoreEntry(number=2, reason="known", match="rule UC041", rule="UC041"),
    )


def test_what_stands_around_the_one_document_is_no_other() -> None:
    assert read_ignores(b"# ours\n---\n" + WHOLE + b"\n---\n# nothing more\n", RULES) == read_ignores(WHOLE, RULES)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_as_editors_save_it(codec: str) -> None:
    assert read_ignores(WHOLE.decode().encode(codec), RULES) == read_ignores(WHOLE, RULES)
    assert read_ignores(entry().decode().encode(codec), RULES) == read_ignores(entry(), RULES)


def entry(**members: Any) -> bytes:
    return json.dumps({"ignore": [{"name": "shop/*", "reason": "so", **members}]}).encode()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param(b"", "expected an object, found null", id="nothing"),
        pytest.param(b"\xff\xfei\x00g\x00n\x00\xd8", "is UTF-16, and is damaged or breaks off", id="half a letter of UTF-16"),
        pytest.param(b"[]", "expected an object", id="a list"),
        pytest.param(b"ignores: []", "ignores: is not known here, wanted ignore. Did you mean ignore?", id="the list mistyped"),
        pytest.param(b"ignore:\n- name: a/b\n  name: '*/*'\n  reason: so", "YAML, line 3: has a key of its map a second time", id="a key twice"),
        pytest.param(b'{"ignore": [{"name": "a/b", "name": "*/*"}]}', "has the key 'name' twice in one object", id="a key twice in JSON"),
        pytest.param(b"ignore: []\n---\nignore: []", "has a second document, at line 3: write one", id="two documents"),
        pytest.param(entry(nmae="shop/*"), "ignore[0].nmae: is no key of an entry", id="a key mistyped"),
        pytest.param(entry(expire="2027-01-01"), "Did you mean expires?", id="the nearest key"),
        pytest.param(b"ignore: [{name: shop/*}]", "missing required field `reason`", id="no reason"),
        pytest.param(entry(reason=" "), "ignore[0].reason: is empty", id="an empty reason"),
        pytest.param(entry(reason="\u200b \u2060\u3164\u2800\t"), "ignore[0].reason: is empty", id="a reason that nobody sees"),
        pytest.param(entry(owner="\u00a0"), "ignore[0].owner: is empty", id="an owner that nobody sees"),
        pytest.param(b"ignore: [{reason: so, hops: 1.29..1.31}]", "has no condition, and would match everything", id="no condition"),
        pytest.param(entry(name="*"), "ignore[0].name: expected NAMESPACE/NAME, such as */*", id="a name without namespace"),
        pytest.param(entry(name="a/b/c"), "expected NAMESPACE/NAME", id="a name of three parts"),
        pytest.param(entry(name="rx:("), "is no regular expression behind rx:", id="a broken expression"),
        pytest.param(entry(name=1), "expected a string, found an integer", id="a number"),
        pytest.param(entry(name=None), "ignore[0].name: is null: leave it out, or give it a value", id="a condition without a value"),
        pytest.param(entry(workload="web"), "ignore[0].workload: expected KIND/NAME", id="a workload without kind"),
        pytest.param(entry(labels="a b"), "ignore[0].labels: expected a label selector", id="labels that are none"),
        pytest.param(entry(labels=""), "ignore[0].labels: expected a label selector", id="labels that select everything"),
        pytest.param(entry(expires="31.3.2027"), "ignore[0].expires: expected a day such as 2027-03-31", id="another date"),
        pytest.param(entry(expires="2027-02-30"), "ignore[0].expires: expected a day", id="a day that is none"),
        pytest.param(entry(hops="1.30"), "ignore[0].hops: expected a range of minors", id="a minor"),
        pytest.param(entry(hops=".."), "ignore[0].hops: expected a range of minors", id="no minor"),
        pytest.param(entry(rule="UC001", labels="a=b"), "a finding has no labels", id="labels beside a rule"),
        pytest.param(entry(rule="UC401"), "no rule is called so. Did you mean UC041?", id="a rule that is none"),
        pytest.param(entry(name="rx:"), "ignore[0].name: has no expression behind rx:", id="an expression of nothing"),
        pytest.param(entry(node="rx: "), "ignore[0].node: has no expression behind rx:", id="an expression of a blank"),
        pytest.param(entry(verdicts=[]), "ignore[0].verdicts: is empty: leave it out, or give it a value", id="no verdict"),
        pytest.param(b"ignore: [{name: a/b, reason: so, verdicts: [ ]}]", "ignore[0].verdicts: is empty", id="no verdict in YAML"),
        pytest.param(entry(reasons=["no_spec"]), "ignore[0].reasons: what nobody has seen is accepted only with unknown among its verdicts, and expires, its last day", id="reasons alone"),
        pytest.param(entry(reasons=["no_spec"], verdicts=["unknown"], expires="2027-01-01", name=None, node="a"), "ignore[0].name: is null", id="reasons without a name, and null"),
        pytest.param(entry(reasons=["no_spek"], verdicts=["unknown"], expires="2027-01-01"), "ignore[0].reasons[0]: nothing is unknown for this reason for want of evidence. Did you mean no_spec?", id="a reason mistyped"),
        pytest.param(entry(reasons=["hash_changed"], verdicts=["unknown"], expires="2027-01-01"), "ignore[0].reasons[0]: nothing is unknown for this reason", id="a reason of something else"),
        pytest.param(entry(reasons=[], verdicts=["unknown"], expires="2027-01-01"), "ignore[0].reasons: is empty", id="no reasons"),
        pytest.param(entry(verdicts=["safe"]), "ignore[0].verdicts[0]: is no verdict that can be accepted: wanted some of restart, recreate, reject, unknown", id="a verdict that nobody accepts"),
    ],
)  # fmt: skip
def test_what_is_refused(document: bytes, told: str) -> None:
    with pytest.raises(SpecRefused) as refused:
        guarded(lambda: read_ignores(document, RULES))
    assert told in str(refused.value)


def test_all_that_is_wrong_is_told_together() -> None:
    document = json.dumps({"ignore": [{"name": "x"}, {"name": "x", "reason": ""}, {"nam": "a/b", "reason": "so"}]}).encode()
    with pytest.raises(SpecRefused) as refused:
        read_ignores(document, RULES)
    assert [line.strip().partition(":")[0] for line in str(refused.value).splitlines()] == [
        "ignore[0]", "ignore[1].reason", "ignore[1].name", "ignore[2].nam",
    ]  # fmt: skip


def test_the_schema_takes_what_is_read_and_refuses_what_is_not() -> None:
    SCHEMA.validate({"ignore": [json.loads(entry())["ignore"][0], {"rule": "UC041", "reason": "known", "expires": "2027-03-31"}]})
    for document in (entry(nmae="x"), entry(reason=""), entry(expires="soon"), entry(verdicts=[]), entry(verdicts=["safe"])):
        assert not SCHEMA.is_valid(json.loads(document))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("shop/web-*", "shop/web-1", True),
        ("shop/*", "shop/web", True),
        ("shop/*", "shop-2/web", False),
        ("*/web", "shop/web", True),
        ("*", "shop/web", False),
        ("rx:shop/web-[0-9]", "shop/web-1", True),
        ("rx:shop/web-[0-9]", "shop/web-12", False),
        ("shop/WEB", "shop/web", False),
        ("shop/web?", "shop/web\n", True),
        ("*/a/b", "shop/a/b", True),
    ],
)
def test_patterns_of_names(text: str, name: str, expected: bool) -> None:
    assert NamePattern(text).matches(name) is expected


@pytest.mark.parametrize(
    ("hops", "start", "end", "expected"),
    [
        ((29, 31), 29, 31, True),
        ((29, 31), 30, 30, True),
        ((29, 31), 29, 32, False),
        ((29, 31), 28, 30, False),
        ((29, 31), 31, 30, False),
        ((31, 29), 31, 30, True),
        ((31, 29), 30, 31, False),
        ((None, 31), 8, 31, True),
        ((29, None), 29, 40, True),
        ((29, None), 30, 29, False),
        ((29, 31), None, 30, False),
    ],
)
def test_ranges_of_hops(hops: tuple[int | None, int | None], start: int | None, end: int, expected: bool) -> None:
    first, last = (None if one is None else Minor(1, one) for one in hops)
    assert Hops(first, last).hold(None if start is None else Minor(1, start), Minor(1, end)) is expected
