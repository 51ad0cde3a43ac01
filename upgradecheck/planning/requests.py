"""What a pod asks of admission, with what is seen of it: a restarted kubelet admits all its pods again."""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.model.pod import RunState
from upgradecheck.planning.seeing.joining import JoinedPod, state_of
from upgradecheck.planning.seeing.records import Records

_FINISHED = ("Failed", "Succeeded")


def request_of(joined: JoinedPod, records: Records) -> PodRequest | None:
    """What the pod asks for, with the state that the joined status shows; of a static pod the kubelet knows no phase."""
    request, status, fate = joined.spec.facts.request, joined.status, joined.spec.facts.fate
    if request is None or joined.gone or (fate is not None and not fate.runs and fate.refused is not None):
        return None
    if fate is not None and not fate.runs:  # it takes room before others do; what becomes of it stops nothing
        return replace(request, uid=f"to start: {joined.spec.view.namespace}/{joined.spec.view.name}")
    request = replace(request, uid=joined.spec.view.uid, finished=not request.static and status.phase in _FINISHED)
    return _with_devices(request, joined, records) if request.needs.devices else request


def _with_devices(request: PodRequest, joined: JoinedPod, records: Records) -> PodRequest:
    """The request with what is seen of the containers that have devices."""
    at_rest, doubled = [], []
    for name in dict.fromkeys(ask.container for ask in request.needs.devices):
        state, _ = state_of(records.find(joined.status, name), joined.status, name)
        if state not in (RunState.RUNNING, RunState.UNREPORTED):
            at_rest.append(name)
        if records.has_older(joined.status, name):
            doubled.append(name)
    return replace(request, at_rest=tuple(at_rest), doubled=tuple(doubled))
