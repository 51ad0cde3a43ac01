"""What somebody set on a running kubelet: its flags over its configuration file and drop-ins.

Mirrors the order of cmd/kubelet/app/server.go: the file of --config, then the *.conf of --config-dir in the order of their paths, then the
flags. Paths are looked up in the kubelet's own root. If one of the files cannot be read, nobody knows: None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.config import Settings, main_settings
from upgradecheck.decode.kubelet.dropins import KINDLESS, FileSettings, drop_in_settings
from upgradecheck.decode.kubelet.flags import flag_settings, last
from upgradecheck.decode.yaml.documents import to_json
from upgradecheck.entry import read_file
from upgradecheck.model.errors import SpecRefused


def running_settings(command_line: Sequence[str], process: Path) -> FileSettings | None:
    """The settings; process is the kubelet's directory in /proc."""
    return _settings(command_line, lambda path: inside(process, path))


def stopped_settings(command_line: Sequence[str], root: Path) -> FileSettings | None:
    """Those with which a kubelet would start that does not run; its files are looked up below a root."""
    return _settings(command_line, lambda path: root / path.lstrip("/"))


def _settings(command_line: Sequence[str], at: Callable[[str], Path]) -> FileSettings | None:
    try:
        main, drop_ins = _files(command_line, at)
        file = file_settings(main[0]) if main else None
        return FileSettings(file, tuple(map(_drop_in_settings, drop_ins)), flag_settings(command_line))
    except (OSError, ValueError, SpecRefused):
        return None


def refused_file(command_line: Sequence[str], process: Path | None, root: Path) -> str:
    """The first of its files that can be read and is none that a kubelet reads, as it was told it; empty where there is none.

    process: the kubelet's directory in /proc; None of one that does not run, whose files are looked up below root.
    """
    main, drop_ins = _files(command_line, lambda path: root / path.lstrip("/") if process is None else inside(process, path))
    for path, read in (*((one, file_settings) for one in main), *((one, _drop_in_settings) for one in drop_ins)):
        try:
            read(path)
        except OSError:
            continue
        except (ValueError, SpecRefused):
            return (last(command_line, "config") or "") if path in main else path.name
    return ""


def file_settings(path: Path) -> Settings:
    """What a KubeletConfiguration sets, in YAML or JSON; of one that names no kind also that it does not.

    Raises:
        OSError: it cannot be read.
        SpecRefused: it cannot be understood.
    """
    raw = read_file(path)
    return guarded(lambda: main_settings(to_json(raw)))


def _drop_in_settings(path: Path) -> Settings:
    """What a drop-in sets; of one that is empty or names no kind also that it does not."""
    document = guarded(lambda: to_json(read_file(path))).strip()
    return KINDLESS if document in (b"", b"null") else guarded(lambda: drop_in_settings(document))


def inside(process: Path, path: str) -> Path:
    """A path as the process sees it; a relative one counts from its working directory."""
    return process / "root" / path.lstrip("/") if path.startswith("/") else process / "cwd" / path


def _files(command_line: Sequence[str], at: Callable[[str], Path]) -> tuple[list[Path], list[Path]]:
    """The configuration, and the drop-ins over it."""
    main, folder = last(command_line, "config"), last(command_line, "config-dir")
    return [at(main)] if main else [], sorted(at(folder).rglob("*.conf")) if folder else []
