"""One pod document to what the plan needs of its spec: hashes under both versions, and who may have created what runs.

This is the only place that holds a spec, and it holds one at a time: 150,000 pods are reduced to numbers as they stream by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from upgradecheck.decisions.admission import PodRequest, admission_request
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.manifests.reading import RefusedManifest, read_static_pod
from upgradecheck.decisions.manifests.uids import KEPT_BY_MANIFEST, UIDComparison, UIDOutcome, compare_uids
from upgradecheck.decisions.qos import qos_class
from upgradecheck.decisions.resizing import GATE, forgets_pod_resources
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import DecodedContainer, hash_container, hash_container_without_resources
from upgradecheck.hashing.difference import causes, knows_more
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Cause
from upgradecheck.model.pod import Recorded
from upgradecheck.model.schema import ContainerKind, HashClass, Schema, SchemaCatalog
from upgradecheck.planning.evidence.past import Past, Written
from upgradecheck.planning.seeing.statics import StaticFate
from upgradecheck.planning.seeing.traits import ContainerTraits, PodTraits, container_traits, pod_traits
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """One container of a spec.

    kind is what it is to the new kubelet, kind_before to the old one (None if the old version is not known).
    from_hashes and to_hashes hold one hash for every class that the version can be. creators are the minors, up to the old
    version, that make the recorded hash of this spec; candidates the hashes of all minors that may have created it.
    written: what each kubelet of the node's history would have written, where there is one; causes_by_hash: why these are others than the
    new hash, where the running kubelet did not compare them.
    """

    name: str
    kind: ContainerKind
    kind_before: ContainerKind | None
    from_hashes: tuple[int, ...]
    to_hashes: tuple[int, ...]
    causes: tuple[Cause, ...] = ()
    creators: tuple[str, ...] = ()
    candidates: tuple[int, ...] = ()
    traits: ContainerTraits = field(default_factory=ContainerTraits)
    to_hashes_without_resources: tuple[int, ...] = ()
    written: Written = ()
    causes_by_hash: tuple[tuple[int, tuple[Cause, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Made:
    """What a kubelet of one class makes of a container."""

    hash_class: HashClass
    container: DecodedContainer
    hash: int


@dataclass(frozen=True, slots=True)
class SpecFacts:
    """A spec, examined; refused says which version's decoder refuses it and why, and then there are no containers.

    fate: what becomes of a static pod as a whole. request: what the pod asks for at admission under the new kubelet. past: the history
    whose kubelets' hashes the containers hold.
    """

    containers: tuple[ContainerFacts, ...] = ()
    refused: str | None = None
    traits: PodTraits = field(default_factory=PodTraits)
    fate: StaticFate | None = None
    request: PodRequest | None = None
    past: Past | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the kubelet has a pod, and how we have its document.

    uid: the kubelet's UID of it. from_api: from an API server, not from a file or URL. lossy: the document was made by the old kubelet.
    own_uid: the UID is not one that a kubelet made of the pod. alone: see StaticFate. listed: it is an item of a list, without a kind.
    """

    uid: str = ""
    from_api: bool = True
    lossy: bool = False
    own_uid: bool = True
    alone: bool = True
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The upgrade of one node. start is None if no source says what it runs; survival says that the node itself reports it.

    cgroups_per_qos: pods have cgroups of their own, below that of their QoS class, as by default. cgroups_move: the new kubelet keeps
    all of them in another place than the running one, by its configuration.
    """

    start: KubeletEnd | None
    target: KubeletEnd
    survival: bool = False
    cgroups_per_qos: bool = True
    cgroups_move: bool = False


_Earlier = tuple[DecodedPod, ...] | None


@dataclass(frozen=True, slots=True)
class _Spec:
    """A pod's document, and how the kubelet has it."""

    pod: ReadPod
    taken: Taken

    def under(self, build: KubeletBuild) -> DecodedPod:
        return self.pod.under(build, self.taken)

    def under_end(self, end: KubeletEnd) -> tuple[DecodedPod, ...]:
        """The pod under each kubelet that a version can be."""
        try:
            seen = tuple(self.under(build) for build in end.builds)
        except SpecRefused as error:
            raise SpecRefused(f"{error.reason} (as kubelet {end.text} reads it)", error.path) from None
        if len({len(one.containers) for one in seen}) > 1:
            raise SpecRefused(f"kubelet {end.text} may or may not know a kind of container in it; give a released version")
        return seen


@dataclass(frozen=True, slots=True)
class _Pair:
    """One container of a pod under every kubelet that the new and the old version can be; index is its place in the spec."""

    index: int
    news: tuple[DecodedContainer, ...]
    olds: tuple[DecodedContainer, ...]


