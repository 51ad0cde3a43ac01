"""What lies in a directory beside the files that are read: archives, other endings, and what is no file. None of it vanishes.

An archive may hold a dump, and so may ``pods.json.bak`` or ``pods`` without an ending: what begins like objects of Kubernetes, or is
packed, is missing until it is named or unpacked; so is a table of pods or containers as kubectl, crictl and docker print it, which somebody
took for evidence. Logs, other texts and kubeconfigs are only counted. A link that leads nowhere and a pipe are
missing if their names say that they are JSON or YAML: nobody knows what they were to hold.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from upgradecheck.entry import head_of
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Missing
from upgradecheck.model.wording import count

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
_OBJECTS = pattern(rb"""\s*[\[{]|.*^["']?(?:apiVersion|kind)["']?\s*:""", re.DOTALL | re.MULTILINE)
_SETTINGS = frozenset(
    {b"Config", b"KubeletConfiguration", b"ClusterConfiguration", b"InitConfiguration", b"JoinConfiguration", b"KubeProxyConfiguration"}
    | {b"AuditPolicy", b"Policy", b"EncryptionConfiguration", b"AdmissionConfiguration", b"KubeSchedulerConfiguration", b"ExecCredential"}
)
_PACKED = "is not unpacked, and may hold pods or records; unpack it"
_OTHER_ENDING = "looks like JSON or YAML, and its name does not end so; name it with -f itself, or take it away"
_TABLE = "is a table of what runs, and holds no specs and no hashes; take it again with -o json, or take it away"
_NO_FILE = "is no file that can be read; name what it was to hold, or take it away"


class Beside(msgspec.Struct):
    """What lies beside the files that are read, by the directory that the user named."""

    found: dict[tuple[str, str], list[str]] = msgspec.field(default_factory=dict)
    passed: dict[str, Counter[str]] = msgspec.field(default_factory=dict)
    folders: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, directory: str, entry: Path, *, is_input: bool) -> None:
        """Look at something that is not read. is_input: its name says that it should be."""
        reason = _NO_FILE if is_input else _why_missed(entry)
        if reason:
            self.found.setdefault((directory, reason), []).append(entry.name)
        else:
            self.passed.setdefault(directory, Counter())[entry.suffix or "no ending"] += 1

    def not_entered(self, directory: str, entry: Path) -> None:
        """A directory that is not read."""
        self.folders[directory] += 1

    def missing(self) -> Iterator[Missing]:
        """By directory and kind of trouble."""
        for (directory, reason), names in self.found.items():
            more = len(names) - _MOST_NAMED
            told = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
            yield Missing(f"{directory}: {told}", f"it {reason}" if len(names) == 1 else f"each {reason}")

    def notices(self) -> Iterator[str]:
        """By directory."""
        for directory, endings in self.passed.items():
            told = ", ".join(f"{ending} ({number})" for ending, number in endings.most_common(_MOST_NAMED))
            yield f"{directory}: passed over {count(endings.total(), 'file')} of other endings: {told}"
        for directory, number in self.folders.items():
            its = "its sub-directory was" if number == 1 else f"its {number} sub-directories were"
            yield f"{directory}: {its} not read; -R reads directories with all that is below them"


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
    if head.startswith(_PROTOBUF):
        return _OTHER_ENDING
    if _HEADER.match(head):
        return _TABLE
    kinds = set(_KIND.findall(head))
    return _OTHER_ENDING if _OBJECTS.match(head) and not (kinds and kinds <= _SETTINGS) else ""


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, _HEAD)
    except zlib.error:
        return b""
