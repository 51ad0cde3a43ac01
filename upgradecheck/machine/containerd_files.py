"""The files of which a restart makes the containerd that runs: its program, its configuration, and what that takes in.

As LoadConfig of containerd's server/config has it: ``imports`` are paths or patterns, relative ones below the file that names them. 2.x has
those of ``/etc/containerd/conf.d`` by default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from upgradecheck.entry import read_file
from upgradecheck.machine.node import Machine
from upgradecheck.model.patterns import pattern

_USUAL = "/etc/containerd/config.toml"
_BY_DEFAULT = "/etc/containerd/conf.d/*.toml"
_MOST = 4 << 20
_IMPORTS = pattern(r"^[ \t]*imports[ \t]*=[ \t]*\[(?P<paths>[^\]]*)\]", re.MULTILINE)
_PATH = pattern(r"""["']([^"'\n]+)["']""")
GONE = " (deleted)"


def program_of(machine: Machine, pid: int) -> str | None:
    """The file that a process was started from; with GONE behind it where that file is another one by now. None where nobody can tell."""
    try:
        return str((machine.proc / str(pid) / "exe").readlink())
    except OSError:
        return None


def configuration_files(machine: Machine, words: Sequence[str]) -> Iterator[str]:
    """The configuration of a containerd with that command line, and what it takes in, as far as it can be read."""
    own = configuration_told(words) or _USUAL
    yield own
    try:
        text = read_file(machine.root / own.lstrip("/"), _MOST).decode(errors="replace")
    except OSError:
        text = ""
    named = [path for each in _IMPORTS.finditer(text) for path in _PATH.findall(each["paths"])]
    for one in (*named, _BY_DEFAULT):
        path = os.path.normpath(os.path.join(os.path.dirname(own), one))  # noqa: PTH118, PTH120 - text
        yield from sorted(f"/{found.relative_to(machine.root)}" for found in _matching(machine.root, path))


def _matching(root: Path, path: str) -> Iterator[Path]:
    try:
        yield from root.glob(path.lstrip("/"))
    except (OSError, ValueError, NotImplementedError, IndexError):  # no pattern, or not to be looked for
        return


def configuration_told(words: Sequence[str]) -> str | None:
    """The configuration that a command line names; None where it names none."""
    for number, word in enumerate(words):
        if word in ("-c", "--config", "-config"):
            return "".join(words[number + 1 : number + 2]) or None
        if word.startswith(("--config=", "-config=", "-c=")):
            return word.partition("=")[2]
    return None
