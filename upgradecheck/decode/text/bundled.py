"""How a node's bundle begins and ends as ``collect`` writes it: told at a glance, as a fleet has thousands. formats.bundle reads them."""

from __future__ import annotations

from upgradecheck.model.patterns import pattern

_KIND = b',"kind":"NodeBundle",'
_BEGINS = pattern(rb'\{"format_version":"[0-9.]{1,16}","kind":"NodeBundle",')
_ENDS = pattern(rb',"sha256":"[0-9a-f]{64}"\}\s*\Z')
_LONGEST_END = 256


def begins_one(head: bytes) -> bool:
    """Whether text begins as a bundle's does; what it is else is for read_bundle."""
    return _BEGINS.match(head) is not None


def is_one_alone(text: bytes) -> bool:
    """Whether text that begins so ends as a bundle does, and has no other one in it: one document, or nothing that anybody wrote."""
    return text.count(_KIND) == 1 and _ENDS.search(text, max(0, len(text) - _LONGEST_END)) is not None
