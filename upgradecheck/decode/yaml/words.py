"""What libyaml says when it refuses a document, in our words: what is wrong, on which line, and what to do about it."""

from __future__ import annotations

from typing import Final

from yaml import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from upgradecheck.decode.yaml.budget import MAX_DEPTH
from upgradecheck.decode.yaml.problem import NOWHERE, YamlProblem
from upgradecheck.decode.yaml.source import YamlSource

UNKNOWN_ESCAPE: Final = "has an escape that YAML does not know; write \\\\ for one \\, or use single quotes"
OTHER_VERSION: Final = "has a second %YAML directive, or one of another version than 1.1"
_INDENTING_TAB = "has a tab where spaces must indent the text"
_DIRECTIVE = "has an unknown directive; a text that begins with % must be quoted"
_VERSION = "has a %YAML directive without a version, wanted %YAML 1.1"
_CODE = "has an escape that is no character; \\x wants 2 hexadecimal digits, \\u 4 and \\U 8"
_TAG_CODE = "has a tag with an escape that is no character"
_UTF8, _UTF16 = "is no valid UTF-8; save it in one encoding", "is no valid UTF-16; save it in one encoding"

WORDS: Final[dict[str, str]] = {
    # what begins a token
    "block sequence entries are not allowed in this context": "has a - of a list where none can stand; begin the list on a line of its own",
    "mapping keys are not allowed in this context": "has a ? of a key where none can stand; a text that begins with ? must be quoted",
    "mapping values are not allowed in this context": "has a : where no key stands before it; a text with a colon must be quoted",
    "found character that cannot start any token": (
        "has a character that cannot begin a value; a tab cannot indent, and @ ` % must be quoted"
    ),
    "could not find expected ':'": "has text where a key was wanted, with a : behind it on the same line",
    # texts
    "found a tab character that violates indentation": _INDENTING_TAB,
    "found a tab character where an indentation space is expected": _INDENTING_TAB,
    "found an indentation indicator equal to 0": "has a block scalar with an indentation of 0, wanted 1 to 9",
    "found unexpected document indicator": "has a document separator inside a quoted text; close the quote, or indent it",
    "found unexpected end of stream": "has a quote that is not closed",
    "found unknown escape character": UNKNOWN_ESCAPE,
    "did not find expected hexdecimal number": _CODE,
    "found invalid Unicode character escape code": _CODE,
    "found unexpected ':'": "has a : at the end of an unquoted text in a flow collection; put a blank behind it, or quote the text",
    # anchors, tags, directives
    "did not find expected alphabetic or numeric character": (
        "has an anchor or alias (& or *) that is no name; such a text must be quoted"
    ),
    "found undefined tag handle": "has a tag whose handle is not declared; a text that begins with ! must be quoted",
    "did not find the expected '>'": "has a tag without its closing >",
    "did not find expected tag URI": "has a tag without a name; a text that begins with ! must be quoted",
    "did not find URI escaped octet": "has a tag with a % that is no escape",
    "found an incorrect leading UTF-8 octet": _TAG_CODE,
    "found an incorrect trailing UTF-8 octet": _TAG_CODE,
    "found unknown directive name": _DIRECTIVE,
    "could not find expected directive name": _DIRECTIVE,
    "found unexpected non-alphabetical character": _DIRECTIVE,
    "did not find expected version number": _VERSION,
    "did not find expected digit or '.' character": _VERSION,
    "found extremely long version number": _VERSION,
    "found duplicate %YAML directive": OTHER_VERSION,
    "found incompatible YAML document": OTHER_VERSION,
    "did not find expected '!'": "has a %TAG directive whose handle does not end with !",
    "did not find expected whitespace": "has a %TAG directive without a prefix",
    "found duplicate %TAG directive": "has the same %TAG directive twice",
    "did not find expected <document start>": "has a directive (%) without the --- that must follow",
    # collections
    "did not find expected '-' indicator": "has something else in a list, wanted the next - or less indentation",
    "did not find expected key": "has something else in a map, wanted the next key or less indentation",
    "did not find expected ',' or ']'": "has something else in a list of [ ], wanted a comma or the ]",
    "did not find expected ',' or '}'": "has something else in a map of { }, wanted a comma or the }",
    "did not find expected node content": "has no value where one was wanted; a text of signs must be quoted",
    "exceeded maximum nesting depth": f"is nested deeper than {MAX_DEPTH} levels",
    # characters
    "control characters are not allowed": "has a control character, which YAML does not allow; remove it, or escape it in double quotes",
    "invalid leading UTF-8 octet": _UTF8,
    "invalid trailing UTF-8 octet": _UTF8,
    "invalid length of a UTF-8 sequence": _UTF8,
    "incomplete UTF-8 octet sequence": _UTF8,
    "invalid Unicode character": _UTF8,
    "unexpected low surrogate area": _UTF16,
    "expected low surrogate area": _UTF16,
    "incomplete UTF-16 character": _UTF16,
    "incomplete UTF-16 surrogate pair": _UTF16,
}
"""What libyaml says, and what we say."""

_BY_CONTEXT: Final[dict[tuple[str, str], str]] = {
    ("while scanning a block scalar", "did not find expected comment or line break"): (
        "has text behind the indicator of a block scalar, wanted a comment or the end of the line"
    ),
    ("while scanning a directive", "did not find expected comment or line break"): (
        "has a directive with something behind it that is no comment"
    ),
    ("while scanning a tag", "did not find expected whitespace or line break"): (
        "has a tag with no blank behind it; a text that begins with ! must be quoted"
    ),
    ("while scanning a %TAG directive", "did not find expected whitespace or line break"): ("has a %TAG directive whose prefix is no URI"),
}

_OPEN = "ends before the ] or } of a flow collection"
_UNFINISHED: Final = frozenset(
    {"did not find expected node content", "did not find expected ',' or ']'", "did not find expected ',' or '}'"}
)

_TOLD_WHERE_IT_BEGINS: Final = frozenset({"could not find expected ':'", "found unexpected end of stream"})


def problem_of(error: YAMLError | UnicodeDecodeError, source: YamlSource) -> YamlProblem:
    """A parser's error in our words, with the line."""
    if isinstance(error, ReaderError):
        return YamlProblem(source.line_of(error.position), _words("", error.reason))
    if isinstance(error, MarkedYAMLError):
        said, context = error.problem or "", error.context or ""
        began = error.context_mark if said in _TOLD_WHERE_IT_BEGINS else None
        mark = began or error.problem_mark or error.context_mark
        if mark is None:
            return YamlProblem(NOWHERE, _words(context, said))
        return YamlProblem(source.line(mark), _OPEN if said in _UNFINISHED and mark.index >= len(source.text) else _words(context, said))
    # a tag is the only text whose characters libyaml leaves unchecked
    return YamlProblem(NOWHERE, _TAG_CODE if isinstance(error, UnicodeDecodeError) else _words("", str(error)))


def _words(context: str, said: str) -> str:
    return _BY_CONTEXT.get((context, said)) or WORDS.get(said) or f"cannot be understood: {f'{context}, ' if context else ''}{said}"
