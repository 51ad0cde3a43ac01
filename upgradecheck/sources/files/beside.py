"""What lies in a directory beside the files that are read: archives, other endings, and what is no file. None of it vanishes.

An archive may hold a dump, and so may ``pods.json.bak`` or ``pods`` without an ending: what begins like objects of Kubernetes, or is
packed, is missing until it is named or unpacked; so is a table of pods or containers as kubectl, crictl and docker print it, which somebody
took for evidence. Logs, other texts and kubeconfigs are only counted. A link that leads nowhere and a pipe are
missing if their names say that they are JSON or YAML: nobody knows what they were to hold.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from upgradecheck.decode.text.notjson import DESCRIBED
from upgradecheck.decode.text.utf16 import head_as_utf8
from upgradecheck.entry import head_of
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Missing
from upgradecheck.model.wording import count, form

GZIP = ".gz"
_HEAD = 4096
_MOST_NAMED = 5
_ARCHIVES = frozenset(
    {".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".zip", ".7z", ".rar", ".zst", ".xz", ".bz2", ".lz4", ".cpio", ".rpm", ".deb"}
)
_MAGIC = (b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh", b"7z\xbc\xaf\x27\x1c", b"\x04\x22\x4d\x18")
_GZIP_MAGIC = b"\x1f\x8b"
_TAR, _TAR_AT = b"ustar", 257
_PROTOBUF = b"k8s\0"
_KIND = pattern(rb"""(?:^|[{,]\s*)["']?kind["']?\s*:\s*["']?([A-Za-z]+)""", re.MULTILINE)
_HEADER = pattern(rb"\s*(?:(?:NAMESPACE\s+)?NAME\s+READY\s+STATUS\s|CONTAINER(?: ID)?\s+IMAGE\s|POD ID\s+CREATED\s)")
_DESCRIBED = pattern(DESCRIBED)
_OBJECTS = pattern(rb"""\s*[\[{]|.*^["']?(?:apiVersion|kind)["']?\s*:""", re.DOTALL | re.MULTILINE)
_SETTINGS = frozenset(
    {b"Config", b"KubeletConfiguration", b"ClusterConfiguration", b"InitConfiguration", b"JoinConfiguration", b"KubeProxyConfiguration"}
    | {b"AuditPolicy", b"Policy", b"EncryptionConfiguration", b"AdmissionConfiguration", b"KubeSchedulerConfiguration", b"ExecCredential"}
)
_PACKED = "is not unpacked, and may hold pods or records; unpack it"
_OTHER_ENDING = "looks like JSON or YAML, and its name does not end so; name it with -f itself, or take it away"
_TABLE = "is a table of what runs, and holds no specs and no hashes; take it again with -o json, or take it away"
_FOR_PEOPLE = "is what kubectl describe prints, and holds no whole specs; take it again with kubectl get -o json, or take it away"
_NO_FILE = "is no file that can be read; name what it was to hold, or take it away"


class Beside(msgspec.Struct):
    """What lies beside the files that are read, by the directory that the user named."""

    found: dict[tuple[str, str], list[str]] = msgspec.field(default_factory=dict)
    passed: dict[str, list[str]] = msgspec.field(default_factory=dict)
    folders: dict[str, list[str]] = msgspec.field(default_factory=dict)

    def add(self, directory: str, entry: Path, *, is_input: bool) -> None:
        """Look at something that is not read. is_input: its name says that it should be."""
        reason = _NO_FILE if is_input else _why_missed(entry)
        if reason:
            self.found.setdefault((directory, reason), []).append(entry.name)
        else:
            self.passed.setdefault(directory, []).append(entry.name)

    def not_entered(self, directory: str, entry: Path) -> None:
        """A directory that is not read."""
        self.folders.setdefault(directory, []).append(entry.name)

    def missing(self) -> Iterator[Missing]:
        """By directory and kind of trouble."""
        for (directory, reason), names in self.found.items():
            yield Missing(f"{directory}: {_named(names)}", f"it {reason}" if len(names) == 1 else f"each {reason}")

    def notices(self) -> Iterator[str]:
        """By directory."""
        for directory, names in self.passed.items():
            yield f"{directory}: passed over {count(len(names), 'file')} of other endings: {_named(names)}"
        for directory, names in self.folders.items():
            its = form(len(names), "sub-directory", "sub-directories")
            yield f"{directory}: its {its} {_named(names)} {form(len(names), 'was', 'were')} not read; -R reads all that is below"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _why_missed(entry: Path) -> str:
    """Why a file of another ending is missed; empty where it can hold nothing that is wanted."""
    try:
        head = head_of(entry, _HEAD)
    except OSError:
        return ""
    if entry.suffix in _ARCHIVES or head.startswith(_MAGIC) or head[_TAR_AT:].startswith(_TAR):
        return _PACKED
    if head.startswith(_GZIP_MAGIC):
        head = _unpacked(head)
        if head[_TAR_AT:].startswith(_TAR):
            return _PACKED
    head = head_as_utf8(head)
    if head.startswith(_PROTOBUF):
        return _OTHER_ENDING
    if _HEADER.match(head):
        return _TABLE
    if _DESCRIBED.match(head):
        return _FOR_PEOPLE
    kinds = set(_KIND.findall(head))
    return _OTHER_ENDING if _OBJECTS.match(head) and not (kinds and kinds <= _SETTINGS) else ""


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, _HEAD)
    except zlib.error:
        return b""
