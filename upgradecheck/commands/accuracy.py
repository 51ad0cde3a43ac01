"""``verify --append FILE``: the log of accuracy that a team keeps over its upgrades, and what it makes together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from upgradecheck import __version__
from upgradecheck.catalog import Catalog
from upgradecheck.commands import clock
from upgradecheck.commands.kept_files import content_of, named
from upgradecheck.contract.v1 import accuracy as contract
from upgradecheck.decode.guard import guarded
from upgradecheck.model.accuracy import Accuracy, AccuracyEntry
from upgradecheck.model.errors import InputError, SpecRefused, UsageError
from upgradecheck.model.schema import Era
from upgradecheck.model.verification import Verification
from upgradecheck.model.version import Minor
from upgradecheck.safekeeping.lines import append_line
from upgradecheck.verifying.accuracy import accuracy_of, entry_of

_STDOUT = "-"
_WANTED = "Name a file that verify --append has written, or one that is not there yet"


def check_log(path: str, *outputs: Path) -> None:
    """That results may be added to a file, which none of the outputs replaces.

    Raises:
        UsageError: it is an output, too, or standard output.
        InputError: it is there, and holds something else, or cannot be read.
    """
    if path == _STDOUT:
        raise UsageError("--append: a log is a file that is kept, and standard output is none. Name one.")
    if Path(path).resolve() in {one.resolve() for one in outputs}:
        raise UsageError(f"--append {path}: -o writes there, too, and would replace what the log holds. Name another file.")
    if Path(path).exists():
        accuracy_in(content_of(path, _WANTED), path)


def keep_accuracy(path: str, found: Verification) -> Accuracy:
    """Adds a result to a log, and gives what the log makes together.

    Raises:
        NotSaved: it cannot be added to.
        InputError: it cannot be read afterwards.
    """
    entry = entry_of(found, dict(_eras(found)), time=clock.now(), writer=f"upgradecheck {__version__}")
    append_line(path, contract.line(entry))
    return accuracy_in(content_of(path, _WANTED), path)


def accuracy_in(raw: bytes, path: str) -> Accuracy:
    """What the lines of a log make together; those that are none are counted.

    Raises:
        InputError: there are lines, and none of them is an entry.
    """
    entries, unread = list[AccuracyEntry](), 0
    for line in filter(bytes.strip, raw.split(b"\n")):
        try:
            entries.append(guarded(partial(contract.entry_of, line)))
        except SpecRefused:
            unread += 1
    if unread and not entries:
        raise InputError(f"{named(path)}: is no log of accuracy. {_WANTED}.")
    return accuracy_of(entries, unread)


def _eras(found: Verification) -> Iterator[tuple[Minor, Era]]:
    """How the minors in question hash, as far as they are known."""
    catalog = Catalog()
    for version in (found.from_version, found.to_version):
        if version is not None and version.minor in catalog.minors():
            yield version.minor, catalog.schema(version.minor).era