class Examiner:
    """Examines specs; keeps nothing between pods but what the catalog keeps."""

    def __init__(self, catalog: SchemaCatalog) -> None:
        self._catalog = catalog

    def examine(
        self,
        pod: ReadPod,
        step: Step,
        recorded: Callable[[str], Recorded | None],
        reading: Reading = Reading(),
        past: Past | None = None,
    ) -> SpecFacts:
        """The facts of a pod's containers; recorded gives the recorded hash of a container by name, None if unseen."""
        fate = None if reading.from_api else _taken(pod, step.target, reading)
        spec = _Spec(pod, Taken.FROM_API if reading.from_api else Taken.DEFAULTED)
        try:
            after = spec.under_end(step.target)
            before = spec.under_end(step.start) if step.start is not None else ()
        except SpecRefused as error:
            return SpecFacts(refused=str(error), fate=fate)
        seen_under = before[-1].build.schema if reading.lossy and before else None
        earlier = () if past is None else tuple(_under_past(spec, end, past, seen_under) for end in past.ends)
        containers = []
        for index, news in enumerate(zip(*(seen.containers for seen in after), strict=True)):
            # The old version may not know a container at all: ephemeral ones, which come last, before 1.16.
            olds = tuple(seen.containers[index] for seen in before if index < len(seen.containers))
            traits = container_traits(news[-1], after[-1].value, seen_under=seen_under)
            facts = self._container(spec, _Pair(index, news, olds), step, recorded(news[-1].name), traits)
            containers.append(self._with_past(facts, news[-1], index, earlier, step) if earlier else facts)
        new = after[-1]
        return SpecFacts(
            tuple(containers),
            traits=pod_traits(new.value, new.containers, moves=_moves(before, after, reading)),
            fate=None if fate is None else replace(fate, uid=self._uid(spec, step, reading)),
            request=admission_request(new.value, new.build, uid=reading.uid, from_api=reading.from_api),
            past=past,
        )

    def _uid(self, spec: _Spec, step: Step, reading: Reading) -> UIDComparison | None:
        """What becomes of the UID of a static pod that every kubelet at hand can decode; None where nobody says what runs now."""
        if step.start is None:
            return KEPT_BY_MANIFEST if reading.own_uid else None
        pairs = ((old, new) for old in step.start.builds for new in step.target.builds)
        found = [compare_uids(spec.pod, old, new, self._catalog, own_uid=reading.own_uid) for old, new in pairs]
        if len({one.outcome for one in found}) == 1:
            return found[-1]
        return UIDComparison(UIDOutcome.UNKNOWN, ("the version can be several",))

    def _container(self, spec: _Spec, pair: _Pair, step: Step, record: Recorded | None, traits: ContainerTraits) -> ContainerFacts:
        new = pair.news[-1]
        to_hashes, without = _hashes(pair.news, step.target), _hashes_without_resources(pair.news, step.target)
        if not pair.olds or step.start is None:
            return ContainerFacts(new.name, new.kind, None, (), to_hashes, traits=traits, to_hashes_without_resources=without)
        old = pair.olds[-1]
        from_hashes = _hashes(pair.olds, step.start)
        makers: tuple[_Made, ...] = ()
        candidates: tuple[int, ...] = ()
        if not step.target.never_compares(new.kind):
            makers, candidates = self._makers(spec, pair.index, old, from_hashes, step.start, record)
        creators = tuple(dict.fromkeys(str(made.hash_class.minor) for made in makers))
        carried, maker, made_by = from_hashes, old, step.start.classes[-1].schema
        if makers:  # what runs may be older than the running kubelet, if that never compared it
            carried, maker, made_by = (makers[0].hash,), makers[0].container, makers[0].hash_class.schema
        why = causes(maker, new, made_by, step.target.classes[-1].schema, self._catalog) if carried != to_hashes else ()
        return ContainerFacts(new.name, new.kind, old.kind, from_hashes, to_hashes, why, creators, candidates, traits, without)

    def _with_past(
        self, facts: ContainerFacts, new: DecodedContainer, index: int, earlier: tuple[_Earlier, ...], step: Step
    ) -> ContainerFacts:
        """The facts with what each kubelet of the node's history would have written."""
        made = (None if seen is None else _written(seen, index) for seen in earlier)
        known = {facts.from_hashes: facts.from_hashes, facts.to_hashes: facts.to_hashes}
        written = _shared(tuple(None if hashes is None else known.get(hashes) or _one_of_equals(hashes) for hashes in made))
        if step.start is None or facts.kind_before is None or step.start.compares(facts.kind_before):
            return replace(facts, written=written)
        by_hash: dict[int, tuple[Cause, ...]] = {}
        for seen in (one for under in earlier for one in under or () if index < len(one.containers)):
            old = seen.containers[index]
            carried = hash_container(old, seen.build.hash_class)
            if carried not in by_hash and carried not in facts.to_hashes:
                by_hash[carried] = causes(old, new, seen.build.schema, step.target.classes[-1].schema, self._catalog)
        return replace(facts, written=written, causes_by_hash=tuple(by_hash.items()))

    def _makers(
        self, spec: _Spec, index: int, old: DecodedContainer, from_hashes: tuple[int, ...], start: KubeletEnd, record: Recorded | None
    ) -> tuple[tuple[_Made, ...], tuple[int, ...]]:
        """Who makes the recorded hash, newest first, and, where the running kubelet never compared it, the hashes of all candidates."""
        uncompared = not start.compares(old.kind)
        if record is not None and record.hash in from_hashes and not uncompared:
            return (_Made(start.classes[-1], old, record.hash),), ()
        if record is None and not uncompared:
            return (), ()
        earlier = tuple(self._made_earlier(spec, index, old.kind, start))
        makers = tuple(made for made in earlier if record is not None and made.hash == record.hash)
        return makers, _distinct(made.hash for made in earlier) if uncompared else ()

    def _made_earlier(self, spec: _Spec, index: int, kind: ContainerKind, start: KubeletEnd) -> Iterator[_Made]:
        """The hash under every class up to the old version that treats the container as the kind it is, newest first.

        A minor to which the container was of another kind did not start it as what it is now.
        """
        for build in self._builds_up_to(start):
            try:
                containers = spec.under(build).containers
            except SpecRefused:
                continue
            if index < len(containers) and containers[index].kind is kind:
                yield _Made(build.hash_class, containers[index], hash_container(containers[index], build.hash_class))

    def _builds_up_to(self, start: KubeletEnd) -> list[KubeletBuild]:
        """One kubelet of each hash class up to the old version's, newest first."""
        newest = start.classes[-1]
        builds: dict[HashClass, KubeletBuild] = {}
        for minor in sorted(known for known in self._catalog.minors() if known <= newest.minor):
            builds |= {build.hash_class: build for build in self._catalog.builds_of(minor)}
            if newest in builds:
                break
        classes = list(builds)
        if newest in builds:
            classes = classes[: classes.index(newest) + 1]
        return [builds[one] for one in reversed(classes)]


