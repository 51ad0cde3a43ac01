"""What a kubelet finds at each step of its decision on a pod, in words, in the order of the mirror (see decisions.pods).

Nothing is decided here: the verdict is the plan's, and so is the step that it comes from. What is found at a step is told from the same
evidence with the same functions of the mirror.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from upgradecheck.decisions.admission import Outcome, Possible, Refused
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.initialising import init_progress
from upgradecheck.decisions.manifests.outcomes import Pin, UIDOutcome
from upgradecheck.decisions.pods import another_sandbox_matters
from upgradecheck.decisions.qos import qos_class
from upgradecheck.decisions.resizing import forgets_pod_resources
from upgradecheck.decisions.state import PodState
from upgradecheck.model.draining import Hindrance
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import PlannedPod
from upgradecheck.model.pod import NodeFacts, PodSource, RunState, SandboxRecord, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName
from upgradecheck.planning.bundled_manifests import BundledManifest
from upgradecheck.planning.containers import cgroup_in_doubt
from upgradecheck.planning.evidence.past import Lived
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.joining import JoinedPod
from upgradecheck.planning.seeing.podstate import pod_state
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.spec_facts import without_pod_resources
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken


class Witness(msgspec.Struct, frozen=True):
    """What a plan knew of one pod when it decided, and what it decided.

    manifest: what its node's bundle answers of the manifest; None where it does not.
    joined: None if only the runtime's list shows the pod. step: None if its versions cannot be used. admission: what speaks against the
    pod, None for nothing. document: what joined.spec was made of. past: its node's history, or why that tells nothing; None
    where no checkpoint concerns it. hindrance: why a drain does not move the pod, None where it does.
    """

    planned: PlannedPod
    joined: JoinedPod | None
    step: Step | None
    target: KubeletEnd
    records: Records
    node: NodeFacts | None = None
    admission: Outcome | None = None
    document: ReadPod | None = None
    past: Lived | Reason | None = None
    hindrance: Hindrance | None = None
    manifest: BundledManifest | None = None

    @property
    def static(self) -> bool:
        return self.planned.source is not PodSource.API

    @property
    def taken(self) -> Taken:
        """How a kubelet has the pod."""
        return Taken.DEFAULTED if self.static else Taken.FROM_API

    def under(self, build: KubeletBuild, *, then: bool) -> DecodedPod | None:
        """The pod as a kubelet has it, from the API server to come (then) or of now; None where its document is not at hand.

        Raises:
            SpecRefused: its decoder refuses it.
        """
        if self.document is None:
            return None
        if self.step is None or self.static:
            return self.document.under(build, self.taken)
        server = self.step.setting_server if then else None
        return self.document.under(build, self.taken, server, self.step.maker(self.document))

    @property
    def build(self) -> KubeletBuild:
        """The newest kubelet that the new version can be: what is told step by step is told of this one."""
        return self.target.builds[-1]

    def state(self) -> PodState | None:
        """The pod as the restarted kubelet finds it; None where its spec cannot be used."""
        if self.joined is None or self.joined.spec.facts.refused is not None:
            return None
        return pod_state(self.joined, self.records)

    def sandboxes(self) -> tuple[SandboxRecord, ...]:
        return self.records.sandboxes(self.planned if self.joined is None else self.joined.status)


class Found(msgspec.Struct, frozen=True, gc=False):
    """What was found at a step; seen is False where the evidence does not show it."""

    step: StepName
    seen: bool
    detail: str


def shown(step: StepName, detail: str) -> Found:
    """Something that the evidence shows."""
    return Found(step, True, detail)  # noqa: FBT003 - the only two places that say so


def unshown(step: StepName, detail: str) -> Found:
    """Something that the evidence does not show."""
    return Found(step, False, detail)  # noqa: FBT003


def pod_steps(witness: Witness) -> Iterator[Found]:
    """The steps before any container is looked at."""
    joined = witness.joined
    if joined is None:
        yield from _by_bundle_alone(witness)
        return
    if witness.static:
        yield _runtime_removed(witness, StepName.MANIFEST) or _manifest(joined, witness.manifest)
        yield _static_uid(joined)
    else:
        yield _runtime_removed(witness, StepName.SPEC) or _spec(witness, joined)
    yield _pod_state(witness, joined)
    yield _admission(witness)
    yield _cgroup(witness)
    yield from _sandbox(witness)
    yield _init(witness)


_OF_A_SANDBOX = (StepName.SANDBOX_READY, StepName.SANDBOX_NETWORK, StepName.SANDBOX_ADDRESS)


def _runtime_removed(witness: Witness, step: StepName) -> Found | None:
    """Why the spec is not gone into, where that is the node's runtime."""
    if witness.planned.reason is not Reason.RUNTIME_REMOVED:
        return None
    return shown(step, "whatever it says: the new kubelet cannot use the container runtime of this node as it is")


