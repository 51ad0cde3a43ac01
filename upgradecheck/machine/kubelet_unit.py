"""What the systemd unit kubelet.service starts, as its files say: the unit of the first folder, then its drop-ins by name; which programs,
and with which command line, environment files included.

Mirrors systemd.unit(5) as far as ExecStart goes: an empty one takes back those before it, and a drop-in of /etc hides one of the
same name elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from upgradecheck.decode.kubelet.systemd import environment_of
from upgradecheck.decode.kubelet.units import FOLDERS, Joined, UnitFile, VariablesFile, join, named_files
from upgradecheck.entry import read_file

_UNIT = "kubelet.service"
_MOST = 1 << 20
_PREFIXES = "@-:+!|"


def unit_programs(root: Path) -> tuple[str, ...]:
    """The programs, whole paths; none where there is no unit or it cannot be read."""
    found: list[str] = []
    for file in _files(root):
        for command in _commands(file):
            found = [*found, command] if command else []
    words = (command.lstrip(_PREFIXES).split()[:1] for command in found)
    return tuple(word[0].strip('"') for word in words if word and word[0].strip('"').startswith("/"))


def unit_command(root: Path) -> Joined | None:
    """The command line of the unit, as systemd joins it from these files; None where there is no unit, or not all can be read."""
    try:
        files = [UnitFile(place := f"/{file.relative_to(root)}", place, _text(file)) for file in _files(root)]
        if not any(one.is_main for one in files):
            return None
        return join(files, list(_environments(root, named_files(files, _UNIT))), _UNIT)
    except OSError:
        return None


def _environments(root: Path, paths: Sequence[str]) -> Iterator[VariablesFile]:
    """The files that a unit names; one that is not there sets nothing."""
    for path in paths:
        found = sorted(root.glob(path.lstrip("/"))) if "*" in path else [root / path.lstrip("/")]
        for file in found:
            place = f"/{file.relative_to(root)}"
            yield VariablesFile(place, place, environment_of(_text(file)) if os.path.isfile(file) else {})  # noqa: PTH113 - never raises


def _text(file: Path) -> str:
    return read_file(file, _MOST).decode(errors="replace").replace("\r\n", "\n")


def _files(root: Path) -> Iterator[Path]:
    yield from [unit for unit in (root / folder / _UNIT for folder in FOLDERS) if os.path.isfile(unit)][:1]  # noqa: PTH113 - never raises
    drop_ins: dict[str, Path] = {}
    for folder in FOLDERS:
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
