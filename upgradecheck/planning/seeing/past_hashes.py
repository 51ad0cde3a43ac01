"""What each kubelet of a node's history would have written on a container, of the spec at hand."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.comparing import surely_compares
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.hashing.difference import causes, knows_more
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Cause
from upgradecheck.model.schema import Schema
from upgradecheck.planning.evidence.past import Past, Written
from upgradecheck.planning.seeing.facts import ContainerFacts
from upgradecheck.planning.seeing.spec import Spec, distinct
from upgradecheck.reading.pod import DecodedPod


class Hashed(msgspec.Struct, frozen=True, gc=False):
    """A pod of which the fast path tells what a kubelet makes of its containers, so that nobody has to decode it for that."""

    build: KubeletBuild
    containers: list[HashedContainer]


Earlier = tuple[tuple[DecodedPod | Hashed, ...] | None, ...]
"""The pod under each kubelet of a history, None where what that one hashed cannot be told."""


def under_past(spec: Spec, past: Past | None, seen_under: Schema | None) -> Earlier:
    """The pod under each kubelet of a history; nothing without one.

    seen_under: the minor through which alone the spec was seen; what it dropped, a kubelet that knows more has hashed.
    """
    if past is None:
        return ()
    spec.pod.expect(build for end in past.ends if end is not None for build in end.builds)
    return tuple(_under(spec, end, past, seen_under) for end in past.ends)


def _under(spec: Spec, end: KubeletEnd | None, past: Past, seen_under: Schema | None) -> tuple[DecodedPod | Hashed, ...] | None:
    if end is None or (past.resizes and not end.hashes_image_and_name_only()):
        return None
    dropped = seen_under is not None and any(knows_more(seen_under, hash_class.schema) for hash_class in end.classes)
    if dropped and not end.hashes_image_and_name_only():
        return None
    try:
        return tuple(_soon(spec, build) or spec.under(build) for build in end.builds)
    except SpecRefused:
        return None


def _soon(spec: Spec, build: KubeletBuild) -> Hashed | None:
    made = spec.made_fast(build.hash_class)
    return None if made is None else Hashed(build, made)


def _hash(spec: Spec, seen: DecodedPod | Hashed, index: int) -> Hash:
    return seen.containers[index].hash if isinstance(seen, Hashed) else spec.hash(seen, index)


def with_past(facts: ContainerFacts, spec: Spec, index: int, earlier: Earlier) -> ContainerFacts:
    """The facts of a container with what each kubelet of the node's history would have written."""
    made = (None if seen is None else distinct(_hash(spec, one, index) for one in seen if index < len(one.containers)) for seen in earlier)
    known = {facts.from_hashes: facts.from_hashes, facts.to_hashes: facts.to_hashes}
    written = _shared(tuple(None if hashes is None else known.get(hashes) or _one_of_equals(hashes) for hashes in made))
    start = spec.step.start
    if start is None or facts.kind_before is None or _surely_compared(spec, start, facts):
        return replace(facts, written=written)
    return replace(facts, written=written, causes_by_hash=_causes_by_hash(facts, spec, index, earlier))


def _surely_compared(spec: Spec, start: KubeletEnd, facts: ContainerFacts) -> bool:
    assert facts.kind_before is not None
    return spec.step.checked and surely_compares(start, facts.kind_before, startup_probe=facts.traits.startup_probe)


def _causes_by_hash(facts: ContainerFacts, spec: Spec, index: int, earlier: Earlier) -> tuple[tuple[Hash, tuple[Cause, ...]], ...]:
    new, target = spec.after[-1].containers[index], spec.step.target.classes[-1].schema
    found: dict[Hash, tuple[Cause, ...]] = {}
    for seen in (one for under in earlier for one in under or () if index < len(one.containers)):
        carried = _hash(spec, seen, index)
        if carried not in found and carried not in facts.to_hashes:
            old = spec.under(seen.build).containers[index]
            found[carried] = causes(old, new, seen.build.schema, target, spec.catalog)
    return tuple(found.items())


@lru_cache(maxsize=4096)
def _shared(written: Written) -> Written:
    """One of equal ones: replicas and neighbouring versions write the same, and 300,000 containers are kept."""
    return written


@lru_cache(maxsize=256)
def _one_of_equals(hashes: tuple[Hash, ...]) -> tuple[Hash, ...]:
    """The same for kubelets that hash alike, which are often neighbours."""
    return hashes