def _spec(witness: Witness, joined: JoinedPod) -> Found:
    if joined.spec.facts.refused is not None:
        return shown(StepName.SPEC, f"cannot be decoded: {joined.spec.facts.refused}")
    if witness.planned.reason is Reason.VIRTUAL_KUBELET:
        return shown(StepName.SPEC, "given to a Virtual Kubelet, which is no kubelet")
    if witness.step is None:
        return unshown(StepName.SPEC, "the version of the running kubelet cannot be used")
    if joined.lossy:
        return unshown(StepName.SPEC, "seen only as the running kubelet decoded it, without fields that it does not know")
    return shown(StepName.SPEC, "decoded as the API server gives it")


def _by_bundle_alone(witness: Witness) -> Iterator[Found]:
    """What is found of a pod of which there is no spec."""
    found = witness.manifest
    if found is None:
        yield unshown(StepName.SPEC, "only the container runtime's list shows this pod")
        return
    yield shown(StepName.MANIFEST, f"{found.told.file}, not given: the bundle has the UIDs and hashes that kubelets make of it")
    new = next(iter(found.new_uids)) if len(found.new_uids) == 1 else None
    if new is None:
        yield unshown(StepName.STATIC_UID, "the bundle does not tell which UID the new kubelet makes of it")
    elif new == witness.planned.uid:
        yield shown(StepName.STATIC_UID, f"kept ({new}), by the bundle")
    else:
        yield shown(StepName.STATIC_UID, f"another UID ({new}), hence another pod, by the bundle")


def _manifest(joined: JoinedPod, bundled: BundledManifest | None) -> Found:
    facts = joined.spec.facts
    fate = facts.fate
    if joined.gone:
        return shown(StepName.MANIFEST, "no manifest gives this pod any more")
    if fate is not None and fate.refused is not None:
        path = f"{fate.refused.path}: " if fate.refused.path else ""
        return shown(StepName.MANIFEST, f"refused ({fate.refused.stage.value}): {path}{fate.refused.reason}")
    if fate is not None and fate.doubtful:
        return unshown(StepName.MANIFEST, "some of the kubelets that the new version can be refuse it, others take it")
    if facts.refused is not None:
        return unshown(StepName.MANIFEST, f"cannot be decoded: {facts.refused}")
    if joined.spec.view.deleting and not joined.lossy:
        return shown(StepName.MANIFEST, "it has a metadata.deletionTimestamp, so no kubelet that reads it starts the pod")
    if joined.read_alike and bundled is not None:
        words = f"{bundled.told.file}, not given: by the bundle both kubelets see the same fields of it, so its view is all"
        return shown(StepName.MANIFEST, words)
    if bundled is not None:
        words = f"{bundled.told.file}, not given: by the bundle the two kubelets do not see the same fields of it"
        return unshown(StepName.MANIFEST, words)
    if joined.spec.view.view is not View.SPEC:
        return unshown(StepName.MANIFEST, "not given; judged by what the running kubelet made of it (--static-pods shows it)")
    if fate is not None and fate.edits.paths:
        return shown(StepName.MANIFEST, f"read, and not what runs: {', '.join(fate.edits.paths)}")
    if fate is not None and fate.edits.in_doubt:
        return unshown(StepName.MANIFEST, f"read; the mirror pod is otherwise in {', '.join(fate.edits.in_doubt)}")
    return shown(StepName.MANIFEST, "read: it is decoded, valid, and refers to no object that is forbidden")


