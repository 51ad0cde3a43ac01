"""One member, ``metadata.uid``, put into a manifest or taken out again; every other byte stays, and that is proved on what a kubelet reads.

It goes before the first member of the metadata that stands there: on a line of its own where that one has its own line, else between the
brace and it. Always quoted: a UID of digits with one ``e`` in it would be a number. Both texts are then read as the kubelet reads them,
and their trees compared: whatever an anchor, a key that is there twice, or something that nobody foresaw makes of the edit shows there.
"""

from __future__ import annotations

import hashlib

import msgspec

from upgradecheck.decisions.manifests.documents import pod_of_file
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.yaml.documents import is_json
from upgradecheck.hashing import jsontext
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_METADATA, _UID = b"metadata", b"uid"
_OURS = pattern(r"[0-9a-f]{32}")


class Edit(msgspec.Struct, frozen=True, gc=False):
    """A manifest's bytes after an edit, and what was put in, or taken out."""

    after: bytes
    piece: bytes


def uid_in(content: bytes) -> str | None:
    """What a manifest says its UID is, as the kubelet reads it; None where it says nothing, or null.

    Raises:
        SpecRefused: it cannot be read, or says it in more than one way.
    """
    members = _metadata(_tree(content))
    told = [value for key, value in members if jsontext.unquote(key).lower() == _UID]
    if len(told) > 1 or any(jsontext.unquote(key) != _UID for key, _ in members if jsontext.unquote(key).lower() == _UID):
        raise SpecRefused("has metadata.uid in more than one way")
    if not told or told[0] is None:
        return None
    text = jsontext.text(told[0])
    if text is None:
        raise SpecRefused("has a metadata.uid that is no text")
    return text.decode("utf-8", "replace")


def with_uid(content: bytes, uid: str) -> Edit:
    """The manifest with this UID, of a kubelet's making.

    Raises:
        SpecRefused: nobody can prove that nothing else would change; the reason is a clause about the file.
    """
    if not _OURS.fullmatch(uid):
        raise SpecRefused("runs with a UID that no kubelet made")
    if any(jsontext.unquote(key).lower() == _UID for key, _ in _metadata(_tree(content))):
        raise SpecRefused("has a metadata.uid already; take that line out first, if it is empty")
    begin, piece = guarded(lambda: (_into_json if is_json(content) else _into_yaml)(content, uid))
    edit = Edit(content[:begin] + piece + content[begin:], piece)
    _prove(content, edit.after, uid)
    return edit


def without_uid(content: bytes, uid: str, piece: bytes) -> Edit:
    """The manifest without what ``with_uid`` once put in, whatever else was edited since.

    Raises:
        SpecRefused: that does not stand there any more as it was written, or something else would change.
    """
    if uid_in(content) != uid:
        raise SpecRefused(f"does not say {uid} any more")
    begin = guarded(lambda: _place_in(content))
    if content[begin : begin + len(piece)] != piece:
        raise SpecRefused("has metadata.uid written otherwise than the pin wrote it; take that line out by hand")
    edit = Edit(content[:begin] + content[begin + len(piece) :], piece)
    _prove(edit.after, content, uid)
    return edit


def sum_of(content: bytes) -> str:
    """The SHA-256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def _into_json(content: bytes, uid: str) -> tuple[int, bytes]:
    metadata = _json_metadata(content)
    members = jsontext.places(content, metadata)
    if not members:
        raise SpecRefused("its metadata is empty")
    _, first, value = members[0]
    blanks = content[metadata + 1 : first]
    colon = b": " if content[:value].endswith((b" ", b"\t")) else b":"
    return first, b'"uid"%b"%b",%b' % (colon, uid.encode(), blanks)


def _into_yaml(content: bytes, uid: str) -> tuple[int, bytes]:
    from upgradecheck.decode.yaml.places import metadata_members

    first = metadata_members(content)[0]
    if first.lead is None:
        return first.begin, f'uid: "{uid}", '.encode()
    return first.begin, f'{first.lead}uid: "{uid}"{first.end}'.encode()


def _place_in(content: bytes) -> int:
    """Where the member begins that says the UID."""
    if is_json(content):
        return next(begin for key, begin, _ in jsontext.places(content, _json_metadata(content)) if key == _UID)
    from upgradecheck.decode.yaml.places import metadata_members

    found = [one.begin for one in metadata_members(content) if one.key == "uid"]
    if not found:
        raise SpecRefused("has metadata.uid from elsewhere in it; take that out by hand")
    return found[0]


def _json_metadata(content: bytes) -> int:
    """Where the value of the only metadata begins."""
    (place,) = (value for key, _, value in jsontext.places(content) if key == _METADATA)
    return place


def _prove(without: bytes, with_it: bytes, uid: str) -> None:
    """That the two are read alike, but for metadata.uid.

    Raises:
        SpecRefused: they are not.
    """
    before, after = _tree(without), _tree(with_it)
    members = _metadata(after)
    rest = tuple(one for one in members if jsontext.unquote(one[0]) != _UID)
    told = [jsontext.text(value) for key, value in members if jsontext.unquote(key) == _UID]
    changed = tuple((key, rest if jsontext.unquote(key) == _METADATA else value) for key, value in after)
    if told != [uid.encode()] or changed != before:
        raise SpecRefused("would be read otherwise in more than metadata.uid")


def _tree(content: bytes) -> tuple[tuple[str | jsontext.Text, Node], ...]:
    """What a kubelet reads of a file, with nothing lost."""
    tree = guarded(lambda: jsontext.parse(pod_of_file(content)))
    if not isinstance(tree, tuple):
        raise SpecRefused("is no object")
    return tree


def _metadata(tree: tuple[tuple[str | jsontext.Text, Node], ...]) -> tuple[tuple[str | jsontext.Text, Node], ...]:
    named = [(key, value) for key, value in tree if jsontext.unquote(key).lower() == _METADATA]
    if len(named) != 1 or jsontext.unquote(named[0][0]) != _METADATA or not isinstance(named[0][1], tuple):
        raise SpecRefused("has not exactly one metadata, which is an object")
    return named[0][1]
