"""Kubelet starts out of a node's journal or the kubelet's own log.

Each kubelet logs its version once, right after its start: ``Version: v1.19.16`` up to 1.20, ``"Kubelet version" kubeletVersion="v1.22.17"``
from then on (cmd/kubelet/app/server.go). The journal's own time is taken, with its zone: ``journalctl -u kubelet -o short-iso`` (or
short-iso-precise, json, short-unix). A line of the log alone has neither year nor zone (klog's ``I0110 08:00:00.123456``), nor has
``-o short``: both are refused rather than guessed.
"""

from __future__ import annotations

import re

import msgspec

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.checkpoint import KubeletStart
from upgradecheck.model.errors import InvalidVersion, SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.times import SECOND, is_told

_KLOG = r"[IWEF](?P<klog>[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})\s+(?P<pid>[0-9]+) \S+\] "
_TOLD = pattern(
    _KLOG + r'(?:Version: (?P<old>v[0-9]\S*)|"?Kubelet version"? kubeletVersion="(?P<new>v[^"]+)")\s*$',
    re.ASCII,
)
_ISO = pattern(r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,]+(?:Z|[+-][0-9]{2}:?[0-9]{2})) ", re.ASCII)
_UNIX = pattern(r"(?P<seconds>[0-9]{9,11})\.(?P<micro>[0-9]{6}) ", re.ASCII)
_UNCERTAIN = 1


class _Entry(msgspec.Struct):
    message: str | list[int] | None = msgspec.field(name="MESSAGE", default=None)
    time: str = msgspec.field(name="__REALTIME_TIMESTAMP", default="")
    boot_id: str | None = msgspec.field(name="_BOOT_ID", default=None)


_DECODER = msgspec.json.Decoder(_Entry)


class _Line(msgspec.Struct, frozen=True, gc=False):
    message: str
    time: int | None
    boot_id: str | None = None


def is_kubelet_log(head: str) -> bool:
    """Whether a text that begins so is a journal or a log of klog's form."""
    first = next((line for line in head.splitlines() if line.strip() and not line.startswith("-- ")), "")
    return bool(_ISO.match(first) or _UNIX.match(first) or re.match(_KLOG, first) or '"__REALTIME_TIMESTAMP"' in first) or bool(
        re.match(r"[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ", first)
    )


def read_kubelet_log(text: str) -> tuple[KubeletStart, ...]:
    """The starts that a journal tells of, in its order.

    Raises:
        SpecRefused: it tells of none, or of times without year and zone.
    """
    starts: list[KubeletStart] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        if "ersion" not in raw and not raw.startswith("{"):
            continue
        line = _line(raw, number)
        match = _TOLD.search(line.message)
        if match is not None:
            starts.append(_start(match["old"] or match["new"], line, number))
    if not starts:
        raise SpecRefused("expected lines in which a kubelet tells its version, found none")
    return tuple(starts)


def _start(version: str, line: _Line, number: int) -> KubeletStart:
    if line.time is None:
        raise SpecRefused("has a time without year and zone; take the journal with -o short-iso or -o json", f"line {number}")
    if not is_told(line.time):
        raise SpecRefused("has a time before 1970 or after 9999", f"line {number}")
    try:
        known = parse_kubelet_version(version)
    except InvalidVersion as error:
        raise SpecRefused("tells a version that is none", f"line {number}") from error
    return KubeletStart(known, line.time, uncertainty=_UNCERTAIN, boot_id=line.boot_id)


def _line(raw: str, number: int) -> _Line:
    if raw.startswith("{"):
        return _json_line(raw, number)
    if iso := _ISO.match(raw):
        return _Line(raw[iso.end() :], nanoseconds(iso["time"].replace(",", "."), f"line {number}"))
    if unix := _UNIX.match(raw):
        return _Line(raw[unix.end() :], int(unix["seconds"]) * SECOND + int(unix["micro"]) * 1000)
    return _Line(raw, None)


def _json_line(raw: str, number: int) -> _Line:
    """``-o json``: an object a line; a message that is no text comes as an array of bytes."""
    try:
        entry = _DECODER.decode(raw.encode("utf-8", "replace"))
        time = int(entry.time) * 1000
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise SpecRefused("is no entry of journalctl -o json", f"line {number}") from error
    message = entry.message
    if isinstance(message, list):
        message = bytes(byte & 255 for byte in message).decode("utf-8", "replace")
    return _Line(message or "", time, _dashed(entry.boot_id))


def _dashed(boot_id: str | None) -> str | None:
    """The boot ID as the kernel and status.nodeInfo write it; the journal leaves the dashes out."""
    if boot_id is None or not re.fullmatch(r"[0-9a-f]{32}", boot_id):
        return boot_id
    return "-".join((boot_id[:8], boot_id[8:12], boot_id[12:16], boot_id[16:20], boot_id[20:]))
