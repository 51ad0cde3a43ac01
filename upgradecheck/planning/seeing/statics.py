"""Static pods: their manifests joined with what runs of them, and what becomes of a pod before any container is looked at.

The kubelet names a static pod after its manifest and the node (``web-worker-1``) and, where the manifest has no metadata.uid, gives it a
UID made of a dump of the pod. What runs under that name is found in the kubelet's list, as a mirror pod, or among the runtime's sandboxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import Decision
from upgradecheck.decisions.manifests.edits import UNEDITED, Edits
from upgradecheck.decisions.manifests.outcomes import Pin, Ran, RefusedManifest, Stage, UIDCheck, UIDComparison, UIDOutcome
from upgradecheck.decode.kube.workloads import static_pod
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.manifests import ManifestFile, ManifestSource
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Verdict
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, RunState, SandboxRecord, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.reading.pod import ReadPod

_PATHS_NAMED = 3
SOURCES = {ManifestSource.FILE: PodSource.FILE, ManifestSource.HTTP: PodSource.HTTP}


REFUSED_AT = {
    Stage.DECODER: Reason.MANIFEST_NOT_DECODED,
    Stage.VALIDATION: Reason.MANIFEST_INVALID,
    Stage.REFERENCES: Reason.MANIFEST_REFERENCES,
}
NOT_WHAT_RUNS = "the manifest is not what runs: it was edited, or its file renamed or moved"
MAKES_WHAT_RUNS = "the new kubelet makes the UID that runs, which the running one is not known to make"
ANOTHER_MANIFEST = UIDComparison(UIDOutcome.CHANGED, ("metadata.uid in the manifest is not that of the pod that runs",))


NO_UID_ANY_MORE = UIDComparison(UIDOutcome.CHANGED, ("the pod that runs has a metadata.uid, and the manifest gives none",))
_KUBELET_MADE_UID = pattern(r"[0-9a-fA-F]{32}")


class StaticReading(msgspec.Struct, frozen=True, gc=False):
    """How the document of a static pod is had, and what runs of it.

    view: it is the manifest itself, or a view of what runs of it. own_uid: the UID is not one that a kubelet made of the pod. ran: what
    runs under a UID that a kubelet made; None where that is not known.
    """

    view: View = View.SPEC
    own_uid: bool = True
    ran: Ran | None = None


class StaticFate(msgspec.Struct, frozen=True, gc=False):
    """What the new kubelet makes of a static pod as a whole. uid: None where nobody says what runs now.

    refused: why the new kubelet does not take the manifest; doubtful: only some of the kubelets that the version can be refuse it. alone: a
    refused manifest stops the pod (else its source gives the kubelet no answer at all, and it cleans up nothing). runs: False where
    somebody looked, and nothing of it was seen to run; seen: something of it was. refused_before: the running kubelet does not take it
    either. edits: how the manifest is other than what runs. check: what the UID that runs tells; None where that is not known, or no
    kubelet made it. only_place_open: a view of what runs shows what the manifest says, and nobody told its directory: that its UID is not
    made of it alone is no sign of an edit. pin: what the UID is that its manifest gives.
    """

    uid: UIDComparison | None = None
    refused: RefusedManifest | None = None
    doubtful: bool = False
    alone: bool = True
    runs: bool = True
    seen: bool = False
    refused_before: bool = False
    edits: Edits = UNEDITED
    check: UIDCheck | None = None
    only_place_open: bool = False
    pin: Pin = Pin.NONE

    @property
    def uid_reproduced(self) -> bool | None:
        """Whether the running kubelet makes the UID that runs; None where that cannot be tested."""
        return None if self.check is None or not self.runs else self.check.reproduced


class Running(msgspec.Struct, frozen=True, gc=False):
    """What runs under the name of a static pod: its UID, and whether the runtime or a kubelet was asked at all.

    document: the pod as its kubelet has it, or else its mirror pod, where that is to be compared with a manifest.
    """

    uid: str | None
    asked: bool
    document: ReadPod | None = None


class StaticIndex:
    """UIDs of static pods by namespace and name, from views first, then from sandboxes, the newest counting.

    A kubelet knows its pods by UID: where a manifest gives one that runs, that is it, whatever it was called before.
    Where neither shows a pod, a container of it that runs does: the others were listed before it was started.
    That nothing of a pod runs is shown only by what was listed on its node. of_node: whether a sandbox was.
    """

    def __init__(
        self,
        views: Iterable[PodView],
        sandboxes: Iterable[SandboxRecord],
        documents: Mapping[tuple[str, str], ReadPod] = MappingProxyType({}),
        containers: Iterable[ContainerRecord] = (),
        *,
        node: str | None = None,
        of_node: Callable[[SandboxRecord], bool] = lambda _: True,
    ) -> None:
        self._documents = documents
        self._run = {(one.pod_namespace, one.pod_name): one.pod_uid for one in containers if one.state is RunState.RUNNING}
        self._uids: dict[tuple[str, str], str] = {}
        self._names: dict[tuple[str | None, str], tuple[str, str]] = {}
        self._asked = False
        for sandbox in sorted(sandboxes, key=lambda one: one.created_at):
            self._asked = self._asked or of_node(sandbox)
            if sandbox.pod_uid and sandbox.source is not PodSource.API:
                self._uids[sandbox.pod_namespace, sandbox.pod_name] = sandbox.pod_uid
        for view in views:
            self._asked = self._asked or node is None or view.node in (None, node)
            if view.uid:
                self._uids[view.namespace, view.name] = view.uid
                self._names[view.node, view.uid] = view.namespace, view.name

    def running(self, namespace: str, name: str, node: str | None = None, own_uid: str = "") -> Running:
        """What is known of the pod of this name, or of the UID that its manifest gives on this node."""
        known = (namespace, name)
        if own_uid and known not in self._uids:
            known = self._names.get((node, own_uid), known)
        uid = self._uids.get(known) or self._run.get(known)
        return Running(uid or None, self._asked, self._documents.get(known))


def manifest_view(file: ManifestFile, pod: ReadPod, node: str | None) -> PodView:
    """The view that a manifest gives of its pod: the spec, under the kubelet's name for it; uid is the manifest's own, or empty.

    Of a pod that cannot be read the name may be empty, and the labels are not known.
    """
    try:
        view = pod.view
    except SpecRefused:
        told = pod.names
        view = PodView(told.uid or "", told.namespace or "default", told.name or "", View.SPEC, SOURCES[file.source], pod.origin)
    name = f"{view.name}-{node.lower()}" if node else view.name
    return replace(
        view,
        name=name,
        view=View.SPEC,
        source=SOURCES[file.source],
        node=node,
        workload=static_pod(name, node),
        has_status=False,
        statuses=(),
    )


def nameless(pod: ReadPod) -> str | None:
    """Why a manifest's document is no pod of any name, None if it has one."""
    if not isinstance(pod.tree, tuple):
        return "it is empty or no object"
    return None if pod.names.name else "it has no metadata.name"


