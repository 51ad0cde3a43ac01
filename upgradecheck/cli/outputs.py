"""``-o FORMAT[=FILE]``, repeatable: one scan, several reports, each complete or not there at all.

A file is written beside its target, synced and renamed at the end, so that a reader never sees half a report and an old one
survives a failed run. It is opened before the scan begins: a directory that is not there is told at once. What is no regular
file (``/dev/stdout``, a pipe) is written directly.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.cli.groups import Color
from upgradecheck.cli.session import OutputError, Session, drop_stdout, write_stdout
from upgradecheck.cli.terminal import file_canvas, stdout_canvas
from upgradecheck.logs import Log
from upgradecheck.model.errors import UsageError
from upgradecheck.renderers import Canvas, Document, Format, choose

_LOG = Log(__name__)
_DEFAULT = "table"


class Wanted(msgspec.Struct, frozen=True):
    """One report: its format, where it goes (None: stdout), and what it may look like."""

    format: Format
    file: Path | None
    canvas: Canvas

    def of(self, document: Any) -> Iterator[str]:
        """The text of the document that was to be shown, piece by piece."""
        return self.format.render(document, self.canvas)


class Sink:
    """Where the text of one report goes; deaf once its reader has gone."""

    def __init__(self, write: Callable[[str], object], name: str) -> None:
        self._write = write
        self._name = name
        self.gone = False

    def write(self, text: str) -> None:
        """Writes a piece.

        Raises:
            OutputError: it cannot be written.
        """
        if self.gone:
            return
        try:
            self._write(text)
        except BrokenPipeError:
            self.gone = True
        except OSError as error:
            raise _cannot_write(self._name, error) from error


def parse_outputs(texts: Sequence[str], document: Document, color: Color, *, everything: bool = False) -> tuple[Wanted, ...]:
    """The reports that -o asks for; a table on stdout if it asks for none. everything: long lists are not cut.

    Raises:
        UsageError: an unknown format, two reports for one place, or a FILE that is empty.
    """
    parsed = (_parse(text, document, color) for text in texts or (_DEFAULT,))
    wanted = tuple(replace(one, canvas=one.canvas._replace(everything=everything)) for one in parsed)
    places = [report.file and report.file.resolve() for report in wanted]
    for place in places:
        if places.count(place) > 1 and place != Path(os.devnull):
            where = "standard output" if place is None else str(place)
            raise UsageError(f"-o: two reports for {where}, at most one can go there. Send the others to files: -o FORMAT=FILE.")
    return wanted


def _parse(text: str, document: Document, color: Color) -> Wanted:
    name, separator, file = text.partition("=")
    chosen = choose(name, document)
    if separator and not file:
        raise UsageError(f"-o {text!r}: the name of a file is wanted after the equals sign. Write -o {name} for standard output.")
    place = None if file in ("", "-") else Path(file)
    canvas = stdout_canvas(color) if place is None else file_canvas(color)
    if chosen.wants_matrix:
        from upgradecheck.commands.matrix import between

        canvas = canvas._replace(matrix=between)
    if chosen.wants_catalog:
        from upgradecheck.catalog import Catalog

        canvas = canvas._replace(catalog=Catalog())
    return Wanted(chosen, place, canvas)


@contextmanager
def open_sinks(wanted: Sequence[Wanted], session: Session) -> Iterator[tuple[Sink, ...]]:
    """Sinks for the reports, in their order; files appear under their names only if the body succeeds.

    Raises:
        OutputError: a file cannot be written.
    """
    with ExitStack() as stack:
        sinks = [
            Sink(write_stdout, "standard output") if report.file is None else stack.enter_context(_file(report.file)) for report in wanted
        ]
        yield tuple(sinks)
        if any(sink.gone and report.file is None for sink, report in zip(sinks, wanted, strict=True)):
            drop_stdout()
    for report in wanted:
        if report.file is not None:
            session.tell(f"wrote {report.file}")


def write_all(streams: Sequence[Iterator[str]], sinks: Sequence[Sink]) -> bool:
    """Writes reports side by side, piece by piece, and stops when nobody listens any more; True if all were written whole."""
    with _LOG.timed("writing"):
        for pieces in zip_longest(*streams, fillvalue=""):
            for sink, piece in zip(sinks, pieces, strict=True):
                sink.write(piece)
            if all(sink.gone for sink in sinks):
                break
    return not any(sink.gone for sink in sinks)


@contextmanager
def _file(path: Path) -> Iterator[Sink]:
    try:
        direct = path.exists() and not path.is_file()
        target = path if direct else path.resolve()  # a pipe of the shell's (/dev/fd/63) leads to a name that cannot be opened
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        if target.is_dir():
            raise IsADirectoryError(0, "it is a directory")
        temporary = target if direct else target.with_name(f".{target.name}.{os.getpid()}.tmp")
        stream = temporary.open("w" if direct else "x", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise _cannot_write(str(path), error) from error
    try:
        with stream:
            yield Sink(stream.write, str(path))
            stream.flush()
            if not direct:
                os.fsync(stream.fileno())
        if mode is not None and not direct:
            temporary.chmod(mode)
        if not direct:
            temporary.replace(target)
    except OSError as error:
        raise _cannot_write(str(path), error) from error
    finally:
        if not direct:
            temporary.unlink(missing_ok=True)


def _cannot_write(place: str, error: OSError) -> OutputError:
    return OutputError(f"{place}: cannot be written ({error.strerror}). No report was made there; name another place with -o FORMAT=FILE.")