def _static_uid(joined: JoinedPod) -> Found:
    fate = joined.spec.facts.fate
    if fate is not None and not fate.runs:
        return shown(StepName.STATIC_UID, "nothing of this pod runs, so there is no UID to keep")
    uid = None if fate is None else fate.uid
    if uid is None:
        return unshown(StepName.STATIC_UID, "nothing tells which UID the new kubelet gives it")
    because = "; ".join(uid.because)
    made = f" ({fate.check.new})" if fate is not None and fate.check is not None and fate.check.new is not None else ""
    unproved = fate is not None and fate.check is not None and fate.check.in_doubt and not fate.only_place_open
    if fate is not None and fate.pin is Pin.OPEN:
        return unshown(
            StepName.STATIC_UID, "the manifest gives one that looks like a kubelet's, and none makes it of the manifest as it is"
        )
    match uid.outcome:
        case UIDOutcome.KEPT if unproved:
            return unshown(StepName.STATIC_UID, "both versions make one UID of the manifest, and it is not the one that runs")
        case UIDOutcome.KEPT:
            return shown(StepName.STATIC_UID, f"kept{made}: {because or 'both versions make the same UID of it'}")
        case UIDOutcome.CHANGED:
            return shown(StepName.STATIC_UID, f"another UID{made}, hence another pod: {because}")
        case UIDOutcome.UNKNOWN:
            return unshown(StepName.STATIC_UID, because or "nothing tells which UID the new kubelet gives it")


def _pod_state(witness: Witness, joined: JoinedPod) -> Found:
    status = joined.status
    if witness.planned.reason is Reason.POD_TERMINATING:
        return shown(StepName.POD_STATE, "it is being deleted")
    if witness.static and witness.planned.reason is not Reason.POD_FINISHED:
        return shown(StepName.POD_STATE, "of a static pod a restarted kubelet remembers no phase")
    if not status.has_status or status.phase is None:
        return unshown(StepName.POD_STATE, "no status of it was given; taken to be one that runs")
    if not (status.node or joined.spec.view.node):
        return shown(StepName.POD_STATE, f"phase {status.phase}, on no node yet")
    return shown(StepName.POD_STATE, f"phase {status.phase}")


def _admission(witness: Witness) -> Found:
    against = witness.admission
    if isinstance(against, Refused):
        ground = against.ground
        return shown(StepName.ADMISSION, f"refused ({ground.reason}): asked is {ground.asked}, found {ground.has}")
    if isinstance(against, Possible):
        ground = against.ground
        words = f"may be refused ({ground.reason}): asked is {ground.asked}, found {ground.has}; not known is {against.unknown}"
        return unshown(StepName.ADMISSION, words)
    if witness.node is None:
        return unshown(StepName.ADMISSION, "its Node object was not given, so it was not admitted in thought")
    return shown(StepName.ADMISSION, "nothing that was given speaks against it")


def _cgroup(witness: Witness) -> Found:
    step, state = witness.step, witness.state()
    classes = _classes(witness)
    if step is None or state is None or not classes:
        return unshown(StepName.CGROUP, "the pod's QoS class cannot be told")
    runs = "" if state.app_may_run else "; no app container was seen to run, so nothing is killed for it"
    if step.cgroups_move:
        return shown(StepName.CGROUP, f"by its configuration the new kubelet keeps the cgroups of all pods elsewhere{runs}")
    if not step.cgroups_per_qos:
        return shown(StepName.CGROUP, "pods have no cgroups of their own here")
    names = tuple(dict.fromkeys(classes.values()))
    if len(names) == 1:
        told = " and ".join(dict.fromkeys((*(() if step.start is None else (step.start.release,)), step.target.release)))
        if witness.joined is not None and cgroup_in_doubt(witness.joined, step) is not None:
            hidden = "resources of the pod as a whole, which may be missing there, would change it"
            return unshown(StepName.CGROUP, f"QoS class {names[0]} under {told} by what was seen; {hidden}")
        return Found(StepName.CGROUP, step.start is not None, f"QoS class {names[0]} under {told}")
    each = ", ".join(f"{name} under {release}" for release, name in classes.items())
    return shown(StepName.CGROUP, f"QoS class {each}: no cgroup of the pod is where the new kubelet looks{runs}")


