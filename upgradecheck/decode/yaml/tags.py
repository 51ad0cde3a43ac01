"""Anchors, tags and directives out of the text, as go-yaml's scanner reads them (scannerc.go)."""

from __future__ import annotations

import re

from upgradecheck.decode.yaml.problem import Problem
from upgradecheck.decode.yaml.scalars import line_break
from upgradecheck.decode.yaml.tokens import BLANK_OR_END, BREAK_OR_END, BREAKS, Kind, Token

_NAME = re.compile(r"[0-9A-Za-z_-]+")
_HANDLE = re.compile(r"![0-9A-Za-z_-]*!?")
_URI = re.compile(r"(?:[0-9A-Za-z_\-;/?:@&=+$,.!~*'()\[\]]+|%[0-9a-fA-F]{2}){1,500}")
_BLANKS = re.compile(r"[ \t]*")
_REST = re.compile(f"[ \t]*(?:#[^{BREAK_OR_END}]*)?")
_VERSION = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?![0-9])")
_BEHIND_ANCHOR = BLANK_OR_END + "?:,]}%@`"
_ESCAPE = re.compile(r"((?:%[0-9a-fA-F]{2})+)")


def anchor_name(text: str, position: int) -> tuple[str, int]:
    """The name of the anchor or alias whose ``&`` or ``*`` stands here, and the position behind it."""
    match = _NAME.match(text, position + 1)
    if match is None or text[match.end()] not in _BEHIND_ANCHOR:
        raise Problem(position, "has an anchor or alias (& or *) that is no name; such a text must be quoted")
    return match[0], match.end()


def tag(text: str, position: int) -> tuple[str, str, int]:
    """Handle and suffix of the tag here, and the position behind it. The tags ``!<…>`` and ``!`` have no handle."""
    if text[position + 1] == "<":
        suffix, end = _uri(text, position + 2, "")
        if text[end] != ">":
            raise Problem(position, "has a tag without its closing >")
        handle, end = "", end + 1
    else:
        handle, end = _handle(text, position)
        if len(handle) > 1 and handle.endswith("!"):
            suffix, end = _uri(text, end, "")
        else:
            suffix, end = _uri(text, end, handle)
            handle, suffix = ("!", suffix) if suffix else ("", "!")
    if text[end] not in BLANK_OR_END:
        raise Problem(position, "has a tag with no blank behind it; a text that begins with ! must be quoted")
    return handle, suffix, end


def directive(text: str, position: int) -> tuple[Token, int]:
    """The directive whose ``%`` stands here, and the position of the next line."""
    name = _NAME.match(text, position + 1)
    if name is None or name[0] not in ("YAML", "TAG") or text[name.end()] not in BLANK_OR_END:
        raise Problem(position, "has an unknown directive; a text that begins with % must be quoted")
    start = _blanks(text, name.end())
    if name[0] == "YAML":
        version = _VERSION.match(text, start)
        if version is None:
            raise Problem(position, "has a %YAML directive without a version")
        token = Token(Kind.VERSION_DIRECTIVE, position, f"{int(version[1])}.{int(version[2])}")
        end = version.end()
    else:
        handle, prefix, end = _tag_directive(text, start)
        token = Token(Kind.TAG_DIRECTIVE, position, handle, prefix)
    end = _REST.match(text, end).end()  # type: ignore[union-attr]
    if text[end] not in BREAK_OR_END:
        raise Problem(position, "has a directive with something behind it that is no comment")
    return token, line_break(text, end)[1] if text[end] in BREAKS else end


def _tag_directive(text: str, position: int) -> tuple[str, str, int]:
    handle, end = _handle(text, position)
    if handle != "!" and not (len(handle) > 1 and handle.endswith("!")):
        raise Problem(position, "has a %TAG directive whose handle does not end with !")
    if text[end] not in " \t":
        raise Problem(position, "has a %TAG directive without a prefix")
    prefix, end = _uri(text, _blanks(text, end), "")
    if text[end] not in BLANK_OR_END:
        raise Problem(position, "has a %TAG directive whose prefix is no URI")
    return handle, prefix, end


def _handle(text: str, position: int) -> tuple[str, int]:
    match = _HANDLE.match(text, position)
    if match is None:
        raise Problem(position, "has a tag that does not begin with !")
    return match[0], match.end()


def _blanks(text: str, position: int) -> int:
    return _BLANKS.match(text, position).end()  # type: ignore[union-attr]


def _uri(text: str, position: int, head: str) -> tuple[str, int]:
    """The rest of a tag; head is what a supposed handle turned out to be the beginning of."""
    parts = [head[1:]]
    end = position
    while match := _URI.match(text, end):
        parts.append(match[0])
        end = match.end()
    if text[end] == "%":
        raise Problem(end, "has a tag with a % that is no escape")
    if not head and end == position:
        raise Problem(position, "has a tag without a name")
    uri = "".join(parts)
    return (_ESCAPE.sub(lambda escapes: _unescaped(escapes[0], position), uri) if "%" in uri else uri), end


def _unescaped(escapes: str, position: int) -> str:
    """Octets that spell characters. go-yaml checks only that each begins and goes on like UTF-8."""
    raw = bytes.fromhex(escapes.replace("%", ""))
    place = 0
    while place < len(raw):
        lead = raw[place]
        width = 1 if lead < 0x80 else 2 if 0xC0 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF8 else 0
        rest = raw[place + 1 : place + width]
        if not width or len(rest) != width - 1 or any(octet & 0xC0 != 0x80 for octet in rest):
            raise Problem(position, "has a tag with an escape that is no character")
        place += width
    return raw.decode("utf-8", "surrogateescape")
