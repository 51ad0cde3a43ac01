"""Plans that touch a minor whose facts may still change: one that is not released yet, or of which not all was read.

Each is told of. The plan is partial, too, unless the user takes such facts as they are (--allow-provisional).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Missing
from upgradecheck.model.schema import Provisional
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.steps import Steps

ALLOW = "--allow-provisional"


def with_provisional(steps: Steps, *, allowed: bool) -> Steps:
    """The steps, with a notice of each provisional minor that a kubelet or an API server of theirs can be of; not allowed, what is missing.

    An API server that is only supposed, as one of many, is none of theirs.
    """
    found = {build.minor: known for build in _builds(steps) if (known := build.schema.provisional) is not None}
    if not found:
        return steps
    told = sorted(found.items())
    notices = (_notice(minor, known, allowed=allowed) for minor, known in told)
    missing = (Missing(f"what Kubernetes {minor} does", f"it is {known.reason}; {ALLOW} takes that as it is") for minor, known in told)
    return replace(steps, notices=(*steps.notices, *notices), missing=steps.missing if allowed else (*steps.missing, *missing))


def _notice(minor: Minor, known: Provisional, *, allowed: bool) -> str:
    taken = f"{ALLOW} takes it as it is" if allowed else "this plan is partial"
    return f"Kubernetes {minor} is provisional, {known.reason}: {taken}."


def _builds(steps: Steps) -> Iterator[KubeletBuild]:
    """Those that the running kubelets, the new ones and the known API servers can be."""
    yield from steps.target.builds
    for one in (steps.default, *steps.by_node.values()):
        if (step := one.step) is not None:
            yield from (build for end in (step.start, step.target) if end is not None for build in end.builds)
            yield from (server for server in (step.api_from, step.api_to) if server is not None)
