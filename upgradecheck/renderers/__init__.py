"""Renderers turn a finished document (a Plan, hashes, versions, a matrix, a diff, an Explanation) into text; they compute nothing.

One format is one module or package of this room, named after it: ``json`` holds ``RENDERER`` for ``-o json``. It is imported
only when its format is chosen, and imports what is heavy (rich, msgspec) only when it renders. Format names are single
words; a module with an underscore in its name (``safe_text``) is no format but what formats share. Beyond those, a format may
take sentences and the JSON contract from the ones that own them; the imports that are allowed stand in ``pyproject.toml``.

A renderer yields text piece by piece, so that a report of 150,000 pods is never held a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, Protocol

from upgradecheck.model.changes import Matrix, SchemaDiff
from upgradecheck.model.checkpoint import Checkpoint
from upgradecheck.model.diagnosis import Diagnosis
from upgradecheck.model.errors import UsageError
from upgradecheck.model.explanation import Explanation
from upgradecheck.model.hashlist import HashEntry
from upgradecheck.model.plan import Plan
from upgradecheck.model.versionlist import VersionList

Document = Literal["plan", "hashes", "versions", "matrix", "diff", "checkpoint", "explanation", "diagnosis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Where the text will be read: how many columns it may take, and whether colour is welcome."""

    width: int = 100
    color: bool = False


class RenderPlan(Protocol):
    """Plan to text."""

    def __call__(self, plan: Plan, canvas: Canvas) -> Iterator[str]: ...


class RenderHashes(Protocol):
    """Hashes, as they are computed, to text; takes each entry once and keeps at most those of one pod."""

    def __call__(self, entries: Iterable[HashEntry], canvas: Canvas) -> Iterator[str]: ...


class RenderVersions(Protocol):
    """Known or explained versions to text."""

    def __call__(self, versions: VersionList, canvas: Canvas) -> Iterator[str]: ...


class RenderMatrix(Protocol):
    """What every pair of minors does, to text."""

    def __call__(self, matrix: Matrix, canvas: Canvas) -> Iterator[str]: ...


class RenderDiff(Protocol):
    """Two kubelets compared, to text."""

    def __call__(self, diff: SchemaDiff, canvas: Canvas) -> Iterator[str]: ...


class RenderCheckpoint(Protocol):
    """A node's history of kubelets, to text."""

    def __call__(self, checkpoint: Checkpoint, canvas: Canvas) -> Iterator[str]: ...


class RenderExplanation(Protocol):
    """One pod of a plan, explained, to text."""

    def __call__(self, explanation: Explanation, canvas: Canvas) -> Iterator[str]: ...


class RenderDiagnosis(Protocol):
    """What doctor found, to text."""

    def __call__(self, diagnosis: Diagnosis, canvas: Canvas) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """One format: a function for each kind of document that it can show, None for the others.

    shows_input: its hashes come with the text that is hashed, where that was asked for.
    """

    plan: RenderPlan | None = None
    hashes: RenderHashes | None = None
    versions: RenderVersions | None = None
    matrix: RenderMatrix | None = None
    diff: RenderDiff | None = None
    checkpoint: RenderCheckpoint | None = None
    explanation: RenderExplanation | None = None
    diagnosis: RenderDiagnosis | None = None
    shows_input: bool = False


def formats() -> tuple[str, ...]:
    """The names of all formats, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if "_" not in module.name))


def renderer(name: str) -> Renderer:
    """The renderer of a format that formats() names."""
    found = import_module(f"{__name__}.{name}").RENDERER
    assert isinstance(found, Renderer), name
    return found


def formats_of(document: Document) -> tuple[str, ...]:
    """The formats that can show this kind of document; imports them all."""
    return tuple(name for name in formats() if getattr(renderer(name), document) is not None)


def choose(name: str, document: Document) -> Renderer:
    """The renderer of a format that the user named, checked to be able to show this kind of document.

    Raises:
        UsageError: there is no such format, or it has no view of this document.
    """
    if name not in formats() or getattr(renderer(name), document) is None:
        wanted = ", ".join(formats_of(document))
        raise UsageError(f"output format {name!r}: not known here, wanted one of: {wanted}. Write -o FORMAT or -o FORMAT=FILE.")
    return renderer(name)


def hex_hash(number: int) -> str:
    """A hash as the kubelet writes it on a container: lower hex without padding."""
    return f"{number:x}"
