from __future__ import annotations

from importlib.resources import files

import pytest

from upgradecheck.decode.text.jsonstream import split
from upgradecheck.decode.text.streamed import Document
from upgradecheck.hashing import jsonscan
from upgradecheck.hashing.jsonscan import scan
from upgradecheck.hashing.jsontext import MAX_DEPTH, Node, Number, parse
from upgradecheck.hashing.quantity import ZERO
from upgradecheck.hashing.special_codecs import QuantityCodec
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import JSONDecoder


def test_nothing_is_lost() -> None:
    tree = scan(b' {"a": 1.50, "a" : "x\\n\\u003c", "b":[true,false,null,-0, 1e30]} ')
    expected: Node = (("a", Number(b"1.50")), ("a", "x\n<"), ("b", [True, False, None, Number(b"-0"), Number(b"1e30")]))
    assert tree == expected


DEEP = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b'"\\u0041"', id="an escape by number may stand in a quantity"),
        pytest.param(b'"\\ud83d"', id="a lone surrogate is read in two ways"),
        pytest.param(b'"\\ud83d\\ude00"', id="a pair of surrogates may stand behind one"),
        pytest.param(b'{"\\u0061":1}', id="in a key as well"),
        pytest.param(b'"\\\\u0041"', id="what only looks like one, too"),
        pytest.param(b'"\xff"', id="no UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', id="a surrogate in UTF-8"),
        pytest.param(b"\xef\xbb\xbf1", id="a byte order mark"),
        pytest.param(b'"\x01"', id="a control character"),
        pytest.param(b"NaN", id="no number of JSON"),
        pytest.param(b"[-Infinity]", id="no number either"),
        pytest.param(b"[1e400]", id="a number that json-iterator cannot skip"),
        pytest.param("[١]".encode(), id="a digit of another script"),
        pytest.param(b"01", id="a leading zero"),
        pytest.param(b"{} {}", id="two documents"),
        pytest.param(b"1\x0b", id="a blank that is none"),
        pytest.param(b"", id="nothing"),
        pytest.param(DEEP, id="deeper than the exact parser goes"),
        pytest.param(b'["]]",' * MAX_DEPTH + b"[]" + b"]" * MAX_DEPTH, id="deeper, though strings close brackets"),
        pytest.param(b"[" * 5000 + b"]" * 5000, id="deeper than the scanner goes"),
    ],
)
def test_it_steps_aside(document: bytes) -> None:
    assert scan(document) is None


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(DEEP[1:-1], id="as deep as the exact parser goes"),
        pytest.param(b"[" + b",".join([b'"]]\\"[["'] * 400) + b"]", id="many brackets in strings"),
        pytest.param(b"[" + b",".join([b'[{"a":[]}]'] * 400) + b"]", id="many brackets side by side"),
        pytest.param(b'["' + b"[" * 400 + b'\\\\"]', id="a string that ends in a backslash"),
    ],
)
def test_many_brackets_alone_are_not_too_deep(document: bytes) -> None:
    assert scan(document) is not None


@pytest.mark.parametrize(
    "text", [rb"\t5", rb"5\n", rb" \r5", rb"5 \f", rb"\b5", rb"\"5\"", rb"5\/", rb"\\", rb"5", rb" 5 ", rb"\u003c5", "\u00a05".encode()]
)
@pytest.mark.parametrize("decoder", JSONDecoder)
def test_a_quantity_with_an_escape_in_it_is_refused_by_both(text: bytes, decoder: JSONDecoder) -> None:
    """Go reads a quantity from its token, where an escaped blank is no blank."""

    def decoded(node: Node) -> object:
        try:
            return QuantityCodec(decoder).decode(node, ZERO)
        except SpecRefused as error:
            return error.reason

    tree = scan(b'"' + text + b'"')
    assert tree is not None
    assert decoded(tree) == decoded(parse(b'"' + text + b'"'))


def test_without_the_scanner_in_c_it_always_steps_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonscan, "_SCANNER", None)
    assert scan(b"{}") is None


def test_it_reads_what_clusters_give() -> None:
    """Were it to step aside here, hashing would take twice the time."""
    pods = files("upgradecheck.example") / "api-pods.json"
    documents = [found.raw for found in split([pods.read_bytes()], "example") if isinstance(found, Document)]
    plain = [document for document in documents if b"\\u" not in document]
    assert len(plain) > len(documents) / 2
    assert [document for document in plain if scan(document) is None] == []
