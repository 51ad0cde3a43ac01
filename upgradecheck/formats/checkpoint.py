"""The checkpoint's bytes, both ways. Pure: files are upgradecheck.checkpoint's business.

    upgradecheck-checkpoint/1 sha256:<64 lower hex digits> len:<bytes of the body>
    {"format_version":"1.0","history":[...],...}

The body is one line of JSON, keys sorted, ASCII, no blanks, with a line feed at its end. The reader makes the first line anew from the
body and compares the bytes, so that everything is covered: the header's own letters, what follows the body, a key's case. (The kubelet's
own checkpoints sum Go types with fnv32a; a flipped bit in the key ``checksum`` switches the check off there.) ``tail -n +2 FILE |
sha256sum`` is the same sum. A body is accepted only as this program writes it: what decodes and encodes to other bytes is refused.
"""

from __future__ import annotations

import hashlib
import json
import re

import msgspec

from upgradecheck.contract.parts import FORMAT_VERSION
from upgradecheck.contract.v1.checkpoint import CheckpointJson, body_of
from upgradecheck.formats.checkpoint_shape import checkpoint_of
from upgradecheck.model.checkpoint import Checkpoint, NodeIdentity, Problem, ProblemKind
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

MAX_BYTES = 64 << 20
_FORMAT = 1
_HEADER = pattern(rb"upgradecheck-checkpoint/([1-9][0-9]{0,3}) sha256:([0-9a-f]{64}) len:([0-9]{1,10})\n")
_BODY_FORMAT = pattern(r"([1-9][0-9]{0,3})\.[0-9]{1,4}")

_AGAIN = 'Compare it with your copy, then write it again with "upgradecheck checkpoint restore" or "upgradecheck checkpoint seal".'
_NEWER = "Use an upgradecheck at least as new as the one that wrote it; it was left as it is."


class _Versioned(msgspec.Struct):
    format_version: str


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """The bytes of a checkpoint's file."""
    members = msgspec.to_builtins(body_of(checkpoint))
    body = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
    return _header(_FORMAT, body) + body


def read_checkpoint(data: bytes) -> Checkpoint | Problem:
    """The checkpoint that a file holds, or what is wrong with the file; never raises."""
    end = data.find(b"\n") + 1
    header = _HEADER.fullmatch(data[:end]) if len(data) <= MAX_BYTES else None
    if header is None:
        return _corrupt("is empty" if not data else "has no valid first line")
    body = data[end:]
    number = int(header[1])
    if data[:end] != _header(number, body):
        return _corrupt(_difference(header, body))
    if number != _FORMAT:
        return _other_format(number, body)
    return _decoded(data, body)


def lineage_of(node: NodeIdentity, first_version: str, first_start: int) -> str:
    """The descent of a file that begins with this start on this node: 32 hex digits, the same wherever it is made."""
    text = "\n".join((node.name, node.machine_id or "", node.system_uuid or "", first_version, str(first_start)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _header(number: int, body: bytes) -> bytes:
    return f"upgradecheck-checkpoint/{number} sha256:{hashlib.sha256(body).hexdigest()} len:{len(body)}\n".encode("ascii")


def _difference(header: re.Match[bytes], body: bytes) -> str:
    if int(header[3]) != len(body):
        return f"holds {len(body)} bytes after its first line, which says {int(header[3])}"
    return f"content hashes to {hashlib.sha256(body).hexdigest()[:12]}..., file says {header[2].decode()[:12]}..."


def _other_format(number: int, body: bytes) -> Problem:
    """A newer format says so in header and body, since the header's number is in no sum."""
    try:
        told = _BODY_FORMAT.fullmatch(msgspec.json.decode(body, type=_Versioned).format_version)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        told = None
    if told is None or int(told[1]) != number:
        return _corrupt(f"first line says format {number}, content does not")
    return _newer(f"is of format {number}, this program reads format {_FORMAT}")


def _decoded(data: bytes, body: bytes) -> Checkpoint | Problem:
    try:
        if msgspec.json.decode(body, type=_Versioned).format_version != FORMAT_VERSION:
            return _newer("is of another format version than this program reads")
        checkpoint = checkpoint_of(msgspec.json.decode(body, type=CheckpointJson))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _corrupt("has a right checksum over content that is no checkpoint")
    except SpecRefused as error:
        return _corrupt(f"has a right checksum over an impossible content ({error})")
    return checkpoint if encode_checkpoint(checkpoint) == data else _corrupt("is not written as this program writes it")


def _corrupt(found: str) -> Problem:
    return Problem(ProblemKind.CORRUPT, found, _AGAIN)


def _newer(found: str) -> Problem:
    return Problem(ProblemKind.NEWER_FORMAT, found, _NEWER)
