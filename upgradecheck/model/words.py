"""Words: closed lists whose members are told apart by what they are, and counted, looked up and compared all the time."""

from __future__ import annotations

from enum import Enum


class Word(Enum):
    """An Enum whose members are hashed as the objects that they are: Enum hashes their names, in Python, which takes ten times as long."""

    __hash__ = object.__hash__
