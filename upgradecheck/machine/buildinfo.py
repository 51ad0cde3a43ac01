"""Which Kubernetes is inside a Go program, as its linker wrote it down: for kubelets that are a part of another program.

kubelite, edgecore and microshift tell versions of their own, and not which kubelet they hold. Every Go program since 1.18 holds the
modules that it was built of, as ``go version -m`` prints them (debug/buildinfo, runtime/debug.ReadBuildInfo): a section of 16-byte
aligned data that begins with a magic, then its flags, then at byte 32 two strings, each behind its length: the Go version and the
modules. What was set at the link (``-X …version.gitVersion=``) is what the kubelet reports, and goes before the module's version; where
Kubernetes is replaced by a vendor's, that one's version counts.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import KubeletVersion

_MAGIC = b"\xff Go buildinf:"
_ALIGNED, _HEAD, _FLAGS = 16, 32, 15
_INLINE = 2
"""Among the flags: the strings follow; before Go 1.18 they stand elsewhere."""
_MOST = 1 << 20
_PLACES = 16
"""So many magics are looked at: a program has one, and perhaps its own code that looks for it."""
_FRAME = 16
"""Bytes before and after the modules, by which a program finds them in itself."""
_LINKED = pattern(r"-X[ =]['\"]?k8s\.io/component-base/version\.gitVersion=(?P<version>v[0-9][^\s'\"]*)")
_MODULE = "k8s.io/kubernetes"


def embedded_version(program: Path) -> KubeletVersion | None:
    """The Kubernetes that a program was built of, None where it does not tell.

    Raises:
        OSError: the program cannot be read.
    """
    for modules in _modules(program):
        for text in (*_linked(modules), *_required(modules)):
            try:
                return parse_kubelet_version(text)
            except InvalidVersion:
                continue
    return None


def _modules(program: Path) -> Iterator[str]:
    """What the linker has written of modules; the magic may stand in a program as a mere string, too."""
    with program.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return
        with data:
            place, tried = data.find(_MAGIC), 0
            while place >= 0 and tried < _PLACES:
                tried += 1
                if place % _ALIGNED == 0 and len(data) > place + _HEAD and data[place + _FLAGS] & _INLINE:
                    _, after = _string(data, place + _HEAD)
                    told, _ = _string(data, after)
                    yield told[_FRAME:-_FRAME].decode("utf-8", "replace")
                place = data.find(_MAGIC, place + 1)


def _string(data: mmap.mmap, place: int) -> tuple[bytes, int]:
    """A string behind its length (a varint), and where it ends; empty where it is not all there, or out of all reason."""
    length = shift = 0
    while place < len(data) and shift < 63:
        byte = data[place]
        length, place, shift = length | (byte & 0x7F) << shift, place + 1, shift + 7
        if byte < 0x80:
            break
    whole = length <= _MOST and place + length <= len(data)
    return (data[place : place + length], place + length) if whole else (b"", place)


def _linked(modules: str) -> Iterator[str]:
    for line in modules.splitlines():
        if line.startswith("build\t-ldflags="):
            yield from (one["version"] for one in [*_LINKED.finditer(line)][::-1])  # the last one counts for the linker


def _required(modules: str) -> Iterator[str]:
    """The version of Kubernetes among the modules, or of what it is replaced by."""
    lines = [line.split("\t") for line in modules.splitlines()]
    for number, words in enumerate(lines):
        if words[0] in ("mod", "dep") and words[1:2] == [_MODULE] and len(words) > 2:
            after = lines[number + 1] if number + 1 < len(lines) else []
            yield after[2] if after[0:1] == ["=>"] and len(after) > 2 else words[2]
