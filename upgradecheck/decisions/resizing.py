"""Whether a kubelet restarts a running container for its resources, although nobody resized it.

Mirrors computePodResizeAction in pkg/kubelet/kuberuntime/kuberuntime_manager.go. From 1.33 on a kubelet records the resources that it
gave to a container (actuated_pods_state); 1.33 to 1.36 take a container without a record for one without resources, so that a
resizePolicy RestartContainer restarts it. Whatever an older kubelet started has none. 1.37 makes the records up first.

A resize that was asked for and that the old kubelet has not carried out is the new one's to carry out, where it fits: by such a policy that
is a restart too.

Seen on real kubelets: 1.31 to 1.33 and 1.34 (pods of an API server only), 1.31 to 1.36 (static pods too).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from upgradecheck.decisions.containers import Decision
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind, ResizeRecords

IN_PLACE_RESIZE = "InPlacePodVerticalScaling"
POD_LEVEL_RESIZE = "InPlacePodLevelResourcesVerticalScaling"
_RESIZED = (ContainerKind.APP, ContainerKind.SIDECAR)


class Resizable(msgspec.Struct, frozen=True, gc=False):
    """What a spec says about a container's resize. restarts: its policy is to restart for a resource that it sets; by_pod: for one that
    only the pod as a whole sets. unseen: the spec at hand comes from a kubelet that does not know resize policies. pending: for a resource
    whose policy that is, its status shows another amount than its spec asks for.
    """

    restarts: bool = False
    by_pod: bool = False
    unseen: bool = False
    pending: bool = False


NOT_RESIZABLE = Resizable()


def resize_action(
    resizable: Resizable, kind: ContainerKind, start: Sequence[KubeletBuild], build: KubeletBuild, *, static: bool
) -> Decision | None:
    """Restart, or unknown, or None if its resources are no reason to touch the container. start: what the old version can be."""
    if kind not in _RESIZED or (static and not build.decisions.resizes_static_pods):
        return None
    missing = _without_record(resizable, start, build, static=static) if _takes_missing_as_zero(build) else None
    if missing is None and resizable.pending and build.feature_gate(IN_PLACE_RESIZE):
        return Decision(Verdict.UNKNOWN, Reason.RESIZE_PENDING)
    return missing


def _without_record(resizable: Resizable, start: Sequence[KubeletBuild], build: KubeletBuild, *, static: bool) -> Decision | None:
    """What a kubelet does that takes a missing record for no resources."""
    if not (resizable.restarts or resizable.unseen or (resizable.by_pod and build.feature_gate(POD_LEVEL_RESIZE))):
        return None
    recorded = [_records(old) and (not static or old.decisions.resizes_static_pods) for old in start]
    if resizable.restarts and start and not any(_records(old) for old in start):
        return Decision(Verdict.RESTART, Reason.RESIZE)
    by_pod = resizable.by_pod and build.feature_gate(POD_LEVEL_RESIZE) and not all(old.feature_gate(POD_LEVEL_RESIZE) for old in start)
    if start and all(recorded) and not by_pod:
        return None
    return Decision(Verdict.UNKNOWN, Reason.RESIZE_BASELINE)


def forgets_pod_resources(start: Sequence[KubeletBuild], build: KubeletBuild) -> bool:
    """Whether a restarted kubelet takes the pods that it finds for pods without resources of the pod as a whole.

    It puts the allocation on record in place of the spec (allocated_pods_state, 1.33 on); 1.33 to 1.35 wrote no pod-level part into it, and
    from 1.36 on that part counts. Mirrors updatePodFromAllocation in pkg/kubelet/allocation/allocation_manager.go (v1.36.4).
    Seen: 1.34.1 to 1.36.4 kills a static pod whose only resources are those of the pod, since its QoS class is another one so.
    """
    written_without = bool(start) and all(_records(old) and not old.feature_gate(POD_LEVEL_RESIZE) for old in start)
    return written_without and build.feature_gate(POD_LEVEL_RESIZE)


def _takes_missing_as_zero(build: KubeletBuild) -> bool:
    return build.schema.resize_records is ResizeRecords.MISSING_IS_ZERO and build.feature_gate(IN_PLACE_RESIZE)


def _records(build: KubeletBuild) -> bool:
    return build.schema.resize_records is not ResizeRecords.NONE and build.feature_gate(IN_PLACE_RESIZE)