def with_running(
    fate: StaticFate | None, running: Running, own_uid: str, edits: Edits | None = None, *, told: bool = False
) -> StaticFate | None:
    """A manifest's fate, now that it is known what runs under its name.

    own_uid: the one that it gives, or empty. edits: None where nobody saw what runs. told: it is known where the kubelet has it.
    """
    if fate is None or (running.uid is None and not running.asked):
        return fate
    if running.uid is None:
        return replace(fate, runs=False)
    if fate.check is not None and fate.check.reproduced:  # that proves the manifest, whatever a view shows
        return replace(fate, seen=True)
    only_place_open = edits == UNEDITED and not told
    compared, edits = edits is not None, edits or UNEDITED
    pin = Pin.SHOWN if compared and fate.pin is Pin.OPEN else fate.pin
    fate = replace(fate, seen=True, edits=edits, only_place_open=only_place_open, pin=pin)
    if own_uid:
        return replace(fate, uid=ANOTHER_MANIFEST) if running.uid != own_uid else fate
    if not made_by_kubelet(running.uid) and not _is_bare_mirror(running.document):
        return replace(fate, uid=NO_UID_ANY_MORE)
    return replace(fate, uid=_of_another_text(edits, fate.uid)) if edits.paths else fate


def _is_bare_mirror(document: ReadPod | None) -> bool:
    """Whether what was seen is a mirror pod without annotations, which has lost the kubelet's UID."""
    return document is not None and document.view.view is View.MIRROR and document.view.config_hash is None


def made_by_kubelet(uid: str) -> bool:
    """Whether a UID is a hash of a static pod's spec (32 hex digits), not one that its manifest gives (with dashes)."""
    return bool(_KUBELET_MADE_UID.fullmatch(uid))


def _of_another_text(edits: Edits, by_version: UIDComparison | None) -> UIDComparison:
    """A UID that a kubelet makes is one of all that the manifest says; by_version: what becomes of it but for the edit."""
    more = len(edits.paths) - _PATHS_NAMED
    told = (*edits.paths[:_PATHS_NAMED], *((f"{more:,} more",) if more > 0 else ()))
    because = by_version.because if by_version is not None and by_version.outcome is UIDOutcome.CHANGED else ()
    because = tuple(one for one in because if one != NOT_WHAT_RUNS)
    return UIDComparison(UIDOutcome.CHANGED, (f"the manifest is not what runs: {', '.join(told)}", *because))


def fate_decision(fate: StaticFate) -> Decision | None:
    """The decision that a static pod's fate makes; None if its containers decide."""
    if fate.refused is not None and fate.refused_before and not fate.seen:
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING, StepName.MANIFEST)
    if fate.refused is not None:
        return Decision(Verdict.REJECT if fate.alone else Verdict.UNKNOWN, REFUSED_AT[fate.refused.stage])
    if fate.doubtful:
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, StepName.MANIFEST)
    if fate.uid is None or fate.uid.outcome is UIDOutcome.UNKNOWN:
        return Decision(Verdict.UNKNOWN, Reason.STATIC_POD_UID)
    if fate.uid.outcome is UIDOutcome.CHANGED:
        return Decision(Verdict.RECREATE, Reason.STATIC_UID_CHANGED)
    if fate.edits.network:
        return Decision(Verdict.RECREATE, Reason.NETWORK_MODE_CHANGED)
    if fate.edits.in_doubt:
        return Decision(Verdict.UNKNOWN, Reason.MANIFEST_DIFFERS)
    if fate.check is not None and fate.check.in_doubt and not fate.only_place_open:
        return Decision(Verdict.UNKNOWN, Reason.STATIC_UID_UNPROVED)
    return Decision(Verdict.UNKNOWN, Reason.PIN_UNPROVED) if fate.pin is Pin.OPEN else None
