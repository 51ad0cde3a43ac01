"""Minors whose facts may still change: one that is not released yet, or of which not all was read.

Each is told of, by whatever command it is asked for. A plan that touches one is partial, too, unless the user takes such facts as they are
(--allow-provisional); what is counted of pods for a path or a matrix is never called complete then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Missing
from upgradecheck.model.schema import Provisional, Schema
from upgradecheck.model.version import Minor

if TYPE_CHECKING:
    from upgradecheck.planning.asking.steps import Steps

ALLOW = "--allow-provisional"


def provisional_remarks(schemas: Iterable[Schema]) -> tuple[str, ...]:
    """A remark on each of these minors that is provisional, the oldest first."""
    return tuple(_is(minor, known, "what is told of it may change") for minor, known in _provisional(schemas))


def provisional_missing(schemas: Iterable[Schema]) -> tuple[Missing, ...]:
    """What is missing where pods are counted under such minors."""
    return tuple(Missing(_what(minor), f"it is {known.reason}") for minor, known in _provisional(schemas))


def _provisional(schemas: Iterable[Schema]) -> list[tuple[Minor, Provisional]]:
    return sorted({one.minor: one.provisional for one in schemas if one.provisional is not None}.items())


def with_provisional(steps: Steps, *, allowed: bool) -> Steps:
    """The steps, with a notice of each provisional minor that a kubelet or an API server of theirs can be of; not allowed, what is missing.

    An API server that is only supposed, as one of many, is none of theirs.
    """
    told = _provisional(build.schema for build in _builds(steps))
    if not told:
        return steps
    notices = (_notice(minor, known, allowed=allowed) for minor, known in told)
    missing = (Missing(_what(minor), f"it is {known.reason}; {ALLOW} takes that as it is") for minor, known in told)
    return replace(steps, notices=(*steps.notices, *notices), missing=steps.missing if allowed else (*steps.missing, *missing))


def _notice(minor: Minor, known: Provisional, *, allowed: bool) -> str:
    taken = f"{ALLOW} takes it as it is" if allowed else "this plan is partial"
    return _is(minor, known, taken)


def _is(minor: Minor, known: Provisional, so: str) -> str:
    return f"Kubernetes {minor} is provisional, {known.reason}: {so}."


def _what(minor: Minor) -> str:
    return f"what Kubernetes {minor} does"


def _builds(steps: Steps) -> Iterator[KubeletBuild]:
    """Those that the running kubelets, the new ones and the known API servers can be."""
    yield from steps.target.builds
    for one in (steps.default, *steps.by_node.values()):
        if (step := one.step) is not None:
            yield from (build for end in (step.start, step.target) if end is not None for build in end.builds)
            yield from (server for server in (step.api_from, step.api_to) if server is not None)
