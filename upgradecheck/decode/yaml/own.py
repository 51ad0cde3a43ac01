"""Our own files in YAML or JSON, which a person writes: read more strictly than Go reads what is the kubelet's.

Go takes the last of two equal keys and the first of several documents without a word. In a file that says what a gate lets pass, either is
a mistake that nobody would see.
"""

from __future__ import annotations

import codecs
import json
from typing import Any

from upgradecheck.decode.text.utf16 import NEEDED, codec_of
from upgradecheck.decode.yaml.documents import is_json, split_documents, to_json
from upgradecheck.model.errors import SpecRefused

_NOTHING = b"null"


def own_json(document: bytes) -> bytes:
    """The one document of a file as JSON; ``null`` where there is none.

    Raises:
        SpecRefused: it is no YAML or JSON, has a key twice, or a second document.
    """
    document = _as_utf8(document)
    if is_json(document):
        _refuse_repeated(document)
        return document
    found = _NOTHING
    for one in split_documents((document,)):
        made = to_json(one.raw, unique=True)
        if made != _NOTHING and found != _NOTHING:
            raise SpecRefused(f"has a second document, at line {one.line}: write one")
        found = found if made == _NOTHING else made
    return found


def _as_utf8(document: bytes) -> bytes:
    """As editors of other systems save it, in UTF-16 or with a byte order mark."""
    codec = codec_of(document[:NEEDED])
    if codec is None:
        return document.removeprefix(codecs.BOM_UTF8)
    try:
        return document.decode(codec).removeprefix("\ufeff").encode()
    except UnicodeDecodeError:
        raise SpecRefused("is UTF-16, and is damaged or breaks off; save it as UTF-8") from None


def _refuse_repeated(document: bytes) -> None:
    def members(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise SpecRefused(f"has the key {next(name for name in names if names.count(name) > 1)!r} twice in one object")

    try:
        json.loads(document, object_pairs_hook=members)
    except (ValueError, RecursionError):
        return  # whoever reads it says what is wrong
