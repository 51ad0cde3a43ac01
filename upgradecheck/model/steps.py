"""The steps of a kubelet's decision on a pod, by which everything is told that decides: verdicts, reasons, explanations."""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.model.words import Word


class StepName(Word):
    """The steps of a kubelet's decision, in its order: those of the pod first, then those of each container."""

    SPEC = "spec"
    MANIFEST = "manifest"
    STATIC_UID = "static-uid"
    POD_STATE = "pod-state"
    ADMISSION = "admission"
    CGROUP = "cgroup"
    SANDBOX_COUNT = "sandbox-count"
    SANDBOX_READY = "sandbox-ready"
    SANDBOX_NETWORK = "sandbox-network"
    SANDBOX_ADDRESS = "sandbox-address"
    INIT = "init-containers"
    RUNNING = "running"
    KIND = "kind"
    STARTUP_PROBE = "startup-probe"
    CREATOR = "creator"
    HASH = "hash"
    RESOURCES = "resources"


STEP_ORDER = {step: number for number, step in enumerate(StepName)}


def first_step(steps: Iterable[StepName | None]) -> StepName | None:
    """The first of some steps; None if there is none."""
    return min((step for step in steps if step is not None), key=STEP_ORDER.__getitem__, default=None)