def _classes(witness: Witness) -> dict[str, str]:
    """QoS class by release, under every kubelet that the two versions can be; of one release with other gates the new one stands apart."""
    if witness.document is None or witness.step is None or witness.state() is None:
        return {}
    start = () if witness.step.start is None else witness.step.start.builds
    has = witness.taken is Taken.FROM_API or (witness.joined is not None and not witness.joined.lossy)
    found = {build.release: _class(witness.document, build, witness.taken, with_status=has) for build in start}
    for build in witness.target.builds:
        forgets = forgets_pod_resources(start, build)
        name = _class(witness.document, build, witness.taken, with_status=has, forgets=forgets)
        found[build.release if found.get(build.release, name) == name else f"the new {build.release}"] = name
    return found


@lru_cache(maxsize=8)
def _class(document: ReadPod, build: KubeletBuild, taken: Taken, *, with_status: bool, forgets: bool = False) -> str:
    pod = document.under(build, taken).value
    return qos_class(without_pod_resources(pod) if forgets else pod, build, with_status=with_status).value


def _sandbox(witness: Witness) -> Iterator[Found]:
    if witness.step is not None and witness.step.recreates is not None:
        may = "has none" if witness.step.recreates is Reason.RUNTIME_CHANGED else "may have none"
        yield shown(StepName.SANDBOX_COUNT, f"the new container runtime {may} of the pod")
        yield from (unshown(step, "there is none to look at") for step in _OF_A_SANDBOX)
        return
    sandboxes, state = witness.sandboxes(), witness.state()
    if not sandboxes:
        detail = "no sandbox of it was given (crictl pods lists them)"
        yield from (unshown(step, detail) for step in (StepName.SANDBOX_COUNT, StepName.SANDBOX_READY))
    else:
        ready = sum(one.ready for one in sandboxes)
        yield shown(StepName.SANDBOX_COUNT, f"{ready:,} ready of {len(sandboxes):,}")
        yield shown(
            StepName.SANDBOX_READY, "the newest is ready" if sandboxes[0].ready else f"the newest is not ready{_no_matter(witness)}"
        )
    fate = None if witness.joined is None else witness.joined.spec.facts.fate
    if fate is not None and fate.edits.network:
        yield shown(StepName.SANDBOX_NETWORK, "the manifest asks for another network (the node's, or one of its own) than the pod runs in")
        yield unshown(StepName.SANDBOX_ADDRESS, "only crictl inspectp shows it")
        return
    network = sandboxes[0].network if sandboxes else None
    if network is None or state is None:
        detail = "only crictl inspectp shows it" if state is not None else "it cannot be compared without the spec"
        yield from (unshown(step, detail) for step in (StepName.SANDBOX_NETWORK, StepName.SANDBOX_ADDRESS))
        return
    wanted = "the node's network" if state.host_network else "a network of its own"
    mode = "does not say which network it has" if network.mode is None else f"is in network mode {network.mode.value}"
    yield shown(StepName.SANDBOX_NETWORK, f"the spec asks for {wanted}; the sandbox {mode}")
    address = "has an address" if network.address else "has no address"
    yield shown(StepName.SANDBOX_ADDRESS, f"the sandbox {address}" + (" and needs none" if state.host_network else ""))


def _no_matter(witness: Witness) -> str:
    """Why a sandbox that must go takes nothing with it, where that is so."""
    state = witness.state()
    if state is None or another_sandbox_matters(state, witness.build):
        return ""
    return "; nothing of the pod runs or is to run in another, so nothing is killed"


def _init(witness: Witness) -> Found:
    state = witness.state()
    if state is None:
        return unshown(StepName.INIT, "not known without the spec")
    inits = state.of_kind(ContainerKind.INIT, ContainerKind.SIDECAR)
    if not inits:
        return shown(StepName.INIT, "the pod has none")
    progress = init_progress(state, witness.build)
    if not any(one.state is not RunState.UNREPORTED for one in state.containers):
        return unshown(StepName.INIT, "nothing says how far they have come")
    if progress.ends_pod:
        return shown(StepName.INIT, "one of them has failed and is not to run again, so the whole pod is killed")
    if progress.done:
        return shown(StepName.INIT, "the pod is initialised")
    coming = tuple(one for one in inits if one.name in progress.starts)
    if not coming:
        return shown(StepName.INIT, "the pod is not initialised: one of them runs")
    again = "; their records are gone from the runtime, so they run again" if any(one.pruned for one in coming) else ""
    return shown(StepName.INIT, f"the pod is not initialised: next to run are {', '.join(one.name for one in coming)}{again}")