def _under_past(spec: _Spec, end: KubeletEnd | None, past: Past, seen_under: Schema | None) -> _Earlier:
    """The pod under a kubelet of the node's history, None where what that one hashed cannot be told.

    seen_under: the minor through which alone the spec was seen; what it dropped, a kubelet that knows more has hashed.
    """
    if end is None or (past.resizes and not end.hashes_image_and_name_only()):
        return None
    dropped = seen_under is not None and any(knows_more(seen_under, hash_class.schema) for hash_class in end.classes)
    if dropped and not end.hashes_image_and_name_only():
        return None
    try:
        return tuple(spec.under(build) for build in end.builds)
    except SpecRefused:
        return None


def _written(seen: Sequence[DecodedPod], index: int) -> tuple[int, ...]:
    """Empty for a container that this kubelet does not know, and so did not create."""
    return _distinct(hash_container(one.containers[index], one.build.hash_class) for one in seen if index < len(one.containers))


@lru_cache(maxsize=4096)
def _shared(written: Written) -> Written:
    """One of equal ones: replicas and neighbouring versions write the same, and 300,000 containers are kept."""
    return written


@lru_cache(maxsize=256)
def _one_of_equals(hashes: tuple[int, ...]) -> tuple[int, ...]:
    """The same for kubelets that hash alike, which are often neighbours."""
    return hashes


def _taken(pod: ReadPod, target: KubeletEnd, reading: Reading) -> StaticFate:
    """Whether the new kubelet takes a manifest, or (seen through the old kubelet) what that shows of it."""
    found = [read_static_pod(pod, build, listed=reading.listed) for build in target.builds]
    refused = [one for one in found if isinstance(one, RefusedManifest)]
    if len(refused) == len(found):
        return StaticFate(refused=refused[-1], alone=reading.alone)
    return StaticFate(doubtful=bool(refused), alone=reading.alone)


def _moves(before: Sequence[DecodedPod], after: Sequence[DecodedPod], reading: Reading) -> bool:
    """Whether the pod's cgroup stands elsewhere for the new kubelet: below another QoS class."""
    start = tuple(seen.build for seen in before)
    pods = [(seen.value, seen.build) for seen in before]
    pods += [(without_pod_resources(seen.value) if forgets_pod_resources(start, seen.build) else seen.value, seen.build) for seen in after]
    return bool(before) and len({qos_class(pod, build, from_api=reading.from_api) for pod, build in pods}) > 1


def without_pod_resources(pod: GoValue) -> GoValue:
    """A pod as a kubelet has it that forgot the resources of the pod as a whole (see forgets_pod_resources)."""
    return {**pod, "Spec": {name: value for name, value in pod.get("Spec", {}).items() if name != "Resources"}}


def _hashes(containers: Sequence[DecodedContainer], end: KubeletEnd) -> tuple[int, ...]:
    return _distinct(hash_container(container, build.hash_class) for container, build in zip(containers, end.builds, strict=True))


def _hashes_without_resources(containers: Sequence[DecodedContainer], end: KubeletEnd) -> tuple[int, ...]:
    """Only for kubelets that ask for them: those with in-place resize as an alpha gate that is on."""
    pairs = zip(containers, end.builds, strict=True)
    made = (hash_container_without_resources(container, build.hash_class) for container, build in pairs if build.gate(GATE))
    return _distinct(one for one in made if one is not None)


def _distinct(hashes: Iterable[int]) -> tuple[int, ...]:
    """Without repetitions, ordered; a tuple because 300,000 frozensets would cost 60 MB."""
    return tuple(sorted(set(hashes)))
