from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.hashing.gojson import encode_string
from upgradecheck.hashing.jsontext import MAX_DEPTH, Node, Number, Text, parse, unquote, unquote_jsoniter
from upgradecheck.model.errors import SpecRefused

BAD = "\N{REPLACEMENT CHARACTER}".encode()


def test_nothing_is_lost() -> None:
    tree = parse(b' {"a": 1.50, "a" : "x\\u0041", "b":[true,false,null,-0]} ')
    expected: Node = (
        (Text(b"a"), Number(b"1.50")),
        (Text(b"a"), Text(b"x\\u0041")),
        (Text(b"b"), [True, False, None, Number(b"-0")]),
    )
    assert tree == expected


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b'{"a"}', b'{"a":1,}', b"[1,]", b"[1 2]", b"01", b"+1", b".5", b"1.", b"NaN", b"'a'", b'"a', b'"\x01"', b'"\\x"', b'"\\u12g4"',
     b"{} {}", b"tru", b"{1:2}", b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(SpecRefused):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def _plain(node: Node) -> object:
    match node:
        case tuple():
            return {unquote(key).decode(): _plain(value) for key, value in node}
        case list():
            return [_plain(value) for value in node]
        case Text():
            return unquote(node).decode()
        case Number():
            return int(node)
        case _:
            return node


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_it_reads_what_json_writes(value: object, ascii_only: bool, indent: int | None) -> None:
    assert _plain(parse(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode())) == value


@pytest.mark.parametrize(
    ("raw", "kjson", "jsoniter"),
    [
        pytest.param(b"plain", b"plain", b"plain", id="plain text"),
        pytest.param(rb"\"\\\/\b\f\n\r\t", b'"\\/\b\f\n\r\t', b'"\\/\b\f\n\r\t', id="short escapes"),
        pytest.param(rb"\ud83d\ude00", "😀".encode(), "😀".encode(), id="a surrogate pair"),
        pytest.param(rb"\ud83d!", BAD + b"!", BAD + b"!", id="a lone surrogate"),
        pytest.param(rb"\ud83d\u0041", BAD + b"A", BAD + b"A", id="a surrogate and another character"),
        pytest.param(rb"\ud83d\ud83d\ude00", BAD + "😀".encode(), BAD * 3, id="a surrogate before a pair: json-iterator loses the pair"),
        pytest.param(b"\xff\xe2\x82", BAD * 3, b"\xff\xe2\x82", id="invalid UTF-8: json-iterator keeps it"),
    ],
)
def test_unquote(raw: bytes, kjson: bytes, jsoniter: bytes) -> None:
    assert (unquote(raw), unquote_jsoniter(raw)) == (kjson, jsoniter)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        pytest.param(b"a", b'"a"', id="plain"),
        pytest.param(b'"\\/', b'"\\"\\\\/"', id="quote and backslash, not the slash"),
        pytest.param(b"<&>", b'"\\u003c\\u0026\\u003e"', id="HTML characters"),
        pytest.param("\u2028\u2029\u00e9".encode(), b'"\\u2028\\u2029\xc3\xa9"', id="line separators, not other characters"),
        pytest.param(b"\x00\x1f\x7f\n\r\t", b'"\\u0000\\u001f\x7f\\n\\r\\t"', id="control characters, not DEL"),
        pytest.param(b"\xff" + BAD, b'"\\ufffd' + BAD + b'"', id="invalid UTF-8 is escaped, a real U+FFFD is not"),
    ],
)
def test_encode_string(text: bytes, encoded: bytes) -> None:
    assert encode_string(text, short_control_escapes=False) == encoded
    assert encode_string(text, short_control_escapes=True) == encoded


def test_backspace_and_form_feed_are_short_from_go_1_22_on() -> None:
    assert encode_string(b"\b\f", short_control_escapes=False) == b'"\\u0008\\u000c"'
    assert encode_string(b"\b\f", short_control_escapes=True) == b'"\\b\\f"'


@given(st.binary(max_size=40), st.booleans())
def test_what_is_encoded_reads_back(text: bytes, short: bool) -> None:
    encoded = encode_string(text, short_control_escapes=short)
    assert json.loads(encoded) == unquote(text.replace(b"\\", b"\\\\")).decode()
