"""The facts of a spec, remembered: a fleet is made of replicas, and what is found of one of them holds for all but for what is open in it.

Open are hashes, since each replica has a token's volume of its own; the node's name and the time of creation; and the UID, which stands in
no facts yet. Only of pods of an API server, whose hashes under the kubelets of the step the fast path has. All others are looked at one by
one, and so is the first of a kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.containers import HashedContainer
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import View
from upgradecheck.planning.evidence.past import Past
from upgradecheck.planning.seeing.facts import ContainerFacts, SpecFacts, Step
from upgradecheck.planning.seeing.gated import gates_touching
from upgradecheck.planning.seeing.spec import Spec, distinct
from upgradecheck.planning.seeing.spec_facts import facts_of

_MOST_BYTES = 16 << 20
"""Of keys; a fleet in which no two pods are alike must not be kept."""

_COUNTS, _REST = 2, 3
"""Where a key has what counts of the lists of containers, and the rest of the spec."""

READS_STATUS = b"RestartContainer"
"""A resizePolicy that restarts makes the facts of a container hang on more of its status than a key holds."""


class _Kind(msgspec.Struct, frozen=True, gc=False):
    """Facts of one pod, and whether those of its replicas can be made of them."""

    facts: SpecFacts
    holds: bool


class KnownFacts:
    """The facts of the kinds of pods that were met."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Kind] = {}
        self._bytes = 0
        self._steps: list[Step] = []
        self._numbers: dict[int, tuple[int, Step]] = {}

    def facts_of(self, spec: Spec, *, view: View, past: Past | None) -> SpecFacts:
        """As spec_facts.facts_of, which is asked where nothing is known."""
        start = spec.step.start
        if start is None or not spec.is_plain:
            return facts_of(spec, view=view, past=past)
        builds = (*start.builds, *spec.step.target.builds)
        if past is not None:  # so many kubelets hash it that the fast path is the quicker one for a text that is met once, too
            spec.hash_fast((*builds, *(build for end in past.ends if end is not None for build in end.builds)))
        if past is not None or READS_STATUS in spec.pod.raw:
            return facts_of(spec, view=view, past=past)
        fast = spec.pod.fast(builds)
        found = None if fast is None else fast.key
        if fast is None or found is None:
            return facts_of(spec, view=view, past=past)
        key = (self._number(spec.step), view, *found.key)
        kind = self._known.get(key)
        if kind is not None and kind.holds:
            hashed = {build: fast.containers(build.hash_class, from_api=True) for build in builds}
            made = _replica(kind.facts, spec, hashed)
            if made is not None and made.request is not None:
                return replace(made, request=replace(made.request, created=found.created, node_name=found.node))
        facts = facts_of(spec, view=view, past=past)
        if kind is None:
            self._keep(key, _Kind(facts, can_be_made_again(facts)))
        return facts

    def _number(self, step: Step) -> int:
        """Equal for equal steps: each node has one of its own, and most of them are alike."""
        known = self._numbers.get(id(step))
        if known is None:
            number = next((number for number, one in enumerate(self._steps) if one == step), len(self._steps))
            self._steps += [step] if number == len(self._steps) else []
            known = self._numbers[id(step)] = number, step
        return known[0]

    def _keep(self, key: tuple[Any, ...], kind: _Kind) -> None:
        self._bytes += sum(map(len, key[_COUNTS])) + len(key[_REST])
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            self._bytes = 0
        self._known[key] = kind


def can_be_made_again(facts: SpecFacts) -> bool:
    """Whether nothing in the facts hangs on a hash but the two of each container; what it was compared with earlier is one more."""
    return facts.refused is None and facts.request is not None and all(map(has_two_hashes, facts.containers))


def has_two_hashes(one: ContainerFacts) -> bool:
    """Whether nothing of a container hangs on another hash than these two."""
    others = (
        one.candidates,
        one.to_hashes_without_resources,
        one.from_hashes_without_resources,
        one.meanwhile,
        one.written,
        one.causes_by_hash,
        one.by_record,
        one.creators,
    )
    return not any(others) and not one.guessed


def _replica(facts: SpecFacts, spec: Spec, hashed: dict[KubeletBuild, list[HashedContainer] | None]) -> SpecFacts | None:
    """The facts with the hashes of a replica; None where the two of a container are equal in one of them alone, or not all are known."""
    start, target = spec.step.start, spec.step.target
    assert start is not None
    before, after = _lists(hashed, start.builds), _lists(hashed, target.builds)
    if before is None or after is None:
        return None
    containers = []
    for index, one in enumerate(facts.containers):
        from_hashes, to_hashes = _at(before, index), _at(after, index)
        if (from_hashes == to_hashes) != (one.from_hashes == one.to_hashes):
            return None
        containers.append(replace(one, from_hashes=from_hashes, to_hashes=to_hashes))
    gates = gates_touching(spec.pod.raw, spec.step.gates)
    traits = facts.traits if gates == facts.traits.gates else replace(facts.traits, gates=gates)
    return replace(facts, containers=tuple(containers), traits=traits)


def _lists(hashed: dict[KubeletBuild, list[HashedContainer] | None], builds: Sequence[KubeletBuild]) -> list[list[HashedContainer]] | None:
    found = [hashed[build] for build in builds]
    return None if None in found else [one for one in found if one is not None]


def _at(lists: list[list[HashedContainer]], index: int) -> tuple[Hash, ...]:
    """As Spec.hashes."""
    if len(lists) == 1:
        return (lists[0][index].hash,) if index < len(lists[0]) else ()
    return distinct(one[index].hash for one in lists if index < len(one))
