"""The feature gates that somebody set on a running kubelet: its --feature-gates over its configuration file and drop-ins.

Mirrors the order of cmd/kubelet/app/server.go: the file of --config, then the *.conf of --config-dir in the order of their paths, then the
flag; each sets single gates. Paths are looked up in the kubelet's own root. If one of the files cannot be read, nobody knows: None.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from upgradecheck.decode.goyaml import to_json
from upgradecheck.model.errors import SpecRefused

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""As Go's strconv.ParseBool."""


class _Configuration(msgspec.Struct):
    gates: dict[str, bool] | None = msgspec.field(name="featureGates", default=None)


def feature_gates(command_line: Sequence[str], process: Path) -> dict[str, bool] | None:
    """The gates set; process is the kubelet's directory in /proc."""
    try:
        gates: dict[str, bool] = {}
        for file in _files(command_line, process):
            gates.update(_of_file(file))
        for text in values(command_line, "feature-gates"):
            gates.update(_of_flag(text))
    except (OSError, ValueError, SpecRefused, msgspec.MsgspecError):
        return None
    return gates


def values(command_line: Sequence[str], name: str) -> list[str]:
    """All values of a flag, in order; ``-name value`` and ``--name=value`` alike."""
    found = []
    for number, word in enumerate(command_line):
        key, equals, value = word.partition("=")
        if key in (f"--{name}", f"-{name}"):
            found.append(value if equals else next(iter(command_line[number + 1 : number + 2]), ""))
    return found


def _files(command_line: Sequence[str], process: Path) -> list[Path]:
    main = [_inside(process, path) for path in values(command_line, "config")[-1:]]
    folders = [_inside(process, path) for path in values(command_line, "config-dir")[-1:]]
    return [*main, *(file for folder in folders for file in sorted(folder.rglob("*.conf")))]


def _inside(process: Path, path: str) -> Path:
    """A path as the process sees it; a relative one counts from its working directory."""
    return process / "root" / path.lstrip("/") if path.startswith("/") else process / "cwd" / path


def _of_file(path: Path) -> dict[str, bool]:
    return msgspec.json.decode(to_json(path.read_bytes()), type=_Configuration).gates or {}


def _of_flag(text: str) -> dict[str, bool]:
    """``A=true,B=false``, as MapStringBool reads it."""
    gates: dict[str, bool] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if value.strip() not in _TRUE | _FALSE:
            raise ValueError(name)
        gates[name.strip()] = value.strip() in _TRUE
    return gates
