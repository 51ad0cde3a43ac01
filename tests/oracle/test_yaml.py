"""Our YAML reader against Kubernetes' own: the goldens, real manifests, and documents drawn, mutated and thrown together.

Equal means: the same JSON value with the same spelling of numbers, or both refuse. The refusals that are ours alone (named in
decode/yaml/documents.py) may be met only where the document holds what they are about; a value that Go does not give is never met.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.go import go_is_here
from tests.oracle.yaml_go import YamlOracle
from upgradecheck.decode.yaml.documents import split_documents, to_json
from upgradecheck.model.errors import SpecRefused

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not go_is_here(), reason="needs Go")]

EXAMPLES = max(1000, int(os.environ.get("TESTS_ORACLE_EXAMPLES", "1000")))
MANY = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
TESTS = Path(__file__).parents[1]
MANIFESTS = sorted(TESTS.glob("examples/**/manifests/*.yaml"))
QUIRKS: list[dict[str, Any]] = json.loads((TESTS / "examples" / "yaml" / "quirks.json").read_text())["cases"]
OURS_ALONE = (
    ("differ only in kind", r":"),
    ("byte order mark inside", "\ufeff"),
    ("a tag with no blank behind it", r"!\S*[,\[\]{}]"),
    ("a tag without a name", r"!\S*[,\[\]{}]"),
    ("a tag with no value behind it in a flow collection", r"[\[{](?s:.)*!"),
    ("a : at the end of an unquoted text in a flow collection", r"[\[{](?s:.)*:[,\[\]{}?]"),
    ("an escape that YAML does not know", r"\\'"),
    ("", r"^(\ufeff|---|[&!]\S*\s+|\s)*([\[{](?s:.)*[\]}]|['\"](?s:.)*['\"])[ \t]*\S"),  # something behind the first value
    ("text behind its first value", r"\S\s+\S"),
)
"""Part of a reason, and what the document has to hold then."""


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YamlOracle]:
    with YamlOracle(tmp_path_factory.mktemp("yamljson")) as oracle:
        yield oracle


def with_number_texts(document: bytes) -> object:
    try:
        return json.loads(document, parse_int=lambda text: ("number", text), parse_float=lambda text: ("number", text))
    except ValueError:
        return document


def read(document: bytes) -> tuple[bytes | None, str]:
    """Our JSON, or None and the reason."""
    try:
        return to_json(document), ""
    except SpecRefused as refused:
        return None, refused.reason


def may_be_refused(document: bytes, reason: str) -> bool:
    text = document.decode("utf-16" if document[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    return any(part in reason and re.search(held, text) for part, held in OURS_ALONE)


def assert_equal(oracle: YamlOracle, document: bytes) -> None:
    theirs = oracle.to_json(document)
    ours, reason = read(document)
    if ours is None:
        assert theirs is None or may_be_refused(document, reason), f"refused by us alone, {reason}: {document!r}"
        return
    assert theirs is not None, f"refused by Go alone: {document!r}"
    assert with_number_texts(ours) == with_number_texts(theirs), repr(document)


def quirk(case: dict[str, Any]) -> bytes:
    return base64.b64decode(case["base64"]) if "base64" in case else str(case.get("yaml", "")).encode()


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in QUIRKS])
def test_golden_is_what_go_says(case: dict[str, Any], oracle: YamlOracle) -> None:
    theirs = oracle.to_json(quirk(case))
    assert (None if theirs is None else theirs.decode()) == (None if "error" in case else case["json"])


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(TESTS))) for path in MANIFESTS])
def test_manifest(path: Path, oracle: YamlOracle) -> None:
    document = path.read_bytes()
    for variant in (document, document.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + document, document.decode().encode("utf-16")):
        assert_equal(oracle, variant)
        assert oracle.to_json(variant) is not None


WORDS = (
    "a b key 1 y no On ~ null 0o17 0x1F 08 1e3 .5 5. -.inf 1:30 2001-01-01 1_000 -0 +1 = << x:y http://a:b/c?d=e 0b101 1.0 18446744073709551615"
    " Mg== [ ] { } , ' \" \\ \\n \\x41 \\u00e9 ? : - # | > & * ! @ ` % &x *x *y --- ... !!null {a:\u00a01} [1] \u00e9 \U0001f600 \u2028 \x85 \x07 \x00"
)
PIECES = [
    *WORDS.split(" "),
    " ", "  ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\t", "\r\n", "\r", ": ", "- ", "? ", ", ", " #c", " - ", "|-\n  ", "|2\n", "|+\n", ">-\n  ",
    "&x ", "!!str ", "!!int ", "!!float ", "!!binary ", "!t ", "!<tag:yaml.org,2002:str> ", "\n---\n", "\n...\n", "%YAML 1.1\n", "%TAG ! tag:x,\n",
    "<<: ", "a: b\n", "- c\n", "\n  a: ", "\n  b: ", "\ufeff",
]  # fmt: skip
SOUPS = st.lists(st.sampled_from(PIECES), max_size=14).map(lambda pieces: "".join(pieces).encode())

TAGS = st.sampled_from(["", "", "!!int ", "!!float ", "!!bool ", "!!str ", "!!null ", "!!timestamp ", "!!binary ", "! "])
NUMBERS = st.one_of(
    st.text("0123456789+-._eExXobBOyYnN:abfF", max_size=8),
    st.floats().map(repr),
    st.integers(-(1 << 66), 1 << 66).flatmap(
        lambda number: st.sampled_from([str(number), hex(number), oct(number), bin(number), f"{number:e}"])
    ),
    st.datetimes().map(str) | st.dates().map(str),
)


@st.composite
def scalars(draw: st.DrawFn) -> bytes:
    """A scalar of many spellings, as a value with a tag and as a key."""
    text = draw(NUMBERS)
    return f"k: {draw(TAGS)}{text}\n{text}: x\nq: {draw(TAGS)}'{text}'\n".encode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40) | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


@st.composite
def dumped(draw: st.DrawFn) -> bytes:
    """A JSON value as PyYAML writes it, in one of its styles."""
    text: str = yaml.safe_dump(
        draw(VALUES),
        default_flow_style=draw(st.sampled_from([None, True, False])),
        default_style=draw(st.sampled_from([None, None, None, '"', "'", "|", ">"])),
        width=draw(st.sampled_from([10, 40, 80, 1000])),
        indent=draw(st.sampled_from([2, 4])),
        allow_unicode=draw(st.booleans()),
        explicit_start=draw(st.booleans()),
        canonical=draw(st.sampled_from([False, False, True])),
        line_break=draw(st.sampled_from(["\n", "\r\n"])),
    )
    return text.encode("utf-8", "replace")


BITS = st.sampled_from([*(piece.encode() for piece in PIECES), b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xed\xa0\x80"])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A manifest, a golden or a dumped value with a few changes."""
    document = draw(
        st.sampled_from([path.read_bytes() for path in MANIFESTS]) | st.sampled_from([quirk(case) for case in QUIRKS]) | dumped()
    )
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(document)))
        change = draw(st.sampled_from(["insert", "delete", "cut", "repeat"]))
        if change == "insert":
            document = document[:place] + draw(BITS) + document[place:]
        elif change == "delete":
            document = document[:place] + document[place + draw(st.integers(1, 4)) :]
        elif change == "cut":
            document = document[:place]
        else:
            document = document[:place] + document[max(0, place - 30) :]
    return document


