"""``-o FORMAT=FILE`` where FILE is what the command reads: a dump or a plan that a report replaces is lost, and nobody has another one.

A file is known by its device and inode, so whatever name or link leads to it; what is no regular file, such as a device or a pipe, can be
read and written. Of a directory everything is an input that a plan is made of; an earlier report in it is none, and is replaced every time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from upgradecheck.cli.declaring import OptionField
from upgradecheck.model.errors import UpgradecheckError, UsageError

_OUTPUT = "-o"


def refuse_overwriting(fields: Iterable[OptionField], values: Mapping[str, Any], *more: str | None) -> None:
    """That no output is an input. values: by the names of fields; more: what is read beside them.

    Raises:
        UsageError: one is.
    """
    told = tuple(fields)
    outputs = [file for field in told if _OUTPUT in field.told.names for text in values[field.name] or () if (file := _file_of(str(text)))]
    if not outputs:
        return
    inputs = [str(one) for field in told if field.is_read for one in _texts(values[field.name])] + [one for one in more if one]
    for output in outputs:
        found = _status(output)
        if found is not None and stat.S_ISREG(found.st_mode) and (place := _read_at(output, found, inputs)) is not None:
            raise UsageError(f"-o: {output} is an input{place}, and would be replaced. Name another file.")


def _file_of(text: str) -> str:
    """The file that a report goes to; empty where that is standard output."""
    file = text.partition("=")[2]
    return "" if file == "-" else file


def _texts(value: Any) -> Iterator[str]:
    yield from map(str, value if isinstance(value, (tuple, list)) else () if value is None else (value,))


def _status(path: str) -> os.stat_result | None:
    """Of a file, or of standard input; None where there is none."""
    try:
        return os.fstat(0) if path == "-" else Path(path).stat()
    except (OSError, ValueError):
        return None


def _read_at(output: str, found: os.stat_result, inputs: Iterable[str]) -> str | None:
    """Where an output is read, in words; None where it is not."""
    for name in inputs:
        its = _status(name)
        if its is None:
            continue
        if os.path.samestat(its, found):
            return "" if name == output else f" ({name})"
        if stat.S_ISDIR(its.st_mode) and _stands_in(name, its, output, found) and _is_evidence(output):
            return f" (in {name})"
    return None


def _stands_in(directory: str, its: os.stat_result, output: str, found: os.stat_result) -> bool:
    """Whether a file is below a directory, or a link in it leads there."""
    above = (_status(str(one)) for one in Path(output).resolve().parents)
    if any(one is not None and os.path.samestat(one, its) for one in above):
        return True
    members = (_status(str(one)) for one in Path(directory).iterdir()) if os.access(directory, os.R_OK) else ()
    return any(one is not None and os.path.samestat(one, found) for one in members)


def _is_evidence(file: str) -> bool:
    """Whether there is anything in a file that a plan is made of; one that cannot be read may be."""
    from upgradecheck.sources.files.gathering import Gathering

    gathering = Gathering(lenient=False)
    try:
        gathering.read([file], recursive=False)
    except UpgradecheckError:
        return True
    return gathering.used or gathering.setups.any or not gathering.read_one
