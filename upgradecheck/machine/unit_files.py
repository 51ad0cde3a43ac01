"""The texts of a systemd unit and of its drop-ins, wherever they stand, as they are on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from upgradecheck.decode.kubelet.units import FOLDERS
from upgradecheck.entry import read_file

_MOST = 1 << 20
_NAMED = "EnvironmentFile="


def unit_texts(root: Path, unit: str) -> Iterator[tuple[str, str]]:
    """Place and text of each: the unit, its drop-ins, the environment files that they name. What cannot be read has none."""
    for folder in FOLDERS:
        for file in (root / folder / unit, *_drop_ins(root / folder / f"{unit}.d")):
            text = _text(file)
            if text is None:
                continue
            yield _place(root, file), text
            for line in text.splitlines():
                key, _, named = line.strip().partition(_NAMED)
                if not key and (named := named.lstrip("-").strip('"')).startswith("/"):
                    environment = root / named.lstrip("/")
                    if (told := _text(environment)) is not None:
                        yield _place(root, environment), told


def _drop_ins(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.name.endswith(".conf"))
    except OSError:
        return []


def _text(file: Path) -> str | None:
    """Nothing of what is no file: a pipe would be waited for."""
    if not os.path.isfile(file):  # noqa: PTH113 - never raises
        return None
    with suppress(OSError):
        return read_file(file, _MOST).decode(errors="replace")
    return None


def _place(root: Path, file: Path) -> str:
    return f"/{file.relative_to(root)}"