ALIASES = st.builds(
    lambda size, times, padding, again: (
        f"x: &x [{'1,' * size}]\np: [{'2,' * padding}]\ny: &y [{'*x,' * times}]\nz: [{'1,' * padding}]\nw: [{'*y,' * again}]\n".encode()
    ),
    st.sampled_from([1, 5, 99, 100, 101]), st.sampled_from([1, 2, 10, 100, 990]), st.sampled_from([0, 100, 800, 900]), st.integers(0, 8),
)  # fmt: skip
KEYS = st.builds(
    lambda before, length, form, after: (before + form.replace("k", "k" * length) + after).encode(),
    st.sampled_from(["", "a: 1\n", "- ", "{", "[x, "]), st.integers(1015, 1030), st.sampled_from(["k", "'k'", '"k"', "[k]", "&x k", "? k"]),
    st.sampled_from([": v", "  : v", ":\n  v", ": v}", ": v]", ""]),
)  # fmt: skip
STEPS = st.builds(
    lambda before, length, after: (before.replace("k", "k" * length) + after.decode("latin-1")).encode("latin-1"),
    st.sampled_from(["k: 1\n", "a: k\n", "# k\n"]), st.integers(490, 520),
    st.sampled_from([b"---\n\0", b"b: \xef\xbb\xbfx\nccc: d\n", b"...\n\x07", b"\n---\nb: \xff", b"---\n\xe2\x28", b"c: \xc3\xa9\n---\n\xed\xa0\x80"]),
)  # fmt: skip


@MANY
@given(document=SOUPS)
def test_soup(document: bytes, oracle: YamlOracle) -> None:
    assert_equal(oracle, document)


@MANY
@given(document=scalars())
def test_scalar(document: bytes, oracle: YamlOracle) -> None:
    assert_equal(oracle, document)


@MANY
@given(document=dumped())
def test_dumped(document: bytes, oracle: YamlOracle) -> None:
    assert_equal(oracle, document)


@MANY
@given(document=mutated())
def test_mutated(document: bytes, oracle: YamlOracle) -> None:
    assert_equal(oracle, document)


@settings(parent=MANY, max_examples=EXAMPLES // 4)
@given(document=ALIASES | KEYS | STEPS)
def test_limits_of_go(document: bytes, oracle: YamlOracle) -> None:
    assert_equal(oracle, document)


SEPARATED = st.lists(
    st.sampled_from(["---", "\n", "--- ", "---#", "--- # c", "a: 1", "\r\n", "\r", "---\n", "--- x", "-", "\t", "\x85", "\xa0", "\n---\n"])
)


@settings(parent=MANY, max_examples=EXAMPLES // 2)
@given(pieces=SEPARATED, size=st.integers(1, 9))
def test_split(pieces: list[str], size: int, oracle: YamlOracle) -> None:
    stream = "".join(pieces).encode()
    ours, whole = [], True
    try:
        for document in split_documents(stream[start : start + size] for start in range(0, len(stream), size)):
            ours.append(document.raw)
    except SpecRefused:
        whole = False
    assert (ours, whole) == oracle.split(stream)
