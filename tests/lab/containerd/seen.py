"""What a scene has kept, read again: which containers went on, and which did not."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.lab.running import NODE

Json = dict[str, Any]
Name = tuple[str, str]
"""Pod as its manifest calls it, and container."""

Finding = tuple[str, object, object]
"""What was looked at, what was found, and what was to be."""

DISTURBED = ("restart", "recreate", "reject", "unknown")
"""Verdicts after which nobody may count on the container."""


def kept(folder: Path, name: str) -> Any:
    """The contents of one file."""
    return json.loads((folder / name).read_text())


def name(pod: str, container: str) -> Name:
    """Of a container whose pod the runtime or a plan calls after the node."""
    return pod.removesuffix(f"-{NODE}"), container


def names(running: Iterable[Json]) -> set[Name]:
    """Of these running containers."""
    return {name(one["pod"], one["name"]) for one in running}


def ended(before: list[Json], after: list[Json]) -> set[Name]:
    """The containers of before that do not run any more: another ID, or another process in its place."""
    there = {_identity(one) for one in after}
    return names(one for one in before if _identity(one) not in there)


def foretold(plan: Json, *verdicts: str) -> set[Name]:
    """The containers to which the plan gives one of these verdicts."""
    return _of(plan, lambda container: container["verdict"] in verdicts)


def _of(plan: Json, wanted: Callable[[Json], bool]) -> set[Name]:
    return {name(pod["name"], one["name"]) for pod in plan["pods"] for one in pod["containers"] if wanted(one)}


def _identity(one: Json) -> tuple[str, int, int]:
    return one["container_id"], one["pid"], one["started"]
