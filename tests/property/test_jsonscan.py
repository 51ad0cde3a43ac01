"""The C scanner reads as the exact parser and the decoders of both kinds do, on whatever bytes, or it steps aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import CATALOG
from tests.drawing import tried
from tests.property.strategies import TEXTS, pod_texts
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing.containers import pod_value
from upgradecheck.hashing.jsonscan import scan
from upgradecheck.hashing.jsontext import Node, Number, Text, parse, unquote, unquote_jsoniter
from upgradecheck.model.errors import SpecRefused
from upgradecheck.reading.names import pod_names

many = tried(60)

TOKENS = (
    *(b"null", b"true", b"false", b"NaN", b"Infinity", b"-Infinity", b"nul", b"True", b"'a'", b"//", b"\\u0041", b"0x1", b"1_0"),
    *(b"0", b"-0", b"-", b"+1", b"01", b"1.", b".5", b"1.50", b"1e5", b"1E+05", b"1e400", b"-1e-400", b"1e", b"1" * 400, "١".encode()),
)
BLANKS = (b"", b" ", b"\n\t\r", b"\x0b", b"\x0c", b"\x00", "\u00a0".encode(), "\u2028".encode(), "\ufeff".encode())
STRANGE = (b"\x00", b"\x1f", b"\x7f", b"\xc0", b"\xff", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", *TEXTS, *TOKENS, *BLANKS)


def strings() -> st.SearchStrategy[bytes]:
    """Strings as a document has them, few of them hostile."""
    plain = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"\\'), max_size=5).map(str.encode)
    return st.one_of(st.sampled_from((b"a", b"b", b"kind", b"")), plain, st.sampled_from(TEXTS)).map(lambda inside: b'"' + inside + b'"')


def documents() -> st.SearchStrategy[bytes]:
    """JSON texts, most of them valid: keys that come twice, odd numbers, odd blanks, strings with brackets in them."""
    leaves = st.one_of(strings(), st.sampled_from((b"null", b"true", b"1", b"1.50", b"-0", b'"}{]["', b'"\\"{"')), st.sampled_from(TOKENS))
    return st.recursive(leaves, _containers, max_leaves=12)


def _containers(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    blank = st.one_of(st.just(b""), st.sampled_from(BLANKS[:3]), st.sampled_from(BLANKS))
    member = st.builds(lambda key, before, after, value: key + before + b":" + after + value, strings(), blank, blank, inner)
    lists = st.builds(lambda parts, gap: b"[" + (b"," + gap).join(parts) + b"]", st.lists(inner, max_size=4), blank)
    objects = st.builds(lambda parts, gap: b"{" + gap + (gap + b",").join(parts) + b"}", st.lists(member, max_size=4), blank)
    return lists | objects


@st.composite
def damaged(draw: Callable[[st.SearchStrategy[Any]], Any]) -> bytes:
    """A document with something put into it, or cut out of it."""
    text = bytes(draw(documents()))
    for _ in range(draw(st.integers(1, 3))):
        begin, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
        text = text[:begin] + draw(st.sampled_from(STRANGE)) + text[begin + cut :]
    return text


def nested() -> st.SearchStrategy[bytes]:
    """Documents about as deep as the exact parser goes, or far deeper, with brackets in strings at any place."""
    opening = st.sampled_from((b"[", b'{"a":', b'{"]":', b'["\\"[", ', b'["{",'))
    count = st.integers(195, 206) | st.sampled_from((99, 101, 300, 900, 1100))
    return st.builds(_nest, st.lists(opening, min_size=1, max_size=5), count, st.sampled_from((b"1", b"[]", b"{}", b'"[[[["', b'"\\\\"')))


def _nest(openings: list[bytes], count: int, inside: bytes) -> bytes:
    used = [openings[number % len(openings)] for number in range(count)]
    closings = [b"}" if opening.startswith(b"{") else b"]" for opening in reversed(used)]
    return b"".join(used) + inside + b"".join(closings)


def finished(node: Node) -> object:
    """A tree with its strings as both decoders have them, and its numbers as tokens of their kind."""
    match node:
        case tuple():
            return tuple((finished(key), finished(value)) for key, value in node)
        case list():
            return [finished(element) for element in node]
        case str() | Text():
            return unquote(node), unquote_jsoniter(node)
        case Number():
            return type(node), bytes(node)
        case _:
            return node


def agrees(document: bytes) -> bool:
    """Whether the scanner steps aside, or has the tree of the exact parser, which then refuses nothing."""
    tree = scan(document)
    return tree is None or finished(tree) == finished(parse(document))


@many
@given(st.one_of(documents(), damaged()))
def test_the_scanner_has_the_tree_of_the_exact_parser_or_none(document: bytes) -> None:
    assert agrees(document)


@many
@given(st.lists(st.sampled_from(STRANGE), max_size=8).map(b"".join) | st.binary(max_size=24))
def test_bytes_without_any_shape_are_refused_by_both(document: bytes) -> None:
    assert agrees(document)


@tried(40)
@given(nested())
def test_no_document_is_too_deep_for_one_of_them_alone(document: bytes) -> None:
    assert agrees(document)


@tried(12)
@pytest.mark.parametrize("minor", ["1.15", "1.22", "1.23", "1.30", "1.34"])
@given(st.data())
def test_decoders_make_the_same_of_both_trees(minor: str, data: st.DataObject) -> None:
    schema = CATALOG.schema(parse_minor(minor))
    document = data.draw(pod_texts(schema))
    tree, exact = scan(document), parse(document)
    if tree is None:
        return

    def decoded(node: Node) -> object:
        try:
            return pod_value(node, schema), pod_names(node)
        except SpecRefused as error:
            return error.path, error.reason

    assert decoded(tree) == decoded(exact)
