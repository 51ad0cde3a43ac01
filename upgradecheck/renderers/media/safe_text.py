"""Names from a cluster are hostile until encoded: here for terminals and logs.

A pod's name in a dump may hold escape sequences that repaint the screen, bidirectional marks that reorder what is read, or
zero-width characters that make two names look alike. All of them are made visible, as ``\\x1b``, ``\\u202e``, ``\\U000e0041``.
"""

from __future__ import annotations

_FILLERS = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)
_INVISIBLE = frozenset((*_FILLERS, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
"""Printable by category, yet blank on the screen: fillers, joiners, variation selectors, the empty braille pattern."""


def safe_text(text: str) -> str:
    """The text in one line with everything visible: controls, line breaks, format characters and odd spaces escaped."""
    return text if all_visible(text) else "".join(char if _is_visible(char) else _escape(char) for char in text)


def all_visible(text: str) -> bool:
    """Whether every character of it can be seen."""
    return text.isprintable() and (text.isascii() or all(map(_is_visible, text)))


def safe_lines(text: str) -> str:
    """The same for messages of several lines: line feeds stay, and the lines after the first are indented.

    The indent keeps a line feed in a name from starting what looks like a message of its own.
    """
    return "\n    ".join(safe_text(line.rstrip()) for line in text.rstrip().split("\n"))


def _is_visible(char: str) -> bool:
    return char.isprintable() and ord(char) not in _INVISIBLE


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
