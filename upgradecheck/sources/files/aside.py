"""What was given and cannot be used, by name: whole files, and documents of files whose others can.

A report names each, as far as it stays short: of one directory's, the first twenty, then how many more.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.decode.text.streamed import Document
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import Origin
from upgradecheck.model.snapshot import SetAside
from upgradecheck.model.wording import count
from upgradecheck.sources.files.paths import InputFile

_MOST_NAMED = 20
WANTED = "Wanted pods or nodes as kubectl -o json prints them, or crictl ps -a -o json or crictl pods -o json"


class _One(msgspec.Struct, frozen=True, gc=False):
    """Something that was set aside; place is the directory, or the file, that the user named. problem: what is said where it is all."""

    place: str
    what: str
    reason: str
    problem: str
    evidence: SetAside


class Holds(msgspec.Struct, frozen=True, gc=False):
    """What hangs on a file, as far as it was read. pods: UIDs of those that its records are of; the others as of SetAside."""

    pods: frozenset[str] = frozenset()
    records: bool = True
    sandboxes: bool = True

    def of(self, source: str) -> SetAside:
        """The same, with its name."""
        return SetAside(source, self.pods, self.records, self.sandboxes)


class Aside:
    """All that was set aside, in input order."""

    def __init__(self) -> None:
        self._all: list[_One] = []

    def file(self, file: InputFile, reason: str, holds: Holds) -> None:
        """A whole file, and what it holds as far as it was read."""
        problem, reason = f"{file.name}: {reason}", f"it is set aside: {reason}".rstrip(".")
        self._all.append(_One(file.directory or file.name, file.name, reason, problem, holds.of(file.name)))

    def document(self, document: Document, origin: Origin, directory: str | None, reason: str, holds: Holds) -> None:
        """One document, and what its file holds."""
        told = f"{reason} (line {document.line})"
        problem = f"{origin} (line {document.line}): {reason}. {WANTED}."
        self._all.append(_One(directory or origin.source, str(origin), f"it is set aside: {told}", problem, holds.of(origin.source)))

    def problems(self) -> Iterator[str]:
        """What is said where nothing could be used."""
        return (one.problem for one in self._all)

    def missing(self) -> Iterator[Missing]:
        """What the report names."""
        by_place: dict[str, list[_One]] = {}
        for one in self._all:
            by_place.setdefault(one.place, []).append(one)
        for place, here in by_place.items():
            yield from (Missing(one.what, one.reason) for one in here[:_MOST_NAMED])
            if len(here) > _MOST_NAMED:
                more = count(len(here) - _MOST_NAMED, "more input")
                yield Missing(f"{more} of {place}", "they are set aside, each for a reason such as those named")

    def evidence(self) -> tuple[SetAside, ...]:
        """What hangs on it."""
        return tuple(dict.fromkeys(one.evidence for one in self._all))
