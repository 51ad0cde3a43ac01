r"""Texts as systemd reads them: units and drop-ins, the words of a command or a list of variables, environment files.

Quotes may stand around a word or inside it, and a backslash escapes as in C, between single quotes, too; what is escaped otherwise stays as
it is. A line that ends in a backslash goes on in the next, comments between them do not count. In an environment file quotes count at the
beginning of a value alone, and none is taken as the shell would: ``export X=…`` sets nothing there,
``X = …`` does; behind a backslash at its end a comment went on in older ones. A specifier stands for something of
the unit or the machine; what only the machine knows becomes a variable that nobody sets.

Mirrors extract-word.c, env-file.c, conf-parser.c and unit-printf.c of systemd (v255).
differs: a quote that is never closed is left out; systemd would not load the unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from upgradecheck.model.patterns import pattern

_BLANKS = " \t\r\n"
"""What is blank to systemd; other blanks of Unicode, and its ends of lines, are letters."""
_WORD = pattern(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^ \t\r\n"'\\]|\\.)+""", re.DOTALL)
_PIECE = pattern(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:[^"'\\]|\\.)+""", re.DOTALL)
_ESCAPED = pattern(r"\\(?:x(?P<byte>[0-9A-Fa-f]{2})|u(?P<point>[0-9A-Fa-f]{4})|(?P<octal>[0-3][0-7]{2})|(?P<one>.))", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " ", "\\": "\\", '"': '"', "'": "'"}
_SECTION = pattern(r"[ \t]*\[(?P<name>[^\]]+)\][ \t]*")
_DIRECTIVE = pattern(r"[ \t]*(?P<key>[A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(?P<value>.*?)[ \t]*", re.DOTALL)
_VALUE = pattern(r"""[ \t]*(?P<quoted>(?:(?:"(?:[^"\\]|\\.)*"|'[^']*')[ \t]*)*)(?P<rest>(?:[^\n\\]|\\.)*)""", re.DOTALL)
_NAMED = pattern(r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<blanks>[ \t]*)=")
_IN_DOUBLE = pattern(r'\\(["\\`$\n])')
_OUTSIDE = pattern(r"\\(.)", re.DOTALL)
_COMMENT = pattern(r"[ \t]*[#;](?P<rest>(?:[^\n\\]|\\.)*)", re.DOTALL)
_ENDS = pattern(r"\r\n|\n\r|[\r\n]")
_SHOWN_FILE = pattern(r"^# (?P<path>/\S.*)$", re.MULTILINE)
_SPECIFIER = pattern(r"%(.)", re.DOTALL)
_OF_SYSTEM = {
    "%": "%", "h": "/root", "u": "root", "U": "0", "g": "root", "G": "0", "s": "/bin/sh", "t": "/run", "S": "/var/lib", "C": "/var/cache",
    "L": "/var/log", "E": "/etc", "T": "/tmp", "V": "/var/tmp", "i": "", "I": "",
}  # fmt: skip
"""Specifiers of the system's manager, which runs as root."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a command or of a list."""
    if _WORD.sub("", text).strip(_BLANKS):
        return tuple(text.replace('"', " ").replace("'", " ").split())
    return tuple("".join(_plain(piece) for piece in _PIECE.findall(word)) for word in _WORD.findall(text))


def flags_in(value: str) -> tuple[str, ...]:
    """The words of a variable that holds flags; of another one, none."""
    words = words_of(value)
    return words if any(word.startswith("--") for word in words) else ()


def directives(text: str) -> Iterator[tuple[str, str]]:
    """What a unit or a drop-in says of its service, in order; what stands before any section counts, too."""
    counts = True
    for line in _lines(text):
        if section := _SECTION.fullmatch(line):
            counts = section["name"] == "Service"
        elif counts and (found := _DIRECTIVE.fullmatch(line)):
            yield found["key"], found["value"]


def environment_of(text: str, *, of_shell: bool = False) -> dict[str, str]:
    """The variables of an environment file. of_shell: a shell may read it, so that what it exports counts, too."""
    return _taken(_assignments(text), of_shell=of_shell)


def environment_of_older(text: str) -> dict[str, str]:
    """The same as an older systemd reads it, to which a comment goes on behind a backslash at its end."""
    return _taken(_assignments(text, comments_go_on=True), of_shell=False)


def _taken(found: Iterable[tuple[re.Match[str] | str, re.Match[str] | None]], *, of_shell: bool) -> dict[str, str]:
    return {
        named["name"]: _assigned(value["quoted"], value["rest"])
        for named, value in found
        if not isinstance(named, str) and value is not None and not named["blanks" if of_shell else "export"]
    }


def lines_beside(text: str) -> tuple[str, ...]:
    """The lines of a text that set no variable, without blanks around them, empty ones and comments."""
    lines = (line.strip() for line, _ in _assignments(text) if isinstance(line, str))
    return tuple(line for line in lines if line and not line.startswith("#"))


def _assignments(text: str, *, comments_go_on: bool = False) -> Iterator[tuple[re.Match[str] | str, re.Match[str] | None]]:
    """What sets a variable, with its value, and the lines in between."""
    at = 0
    while at < len(text):
        begun, named = at, _NAMED.match(text, at)
        value = None if named is None else _VALUE.match(text, named.end())
        comment = _COMMENT.match(text, at) if comments_go_on and value is None else None
        at = _next_line(text, at if value is None else value.end()) if comment is None else _next_line(text, comment.end())
        yield (text[begun:at] if named is None else named), value


def files_shown(text: str) -> tuple[tuple[str, str], ...]:
    """The files that ``systemctl cat`` prints, with their paths; none where this is no such text."""
    heads = [head for head in _SHOWN_FILE.finditer(text) if head["path"].rstrip().endswith((".service", ".conf"))]
    if not heads or text[: heads[0].start()].strip():
        return ()
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return tuple((head["path"].rstrip(), text[head.end() : end]) for head, end in zip(heads, ends, strict=True))


def specified(text: str, unit: str) -> str:
    """A text with its specifiers, of which some hang on the unit's name, replaced."""
    stem = unit.rpartition(".")[0] or unit
    known: Mapping[str, str] = {**_OF_SYSTEM, "n": unit, "N": stem, "p": stem}
    return _SPECIFIER.sub(lambda found: known.get(found[1], f"${found[0]}"), text)


def _lines(text: str) -> Iterator[str]:
    """The lines, continued ones joined by a blank, without comments."""
    begun = ""
    for line in _ENDS.split(text):
        if line.lstrip(_BLANKS).startswith(("#", ";")):
            continue
        if (len(line) - len(line.rstrip("\\"))) % 2:
            begun += f"{line[:-1]} "
            continue
        yield begun + line
        begun = ""
    if begun:
        yield begun


def _plain(piece: str) -> str:
    inside = piece[1:-1] if piece[0] in "\"'" else piece
    return _ESCAPED.sub(_unescaped, inside)


def _unescaped(found: re.Match[str]) -> str:
    for name, base in (("byte", 16), ("point", 16), ("octal", 8)):
        if found[name]:
            return chr(int(found[name], base))
    return _LETTERS.get(found["one"], found[0])


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _assigned(quoted: str, rest: str) -> str:
    """The value of a variable: quoted parts, and what is not quoted behind them."""
    told = []
    for piece in _PIECE.findall(quoted):
        if piece[0] == '"':
            told.append(_IN_DOUBLE.sub(_escaped, piece[1:-1]))
        elif piece[0] == "'":
            told.append(piece[1:-1])
    return "".join((*told, _OUTSIDE.sub(_escaped, rest.rstrip(_BLANKS))))


def _escaped(found: re.Match[str]) -> str:
    """What stands behind a backslash; an end of line goes with it."""
    return "" if found[1] == "\n" else found[1]
