"""Records out of ``crictl inspect`` and ``crictl inspectp``: the member ``status`` of what they print, and nothing else.

Beside status stands what the runtime says for debugging, ``info``: the environment with resolved secrets, commands, mounts. It is passed
over unread. With it goes the sandbox's ID of a container, which containerd and CRI-O tell nowhere else in this output.

status is the CRI message in protobuf's JSON with its times rewritten to RFC3339Nano in the host's zone (marshalContainerStatus in
cri-tools cmd/crictl/container.go). Up to crictl 1.30 each ID gives an object of its own, status first; later crictls sort the members
and put several objects into an array. Up to 1.30 also, an info that is no JSON was put between quotes as it was, so the document may
be no JSON behind its status; then the status alone is cut out, which is exact, since it comes first and was encoded properly.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from upgradecheck.decode.runtime import crictl
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import NO_SANDBOX, ContainerRecord, Origin, SandboxRecord

_AT = "status."
_STATUS_FIRST = pattern(rb'\{[ \t\r\n]*"status"[ \t\r\n]*:[ \t\r\n]*(?=\{)')
_TOKEN = pattern(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]"]', re.DOTALL)
_MAX_STATUS = 1 << 20
"""Bytes in which a status must end to be cut out; real ones have some thousand."""

_ADVICE = 'If it is of crictl inspect: crictl up to 1.30 may print no valid JSON; take "crictl ps -a -o json" instead'


class _Inspected(msgspec.Struct, gc=False):
    status: Raw = Raw()


_INSPECTED = msgspec.json.Decoder(_Inspected)


def inspected_container(raw: bytes, origin: Origin) -> ContainerRecord:
    """The container that ``crictl inspect`` shows; its sandbox is not told.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    container = typed(crictl.CONTAINER, inspected_status(raw), "status")
    return crictl.container_told(container, NO_SANDBOX, _created_at(container.created_at), origin, _AT)


def inspected_sandbox(raw: bytes, origin: Origin) -> SandboxRecord:
    """The sandbox that ``crictl inspectp`` shows, with what it says of its network.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    sandbox = typed(crictl.SANDBOX, inspected_status(raw), "status")
    told = crictl.sandbox_told(sandbox, _created_at(sandbox.created_at), origin, _AT)
    return replace(told, network=sandbox.network_told())


def inspected_status(raw: bytes) -> bytes:
    """The status of a document, exact bytes; of one that is no JSON behind its status, too.

    Raises:
        SpecRefused: no JSON, and no status at its beginning.
    """
    try:
        return bytes(typed(_INSPECTED, raw).status)
    except SpecRefused:
        if status := status_first(raw):
            return status
        raise


def status_first(raw: bytes) -> bytes:
    """The status with which a document begins, empty if it does not begin with a whole one."""
    begin = _STATUS_FIRST.match(raw)
    return raw[begin.end() : _end_of_object(raw[:_MAX_STATUS], begin.end())] if begin else b""


def _end_of_object(raw: bytes, begin: int) -> int:
    """The position behind the object that begins here, told by strings and brackets; begin itself if it has no end."""
    depth = 0
    for token in _TOKEN.finditer(raw, begin):
        text = token[0]
        if text in (b"{", b"["):
            depth += 1
        elif text in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                return token.end()
        elif text == b'"':
            break
    return begin


def advice(head: bytes) -> str:
    """What to do where a document that begins so has no end, if it looks like that of ``crictl inspect``; else empty."""
    return _ADVICE if _STATUS_FIRST.match(head) else ""


def _created_at(value: int | str | None) -> int:
    path = f"{_AT}createdAt"
    return nanoseconds(value, path) if isinstance(value, str) and ":" in value else crictl.number(value, path)
