"""One pod document to what the plan needs of its spec: hashes under both versions, and who may have created what runs.

This is the only place that holds a spec, and it holds one at a time: 150,000 pods are reduced to numbers as they stream by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hashing.containers import DecodedContainer, decode_pod, hash_container, parse_pod
from upgradecheck.hashing.difference import causes
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Cause
from upgradecheck.model.pod import Recorded
from upgradecheck.model.schema import ContainerKind, Era, HashClass, SchemaCatalog


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """One container of a spec.

    kind is what it is to the new kubelet, kind_before to the old one (None if the old version is not known).
    from_hashes and to_hashes hold one hash for every class that the version can be. creators are the minors, up to the old
    version, that make the recorded hash of this spec; candidates the hashes of all minors that may have created it.
    """

    name: str
    kind: ContainerKind
    kind_before: ContainerKind | None
    from_hashes: frozenset[int]
    to_hashes: frozenset[int]
    causes: tuple[Cause, ...] = ()
    creators: tuple[str, ...] = ()
    candidates: frozenset[int] = frozenset()


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


class Examiner:
    """Examines specs; keeps nothing between pods but what the catalog keeps."""

    def __init__(self, catalog: SchemaCatalog) -> None:
        self._catalog = catalog

    def examine(self, raw: bytes, step: Step, recorded: Callable[[str], Recorded | None]) -> SpecFacts:
        """The facts of a pod's containers; recorded gives the recorded hash of a container by name, None if unseen."""
        try:
            pod = parse_pod(raw)
            after = self._decode(pod, step.target)
            before = self._decode(pod, step.start) if step.start is not None else None
        except SpecRefused as error:
            return SpecFacts(refused=str(error))
        containers = []
        for index, versions in enumerate(zip(*after, strict=True)):
            olds = tuple(decoded[index] for decoded in before) if before is not None else None
            containers.append(self._container(pod, index, versions, olds, step, recorded))
        return SpecFacts(tuple(containers))

    def _decode(self, pod: Node, end: KubeletEnd) -> tuple[tuple[DecodedContainer, ...], ...]:
        try:
            return tuple(decode_pod(pod, hash_class.schema) for hash_class in end.classes)
        except SpecRefused as error:
            raise SpecRefused(f"{error.reason} (as kubelet {end.text} reads it)", error.path) from None

    def _container(
        self,
        pod: Node,
        index: int,
        news: Sequence[DecodedContainer],
        olds: Sequence[DecodedContainer] | None,
        step: Step,
        recorded: Callable[[str], Recorded | None],
    ) -> ContainerFacts:
        new = news[-1]
        to_hashes = _hashes(news, step.target)
        if olds is None or step.start is None:
            return ContainerFacts(new.name, new.kind, None, frozenset(), to_hashes)
        old = olds[-1]
        from_hashes = _hashes(olds, step.start)
        why: tuple[Cause, ...] = ()
        if from_hashes != to_hashes:
            why = causes(old, new, step.start.classes[-1].schema, step.target.classes[-1].schema, self._catalog)
        creators: tuple[str, ...] = ()
        candidates: frozenset[int] = frozenset()
        if not step.target.never_compares(new.kind):
            creators, candidates = self._creators(pod, index, old, from_hashes, step.start, recorded(new.name))
        return ContainerFacts(new.name, new.kind, old.kind, from_hashes, to_hashes, why, creators, candidates)

    def _creators(
        self, pod: Node, index: int, old: DecodedContainer, from_hashes: frozenset[int], start: KubeletEnd, record: Recorded | None
    ) -> tuple[tuple[str, ...], frozenset[int]]:
        """Minors that make the recorded hash, and, where the running kubelet never compared it, the hashes of all candidates."""
        uncompared = not start.compares(old.kind)
        if record is not None and record.hash in from_hashes and not uncompared:
            return (str(start.classes[-1].minor),), frozenset()
        if record is None and not uncompared:
            return (), frozenset()
        made = tuple(self._earlier_hashes(pod, index, old.kind, start))
        creators = tuple(dict.fromkeys(str(hash_class.minor) for hash_class, made_hash in made if record and made_hash == record.hash))
        return creators, frozenset(made_hash for _, made_hash in made) if uncompared else frozenset()

    def _earlier_hashes(self, pod: Node, index: int, kind: ContainerKind, start: KubeletEnd) -> list[tuple[HashClass, int]]:
        """(class, hash) for every hash class up to the old version that treats the container as the kind it is, newest first.

        A minor to which the container was of another kind did not start it as what it is now.
        """
        found = []
        for hash_class in self._classes_up_to(start):
            try:
                containers = decode_pod(pod, hash_class.schema)
            except SpecRefused:
                continue
            if index < len(containers) and containers[index].kind is kind:
                found.append((hash_class, hash_container(containers[index], hash_class)))
        return found

    def _classes_up_to(self, start: KubeletEnd) -> list[HashClass]:
        newest = start.classes[-1]
        classes: list[HashClass] = []
        for minor in sorted(known for known in self._catalog.minors() if known <= newest.minor):
            classes += self._catalog.hash_classes(minor)
        computable = [hash_class for hash_class in classes if hash_class.schema.era is not Era.TYPED]
        if newest in computable:
            computable = computable[: computable.index(newest) + 1]
        return computable[::-1]


def _hashes(containers: Sequence[DecodedContainer], end: KubeletEnd) -> frozenset[int]:
    return frozenset(hash_container(container, hash_class) for container, hash_class in zip(containers, end.classes, strict=True))
