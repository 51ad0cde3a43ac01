"""Who created a container whose record nobody saw: deduced from the node's history of kubelets and the container's start.

What it rests on, read in the kubelet (reference: reliability-formats C2): the hash is written once, at creation; a container is created and
started by one and the same kubelet process (one left in CREATED by a dead kubelet is replaced), so the creator is the process that was
alive at the start; status.startedAt is cut to whole seconds; a stopped kubelet creates nothing; a reboot ends every container.

*Survival*: a kubelet compares a container of a kind that it compares within seconds of its own start. So of a container that runs, each
kubelet that has been up for long enough since the container's start either created it or found it unchanged; in both cases the container
carries that kubelet's hash. That excludes candidates. It says nothing of a kubelet under which an override was in force; and since an
override may put another hash on the container, nothing is deduced then at all.

*Polled* histories have holes: between the last look at one version and the first at the next, each version between the two may have run.
(Assuming that none did gave 132 wrong answers for 200,657 containers.) Beyond what the caller says can lie between, a polled history cannot
see: a node that went to another version and back between two looks at one version. What ran before the first entry is unknown, unless the
caller says which versions it can have been; so is what ran after the last look, unless with_sighting adds what runs now.

differs: the kubelet reads the hash. Here the answer is a hash only where every candidate that is left would have written it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import Decision, container_changed
from upgradecheck.model.checkpoint import Fact, FactKind, KubeletStart, Mode
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Recorded
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import KubeletVersion

SECOND = 1_000_000_000
SYNCED_AFTER = 120 * SECOND
"""A kubelet that has been up for so long has looked at every pod (seen: 3 to 50 seconds)."""

_FOREVER = 1 << 80


class Inferred(msgspec.Struct, frozen=True, gc=False):
    """The hash that it carries, and the kubelets that can have written it, oldest first.

    created is False where who wrote it is not known, only the first kubelet that found it unchanged, which stands in creators then.
    """

    hash: Hash
    creators: tuple[KubeletVersion, ...]
    created: bool = True


class Several(msgspec.Struct, frozen=True, gc=False):
    """The hashes that it can carry, each with the kubelets that would have written it."""

    hashes: Mapping[Hash, tuple[KubeletVersion, ...]]


class Undeduced(msgspec.Struct, frozen=True, gc=False):
    """No answer: the reason, one that a history gives, and the two facts that are in the way."""

    reason: Reason
    facts: tuple[Fact, Fact]


Deduced = Inferred | Several | Undeduced
HashesOf = Callable[[KubeletStart], frozenset[Hash] | None]
"""What a kubelet would have written on this container: several where its version is ambiguous, None where that cannot be computed."""
Compares = Callable[[KubeletStart], bool]
"""Whether a kubelet surely compares containers of this kind."""
_Creators = dict[Hash, dict[KubeletVersion, None]]
"""The kubelets that would have written each hash, in their order."""
Between = Callable[[KubeletVersion, KubeletVersion], Sequence[KubeletVersion]]
"""Every version that can have run between two others, both included, whichever is the newer."""


class Birth(msgspec.Struct, frozen=True, gc=False):
    """When a container started: within a second of started_at, give or take uncertainty (of the clocks, in nanoseconds).

    not_before is a time before which it surely did not start: boot, creation of its pod, arrival of its runtime; on the same clock.
    """

    started_at: int
    uncertainty: int = 0
    not_before: int = 0

    @property
    def earliest(self) -> int:
        return max(self.started_at - self.uncertainty, self.not_before)

    @property
    def latest(self) -> int:
        return self.started_at + SECOND + self.uncertainty


class Life(msgspec.Struct, frozen=True, gc=False):
    """A kubelet that can have run from earliest to latest, and surely ran from surely_from to surely_until (where that is after it)."""

    kubelet: KubeletStart
    earliest: int
    latest: int
    surely_from: int
    surely_until: int


class NodeLives(msgspec.Struct, frozen=True, gc=False):
    """A history, made ready to be asked for many containers."""

    lives: tuple[Life, ...]
    oldest: KubeletStart
    newest: KubeletStart
    begins: int
    """Before this, what ran is not known."""
    ends: int
    """Nor after this."""
    earlier: tuple[KubeletStart, ...] | None
    """The kubelets that can have run before, where the caller knows that it can be no others."""


def lives_of(
    history: Sequence[KubeletStart], between: Between, now: int | None, earlier: Sequence[KubeletVersion] | None = None
) -> NodeLives:
    """The kubelets of a history with their lives. now is when the containers were seen, None if the newest kubelet may have gone since."""
    lives = [_life(history, number, now) for number in range(len(history))]
    for before, after in pairwise(range(len(history))):
        lives.extend(_unseen(history[before], history[after], between))
    first, last = history[0], history[-1]
    ends = last.last_known - _margin(last) if last.mode is Mode.POLLED else _FOREVER
    before_it = None if earlier is None else tuple(KubeletStart(version, 0) for version in earlier)
    return NodeLives(tuple(_of_this_boot(lives, history)), first, last, first.start_time + _margin(first), ends, before_it)


def with_sighting(history: Sequence[KubeletStart], version: KubeletVersion, now: int) -> tuple[KubeletStart, ...]:
    """The history, with the kubelet that runs now: nothing new where the history ends with it, else a look at it."""
    last = history[-1]
    same = last.kubelet_version == version
    if same and last.mode is not Mode.POLLED and last.stop_time is None:
        return tuple(history)
    if same and last.mode is Mode.POLLED:
        return (*history[:-1], replace(last, last_seen_time=max(now, last.last_known)))
    return (*history, KubeletStart(version, max(now, last.last_known + 1), mode=Mode.POLLED))


def deduce(birth: Birth, node: NodeLives, hashes_of: HashesOf, compares: Compares, untouched_by: frozenset[str] = frozenset()) -> Deduced:
    """What a running container carries. untouched_by: digests of override journals that are known not to concern it."""
    journals = ((life, life.kubelet.override_journal) for life in node.lives if life.latest >= birth.earliest)
    overridden = next((life for life, journal in journals if journal and journal not in untouched_by), None)
    if overridden is not None:
        return _undeduced(Reason.HISTORY_OVERRIDE, birth, FactKind.OVERRIDE_IN_FORCE, overridden.kubelet)
    survived = found_unchanged(birth, node, compares)
    candidates = [*can_have_created(birth, node)]
    if birth.earliest < node.begins:
        if node.earlier is None:
            unknown = _undeduced(Reason.HISTORY_BEFORE, birth, FactKind.HISTORY_BEGINS, node.oldest)
            return _by_survival(birth, survived, hashes_of) or unknown
        candidates = [*node.earlier, *candidates]
    if birth.latest > node.ends:
        unknown = _undeduced(Reason.HISTORY_AFTER, birth, FactKind.HISTORY_ENDS, node.newest)
        return _by_survival(birth, survived, hashes_of) or unknown
    if not candidates:
        return _in_a_gap(birth, node)
    return _by_creator(birth, candidates, survived, hashes_of)


def can_have_created(birth: Birth, node: NodeLives) -> tuple[KubeletStart, ...]:
    """The kubelets of the history that can have run when the container started."""
    return tuple(life.kubelet for life in node.lives if life.earliest <= birth.latest and birth.earliest <= life.latest)


def found_unchanged(birth: Birth, node: NodeLives, compares: Compares) -> list[KubeletStart]:
    """The kubelets that have looked at the container, and left it running."""
    return [
        life.kubelet
        for life in node.lives
        if life.surely_until - max(life.surely_from, birth.latest) >= SYNCED_AFTER and compares(life.kubelet)
    ]


def decide(deduced: Deduced, computed: tuple[Hash, ...]) -> Decision | None:
    """The comparison with what the new kubelet computes, where it has the same end whichever hash the container carries; else None."""
    if isinstance(deduced, Undeduced):
        return None
    carried = (deduced.hash,) if isinstance(deduced, Inferred) else tuple(deduced.hashes)
    decisions = {container_changed(Recorded(each), computed) for each in carried}
    return decisions.pop() if len(decisions) == 1 else None


def _margin(start: KubeletStart) -> int:
    return start.uncertainty * SECOND


def _life(history: Sequence[KubeletStart], number: int, now: int | None) -> Life:
    own = history[number]
    after = history[number + 1] if number + 1 < len(history) else None
    before = history[number - 1] if number else None
    earliest = own.start_time - _margin(own)
    if own.mode is Mode.POLLED and before is not None:
        earliest = min(earliest, _last_seen(before))
    latest = _FOREVER if after is None else after.start_time + _margin(after)
    surely_until = _surely_until(own, after, now)
    if own.stop_time is not None:
        latest = min(latest, own.stop_time + _margin(own))
    return Life(own, earliest, latest, own.start_time + _margin(own), surely_until)


def _last_seen(start: KubeletStart) -> int:
    return max(start.start_time, start.last_known - _margin(start))


def _surely_until(own: KubeletStart, after: KubeletStart | None, now: int | None) -> int:
    """Not until the next start: a kubelet whose stop nobody noted may have died at once, and nobody started it again for an hour.

    Nor until now, unless every start is noted: one started again a minute ago has compared nothing yet, and maybe none before it.
    """
    if own.stop_time is not None:
        return own.stop_time - _margin(own)
    if own.mode is Mode.POLLED:
        return own.last_known - _margin(own)
    return own.last_known if after is not None or now is None or own.mode is not Mode.EXACT else now


def _unseen(before: KubeletStart, after: KubeletStart, between: Between) -> list[Life]:
    """Kubelets that can have run in the hole between two looks."""
    if Mode.POLLED not in (before.mode, after.mode):
        return []
    earliest, latest = _last_seen(before) - _margin(before), after.start_time + _margin(after)
    return [
        Life(KubeletStart(version, earliest, mode=Mode.POLLED), earliest, latest, latest, earliest)
        for version in between(before.kubelet_version, after.kubelet_version)
    ]


def _of_this_boot(lives: list[Life], history: Sequence[KubeletStart]) -> list[Life]:
    """Without kubelets of an earlier boot: nothing that they created runs any more."""
    newest = next((start.boot_id for start in reversed(history) if start.boot_id), None)
    return [life for life in lives if newest is None or (life.kubelet.boot_id or newest) == newest]


def _by_creator(birth: Birth, candidates: list[KubeletStart], survived: list[KubeletStart], hashes_of: HashesOf) -> Deduced:
    """What the candidates would have written, as far as it survived."""
    creators: _Creators = {}
    for kubelet in candidates:
        written = hashes_of(kubelet)
        if written is None:
            unknown = _undeduced(Reason.HISTORY_NOT_COMPUTABLE, birth, FactKind.HASH_UNKNOWN, kubelet)
            return _by_survival(birth, survived, hashes_of) or unknown
        for each in written:
            creators.setdefault(each, {})[kubelet.kubelet_version] = None
    return _surviving(birth, creators, survived, hashes_of)


def _by_survival(birth: Birth, survived: list[KubeletStart], hashes_of: HashesOf) -> Deduced | None:
    """What it must carry whoever created it, since a kubelet has found it unchanged; None if none is known to have."""
    for number, kubelet in enumerate(survived):
        carried = hashes_of(kubelet)
        if carried is not None:
            creators = {each: {kubelet.kubelet_version: None} for each in carried}
            deduced = _surviving(birth, creators, survived[number + 1 :], hashes_of)
            return replace(deduced, created=False) if isinstance(deduced, Inferred) else deduced
    return None


def _surviving(birth: Birth, creators: _Creators, survived: list[KubeletStart], hashes_of: HashesOf) -> Deduced:
    for kubelet in survived:
        carried = hashes_of(kubelet)
        if carried is None:
            continue
        creators = {each: versions for each, versions in creators.items() if each in carried}
        if not creators:
            return _undeduced(Reason.HISTORY_CONTRADICTS, birth, FactKind.KUBELET_COMPARED, kubelet)
    if len(creators) == 1:
        ((only, versions),) = creators.items()
        return Inferred(only, tuple(versions))
    return Several({each: tuple(versions) for each, versions in creators.items()})


def _in_a_gap(birth: Birth, node: NodeLives) -> Undeduced:
    """Names the kubelet that had stopped before the container started; else the one that started after it."""
    stopped = [life for life in node.lives if life.latest < birth.earliest]
    if stopped:
        last = max(stopped, key=lambda life: life.latest)
        return Undeduced(Reason.HISTORY_GAP, (_born(birth), Fact(FactKind.KUBELET_STOPPED, last.latest, last.kubelet.kubelet_version.text)))
    first = min(node.lives, key=lambda life: life.earliest)
    return Undeduced(Reason.HISTORY_GAP, (_born(birth), Fact(FactKind.KUBELET_STARTED, first.earliest, first.kubelet.kubelet_version.text)))


def _undeduced(reason: Reason, birth: Birth, kind: FactKind, kubelet: KubeletStart) -> Undeduced:
    return Undeduced(reason, (_born(birth), Fact(kind, kubelet.start_time, kubelet.kubelet_version.text)))


def _born(birth: Birth) -> Fact:
    return Fact(FactKind.CONTAINER_STARTED, birth.started_at or None)
