"""What a shell makes of a line that starts a kubelet (``sh -c 'exec kubelet $X'``), as far as that can be told without running it.

systemd has replaced its own ``${X}`` and made ``$`` of ``$$`` before a shell sees the line; what is left the shell expands, from the
variables that systemd gives it. Words between double quotes stay whole, others are split. What another program prints (``$(…)``), what a
file sets that is sourced, and what else is no plain expansion is not known: where a word begins with it, it may be any flag (``open``);
behind ``--name=`` it is the value of that flag alone (``values``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from upgradecheck.decode.kubelet.commands import Word, names_program
from upgradecheck.model.patterns import pattern

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_EXPANSION = (
    rf"\$(?P<plain>{_NAME})|\$\{{(?P<braced>{_NAME})(?::?-(?P<default>[^{{}}$`\"'\\]*))?\}}|\$[@*#?0-9]"
    r"|(?P<odd>\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\{[^}]*\})"
)
_TOKEN = pattern(
    r"(?P<blank>(?:[ \t]|\\\n)+)|(?P<redirect>[0-9]*(?:>>|>&|<&|>|<)[ \t]*[^\s;&|]*)|(?P<end>[;&|()\n]+)|(?P<single>'[^']*')"
    rf"|(?P<double>\"(?:[^\"\\]|\\.)*\")|\\(?P<escaped>.)|(?P<expansion>{_EXPANSION})|(?P<text>[^ \t\n;&|()<>'\"\\$`]+|.)",
    re.DOTALL,
)
_EXPANDED = pattern(rf"\\(?P<escaped>[\"\\`$])|{_EXPANSION}", re.DOTALL)
_ASSIGNED = pattern(rf"(?P<name>{_NAME})=(?P<value>.*)", re.DOTALL)
_VALUE_OF = pattern(r"--?[A-Za-z][^=\s]*=.*", re.DOTALL)
_MAY_SET = frozenset(
    {".", "source", "eval", "read", "set", "unset", "declare", "typeset", "local", "readonly", "getopts", "mapfile", "readarray", "let"}
    | {"if", "then", "else", "elif", "for", "while", "until", "do", "case", "{", "shift"}
)
"""What changes variables of the shell itself, perhaps; programs cannot."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """The words of the command in it that starts a kubelet, or all; unset: variables that nobody sets; open, values: what is not known."""

    words: tuple[Word, ...]
    unset: tuple[str, ...]
    open: tuple[str, ...]
    values: tuple[str, ...]


def line_of(text: str, variables: Mapping[str, Word], place: str) -> Line:
    """A line as a shell reads it. place: of the file that it stands in."""
    shell = _Shell(dict(variables), place)
    for token in _TOKEN.finditer(text):
        shell.take(token)
    shell.ends("")
    found = next((one for one in shell.commands if any(names_program(word.text) for word in one.words)), None)
    if found is None:
        every = tuple(word for one in shell.commands for word in one.words)
        return Line(every, *(tuple(name for one in shell.commands for name in names(one)) for names in (_unset, _open, _values)))
    return Line(tuple(found.words), tuple(found.unset), tuple(found.open), tuple(found.values))


class _Command(msgspec.Struct):
    words: list[Word] = msgspec.field(default_factory=list)
    unset: list[str] = msgspec.field(default_factory=list)
    open: list[str] = msgspec.field(default_factory=list)
    values: list[str] = msgspec.field(default_factory=list)


def _unset(one: _Command) -> list[str]:
    return one.unset


def _open(one: _Command) -> list[str]:
    return one.open


def _values(one: _Command) -> list[str]:
    return one.values


class _Shell:
    """A shell on its way through a line. sure: no command before may have set other variables."""

    def __init__(self, variables: dict[str, Word], place: str) -> None:
        self.commands = [_Command()]
        self._variables, self._place = variables, place
        self._word: Word | None = None
        self._sure = True

    def take(self, token: re.Match[str]) -> None:
        if token["blank"] is not None:
            self._word_ends()
        elif token["end"] is not None:
            self.ends(token["end"])
        elif token["single"] is not None:
            self._more(token["single"][1:-1])
        elif token["double"] is not None and token["double"] != '"$@"':
            self._more(_EXPANDED.sub(lambda found: found["escaped"] or self._expanded(found).text, token["double"][1:-1]))
        elif token["expansion"] is not None:
            self._split(self._expanded(token))
        elif token["redirect"] is None and token["double"] is None:
            self._more(token["escaped"] or token["text"] or "")

    def ends(self, by: str) -> None:
        """A command ends; what it sets counts for the next ones."""
        self._word_ends()
        words = [word.text for word in self.commands[-1].words]
        assigned = [one for word in words[words[:1] == ["export"] :] if (one := _ASSIGNED.fullmatch(word)) is not None]
        if assigned and len(assigned) == len(words) - (words[:1] == ["export"]):
            self._variables |= {one["name"]: Word(one["value"], self._place) for one in assigned}
            self._sure = self._sure and set(by) <= {";", "\n"}
        self._sure = self._sure and not _MAY_SET & set(words[:1])
        self.commands += [_Command()] if words else []

    def _expanded(self, found: re.Match[str]) -> Word:
        """What an expansion stands for; it is noted where that is not known."""
        name = found["plain"] or found["braced"]
        if name is None and found["odd"] is None:  # what stands behind the line comes behind it
            return Word("", self._place)
        known = self._variables.get(name) if name is not None else None
        if found["odd"] is not None or not self._sure:
            is_value = self._word is not None and _VALUE_OF.fullmatch(self._word.text) is not None
            (self.commands[-1].values if is_value else self.commands[-1].open).append(f"${name}" if name else found["odd"])
        elif known is None and not found["default"]:
            self.commands[-1].unset.append(name)
        if known is None or (found["default"] is not None and not known.text):
            return Word(found["default"] or "", self._place)
        return known

    def _split(self, value: Word) -> None:
        """A value that is not quoted: its words, of which the first and the last may be parts of greater ones."""
        parts = re.split(r"[ \t\n]+", value.text)
        for number, part in enumerate(parts):
            if number:
                self._word_ends()
            if part:
                self._more(part, value.place)

    def _more(self, text: str, place: str = "") -> None:
        begun = self._word
        self._word = Word((begun.text if begun else "") + text, begun.place if begun else place or self._place)

    def _word_ends(self) -> None:
        if self._word is not None:
            self.commands[-1].words.append(self._word)
        self._word = None
