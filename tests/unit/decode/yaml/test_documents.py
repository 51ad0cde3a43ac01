"""YAML as the kubelet reads it: what Go says to each quirk, the limits, and how a stream falls into documents.

The goldens in tests/examples/yaml/quirks.json are what Go's own code answered (their provenance is in the file); PyYAML reads a third
of them otherwise. REFUSED_HERE names those that Go reads and we do not.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.decode.text.streamed import Document
from upgradecheck.decode.yaml import budget
from upgradecheck.decode.yaml.documents import MAX_DOCUMENT, is_json, split_documents, to_json
from upgradecheck.model.errors import SpecRefused

QUIRKS = Path(__file__).parents[3] / "examples" / "yaml" / "quirks.json"
CASES: list[dict[str, Any]] = json.loads(QUIRKS.read_text())["cases"]

BEHIND = "YAML, line 1: has text behind its first value; remove it, or begin another document with ---"
REFUSED_HERE = {
    'an escape: "\\\'"': "YAML, line 1: has an escape that YAML does not know; write \\\\ for one \\, or use single quotes",
    "a colon before a comma": (
        "YAML, line 1: has a : at the end of an unquoted text in a flow collection; put a blank behind it, or quote the text"
    ),
    "a tag before a comma": (
        "YAML, line 1: has a tag with no value behind it in a flow collection; write the value, or '' for an empty one"
    ),
    "a second text on the line is not looked at": BEHIND,
    "a quoted key without a blank": BEHIND,
}


def with_number_texts(document: str) -> object:
    """JSON with the spelling of its numbers; the bytes themselves where it is none, since Go passes on what begins with {."""
    try:
        return json.loads(document, parse_int=lambda text: ("number", text), parse_float=lambda text: ("number", text))
    except ValueError:
        return document


def refusal(document: bytes) -> str:
    with pytest.raises(SpecRefused) as caught:
        to_json(document)
    return caught.value.reason


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_golden(case: dict[str, Any]) -> None:
    document = base64.b64decode(case["base64"]) if "base64" in case else case.get("yaml", "").encode()
    if case["name"] in REFUSED_HERE:
        assert "json" in case
        assert refusal(document) == REFUSED_HERE[case["name"]]
    elif "error" in case:
        assert refusal(document)
    else:
        assert with_number_texts(to_json(document).decode()) == with_number_texts(case["json"])


def test_keys_are_sorted() -> None:
    assert to_json(b"b: 1\na: {d: 1, c: 2}\n3: x\n") == b'{"3":"x","a":{"c":2,"d":1},"b":1}'


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(
            b"a: 1\nb:\n\tc: hunter2\n",
            "YAML, line 3: has a character that cannot begin a value; a tab cannot indent, and @ ` % must be quoted",
            id="a tab indents",
        ),
        pytest.param(
            b"a: hunter2\nb: hunter2: x\n",
            "YAML, line 2: has a : where no key stands before it; a text with a colon must be quoted",
            id="a text with a colon",
        ),
        pytest.param(
            b"a: |\n  b\nc: 'hunter2\n\n\n", "YAML, line 3: has a quote that is not closed", id="an open quote, told where it opens"
        ),
        pytest.param(b"\n\na: !!int hunter2\n", "YAML, line 3: has a tag that does not fit its value", id="a tag that does not fit"),
        pytest.param(
            b"a: 1\r\nb: *hunter2\r\n",
            "YAML, line 2: has an alias (*) of an anchor that is not there; a text that begins with * must be quoted",
            id="an unknown alias, after CR LF",
        ),
        pytest.param(b"a: 1\nb: [*x, &x 1]\n", None, id="an alias before its anchor"),
        pytest.param(
            b"a: [1,\n 2}\n", "YAML, line 2: has something else in a list of [ ], wanted a comma or the ]", id="closed by the other"
        ),
        pytest.param(
            b"a: 1\n- hunter2\n", "YAML, line 2: has something else in a map, wanted the next key or less indentation", id="a list in a map"
        ),
        pytest.param(
            b"a: hunter2\nb: \x07\n",
            "YAML, line 2: has a control character, which YAML does not allow; remove it, or escape it in double quotes",
            id="a control character",
        ),
        pytest.param(b"a: \xff\n", "YAML, line 1: is no valid UTF-8; save it in one encoding", id="no UTF-8"),
        pytest.param(
            b"a: .inf\n", "YAML, has an infinite number or NaN, which JSON cannot hold; quote it if it is a text", id="an infinity"
        ),
        pytest.param(
            b"x: 1\nhunter2: {1: a, '1': b}\n",
            "YAML, line 2: has a map with two keys that differ only in kind, like 1 and '1'; Go keeps either, at random",
            id="two keys of which Go keeps either",
        ),
        pytest.param(
            b"a: hunter2\xef\xbb\xbf",
            "YAML, line 1: has a byte order mark inside, at a place where a reader loses it or other characters; remove the mark",
            id="a mark where Go's buffer begins anew",
        ),
        pytest.param(
            b"a: hunter2\n\xef\xbb\xbfb: 1\n",
            "YAML, line 2: has a byte order mark inside, at a place where a reader loses it or other characters; remove the mark",
            id="a mark at the beginning of a line",
        ),
        pytest.param(b"a: &a\n  b: [*a]\n", "YAML, line 2: has an anchor that contains itself", id="an anchor in itself"),
    ],
)
def test_a_refusal_tells_line_and_reason_and_no_value(document: bytes, reason: str | None) -> None:
    said = refusal(document)
    assert "hunter2" not in said
    assert reason is None or said == reason


def laughs(levels: int, width: int) -> bytes:
    """Anchors that each repeat the one before."""
    lines = ["a0: &a0 [x]", *(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, levels))]
    return "\n".join(lines).encode()


def nested(kind: str, depth: int) -> bytes:
    if kind == "flow":
        return b"[" * depth + b"]" * depth
    if kind == "block":
        return "\n".join(" " * level + "a:" for level in range(depth)).encode() + b" {}"[: 0 if depth else 3]
    if kind == "anchored":
        return b"".join(b"&a%d [" % level for level in range(depth)) + b"]" * depth
    if kind == "aliased":
        return b"- &a0 []\n" + b"".join(b"- &a%d [*a%d]\n" % (level, level - 1) for level in range(1, depth - 1))
    return b"? " * depth + b"x"


@pytest.mark.parametrize("kind", ["flow", "block", "anchored", "aliased"])
def test_200_levels_are_read_and_201_are_not(kind: str) -> None:
    assert to_json(b"\n" + nested(kind, 200))
    assert "is nested deeper than 200 levels" in refusal(b"\n" + nested(kind, 201))


@pytest.mark.parametrize("kind", ["flow", "block", "anchored", "aliased", "keys"])
def test_any_depth_is_refused_without_a_recursion_error(kind: str) -> None:
    assert "is nested deeper than 200 levels" in refusal(nested(kind, 3000))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(laughs(12, 10), "excessive", id="billion laughs, as Go counts"),
        pytest.param(b"- &a [" + b"x," * 9_999 + b"]\n" + b"- *a\n" * 99, "excessive", id="a list repeated a hundred times, as Go counts"),
        pytest.param(b"- &a " + b"x" * 500_000 + b"\n" + b"- *a\n" * 90, "40 MiB", id="a long text repeated"),
        pytest.param(b"a: " + b"x" * (MAX_DOCUMENT - 3), "10 MiB", id="a file of 10 MiB"),
        pytest.param(b"{" + b" " * MAX_DOCUMENT + b"}", "10 MiB", id="a JSON file of 10 MiB"),
    ],
)
def test_too_much_is_refused_in_bounded_time(document: bytes, reason: str) -> None:
    begun = time.process_time()
    assert reason in refusal(document)
    assert time.process_time() - begun < 20


def test_more_values_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_NODES", 1000)
    assert to_json(b"[" + b"x," * 998 + b"]")
    assert "has more than 1,000 values once its anchors are expanded" in refusal(b"[" + b"x," * 999 + b"]")
    assert "has more than 1,000 values" in refusal(b"- &a [" + b"x," * 498 + b"]\n- *a\n")


def test_the_limit_of_values_is_a_million() -> None:
    assert budget.MAX_NODES == 1_000_000


def test_ten_thousand_laughs_are_within_the_limits() -> None:
    assert to_json(laughs(4, 10)).count(b'"x"') == 1 + 10 + 100 + 1000


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param(b"k:v ", id="colons"),
        pytest.param(b"a  ", id="blanks"),
        pytest.param(b"''", id="quotes"),
        pytest.param(b"\n#\n", id="empty lines"),
        pytest.param(b"\xef\xbb\xbfx", id="byte order marks"),
        pytest.param(b"- ", id="dashes"),
        pytest.param(b"[", id="brackets"),
        pytest.param(b"!%41", id="escaped tags"),
        pytest.param(b"\t", id="tabs"),
    ],
)
def test_no_document_takes_time_beyond_its_length(unit: bytes) -> None:
    """A megabyte; what is quadratic would take minutes."""
    document = b"a: x" + unit * (1_000_000 // len(unit))
    begun = time.process_time()
    with contextlib.suppress(SpecRefused):
        to_json(document)
    assert time.process_time() - begun < 10


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=300), inner),
    max_leaves=12,
)


@given(value=VALUES)
def test_json_behind_a_separator_means_what_it_says(value: object) -> None:
    assert json.loads(to_json(b"---\n" + json.dumps(value, ensure_ascii=False).encode())) == value


@given(document=st.binary() | st.text("ab:-?[]{},'\"|>&*!#% \t\n\\01.<").map(str.encode))
def test_every_document_is_read_or_refused(document: bytes) -> None:
    try:
        made = to_json(document)
    except SpecRefused:
        return
    if not is_json(document):
        json.loads(made)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(b" \r\n\t{", True, id="a brace behind blanks"),
        pytest.param("\u2003\u3000{".encode(), True, id="behind blanks of Unicode"),
        pytest.param(b"\xef\xbb\xbf{}", False, id="not behind a byte order mark"),
        pytest.param(b"[{}]", False, id="a list is YAML"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_what_go_takes_for_json(document: bytes, *, expected: bool) -> None:
    assert is_json(document) is expected


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"a: 1", [Document(b"a: 1\n", 0, 1, "")], id="one document, without an end of line"),
        pytest.param(
            b"a: 1\n---\nb: 2\n", [Document(b"a: 1\n", 0, 1, ""), Document(b"b: 2\n", 9, 3, "document 2")], id="a separator between"
        ),
        pytest.param(b"---\na: 1\n", [Document(b"---\na: 1\n", 0, 1, "")], id="a separator at the beginning stays with what follows"),
        pytest.param(
            b"# x\n--- # y\n\n---\nb: 2\n",
            [Document(b"# x\n", 0, 1, ""), Document(b"\n", 12, 3, "document 2"), Document(b"b: 2\n", 17, 5, "document 3")],
            id="comments behind separators, and empty documents",
        ),
        pytest.param(b"a: |\r\n  x\r\n", [Document(b"a: |\n  x\n", 0, 1, "")], id="CR LF becomes LF"),
        pytest.param(b"a: 1\n ---\n", [Document(b"a: 1\n ---\n", 0, 1, "")], id="an indented one separates nothing"),
    ],
)
def test_split(stream: bytes, size: int, expected: list[Document]) -> None:
    assert list(split_documents(stream[start : start + size] for start in range(0, len(stream), size))) == expected


def test_a_separator_with_text_behind_it_ends_the_stream() -> None:
    documents = split_documents([b"a: 1\n---\nb: 2\n--- c: hunter2\n"])
    assert next(documents).raw == b"a: 1\n"
    with pytest.raises(SpecRefused, match=r"YAML, line 4: has something behind ---; put it on a line of its own$"):
        next(documents)


@pytest.mark.parametrize("line", [pytest.param(b"x" * 65536, id="one line"), pytest.param((b"x" * 63 + b"\n") * 1024, id="many lines")])
def test_a_document_beyond_the_limit_is_refused_before_it_is_read_whole(line: bytes) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += len(line)
            yield line

    with pytest.raises(SpecRefused, match="a document of 10 MiB or more begins here"):
        list(split_documents(endless()))
    assert taken <= MAX_DOCUMENT + 2 * len(line)


def test_neither_pyyaml_nor_the_reader_is_loaded_before_it_is_needed() -> None:
    code = "import sys, upgradecheck.decode.yaml.documents; print([m for m in sys.modules if m == 'yaml' or m.startswith('upgradecheck.decode.yaml.c')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
