"""Each sentence in which libyaml refuses a document, met, and what we say in its place; and what is said where libyaml is not there."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from yaml import Mark, MarkedYAMLError, YAMLError
from yaml._yaml import CParser, get_version

from upgradecheck.decode.yaml import libyaml
from upgradecheck.decode.yaml.documents import to_json
from upgradecheck.decode.yaml.libyaml import LibyamlMissing
from upgradecheck.decode.yaml.source import YamlSource
from upgradecheck.decode.yaml.words import WORDS, problem_of
from upgradecheck.model.errors import SpecRefused

MET = [
    pytest.param(
        "block sequence entries are not allowed in this context",
        b"a: 1\nb: - c\n",
        "line 2: has a - of a list where none can stand; begin the list on a line of its own",
        id="a list begun behind its key",
    ),
    pytest.param(
        "mapping keys are not allowed in this context",
        b"\na: ? b\n",
        "line 2: has a ? of a key where none can stand; a text that begins with ? must be quoted",
        id="a key behind a key",
    ),
    pytest.param(
        "mapping values are not allowed in this context",
        b"\na: b: c\n",
        "line 2: has a : where no key stands before it; a text with a colon must be quoted",
        id="a colon in a text",
    ),
    pytest.param(
        "found character that cannot start any token",
        b"\n\n- @a\n",
        "line 3: has a character that cannot begin a value; a tab cannot indent, and @ ` % must be quoted",
        id="an @",
    ),
    pytest.param(
        "could not find expected ':'",
        b"a: 1\nb\n\nc: 2\n",
        "line 2: has text where a key was wanted, with a : behind it on the same line",
        id="a line without a colon, told where it stands",
    ),
    pytest.param(
        "found a tab character that violates indentation",
        b"a: b\n\tc\n",
        "line 2: has a tab where spaces must indent the text",
        id="a tab before more text",
    ),
    pytest.param(
        "found a tab character where an indentation space is expected",
        b"a: |\n\tb\n",
        "line 2: has a tab where spaces must indent the text",
        id="a tab before a block text",
    ),
    pytest.param(
        "found an indentation indicator equal to 0",
        b"\na: |0\n b\n",
        "line 2: has a block scalar with an indentation of 0, wanted 1 to 9",
        id="|0",
    ),
    pytest.param(
        "found unexpected document indicator",
        b"a: 'b\n---\n",
        "line 2: has a document separator inside a quoted text; close the quote, or indent it",
        id="--- in quotes",
    ),
    pytest.param(
        "found unexpected end of stream",
        b"\na: 'b\n\n\n",
        "line 2: has a quote that is not closed",
        id="an open quote, told where it opens",
    ),
    pytest.param(
        "found unknown escape character",
        b'\na: "\\q"\n',
        "line 2: has an escape that YAML does not know; write \\\\ for one \\, or use single quotes",
        id="an unknown escape",
    ),
    pytest.param(
        "did not find expected hexdecimal number",
        b'\na: "\\xzz"\n',
        "line 2: has an escape that is no character; \\x wants 2 hexadecimal digits, \\u 4 and \\U 8",
        id="an escape without digits",
    ),
    pytest.param(
        "found invalid Unicode character escape code",
        b'\na: "\\uD800"\n',
        "line 2: has an escape that is no character; \\x wants 2 hexadecimal digits, \\u 4 and \\U 8",
        id="half a character",
    ),
    pytest.param(
        "found unexpected ':'",
        b"\na: [b:, c]\n",
        "line 2: has a : at the end of an unquoted text in a flow collection; put a blank behind it, or quote the text",
        id="a colon before a comma",
    ),
    pytest.param(
        "did not find expected alphabetic or numeric character",
        b"\na: *\n",
        "line 2: has an anchor or alias (& or *) that is no name; such a text must be quoted",
        id="an asterisk",
    ),
    pytest.param(
        "found undefined tag handle",
        b"\na: !x!y b\n",
        "line 2: has a tag whose handle is not declared; a text that begins with ! must be quoted",
        id="an unknown handle",
    ),
    pytest.param("did not find the expected '>'", b"\na: !<x y\n", "line 2: has a tag without its closing >", id="an open tag"),
    pytest.param(
        "did not find expected tag URI",
        b"\na: !!\n",
        "line 2: has a tag without a name; a text that begins with ! must be quoted",
        id="a tag without a name",
    ),
    pytest.param(
        "did not find URI escaped octet", b"\na: !x%zz b\n", "line 2: has a tag with a % that is no escape", id="a percent sign in a tag"
    ),
    pytest.param(
        "found an incorrect leading UTF-8 octet",
        b"\na: !x%ff b\n",
        "line 2: has a tag with an escape that is no character",
        id="an octet alone",
    ),
    pytest.param(
        "found an incorrect trailing UTF-8 octet",
        b"\na: !x%c3%41 b\n",
        "line 2: has a tag with an escape that is no character",
        id="two octets that do not fit",
    ),
    pytest.param(
        "found unknown directive name",
        b"a: 1\n%FOO bar\n",
        "line 2: has an unknown directive; a text that begins with % must be quoted",
        id="an unknown directive",
    ),
    pytest.param(
        "could not find expected directive name",
        b"% a\n---\n",
        "line 1: has an unknown directive; a text that begins with % must be quoted",
        id="a directive without a name",
    ),
    pytest.param(
        "found unexpected non-alphabetical character",
        b"%a,b\n---\n",
        "line 1: has an unknown directive; a text that begins with % must be quoted",
        id="a directive whose name is none",
    ),
    pytest.param(
        "did not find expected version number",
        b"%YAML x\n---\n",
        "line 1: has a %YAML directive without a version, wanted %YAML 1.1",
        id="%YAML without a number",
    ),
    pytest.param(
        "did not find expected digit or '.' character",
        b"%YAML 1\n---\n",
        "line 1: has a %YAML directive without a version, wanted %YAML 1.1",
        id="%YAML with one number",
    ),
    pytest.param(
        "found extremely long version number",
        b"%YAML 1.1111111111\n---\n",
        "line 1: has a %YAML directive without a version, wanted %YAML 1.1",
        id="%YAML with a long number",
    ),
    pytest.param(
        "found duplicate %YAML directive",
        b"%YAML 1.1\n%YAML 1.1\n---\n",
        "line 2: has a second %YAML directive, or one of another version than 1.1",
        id="%YAML twice",
    ),
    pytest.param(
        "found incompatible YAML document",
        b"%YAML 2.0\n---\n",
        "line 1: has a second %YAML directive, or one of another version than 1.1",
        id="%YAML 2.0",
    ),
    pytest.param(
        "did not find expected '!'",
        b"%TAG e\n---\n",
        "line 1: has a %TAG directive whose handle does not end with !",
        id="%TAG of no handle",
    ),
    pytest.param(
        "did not find expected whitespace", b"%TAG !e!\n---\n", "line 1: has a %TAG directive without a prefix", id="%TAG without a prefix"
    ),
    pytest.param(
        "found duplicate %TAG directive",
        b"%TAG !e! a\n%TAG !e! b\n---\n",
        "line 2: has the same %TAG directive twice",
        id="the same %TAG twice",
    ),
    pytest.param(
        "did not find expected <document start>",
        b"%YAML 1.1\na: 1\n",
        "line 2: has a directive (%) without the --- that must follow",
        id="a directive without ---",
    ),
    pytest.param(
        "did not find expected '-' indicator",
        b"- a\nb: c\n",
        "line 2: has something else in a list, wanted the next - or less indentation",
        id="a text in a list",
    ),
    pytest.param(
        "did not find expected key",
        b"a: 1\n- b\n",
        "line 2: has something else in a map, wanted the next key or less indentation",
        id="a list in a map",
    ),
    pytest.param(
        "did not find expected ',' or ']'",
        b"a: ['b'\n'c']\n",
        "line 2: has something else in a list of [ ], wanted a comma or the ]",
        id="a forgotten comma",
    ),
    pytest.param(
        "did not find expected ',' or '}'",
        b"a: {b: 'c'\n'd'}\n",
        "line 2: has something else in a map of { }, wanted a comma or the }",
        id="a forgotten brace",
    ),
    pytest.param(
        "did not find expected node content",
        b"\na: ]\n",
        "line 2: has no value where one was wanted; a text of signs must be quoted",
        id="a bracket alone",
    ),
    pytest.param("exceeded maximum nesting depth", b"[" * 3000, "line 1: is nested deeper than 200 levels", id="3,000 brackets"),
    pytest.param(
        "control characters are not allowed",
        b"a: b\r\nc: \x07\n",
        "line 2: has a control character, which YAML does not allow; remove it, or escape it in double quotes",
        id="a bell",
    ),
    pytest.param(
        "invalid leading UTF-8 octet",
        b"\na: \xff\n",
        "line 2: is no valid UTF-8; save it in one encoding",
        id="a byte that begins no character",
    ),
    pytest.param(
        "invalid trailing UTF-8 octet",
        b"\na: \xc3a\n",
        "line 2: is no valid UTF-8; save it in one encoding",
        id="a byte that continues none",
    ),
    pytest.param(
        "invalid length of a UTF-8 sequence",
        b"\na: \xc0\x80\n",
        "line 2: is no valid UTF-8; save it in one encoding",
        id="two bytes for one",
    ),
    pytest.param(
        "incomplete UTF-8 octet sequence", b"\na: \xc3", "line 2: is no valid UTF-8; save it in one encoding", id="a cut character"
    ),
    pytest.param(
        "invalid Unicode character", b"\na: \xed\xa0\x80\n", "line 2: is no valid UTF-8; save it in one encoding", id="a surrogate in UTF-8"
    ),
    pytest.param(
        "unexpected low surrogate area",
        b"\xff\xfea\0\n\0\x00\xdc",
        "line 2: is no valid UTF-16; save it in one encoding",
        id="the second half of a pair",
    ),
    pytest.param(
        "expected low surrogate area",
        b"\xff\xfea\0\n\0\x00\xd8a\0",
        "line 2: is no valid UTF-16; save it in one encoding",
        id="the first half, and a letter",
    ),
    pytest.param(
        "incomplete UTF-16 character", b"\xff\xfea\0\n\0a", "line 2: is no valid UTF-16; save it in one encoding", id="a byte too few"
    ),
    pytest.param(
        "incomplete UTF-16 surrogate pair",
        b"\xff\xfea\0\n\0\x00\xd8",
        "line 2: is no valid UTF-16; save it in one encoding",
        id="the first half, and the end",
    ),
    pytest.param(
        "did not find expected comment or line break",
        b"\na: |x\n",
        "line 2: has text behind the indicator of a block scalar, wanted a comment or the end of the line",
        id="text behind |",
    ),
    pytest.param(
        "did not find expected comment or line break",
        b"%YAML 1.1 x\n---\n",
        "line 1: has a directive with something behind it that is no comment",
        id="text behind a directive",
    ),
    pytest.param(
        "did not find expected whitespace or line break",
        b"\na: !b[c\n",
        "line 2: has a tag with no blank behind it; a text that begins with ! must be quoted",
        id="a bracket in a tag",
    ),
    pytest.param(
        "did not find expected whitespace or line break",
        b"%TAG !e! a{\n---\n",
        "line 1: has a %TAG directive whose prefix is no URI",
        id="a %TAG of no URI",
    ),
]


def said_by_libyaml(document: bytes) -> str:
    with pytest.raises(YAMLError) as caught:
        CParser(YamlSource(document)).raw_parse()
    return str(getattr(caught.value, "problem", None) or getattr(caught.value, "reason", caught.value))


@pytest.mark.parametrize(("said", "document", "reason"), MET)
def test_what_libyaml_says_is_told_in_our_words_with_the_line(said: str, document: bytes, reason: str) -> None:
    if (said, get_version()) != ("exceeded maximum nesting depth", (0, 2, 5)):  # which knows no limit
        assert said_by_libyaml(document) == said
    with pytest.raises(SpecRefused) as caught:
        to_json(document)
    assert caught.value.reason == f"YAML, {reason}"


@pytest.mark.parametrize("document", [b"- a\n- [", b"- a\n- {b:\n\n", b"- a\n- [b, {c: d}\n \n", b"- a\n- {b: c\r\n"])
def test_a_collection_that_nobody_closed_is_told_on_the_last_line_with_something_on_it(document: bytes) -> None:
    with pytest.raises(SpecRefused) as caught:
        to_json(document)
    assert caught.value.reason == "YAML, line 2: ends before the ] or } of a flow collection"


def test_every_sentence_that_we_know_is_met() -> None:
    assert set(WORDS) <= {str(case.values[0]) for case in MET}


def test_a_sentence_that_nobody_foresaw_is_told_as_it_is_with_the_line() -> None:
    mark = Mark("", 0, 6, 0, None, 0)
    problem = problem_of(MarkedYAMLError("while scanning a novelty", None, "found a novelty", mark), YamlSource(b"a\n" * 9))
    assert (problem.line, problem.reason) == (6, "cannot be understood: while scanning a novelty, found a novelty")
    assert problem_of(YAMLError("found a novelty"), YamlSource(b"")).reason == "cannot be understood: found a novelty"


def test_a_tag_whose_escapes_are_no_characters_is_refused() -> None:
    with pytest.raises(SpecRefused, match=r"^YAML, has a tag with an escape that is no character$"):
        to_json(b"a: !x%ed%a0%80 b\n")


def test_without_libyaml_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    with pytest.raises(LibyamlMissing) as caught:
        to_json(b"a: 1\n")
    assert str(caught.value) == (
        "YAML is read by libyaml 0.2.5 or newer, and the PyYAML of this Python was installed without it. Install one that has it, as the"
        " wheels of PyPI do: pip install --force-reinstall --only-binary :all: 'pyyaml>=6'. JSON is read without it."
    )
    assert to_json(b'{"a": 1}') == b'{"a": 1}'


def test_a_libyaml_that_nobody_compared_with_go_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    old = ModuleType("yaml._yaml")
    old.CParser = CParser  # type: ignore[attr-defined]
    old.get_version = lambda: (0, 2, 2)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "yaml._yaml", old)
    with pytest.raises(LibyamlMissing, match=r"the PyYAML of this Python was built with libyaml 0\.2\.2\. Install one"):
        libyaml.parser(YamlSource(b"a: 1\n"))
