"""The one value is changed, every other byte stays; what is not fully understood stays whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from tests.override.node import NEW, OLD, go_json, identity, override, record, tree
from upgradecheck.decode.runtime.containerd_record import HASH, WITHOUT_RESOURCES, Stamps, restamped, stamps
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite

HOOK = "io.kubernetes.container.preStopHandler"
ODD = 'a<b>c&d \u2028\u2029 \b\f\n\r\t\x00\x1f\x7f "\\" é 😀 \ufffd \ue008'
BOTH = Rewrite(Hash.parse("1a"), Hash.parse("2b"))
ADDED = Rewrite(None, Hash.parse("2b"))
MEMBER = go_json(HASH) + b":" + go_json(OLD)


def changed(value: bytes, told: Override | None = None) -> bytes:
    return restamped(value, identity(0), told or override())


@pytest.mark.parametrize(
    ("value", "told", "expected"),
    [
        pytest.param(record().value, override(), record(hash_=NEW).value, id="the value changes"),
        pytest.param(record(hash_=NEW).value, override(), record(hash_=NEW).value, id="already so: the same bytes"),
        pytest.param(record(others={HOOK: ODD}).value, override(), record(hash_=NEW, others={HOOK: ODD}).value, id="unicode and all escapes of Go"),
        pytest.param(record(others={HOOK: MEMBER.decode()}).value, override(), record(hash_=NEW, others={HOOK: MEMBER.decode()}).value, id="the member as text in another annotation"),
        pytest.param(record(without="1a").value, override(without=BOTH), record(hash_=NEW, without="2b").value, id="both hashes"),
        pytest.param(record(hash_=NEW, without="1a").value, override(without=BOTH), record(hash_=NEW, without="2b").value, id="one of both is so already"),
        pytest.param(record().value, override(without=ADDED), record(hash_=NEW, without="2b").value, id="the second hash was not there"),
        pytest.param(record(others={"z.last": "x" * 1_500_000}).value, override(), record(hash_=NEW, others={"z.last": "x" * 1_500_000}).value, id="a megabyte and more"),
    ],
)  # fmt: skip
def test_what_changes(value: bytes, told: Override, expected: bytes) -> None:
    assert changed(value, told) == expected


def test_long_escapes_of_older_go() -> None:
    """Before Go 1.22 (containerd 1.6, as seen) backspace and form feed are written \\u0008 and \\u000c."""
    told = tree(others={HOOK: "a\b\fb"})
    value = go_json(told, short=False)
    assert b"\\u0008\\u000c" in value
    assert changed(value) == value.replace(MEMBER, MEMBER.replace(OLD.encode(), NEW.encode()))


LOST = b"\\ufffd"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LOST, id="bytes that were no UTF-8"),
        pytest.param(LOST * 3 + "\ufffd é".encode() + LOST, id="beside a character that is really there"),
        pytest.param(b"\\\\ufffd", id="a backslash before letters"),
        pytest.param(b"\\\\" + LOST + b"\\\\\\\\ufffd" + b'\\"' + LOST, id="backslashes, escapes and both"),
        pytest.param(LOST + "\ue008\ue00c\ue010\ue011".encode(), id="beside characters that might stand in for it"),
        pytest.param(LOST + b"\\b\\f", id="and a new Go's control characters"),
        pytest.param(LOST + b"\\u0008\\u000c", id="and an old Go's"),
    ],
)
@pytest.mark.parametrize("shape", [b'"key":"PASSWORD","value":"%s"', b'"key":"%s","value":"x"'], ids=["value", "key"])
def test_what_go_could_not_write_stays_as_it_wrote_it(text: bytes, shape: bytes) -> None:
    """encoding/json writes bytes that are no UTF-8 as six characters, and a replacement character as itself."""
    value = record().value.replace(b'"key":"PASSWORD","value":"hunter2-canary"', shape % text)
    assert text in value
    assert changed(value) == value.replace(MEMBER, MEMBER.replace(OLD.encode(), NEW.encode()))
    assert stamps(changed(value)) == Stamps(NEW, None)


def test_a_record_with_every_character_that_might_stand_in() -> None:
    value = record(others={HOOK: "".join(map(chr, range(0xE010, 0xF900)))}).value
    assert MEMBER.replace(OLD.encode(), NEW.encode()) in changed(value)
    value = value.replace(b"hunter2-canary", LOST)
    with pytest.raises(SpecRefused, match="characters that nobody has given a meaning"):
        changed(value)


def test_a_label_of_the_same_name_stays() -> None:
    told = tree()
    told["Metadata"]["Config"]["labels"] = {HASH: OLD, **told["Metadata"]["Config"]["labels"]}
    value = go_json(told)
    at = value.rindex(MEMBER)
    assert value.count(MEMBER) == 2
    assert changed(value) == value[:at] + MEMBER.replace(OLD.encode(), NEW.encode()) + value[at + len(MEMBER) :]


def without_member(*path: str) -> bytes:
    told = tree()
    inner = told
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return go_json(told)


def with_member(value: object, *path: str) -> bytes:
    told = tree()
    inner = told
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return go_json(told)


CONFIG = ("Metadata", "Config")
LABELS = (*CONFIG, "labels")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"", "is no JSON", id="nothing"),
        pytest.param(b"\x0a\x03v1", "is no JSON", id="protobuf"),
        pytest.param(b"[" * 100_000, "is no JSON", id="too deep"),
        pytest.param(record().value[:-1], "is no JSON", id="cut off"),
        pytest.param(record().value + b" ", "byte for byte", id="a blank behind"),
        pytest.param(b"[]", "not of version v1", id="a list"),
        pytest.param(with_member("v2", "Version"), "not of version v1", id="another version"),
        pytest.param(with_member(1, "Version"), "not of version v1", id="a version that is no text"),
        pytest.param(without_member("Version"), "not of version v1", id="no version"),
        pytest.param(without_member("Metadata"), "has no Metadata", id="no metadata"),
        pytest.param(without_member(*CONFIG), "has no Config", id="no config"),
        pytest.param(without_member(*CONFIG, "annotations"), "has no annotations", id="no annotations"),
        pytest.param(with_member([], *CONFIG, "annotations"), "has no annotations", id="annotations that are a list"),
        pytest.param(with_member({HASH: 7}, *CONFIG, "annotations"), "annotations that are no texts", id="a hash that is a number"),
        pytest.param(without_member(*LABELS), "has no labels", id="no labels"),
        pytest.param(record().value.replace(MEMBER, MEMBER + b"," + MEMBER), "a key twice", id="the annotation twice"),
        pytest.param(record().value.replace(b'"Version"', b'"Version":"v1","Version"'), "a key twice", id="the version twice"),
        pytest.param(record().value.replace(b'"Version":', b'"Version": '), "byte for byte", id="a blank within"),
        pytest.param(record(others={HOOK: "<"}).value.replace(b"\\u003c", b"<"), "byte for byte", id="not escaped as Go does"),
        pytest.param(record(others={HOOK: "x"}).value.replace(b'"x"', b'"\\u0078"'), "byte for byte", id="escaped for nothing"),
        pytest.param(record(others={HOOK: "x"}).value.replace(b'"x"', b'"\\ud800"'), "no UTF-8", id="half a surrogate pair"),
        pytest.param(record(others={HOOK: "x"}).value.replace(b'"x"', b'"\\uFFFD"'), "byte for byte", id="escaped in capitals"),
        pytest.param(record(others={HOOK: "x"}).value.replace(b'"x"', b'"\xff"'), "is no JSON", id="bytes that are no UTF-8"),
        pytest.param(record().value.replace(b"100000", b"1e5"), "byte for byte", id="a number written otherwise"),
        pytest.param(record().value.replace(b"100000", b"NaN"), "is no JSON", id="no number"),
        pytest.param(record(hash_="deadbeef").value, f"{HASH} is 'deadbeef', and the plan knows {OLD} before and {NEW} after", id="another hash"),
        pytest.param(record(hash_=OLD.upper()).value, "the plan knows", id="the hash in capitals"),
        pytest.param(record(hash_=None).value, f"{HASH} is not there", id="no hash"),
        pytest.param(record(1).value, "of another container than the plan's: the ID differs", id="another container"),
        pytest.param(with_member("web-9", *LABELS, "io.kubernetes.pod.name"), "the pod differs", id="another pod"),
        pytest.param(with_member("other", *LABELS, "io.kubernetes.pod.namespace"), "the namespace differs", id="another namespace"),
        pytest.param(with_member("u", *LABELS, "io.kubernetes.pod.uid"), "the pod UID differs", id="another UID"),
        pytest.param(without_member(*LABELS, "io.kubernetes.pod.uid"), "the pod UID differs", id="no UID"),
        pytest.param(with_member("log", *LABELS, "io.kubernetes.container.name"), "the container label differs", id="another label"),
        pytest.param(with_member({"name": "log"}, *CONFIG, "metadata"), "the container name differs", id="another name"),
    ],
)  # fmt: skip
def test_what_is_refused(value: bytes, reason: str) -> None:
    with pytest.raises(SpecRefused, match=reason):
        changed(value)


def test_the_second_hash_must_fit_too() -> None:
    with pytest.raises(SpecRefused, match=f"{WITHOUT_RESOURCES} is '3c', and the plan knows 1a before and 2b after"):
        changed(record(without="3c").value, override(without=BOTH))


def test_no_message_quotes_a_record() -> None:
    for broken in (record(1), record(hash_="x" * 100)):
        with pytest.raises(SpecRefused) as caught:
            changed(broken.value)
        assert "hunter2" not in str(caught.value)
        assert len(str(caught.value)) < 200


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\u2028\u2029\b\f<>&\x7f\ue008\ue00c"), max_size=20)


@tried(60)
@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.booleans())
def test_only_that_value_differs_whatever_else_is_there(others: dict[str, str], short: bool) -> None:
    told = tree(others={key: value for key, value in others.items() if key not in (HASH, WITHOUT_RESOURCES)})
    value = go_json(told, short=short)
    try:
        after = changed(value)
    except SpecRefused:
        after = None
    if after is None:  # an old Go's control characters, and beside them the very characters that stand in for those
        marks = {char for text in (*others, *others.values()) for char in text} & {"\ue008", "\ue00c"}
        assert (short, bool(marks)) == (False, True)
        return
    assert stamps(after) == Stamps(NEW, None)
    told["Metadata"]["Config"]["annotations"][HASH] = NEW
    assert after == go_json(told, short=short)
    assert json.loads(after) == told
    assert restamped(after, identity(0), override(before=NEW, after=OLD)) == value
