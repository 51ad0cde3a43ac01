"""Which program the systemd unit kubelet.service starts, as its files say: the unit of the first folder, then its drop-ins by name.

Mirrors systemd.unit(5) as far as ExecStart goes: an empty one takes back those before it, and a drop-in of /etc hides one of the
same name elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_FOLDERS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_UNIT = "kubelet.service"
_PREFIXES = "@-:+!|"


def unit_programs(root: Path) -> tuple[str, ...]:
    """The programs, whole paths; none where there is no unit or it cannot be read."""
    found: list[str] = []
    for file in _files(root):
        for command in _commands(file):
            found = [*found, command] if command else []
    words = (command.lstrip(_PREFIXES).split()[:1] for command in found)
    return tuple(word[0].strip('"') for word in words if word and word[0].strip('"').startswith("/"))


def _files(root: Path) -> Iterator[Path]:
    yield from [unit for unit in (root / folder / _UNIT for folder in _FOLDERS) if os.path.isfile(unit)][:1]  # noqa: PTH113 - never raises
    drop_ins: dict[str, Path] = {}
    for folder in _FOLDERS:
        for file in _entries(root / folder / f"{_UNIT}.d"):
            drop_ins.setdefault(file.name, file)
    yield from (drop_ins[name] for name in sorted(drop_ins))


def _entries(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.name.endswith(".conf")]
    except OSError:
        return []


def _commands(file: Path) -> Iterator[str]:
    """The values of ExecStart, in order; continued lines are joined."""
    try:
        text = file.read_text("utf-8", "replace").replace("\\\n", " ")
    except OSError:
        return
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and key.strip() == "ExecStart":
            yield value.strip()
