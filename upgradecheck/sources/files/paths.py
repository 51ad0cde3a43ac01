"""Which files ``-f`` means: a file, a directory's JSON and YAML files in name order, or ``-`` for standard input.

As with kubectl, a directory is not entered deeper without ``-R``. Dot files are left out; symbolic links to files are
followed, those to directories are not, so that no tree is endless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

STDIN = "-"
_YAML = (".yaml", ".yml")
_SUFFIXES = frozenset({".json", ".ndjson", *_YAML})
_GZIP = ".gz"
_WANTED = "Wanted dumps as kubectl -o json or crictl -o json print them"


class InputFile(msgspec.Struct, frozen=True, gc=False):
    """One file to read. directory is the one it was found in as the user named it, None if the file itself was named."""

    path: str
    directory: str | None = None

    @property
    def name(self) -> str:
        return "standard input" if self.path == STDIN else self.path


def is_named_yaml(path: str) -> bool:
    """Whether a file's name says that it is YAML, perhaps compressed."""
    return path.removesuffix(_GZIP).endswith(_YAML)


def expand(paths: Iterable[str], problems: list[str], *, recursive: bool) -> Iterator[InputFile]:
    """The files that paths mean, in order; what is wrong with a path is added to problems, and the others go on."""
    seen_stdin = False
    for path in paths:
        if path == STDIN and seen_stdin:
            problems.append("standard input: named twice with -f -, and it can be read once only. Name it once.")
        elif path == STDIN:
            seen_stdin = True
            yield InputFile(path)
        elif not _is_directory(Path(path)):
            yield InputFile(path)
        else:
            yield from _directory(path, problems, recursive=recursive)


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _directory(path: str, problems: list[str], *, recursive: bool) -> Iterator[InputFile]:
    failures: list[str] = []
    files = list(_inputs_in(Path(path), failures, recursive=recursive))
    problems += failures
    if not files and not failures:
        hint = "" if recursive else " Its sub-directories are read only with -R."
        problems.append(f"{path}: holds no *.json or *.yaml file, so no pods. {_WANTED}.{hint}")
    yield from (InputFile(str(file), path) for file in files)


def _inputs_in(directory: Path, failures: list[str], *, recursive: bool) -> Iterator[Path]:
    """The files of a directory, then with recursive those of its sub-directories."""
    try:
        entries = sorted(entry for entry in directory.iterdir() if not entry.name.startswith("."))
        yield from (entry for entry in entries if Path(entry.name.removesuffix(_GZIP)).suffix in _SUFFIXES and entry.is_file())
    except OSError as error:
        failures.append(f"{directory}: cannot be read ({error.strerror}). Check its permissions.")
        return
    if recursive:
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink():
                yield from _inputs_in(entry, failures, recursive=True)
