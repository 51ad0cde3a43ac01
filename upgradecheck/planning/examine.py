"""One pod document to what the plan needs of its spec: hashes under both versions, and who may have created what runs.

This is the only place that holds a spec, and it holds one at a time: 150,000 pods are reduced to numbers as they stream by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hashing.containers import DecodedContainer, decode_pod, hash_container, parse_pod, restarts_on_resize
from upgradecheck.hashing.difference import causes
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Cause
from upgradecheck.model.pod import Recorded
from upgradecheck.model.schema import ContainerKind, HashClass, Schema, SchemaCatalog


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """One container of a spec.

    kind is what it is to the new kubelet, kind_before to the old one (None if the old version is not known).
    from_hashes and to_hashes hold one hash for every class that the version can be. creators are the minors, up to the old
    version, that make the recorded hash of this spec; candidates the hashes of all minors that may have created it.
    restarts_on_resize: its policy is to restart when its resources change, and it has some.
    """

    name: str
    kind: ContainerKind
    kind_before: ContainerKind | None
    from_hashes: tuple[int, ...]
    to_hashes: tuple[int, ...]
    causes: tuple[Cause, ...] = ()
    creators: tuple[str, ...] = ()
    candidates: tuple[int, ...] = ()
    restarts_on_resize: bool = False


@dataclass(frozen=True, slots=True)
class _Made:
    """What a kubelet of one class makes of a container."""

    hash_class: HashClass
    container: DecodedContainer
    hash: int


@dataclass(frozen=True, slots=True)
class SpecFacts:
    """A spec, examined; refused says which version's decoder refuses it and why, and then there are no containers."""

    containers: tuple[ContainerFacts, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The upgrade of one node. start is None if no source says what it runs; survival says that the node itself reports it."""

    start: KubeletEnd | None
    target: KubeletEnd
    survival: bool = False


@dataclass(frozen=True, slots=True)
class _Spec:
    """A pod's document, parsed once, and whether the kubelet has it from an API server."""

    tree: Node
    from_api: bool

    def under(self, schema: Schema) -> tuple[DecodedContainer, ...]:
        return decode_pod(self.tree, schema, from_api=self.from_api)

    def under_end(self, end: KubeletEnd) -> tuple[tuple[DecodedContainer, ...], ...]:
        """The containers under each class that a version can be."""
        try:
            seen = tuple(self.under(hash_class.schema) for hash_class in end.classes)
        except SpecRefused as error:
            raise SpecRefused(f"{error.reason} (as kubelet {end.text} reads it)", error.path) from None
        if len({len(containers) for containers in seen}) > 1:
            raise SpecRefused(f"kubelet {end.text} may or may not know a kind of container in it; give a released version")
        return seen


class Examiner:
    """Examines specs; keeps nothing between pods but what the catalog keeps."""

    def __init__(self, catalog: SchemaCatalog) -> None:
        self._catalog = catalog

    def examine(self, raw: bytes, step: Step, recorded: Callable[[str], Recorded | None], *, from_api: bool = True) -> SpecFacts:
        """The facts of a pod's containers; recorded gives the recorded hash of a container by name, None if unseen.

        from_api: the kubelet has the pod from an API server, not from a file or URL.
        """
        try:
            spec = _Spec(parse_pod(raw), from_api)
            after = spec.under_end(step.target)
            before = spec.under_end(step.start) if step.start is not None else ()
        except SpecRefused as error:
            return SpecFacts(refused=str(error))
        containers = []
        for index, news in enumerate(zip(*after, strict=True)):
            # The old version may not know a container at all: ephemeral ones, which come last, before 1.16.
            olds = tuple(decoded[index] for decoded in before if index < len(decoded))
            containers.append(self._container(spec, index, news, olds, step, recorded(news[-1].name)))
        return SpecFacts(tuple(containers))

    def _container(
        self,
        spec: _Spec,
        index: int,
        news: Sequence[DecodedContainer],
        olds: Sequence[DecodedContainer],
        step: Step,
        record: Recorded | None,
    ) -> ContainerFacts:
        new = news[-1]
        to_hashes = _hashes(news, step.target)
        if not olds or step.start is None:
            return ContainerFacts(new.name, new.kind, None, (), to_hashes, restarts_on_resize=restarts_on_resize(new))
        old = olds[-1]
        from_hashes = _hashes(olds, step.start)
        makers: tuple[_Made, ...] = ()
        candidates: tuple[int, ...] = ()
        if not step.target.never_compares(new.kind):
            makers, candidates = self._makers(spec, index, old, from_hashes, step.start, record)
        creators = tuple(dict.fromkeys(str(made.hash_class.minor) for made in makers))
        carried, maker, made_by = from_hashes, old, step.start.classes[-1].schema
        if makers:  # what runs may be older than the running kubelet, if that never compared it
            carried, maker, made_by = (makers[0].hash,), makers[0].container, makers[0].hash_class.schema
        why = causes(maker, new, made_by, step.target.classes[-1].schema, self._catalog) if carried != to_hashes else ()
        resize = restarts_on_resize(new)
        return ContainerFacts(new.name, new.kind, old.kind, from_hashes, to_hashes, why, creators, candidates, resize)

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
        for hash_class in self._classes_up_to(start):
            try:
                containers = spec.under(hash_class.schema)
            except SpecRefused:
                continue
            if index < len(containers) and containers[index].kind is kind:
                yield _Made(hash_class, containers[index], hash_container(containers[index], hash_class))

    def _classes_up_to(self, start: KubeletEnd) -> list[HashClass]:
        newest = start.classes[-1]
        classes: list[HashClass] = []
        for minor in sorted(known for known in self._catalog.minors() if known <= newest.minor):
            classes += self._catalog.hash_classes(minor)
        if newest in classes:
            classes = classes[: classes.index(newest) + 1]
        return classes[::-1]


def _hashes(containers: Sequence[DecodedContainer], end: KubeletEnd) -> tuple[int, ...]:
    return _distinct(hash_container(container, hash_class) for container, hash_class in zip(containers, end.classes, strict=True))


def _distinct(hashes: Iterable[int]) -> tuple[int, ...]:
    """Without repetitions, ordered; a tuple because 300,000 frozensets would cost 60 MB."""
    return tuple(sorted(set(hashes)))
