"""Who created what runs: the minors that make the recorded hash of the spec at hand. This is what a record adds to the facts of a spec.

Where the running kubelet compares the container, the hash is its own, or else something is the matter: with the spec, if nothing makes that
hash of it; with the kubelet, which does not compare, if an older one does; or an API server has added a field since. What the running
kubelet never compared may be older than itself, and so may the cause of a change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.comparing import surely_compares
from upgradecheck.hashing.containers import hash_container
from upgradecheck.hashing.difference import causes, set_by_server
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Cause
from upgradecheck.model.pod import Recorded
from upgradecheck.planning.seeing.drifting import drifted
from upgradecheck.planning.seeing.facts import ContainerFacts, SpecFacts
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
            told = replace(told, by_record=tuple(_by_record(one, spec, index, others)))
        containers.append(told)
    return replace(facts, containers=tuple(containers))


def _by_record(facts: ContainerFacts, spec: Spec, index: int, records: Sequence[Recorded]) -> Iterator[tuple[Hash | None, ContainerFacts]]:
    """The facts under each hash, and without any."""
    yield None, facts
    for made in dict.fromkeys(record.hash for record in records):
        yield made, _carried(facts, spec, index, Recorded(made))


def as_placed(facts: SpecFacts, recorded: Callable[[str], Recorded | None]) -> SpecFacts:
    """The facts of a spec, now that it is known which record each container has."""
    if not any(one.by_record for one in facts.containers):
        return facts
    return replace(facts, containers=tuple(_as_placed(one, recorded(one.name)) for one in facts.containers))


def _as_placed(facts: ContainerFacts, record: Recorded | None) -> ContainerFacts:
    carried_hash = None if record is None else record.hash
    return next((under for made, under in facts.by_record if made == carried_hash), facts)


def _carried(facts: ContainerFacts, spec: Spec, index: int, record: Recorded | None) -> ContainerFacts:
    start = spec.step.start
    if record is None or start is None or facts.kind_before is None or spec.step.target.never_compares(facts.kind):
        return facts
    own = surely_compares(start, facts.kind_before, startup_probe=facts.traits.startup_probe)
    if facts.from_hashes == (record.hash,) and own:
        return replace(facts, creators=(str(start.classes[-1].minor),))
    paths, before_added = _before_added(spec, index, record) if own and record.hash not in facts.from_hashes else ((), ())
    makers = before_added or _makers(facts, spec, index, record, own=own)
    supposed = own and _is_of_another(facts, spec, record, makers)
    if not makers and not supposed and own and (images := drifted(spec, index, record)) is not None:
        return replace(facts, drifted=images)
    if not makers or (supposed and (record.hash,) == facts.to_hashes):
        return replace(facts, supposed=supposed) if supposed else facts
    return replace(
        facts,
        creators=tuple(dict.fromkeys(str(made.hash_class.minor) for made in makers)),
        fields_added=paths,
        supposed=supposed,
        causes=_why(makers[0], spec, index, paths) if (record.hash,) != facts.to_hashes else (),
    )


def _is_of_another(facts: ContainerFacts, spec: Spec, record: Recorded, makers: tuple[Made, ...]) -> bool:
    """Whether a record tells nothing of what the kubelet that --from supposes leaves: the one that the node reports made it, or an older.

    That kubelet compares the container, and starts it anew before the upgrade that is asked about.
    """
    step = spec.step
    if step.reported is None or record.hash in facts.from_hashes:
        return False
    by_target = step.reported == step.target.classes[-1].minor and record.hash in facts.to_hashes
    return bool(makers) or by_target


def _before_added(spec: Spec, index: int, record: Recorded) -> tuple[tuple[str, ...], tuple[Made, ...]]:
    """The running kubelet, where it makes the recorded hash of the spec without what API servers add to containers that run; and that.

    Up to 1.11 and 1.26 no kubelet sees it, from 1.31 on none hashes it.
    """
    from upgradecheck.hashing.defaulting.reading import without_what_servers_set

    for one in spec.before if spec.from_api else ():
        if index < len(one.containers):
            for paths, bare in without_what_servers_set(one.containers[index]):
                if hash_container(bare, one.build.hash_class) == record.hash:
                    return paths, (Made(one.build.hash_class, bare, record.hash),)
    return (), ()


def _makers(facts: ContainerFacts, spec: Spec, index: int, record: Recorded, *, own: bool) -> tuple[Made, ...]:
    """Who makes the recorded hash, newest first; of what the running kubelet compares (own), that one alone if it does."""
    start = spec.step.start
    assert start is not None
    assert facts.kind_before is not None
    if record.hash in facts.from_hashes and own:
        old = next(one.containers[index] for one in reversed(spec.before) if index < len(one.containers))
        return (Made(start.classes[-1], old, record.hash),)
    return tuple(made for made in spec.made_earlier(index, facts.kind_before) if made.hash == record.hash)


def _why(maker: Made, spec: Spec, index: int, paths: tuple[str, ...]) -> tuple[Cause, ...]:
    """Why the new kubelet makes another hash than the one that created the container. paths: what an API server has added since."""
    new, target = spec.after[-1].containers[index], spec.step.target.classes[-1].schema
    if paths and maker.hash_class.schema.era is target.era:
        return set_by_server(paths)
    return causes(maker.container, new, maker.hash_class.schema, target, spec.catalog)
