"""Plans of recorded steps, which several files of tests look at: what is the same for two of them is made once in a process.

The tests of one recorded step go to one process (``scheduling``), whichever file they stand in, so that is once in a run. A plan is a frozen
value, and what a document of a pod says under a kubelet hangs on its bytes alone: plans of one step that differ in something else read it
once, as one plan does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest

from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Plan
from upgradecheck.model.pod import PodView
from upgradecheck.reading.pod import ReadPod
from upgradecheck.renderers import Canvas, choose

Json = dict[str, Any]

_read_of_bytes = lru_cache(maxsize=1024)(ReadPod)


def _read(raw: Any, *its: Any) -> ReadPod:
    """What is packed has been decoded already, and is no key of a cache."""
    return _read_of_bytes(raw, *its) if isinstance(raw, bytes) else ReadPod(raw, *its)


class Keeping:
    """Keeps the pods of which some view is wanted."""

    def __init__(self, wanted: Callable[[PodView], bool] = lambda view: True) -> None:
        self._wanted = wanted

    def __call__(self, view: PodView, /) -> bool:
        return self._wanted(view)

    @property
    def texts(self) -> None:
        """Any document may be of one."""


@contextmanager
def read_once() -> Iterator[None]:
    """Meanwhile a document is decoded only if that was not done in this process before."""
    with pytest.MonkeyPatch.context() as patch:
        for place in ("sources.files", "planning.seeing.manifests"):
            patch.setattr(f"upgradecheck.{place}.ReadPod", _read)
        yield


@lru_cache(maxsize=16)
def plan_of(request: PlanRequest) -> Plan:
    """The plan."""
    with read_once():
        return make_plan(request)


@lru_cache(maxsize=16)
def report_of(request: PlanRequest) -> Json:
    """The plan as ``-o json`` writes it; nobody may change it."""
    found: Json = json.loads("".join(choose("json", "plan").render(plan_of(request), Canvas())))
    return found
