"""A kubelet's configuration in several files: that of --config, and the ``*.conf`` of its --config-dir (1.28 on, without ado from 1.30 on).

A kubelet lays the drop-ins over the file in the order of their paths (decode.kubelet.dropins). A drop-in names its kind as the file does,
so the ending of its name is all that tells it. One that is empty or names no kind ends every kubelet that reads drop-ins; that it is one,
only the directory tells in which it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from upgradecheck.decode.text.utf16 import head_as_utf8
from upgradecheck.entry import head_of
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Origin

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.config import Settings

_ENDING = ".conf"
_FOLDER = "kubelet.conf.d"
"""What the documentation of Kubernetes calls the directory, and so does whoever follows it."""
_KIND = b"KubeletConfiguration"
_HEAD = 1 << 16
_OBJECT = pattern(rb"(?:\s*(?:#.*|---)?\n)*\s*(?:\Z|#|---|\{|[\"']?[A-Za-z]+[\"']?:(?:\s|$))")
"""How what is empty or an object begins, behind comments."""


def is_hidden(file: Path) -> bool:
    """Whether an entry of a directory is passed over for its name. A kubelet reads drop-ins whose names begin with a dot, too."""
    return file.name.startswith(".") and not (file.suffix == _ENDING and file.parent.name == _FOLDER)


def is_drop_in(file: Path) -> bool:
    """Whether a file is a drop-in, by its name and how it begins."""
    if file.suffix != _ENDING:
        return False
    try:
        return _KIND in head_as_utf8(head_of(file, _HEAD))
    except OSError:
        return False


def is_kindless(file: Path) -> bool:
    """Whether a file is a drop-in that names no kind: in a directory that is called so, or that holds drop-ins and nothing else."""
    if file.suffix != _ENDING or is_drop_in(file):
        return False
    try:
        return file.is_file() and (file.parent.name == _FOLDER or _holds_drop_ins_alone(file.parent))
    except OSError:
        return False


def _holds_drop_ins_alone(folder: Path) -> bool:
    """Whether a directory has drop-ins, and beside them nothing but what is empty or an object."""
    files = [one for one in folder.iterdir() if not one.name.startswith(".")]
    return all(one.suffix == _ENDING and one.is_file() and _may_be_one(one) for one in files) and any(map(is_drop_in, files))


def _may_be_one(file: Path) -> bool:
    return _OBJECT.match(head_as_utf8(head_of(file, _HEAD))) is not None


def drop_ins_in(found: Sequence[tuple[Settings, Origin]]) -> tuple[str, ...]:
    """The files among them that are drop-ins."""
    return tuple(sorted({origin.source for _, origin in found if origin.source.endswith(_ENDING)}))


def laid_over(found: Sequence[tuple[Settings, Origin]]) -> tuple[tuple[KubeletConfig, Origin], ...]:
    """The configurations, drop-ins laid over the only one that is none; where there are several, nobody knows over which."""
    drop_ins = sorted((one for one in found if one[1].source.endswith(_ENDING)), key=lambda one: one[1].source.split("/"))
    mains = [one for one in found if not one[1].source.endswith(_ENDING)]
    if not drop_ins or len(mains) > 1:
        return tuple((settings.config(), origin) for settings, origin in found)
    from upgradecheck.decode.kubelet.dropins import FileSettings, as_drop_in

    main = mains[0] if mains else None
    files = FileSettings(None if main is None else main[0], tuple(as_drop_in(settings) for settings, _ in drop_ins))
    return ((files.config(), (main or drop_ins[0])[1]),)
