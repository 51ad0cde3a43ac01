"""How many pods a workload makes, as far as its manifest says.

``replicas`` is 1 where nothing is written, and 0 is a number. A Job runs ``parallelism`` pods at once, at most as many as it has
``completions``; a suspended one none. A DaemonSet has one on each node that takes it: what its status says (desiredNumberScheduled), else
one on every node that is known. What a cluster reports (it has a UID) says in its status how many there are: Go leaves out what is 0.
Where none are wanted, those count that its status still shows: who suspends a CronJob leaves its running Jobs alone.
Autoscalers are not looked at. What is no number, as a Template's ``${REPLICAS}``, counts as 1.
"""

from __future__ import annotations

from typing import Any

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Replicas

_MOST = 10**6


class _JobSpec(msgspec.Struct, gc=False):
    parallelism: Any = None
    completions: Any = None
    suspend: Any = None


class _JobTemplate(msgspec.Struct, gc=False):
    spec: _JobSpec | None = None


class _Spec(_JobSpec, gc=False, rename="camel"):
    replicas: Any = None
    job_template: _JobTemplate | None = None
    job_target_ref: _JobSpec | None = None


class _Status(msgspec.Struct, gc=False, rename="camel"):
    desired_number_scheduled: Any = None
    current_number_scheduled: Any = None
    number_misscheduled: Any = None
    replicas: Any = None
    active: Any = None


class _Metadata(msgspec.Struct, gc=False):
    uid: str | None = None


class _Workload(msgspec.Struct, gc=False):
    metadata: _Metadata | None = None
    spec: _Spec | None = None
    status: _Status | None = None


_WORKLOAD = msgspec.json.Decoder(_Workload)


def replicas(kind: str, raw: bytes) -> Replicas:
    """How many pods a workload of this kind makes, or still has where it is to have none; one where it does not say."""
    try:
        workload = typed(_WORKLOAD, raw)
    except SpecRefused:
        return Replicas()
    wanted, status = _wanted(kind, workload.spec or _Spec(), workload.status or _Status()), workload.status
    return wanted if wanted.count or status is None else Replicas(_still_there(status))


def _wanted(kind: str, spec: _Spec, status: _Status) -> Replicas:
    if kind.endswith("DaemonSet"):
        seen = _number(status.desired_number_scheduled)
        return Replicas(1, per_node=True) if seen is None else Replicas(seen)
    job = spec.job_target_ref or (spec.job_template.spec if spec.job_template else None)
    told = spec if job is None else job
    if kind.endswith("Job"):
        return Replicas(0) if True in (spec.suspend, told.suspend) else Replicas(_of_job(told))
    number = _number(spec.replicas)
    return Replicas() if number is None else Replicas(number)


def is_idle(raw: bytes) -> bool:
    """Whether a cluster reports of a workload of Kubernetes' own kinds that it has no pods now."""
    try:
        workload = typed(_WORKLOAD, raw)
    except SpecRefused:
        return False
    status = workload.status
    if status is None or workload.metadata is None or not workload.metadata.uid:
        return False
    return not (status.replicas or status.current_number_scheduled or status.number_misscheduled or status.active)


def _still_there(status: _Status) -> int:
    """How many pods the status shows; of a CronJob, which lists its Jobs, one of each."""
    if isinstance(status.active, list):
        return len(status.active)
    placed = sum(_number(one) or 0 for one in (status.current_number_scheduled, status.number_misscheduled))
    return max(placed, _number(status.replicas) or 0, _number(status.active) or 0)


def _of_job(spec: _JobSpec) -> int:
    parallelism, completions = _number(spec.parallelism), _number(spec.completions)
    at_once = 1 if parallelism is None else parallelism
    return at_once if completions is None else min(at_once, completions)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else None
