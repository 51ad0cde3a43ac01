"""What this machine has of IDs for user namespaces, as its kubelet would see it; nothing is run for it, files are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from upgradecheck.decode.kubelet.subordinate import by_files, pod_mapping, ranges, user_id
from upgradecheck.entry import read_file
from upgradecheck.model.usernamespaces import TOOL, USER, PodMapping, SubordinateIDs

_LARGEST = 16 << 20
_LARGEST_MAPPING = 64 << 10
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where systemd looks for programs of a unit that says nothing of it."""
_NAME = "userns"


def subordinate_ids(root: Path, path: str | None = None) -> SubordinateIDs | None:
    """What is there below a root. path: the kubelet's PATH, None for the usual one.

    None where it cannot be told: files that may not be read, or sources beside the files.
    """
    try:
        number = user_id(_text(root / "etc/passwd"), USER)
        if number is None:
            others = _sources_of_users(root)
            return None if others else SubordinateIDs(user=False, place="/etc/passwd")
        if not _has_tool(root, path or _PATH):
            return SubordinateIDs(user=True, place="/etc/passwd")
        if not by_files(_text_or_none(root / "etc/nsswitch.conf")):
            return None
        users, groups = (ranges(_text_or_none(root / "etc" / name), USER, number) for name in ("subuid", "subgid"))
    except OSError:
        return None
    return SubordinateIDs(user=True, tool=True, users=users, groups=groups, place="/etc/subuid")


def _sources_of_users(root: Path) -> bool:
    """Whether users may come from elsewhere, such as a directory service."""
    for line in _text_or_none(root / "etc/nsswitch.conf").splitlines():
        database, _, sources = line.partition(":")
        if database.strip() == "passwd":
            return bool(set(sources.split("#")[0].split()) - {"files", "compat", "systemd"})
    return False


def _has_tool(root: Path, path: str) -> bool:
    return any((root / place.lstrip("/") / TOOL).is_file() for place in path.split(":") if place.startswith("/"))


def _text(path: Path) -> str:
    return read_file(path, _LARGEST).decode(errors="replace")


def _text_or_none(path: Path) -> str:
    """A file's text; nothing where it is not there."""
    try:
        return _text(path)
    except FileNotFoundError:
        return ""


def pod_mappings(directory: Path, shown: str) -> Iterator[PodMapping]:
    """The blocks of IDs of all pods in a kubelet's directory; one that cannot be read is left out. shown: how it is called."""
    with suppress(OSError):
        for pod in sorted((directory / "pods").iterdir()):
            with suppress(OSError):
                content = read_file(pod / _NAME, _LARGEST_MAPPING)
                yield pod_mapping(pod.name, f"{shown.rstrip('/')}/pods/{pod.name}/{_NAME}", content)
