"""The facts of a spec: what its text, the step and the way in which the kubelet has it tell, and nothing else.

No record, no UID and no other pod comes in, so that what is found of one text holds for every pod that has it.
"""

from __future__ import annotations

from collections.abc import Sequence

from upgradecheck.decisions.admission import admission_request
from upgradecheck.decisions.comparing import surely_compares
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.qos import heeds_pod_resources, is_told_class, qos_class
from upgradecheck.decisions.resizing import IN_PLACE_RESIZE, forgets_pod_resources
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import DecodedContainer, hash_container_without_resources
from upgradecheck.hashing.difference import causes, set_by_server
from upgradecheck.model.admission import QOSClass
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Cause
from upgradecheck.model.pod import View
from upgradecheck.planning.evidence.past import Past
from upgradecheck.planning.seeing.exposed import exposure_of
from upgradecheck.planning.seeing.facts import ContainerFacts, SpecFacts
from upgradecheck.planning.seeing.gated import gates_touching
from upgradecheck.planning.seeing.past_hashes import under_past, with_past
from upgradecheck.planning.seeing.spec import Spec, distinct
from upgradecheck.planning.seeing.traits import container_traits, knows_resize_policies, pod_traits
from upgradecheck.reading.pod import DecodedPod


def facts_of(spec: Spec, *, view: View = View.SPEC, past: Past | None = None) -> SpecFacts:
    """All that can be said of a spec before a record is looked at; its request at admission is nobody's yet.

    view: whose the document is. past: the history of the node's kubelets.
    """
    try:
        after, before = spec.after, spec.before
    except SpecRefused as error:
        return SpecFacts(refused=str(error))
    seen_under = before[-1].build.schema if view is not View.SPEC and before else None
    earlier = under_past(spec, past, seen_under)
    policies_shown = _shows_policies(spec, view)
    new = after[-1]
    containers = []
    for index in range(len(new.containers)):
        facts = _container(spec, index, policies_shown=policies_shown)
        containers.append(with_past(facts, spec, index, earlier) if earlier else facts)
    request = admission_request(new.value, new.build, uid="", from_api=spec.from_api, with_status=spec.with_status)
    return SpecFacts(
        tuple(containers),
        traits=pod_traits(
            new.value,
            new.containers,
            moves=_moves(spec),
            gates=gates_touching(spec.pod.raw, spec.step.gates),
            told_class=_told_class(spec) if view is View.MIRROR else None,
        ),
        request=request,
        past=past,
        exposure=exposure_of(new.value, guaranteed=request.needs.qos is QOSClass.GUARANTEED),
    )


def _container(spec: Spec, index: int, *, policies_shown: bool) -> ContainerFacts:
    step, after = spec.step, spec.after
    new = after[-1].containers[index]
    traits = container_traits(new, after[-1].value, policies_shown=policies_shown)
    to_hashes, without = spec.hashes(after, index), _hashes_without_resources(after, index)
    # The old version may not know a container at all: ephemeral ones, which come last, before 1.16.
    olds = [one.containers[index] for one in spec.before if index < len(one.containers)]
    if not olds or step.start is None:
        return ContainerFacts(
            new.name, new.kind, None, (), to_hashes, traits=traits, to_hashes_without_resources=without, guessed=spec.is_guessed(new)
        )
    old, from_hashes = olds[-1], spec.hashes(spec.before, index)
    meanwhile = spec.hashes(spec.meanwhile, index)
    meanwhile = () if meanwhile == from_hashes else meanwhile
    return ContainerFacts(
        new.name,
        new.kind,
        old.kind,
        from_hashes,
        to_hashes,
        causes=_causes(spec, index, old, new) if from_hashes != to_hashes or meanwhile else (),
        candidates=_candidates(spec, step.start, index, old, new, startup_probe=traits.startup_probe),
        traits=traits,
        to_hashes_without_resources=without,
        from_hashes_without_resources=_hashes_without_resources(spec.before, index),
        meanwhile=meanwhile,
        guessed=spec.is_guessed(new),
    )


def _causes(spec: Spec, index: int, old: DecodedContainer, new: DecodedContainer) -> tuple[Cause, ...]:
    """What an API server sets first, for that comes first; then what makes the hash of the spec as it is now change, if anything does."""
    start, target = spec.step.start, spec.step.target
    assert start is not None
    paths = spec.set_by_server(index, old)
    plain = spec.under(target.builds[-1])
    if paths and spec.hash(plain, index) in spec.hashes(spec.before, index):
        return set_by_server(paths)
    return (*set_by_server(paths), *causes(old, plain.containers[index], start.classes[-1].schema, target.classes[-1].schema, spec.catalog))


def _candidates(
    spec: Spec, start: KubeletEnd, index: int, old: DecodedContainer, new: DecodedContainer, *, startup_probe: bool
) -> tuple[Hash, ...]:
    """The hashes of all that may have created a container which the running kubelet may not compare, and the new one may."""
    compared = spec.step.checked and surely_compares(start, old.kind, startup_probe=startup_probe)
    if compared or spec.step.target.never_compares(new.kind):
        return ()
    return distinct(made.hash for made in spec.made_earlier(index, old.kind))


def _hashes_without_resources(seen: Sequence[DecodedPod], index: int) -> tuple[Hash, ...]:
    """Only for kubelets that ask for them: those with in-place resize as an alpha gate that is on."""
    asking = (one for one in seen if index < len(one.containers) and one.build.feature_gate(IN_PLACE_RESIZE))
    made = (hash_container_without_resources(one.containers[index], one.build.hash_class) for one in asking)
    return distinct(one for one in made if one is not None)


def _shows_policies(spec: Spec, view: View) -> bool:
    """Whether a resize policy that the manifest, or the API server, gives stands in the document.

    A kubelet drops what it does not know, and an API server what its gate switches off (dropDisabledFields in pkg/api/pod/util.go).
    """
    if view is View.SPEC:
        return True
    shown = bool(spec.before) and all(knows_resize_policies(one.build.schema) for one in spec.before)
    server = spec.step.api_from
    return shown and (view is not View.MIRROR or (server is not None and server.feature_gate(IN_PLACE_RESIZE)))


def _told_class(spec: Spec) -> bool | None:
    """Whether the class that the kubelet tells of a pod is the one that its mirror pod shows; None where it tells none, or heeds less."""
    if not spec.before or not all(heeds_pod_resources(one.build) for one in spec.before):
        return None
    found = {is_told_class(one.value, one.build) for one in spec.before}
    return found.pop() if len(found) == 1 else None


def _moves(spec: Spec) -> bool:
    """Whether the pod's cgroup stands elsewhere for the new kubelet: below another QoS class."""
    start = tuple(one.build for one in spec.before)
    pods = [(one.value, one.build) for one in spec.before]
    for one in spec.after:
        pods.append((without_pod_resources(one.value) if forgets_pod_resources(start, one.build) else one.value, one.build))
    return bool(start) and len({qos_class(pod, build, with_status=spec.with_status) for pod, build in pods}) > 1


def without_pod_resources(pod: GoValue) -> GoValue:
    """A pod as a kubelet has it that forgot the resources of the pod as a whole (see forgets_pod_resources)."""
    return {**pod, "Spec": {name: value for name, value in pod.get("Spec", {}).items() if name != "Resources"}}
