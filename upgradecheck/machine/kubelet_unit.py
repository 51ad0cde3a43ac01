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
from upgradecheck.decode.kubelet.units import FOLDERS, Joined, UnitFile, VariablesFile, join, named_files, programs
from upgradecheck.entry import read_file

_UNIT = "kubelet.service"
_MOST = 1 << 20


def unit_programs(root: Path) -> tuple[str, ...]:
    """The programs, whole paths; none where there is no unit, it is masked, or not all can be read."""
    try:
        return tuple(word for word in programs(_read(root)) if word.startswith("/"))
    except OSError:
        return ()


def unit_command(root: Path) -> Joined | None:
    """The command line of the unit, as systemd joins it from these files; None where there is no unit, or not all can be read."""
    try:
        files = _read(root)
        if not any(one.is_main for one in files):
            return None
        return join(files, list(_environments(root, named_files(files, _UNIT))), _UNIT)
    except OSError:
        return None


def _read(root: Path) -> list[UnitFile]:
    """The files; a link to nothing is as empty as it looks."""
    return [UnitFile(place := f"/{file.relative_to(root)}", place, "" if _is_nothing(file) else _text(file)) for file in _files(root)]


def _is_nothing(file: Path) -> bool:
    return file.is_symlink() and Path(os.devnull) == file.readlink()


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
    units = (root / folder / _UNIT for folder in FOLDERS)
    yield from [unit for unit in units if os.path.isfile(unit) or _is_nothing(unit)][:1]  # noqa: PTH113 - never raises
    drop_ins: dict[str, Path] = {}
    for folder in FOLDERS:
        for file in _entries(root / folder / f"{_UNIT}.d"):
            drop_ins.setdefault(file.name, file)
    yield from (drop_ins[name] for name in sorted(drop_ins))


def _entries(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.name.endswith(".conf") and (os.path.isfile(file) or _is_nothing(file))]  # noqa: PTH113 - never raises
    except OSError:
        return []
