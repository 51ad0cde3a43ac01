"""Which files ``-f`` means: a file, a directory's JSON and YAML files in name order, or ``-`` for standard input.

As with kubectl, a directory is not entered deeper without ``-R``. Dot files are left out; symbolic links to files are
followed, those to directories are not, so that no tree is endless. What else lies in a directory is accounted for (beside.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from upgradecheck.decode.kubelet.arguments import gives_arguments, hands_on_arguments, shows_unit
from upgradecheck.decode.kubelet.statefiles import state_name
from upgradecheck.decode.text.utf16 import head_as_utf8
from upgradecheck.entry import head_of
from upgradecheck.model.patterns import pattern
from upgradecheck.sources.files.beside import GZIP, Beside
from upgradecheck.sources.files.drop_ins import is_drop_in, is_hidden, is_kindless

STDIN = "-"
_YAML = (".yaml", ".yml")
_SUFFIXES = frozenset({".json", ".ndjson", *_YAML})
_OF_ARGUMENTS = frozenset({".env", ".service", ".conf"})
_PRINTED = frozenset({".txt", ".out", ""})
_DROP_INS = frozenset(
    f"{unit}.service.d" for unit in ("kubelet", "k3s", "k3s-agent", "rke2-server", "rke2-agent", "k0sworker", "k0scontroller")
)
_CONFIG = pattern(r"(?:.*[-_.])?config\.yaml")
"""Of k3s or rke2, perhaps with a node's name before it."""
_UNIT = "kubelet.service"
_HEAD = 1 << 16
_WANTED = "Wanted dumps as kubectl -o json or crictl -o json print them"


class InputFile(msgspec.Struct, frozen=True, gc=False):
    """One file to read. directory is the one it was found in as the user named it, None if the file itself was named."""

    path: str
    directory: str | None = None

    @property
    def name(self) -> str:
        return "standard input" if self.path == STDIN else self.path


class Paths(msgspec.Struct):
    """What was found on the way: directories that hold nothing to read, with why; and what lies beside the files to read."""

    problems: list[tuple[str, str]] = msgspec.field(default_factory=list)
    beside: Beside = msgspec.field(default_factory=Beside)

    def expand(self, paths: Iterable[str], *, recursive: bool) -> Iterator[InputFile]:
        """The files that paths mean, in order; what is wrong with a path is noted, and the others go on."""
        seen_stdin = False
        for path in paths:
            if path == STDIN and seen_stdin:
                reason = "named twice with -f -, and it can be read once only. Name it once."
                self.problems.append(("standard input", reason))
            elif path == STDIN:
                seen_stdin = True
                yield InputFile(path)
            elif not _is_directory(Path(path)):
                yield InputFile(path)
            else:
                yield from self._directory(path, recursive=recursive)

    def _directory(self, path: str, *, recursive: bool) -> Iterator[InputFile]:
        told = len(self.problems)
        files = list(self._inputs_in(Path(path), path, recursive=recursive))
        if not files and len(self.problems) == told:
            hint = "" if recursive else " Its sub-directories are read only with -R."
            self.problems.append((path, f"holds no *.json or *.yaml file, so no pods. {_WANTED}.{hint}"))
        yield from (InputFile(str(file), path) for file in files)

    def _inputs_in(self, directory: Path, named: str, *, recursive: bool) -> Iterator[Path]:
        """The files of a directory, then with recursive those of its sub-directories."""
        try:
            entries = sorted(entry for entry in directory.iterdir() if not is_hidden(entry))
            below = [entry for entry in entries if entry.is_dir()]
            for entry in entries:
                if not entry.is_dir():
                    known = _is_input(entry.name) or state_name(entry.name) is not None
                    own = known or is_of_arguments(entry) or is_drop_in(entry) or is_kindless(entry)
                    if (entry.is_file() and own) or masks(entry):
                        yield entry
                    else:
                        self.beside.add(named, entry, is_input=_is_input(entry.name))
        except OSError as error:
            self.problems.append((str(directory), f"cannot be read ({error.strerror}). Check its permissions."))
            return
        if recursive:
            for entry in below:
                if entry.is_symlink():
                    self.beside.not_entered(named, entry)
                else:
                    yield from self._inputs_in(entry, named, recursive=True)
        else:
            for entry in below:
                self.beside.not_entered(named, entry)


def masks(file: Path) -> bool:
    """Whether it is a kubelet's unit, or a drop-in of one, that is a link to nothing, which for systemd hides its namesakes."""
    return file.is_symlink() and file.resolve() == Path(os.devnull) and (file.name == _UNIT or is_of_arguments(file))


def is_of_arguments(file: Path) -> bool:
    """Whether a file gives a kubelet its command line, by its name and how it begins: a unit, a drop-in or an environment file, or what
    ``systemctl cat`` prints of them; or what k3s and rke2 hand on to theirs.
    """
    around_it = _CONFIG.fullmatch(file.name) is not None or (file.suffix in _YAML and file.parent.name == "config.yaml.d")
    alone = file.name == "kubelet" or file.name.endswith("-kubelet")
    printed = file.suffix in _PRINTED and file.is_file()  # what a pipe gives, it gives once
    if not (around_it or alone or printed or file.suffix in _OF_ARGUMENTS):
        return False
    try:
        head = head_as_utf8(head_of(file, _HEAD))
    except OSError:
        return False
    if shows_unit(head):
        return True
    if printed and not alone:
        return False
    if (file.suffix == ".conf" and file.parent.name in _DROP_INS) or (file.name == _UNIT and not head):
        return True
    return hands_on_arguments(head) if around_it else gives_arguments(head, alone=alone)


def is_named_yaml(path: str) -> bool:
    """Whether a file's name says that it is YAML, perhaps compressed."""
    return path.removesuffix(GZIP).endswith(_YAML)


def _is_input(name: str) -> bool:
    return Path(name.removesuffix(GZIP)).suffix in _SUFFIXES


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
