"""A saved plan as the override commands are given it: what it overrides, read from a file that may be anything.

Nothing waits for it: a named pipe or a device in a plan's place is refused like any file that holds no plan.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from upgradecheck.contract.v1.plan_reading import overrides_of, static_pods_of
from upgradecheck.decode.guard import guarded
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.pins import StaticPods
from upgradecheck.safekeeping.directory import opened
from upgradecheck.safekeeping.obstacles import Obstacle

T = TypeVar("T")

_LARGEST = 512 << 20
"""Bytes; a plan of 150,000 pods has about a fifth of it."""


def read_plan(path: str, option: str = "") -> OverrideMap:
    """The overrides of a saved plan; option is the one that named it, for messages.

    Raises:
        InputError: it cannot be read, or is no plan that can be trusted.
    """
    return _read(path, option, overrides_of)


def read_static_pods(path: str) -> StaticPods:
    """The static pods of a saved plan.

    Raises:
        InputError: as read_plan.
    """
    return _read(path, "", static_pods_of)


def _read(path: str, option: str, told: Callable[[bytes], T]) -> T:
    name = f"{option} {path}".lstrip()
    raw = _content(path)
    if isinstance(raw, Obstacle):
        raise InputError(f"{name}: {raw.found}. Give the plan that plan --override -o json=PLAN has written.")
    try:
        return guarded(lambda: told(raw))
    except SpecRefused as error:
        raise InputError(f"{name}: {error}. Make it anew with plan --override -o json=PLAN.") from error


def _content(path: str) -> bytes | Obstacle:
    folder, name = os.path.split(path)
    with opened(folder, live=False) as found:
        return found if isinstance(found, Obstacle) else found.read(name or ".", _LARGEST)
