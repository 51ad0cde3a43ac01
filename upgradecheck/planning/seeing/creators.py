"""Who created what runs: the minors that make the recorded hash of the spec at hand. This is what a record adds to the facts of a spec.

Where the running kubelet compares the container, the hash is its own, or the spec is not what runs. What it never compared may be older
than itself, and so may the cause of a change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from upgradecheck.hashing.difference import causes
from upgradecheck.model.plan import Cause
from upgradecheck.model.pod import Recorded
from upgradecheck.planning.seeing.facts import ByRecord, ContainerFacts, SpecFacts
from upgradecheck.planning.seeing.spec import Made, Spec


def carried(
    facts: SpecFacts,
    spec: Spec,
    recorded: Callable[[str], Recorded | None],
    rivals: Callable[[str], Sequence[Recorded]] = lambda name: (),
) -> SpecFacts:
    """The facts of a spec with those of the hashes that its containers carry.

    recorded gives the recorded hash of a container by name, None if unseen; rivals the others that it may carry.
    """
    containers = []
    for index, one in enumerate(facts.containers):
        told = _carried(one, spec, index, recorded(one.name))
        if others := rivals(one.name):
            told = replace(told, by_record=_by_record(one, spec, index, others))
        containers.append(told)
    return replace(facts, containers=tuple(containers))


def _by_record(facts: ContainerFacts, spec: Spec, index: int, records: Sequence[Recorded]) -> ByRecord:
    """What each hash would add, and what stands without any."""
    found = {record.hash: _carried(facts, spec, index, record) for record in records}
    return ((None, facts.creators, facts.causes), *((made, one.creators, one.causes) for made, one in found.items()))


def as_placed(facts: SpecFacts, recorded: Callable[[str], Recorded | None]) -> SpecFacts:
    """The facts of a spec, now that it is known which record each container has."""
    if not any(one.by_record for one in facts.containers):
        return facts
    return replace(facts, containers=tuple(_as_placed(one, recorded(one.name)) for one in facts.containers))


def _as_placed(facts: ContainerFacts, record: Recorded | None) -> ContainerFacts:
    carried_hash = None if record is None else record.hash
    found = next((one for one in facts.by_record if one[0] == carried_hash), None)
    return facts if found is None else replace(facts, creators=found[1], causes=found[2], by_record=())


def _carried(facts: ContainerFacts, spec: Spec, index: int, record: Recorded | None) -> ContainerFacts:
    start = spec.step.start
    if record is None or start is None or facts.kind_before is None or spec.step.target.never_compares(facts.kind):
        return facts
    if facts.from_hashes == (record.hash,) and start.compares(facts.kind_before):
        return replace(facts, creators=(str(start.classes[-1].minor),))
    makers = _makers(facts, spec, index, record)
    if not makers:
        return facts
    return replace(
        facts,
        creators=tuple(dict.fromkeys(str(made.hash_class.minor) for made in makers)),
        causes=_causes(makers[0], spec, index) if (record.hash,) != facts.to_hashes else (),
    )


def _makers(facts: ContainerFacts, spec: Spec, index: int, record: Recorded) -> tuple[Made, ...]:
    """Who makes the recorded hash, newest first; of what the running kubelet compares, that one alone if it does."""
    start = spec.step.start
    assert start is not None
    assert facts.kind_before is not None
    if record.hash in facts.from_hashes and start.compares(facts.kind_before):
        old = next(one.containers[index] for one in reversed(spec.before) if index < len(one.containers))
        return (Made(start.classes[-1], old, record.hash),)
    return tuple(made for made in spec.made_earlier(index, facts.kind_before) if made.hash == record.hash)


def _causes(maker: Made, spec: Spec, index: int) -> tuple[Cause, ...]:
    """Why the new kubelet makes another hash than the one that created the container."""
    new = spec.after[-1].containers[index]
    return causes(maker.container, new, maker.hash_class.schema, spec.step.target.classes[-1].schema, spec.catalog)
