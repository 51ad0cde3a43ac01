"""Label selectors: what kubectl's -l takes, what it matches, and what is refused."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kube.selectors import parse_selector
from upgradecheck.model.errors import UsageError

LABELS = {"app": "db", "tier": "back", "empty": "", "example.com/owner": "team-a"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, True, id="no selector matches everything"),
        pytest.param("  ", True, id="so does a blank one"),
        pytest.param("app=db", True, id="equal"),
        pytest.param("app=web", False, id="not equal"),
        pytest.param("app==db", True, id="two equals signs are one"),
        pytest.param("app!=web", True, id="another value"),
        pytest.param("app!=db", False, id="that very value"),
        pytest.param("missing!=x", True, id="an absent label is unlike any value"),
        pytest.param("missing=x", False, id="an absent label is like none"),
        pytest.param("empty=", True, id="the empty value"),
        pytest.param("missing=", False, id="an absent label is not an empty one"),
        pytest.param("app", True, id="presence"),
        pytest.param("missing", False, id="presence of an absent label"),
        pytest.param("!missing", True, id="absence"),
        pytest.param("!app", False, id="absence of a present label"),
        pytest.param("! missing", True, id="absence with a blank"),
        pytest.param("app in (web,db)", True, id="one of a set"),
        pytest.param("app in (web)", False, id="none of a set"),
        pytest.param("app in(web, db)", True, id="no blank before the set, one in it"),
        pytest.param("app notin (web)", True, id="outside a set"),
        pytest.param("app notin (web,db)", False, id="inside a set that it must be outside of"),
        pytest.param("missing notin (web)", True, id="an absent label is outside any set"),
        pytest.param("missing in (web)", False, id="an absent label is inside none"),
        pytest.param("empty in (a,)", True, id="an empty value in a set"),
        pytest.param("app=db,tier=back", True, id="both of two terms"),
        pytest.param("app=db,tier=front", False, id="one of two terms"),
        pytest.param(" app = db , tier in (back) , !missing ", True, id="blanks anywhere"),
        pytest.param("example.com/owner=team-a", True, id="a key with a prefix"),
        pytest.param("inside", False, id="a key that starts like an operator"),
    ],
)
def test_matches(text: str | None, expected: bool) -> None:
    assert parse_selector("--selector", text).matches(LABELS) is expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("=db", id="no key"),
        pytest.param("app=db=x", id="two values"),
        pytest.param("app=a b", id="a blank inside a value"),
        pytest.param("app db", id="no operator"),
        pytest.param("app in web", id="a set without brackets"),
        pytest.param("app in (web", id="an open bracket"),
        pytest.param("app in (a b)", id="a set without a comma"),
        pytest.param("app in ()", id="an empty set"),
        pytest.param("app=db,", id="a comma at the end"),
        pytest.param(",app=db", id="a comma at the beginning"),
        pytest.param("app=db,,tier=back", id="two commas"),
        pytest.param("!app=db", id="absence with a value"),
        pytest.param("app~db", id="an operator that is none"),
        pytest.param("app=db;tier=back", id="another separator"),
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_selector("--selector", text)
    assert str(refused.value).startswith(f"--selector {text!r}: not a label selector at ")
