"""Regular expressions that are compiled when they are first used.

Compiling every expression of every module that a command loads took a sixth of a small run, and most are for inputs that are not there.
"""

from __future__ import annotations

import re
from typing import Any, overload

_METHODS = ("fullmatch", "match", "search", "sub", "subn", "split", "findall", "finditer", "groupindex", "groups", "pattern", "flags")


class _Later:
    """Stands for an expression; what is asked of it is the compiled one's, which it compiles at the first question."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for each in _METHODS:
            setattr(self, each, getattr(compiled, each))
        return getattr(self, name)


@overload
def pattern(text: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def pattern(text: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def pattern(text: str | bytes, flags: int = 0) -> Any:
    """The expression, compiled when it is first used."""
    return _Later(text, flags)
