"""Lists of a runtime that do not show what runs on their node: without any pod's container, without any sandbox, or of some pods only.

A node's runtime lists what its kubelet runs. A list that shows nothing of it was taken with a filter, from another runtime, or by a user
whom the runtime tells nothing; it is no evidence of anything. Where another list of the node shows what runs, the empty one is that of a
runtime which its kubelet does not use, and harmless. What survival under a kubelet proves does not hang on it: if the list is right after
all, nothing of that runs any more.

A list that is named after a node and shows pods of others alone is another node's: whoever takes the lists of a fleet may ask one host
twice. So what stands in several lists is known of each of them.

A list that shows some pods and lacks others is no evidence of those. What started after the newest entry of the lists may have come after
they were taken, and is not lacking: where that was soon after, or about when the Node object was written, as a kubelet does all the time,
or where the lists show a container that had been replaced by then. Otherwise a list was filtered, or is too old to tell of it.
A pod that runs by its phase runs a container, though no status names one. A container that runs names its sandbox, which was made before
it: a list without that sandbox lacks it, whenever the container was started again.
Sandboxes that ``crictl inspectp`` shows, with their network, are looked at one by one, and no list.
A pod that runs and whose sandbox such a list does not show is not known to go on: its sandbox may be the one that is not ready.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

import msgspec

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.packed import PackedPod, state_number
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord, ContainerStatus, PodView, RunState, SandboxRecord
from upgradecheck.model.snapshot import EmptyList
from upgradecheck.model.wording import count, form
from upgradecheck.planning.evidence.set_aside import named_in
from upgradecheck.planning.seeing.listed import containers_named
from upgradecheck.planning.seeing.placing import node_in_name
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import Replica
from upgradecheck.reading.identity import Identity, identity_of

_BY_STATUS = "that run by the statuses of pods"
_RUNNING, _RUNNING_NUMBER = "Running", state_number(RunState.RUNNING)
_SOURCES_NAMED = 2
_SOON = 3_600 * 1_000_000_000
"""Within an hour what is asked one after another, on a node and of its cluster, is of one dump."""


class Contradicted(msgspec.Struct, frozen=True, gc=False):
    """What is said of the lists that are no evidence, and the nodes of which nothing may be estimated for want of them.

    sandboxless: the pods that run, and whose sandbox a list was to show, and does not. aside: the nodes whose own evidence, which names
    them, is what shows nothing.
    """

    missing: tuple[Missing, ...] = ()
    nodes: frozenset[str | None] = frozenset()
    sandboxless: frozenset[Identity] = frozenset()
    aside: frozenset[str] = frozenset()

    def also(self, other: Contradicted) -> Contradicted:
        """Both."""
        nodes, sandboxless, aside = self.nodes | other.nodes, self.sandboxless | other.sandboxless, self.aside | other.aside
        return Contradicted((*self.missing, *other.missing), nodes, sandboxless, aside)


NOTHING_CONTRADICTED = Contradicted()


class Shown(msgspec.Struct):
    """What runs on a node by the statuses of its pods and by its runtime's lists.

    again: by ID, what lists an entry beside its origin. seen_at: when the Node object was written, 0 where nothing tells; replaced: when
    the first container started in whose place the lists show an older one. running: containers that run by statuses, and recorded: by
    lists; ready: sandboxes that are. lists and sandbox_lists: what shows any of its containers, and of its sandboxes. lacking and
    lacking_sandboxes: when that began of which the lists have no entry, the latter by pod, 0 where a list shows that it was there; bare:
    when sandboxes were made of pods without status that have no container there; newest: when the newest entries were made.
    """

    again: Mapping[str, tuple[str, ...]] = {}
    seen_at: int = 0
    replaced: int | None = None
    running: int = 0
    recorded: int = 0
    ready: int = 0
    lists: set[str] = msgspec.field(default_factory=set)
    sandbox_lists: set[str] = msgspec.field(default_factory=set)
    lacking: list[int] = msgspec.field(default_factory=list)
    lacking_sandboxes: dict[Identity, int] = msgspec.field(default_factory=dict)
    bare: list[int] = msgspec.field(default_factory=list)
    newest: int = 0
    newest_sandbox: int = 0

    def take_replica(self, pod: Replica, records: Records) -> None:
        """As take, where one list shows just the containers that its statuses name, and the sandbox of all of them or none at all, and is
        packed."""
        raw = None if self.again else records.raw(pod.uid)
        if raw is None or not _is_whole(pod, raw[1]):
            self.take(pod.view, records)
            return
        source, containers = raw[0].origin.source, raw[1].containers
        recorded = [one.state for one in containers].count(_RUNNING_NUMBER)
        if not (raw[1].sandboxes or recorded):
            self.take(pod.view, records)
            return
        self.running += pod.kind.running
        self.recorded += recorded
        self.lists.add(source)
        self.newest = max(self.newest, *[one.created_at for one in containers])
        for sandbox in raw[1].sandboxes:
            self.ready += sandbox.ready
            self.newest_sandbox = max(self.newest_sandbox, sandbox.created_at)
            if sandbox.network is None:
                self.sandbox_lists.add(source)
        if not (raw[1].sandboxes or pod.kind.view.terminating):
            self.lacking_sandboxes[identity_of(pod)] = 0

    def take(self, pod: PodView, records: Records) -> None:
        """Counts a pod."""
        containers, sandboxes = records.of_pod(pod), records.sandboxes(pod)
        running = [one for one in pod.statuses if one.state is RunState.RUNNING]
        recorded = [one for one in containers if one.state is RunState.RUNNING]
        runs = pod.phase == _RUNNING and not pod.statuses
        self.running += len(running) or int(runs)
        self.recorded += len(recorded)
        self.ready += sum(one.ready for one in sandboxes)
        self._take_lists(containers, sandboxes)
        if pod.terminating:  # it may be gone since
            return
        for status in running:
            if records.find(pod, status.name) is None:
                self._take_lacking(_began(status), listed=any(one.name == status.name for one in containers))
        if runs and not (running or containers):
            self.lacking.append(0)
        if not (containers or pod.has_status) and any(one.ready for one in sandboxes):
            self.bare.append(_newest(sandboxes))
        if records.unlisted(pod, {one.sandbox_id for one in recorded if one.sandbox_id}) or (recorded and not sandboxes):
            self.lacking_sandboxes[identity_of(pod)] = 0  # its container was listed, so its sandbox was there
        elif (running or runs) and not sandboxes:
            self.lacking_sandboxes[identity_of(pod)] = max((_began_first(one) for one in running), default=0)

    def _take_lists(self, containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> None:
        """Notes which lists show these, and when the newest were made."""
        for container in containers:
            self.lists.add(container.origin.source)
            self.newest = max(self.newest, container.created_at)
            if self.again:
                self.lists.update(self.again.get(container.container_id, ()))
        for sandbox in sandboxes:
            self.newest_sandbox = max(self.newest_sandbox, sandbox.created_at)
            if sandbox.network is None:
                self.sandbox_lists.add(sandbox.origin.source)
                if self.again:
                    self.sandbox_lists.update(self.again.get(sandbox.sandbox_id, ()))

    def _take_lacking(self, began: int, *, listed: bool) -> None:
        """Counts a container of which the lists have no entry. listed: they show an older one of its name, so are older than it is."""
        self.lacking.append(began)
        if listed:
            self.replaced = began if self.replaced is None else min(self.replaced, began)

    def _were_to_show(self, began: int, newest: int) -> bool:
        """Whether lists with such a newest entry lack what began then, and not because it came after they were taken."""
        if began <= newest:
            return True
        came_after = self.replaced is not None and began >= self.replaced
        return not (came_after or began <= newest + _SOON or abs(began - self.seen_at) <= _SOON)

    def against(self, empty: EmptyList) -> str:
        """What runs of which an empty list of this node shows nothing, in words; none where it contradicts nothing."""
        if not self.lists and self.running:
            return f"none of the {count(self.running, 'container')} {_BY_STATUS}"
        if not self.lists and self.ready and not empty.sandboxes:
            return f"no container, beside {count(self.ready, 'sandbox', 'sandboxes')} that another list shows ready"
        if empty.sandboxes and self.recorded and not self.sandbox_lists:
            return f"no sandbox, beside {count(self.recorded, 'container')} that another list shows running"
        return ""

    def partly(self) -> Iterator[Missing]:
        """The lists that show something, and not all."""
        if self.lists and (lacking := sum(self._were_to_show(began, self.newest) for began in self.lacking)):
            yield Missing(_named(self.lists), f"it lacks {lacking} of the {count(self.running, 'container')} {_BY_STATUS}; take it again")
        if self.lists and (bare := sum(self._were_to_show(made, self.newest) for made in self.bare)):
            yield Missing(_named(self.lists), f"it lacks the containers of {count(bare, 'pod')} whose sandbox is ready; take it again")
        if lacking := len(self.sandboxless()):
            whose = f"{form(lacking, 'sandbox', 'sandboxes')} of {count(lacking, 'pod')} that {form(lacking, 'runs', 'run')}"
            yield Missing(_named(self.sandbox_lists), f"it lacks the {whose}; take it again")

    def sandboxless(self) -> frozenset[Identity]:
        """The pods that run, whose sandbox the lists of sandboxes were to show: made before the newest of them."""
        if not self.sandbox_lists:
            return frozenset()
        return frozenset(pod for pod, began in self.lacking_sandboxes.items() if self._were_to_show(began, self.newest_sandbox))


def contradicted(
    lists: Iterable[EmptyList], shown: Mapping[str | None, Shown], nodes: Iterable[str], only_node: str | None
) -> Contradicted:
    """Which lists without entries do not show what runs.

    nodes: all that are known; only_node: where evidence belongs that names none. A list that may be any
    node's may be that of one of these.
    """
    missing, known, whose, bare, aside = list[Missing](), tuple(nodes), set[str | None](), set[Identity](), set[str]()
    for one in lists:
        its: Collection[str | None] = {one.node} if one.node is not None else named_in(one.name, known)
        its = its or ({only_node} if only_node is not None else shown)
        told = {node: found for node in its if node in shown and (found := shown[node].against(one))}
        if told:
            lists_what = next(iter(told.values())) if len(told) == 1 else _together(shown[node] for node in told)
            missing.append(Missing(one.name, f"it is set aside: it lists {lists_what}; take it again"))
            whose.update(told)
            aside |= {one.node} if one.node is not None and not one.sandboxes else set()
            bare.update(pod for node in told if one.sandboxes and not shown[node].sandbox_lists for pod in shown[node].lacking_sandboxes)
    return Contradicted(tuple(missing), frozenset(whose), frozenset(bare), frozenset(aside))


def elsewhere(records: Records, told: Collection[Identity], again: Mapping[str, tuple[str, ...]]) -> Iterator[EmptyList]:
    """The lists that show containers or sandboxes, none of them of a pod that is known: as good as empty to those that are.

    told: pods that nobody knows and that are told of, with which their list is. again: by ID, what lists an entry beside its origin.
    """
    silent = {one.uid for one in records.unclaimed()} - {one.uid for one in told}
    if not silent:
        return iter(())
    heard, sandboxes = set[str](), dict[str, bool]()
    for record in records.every():
        is_sandbox = isinstance(record, SandboxRecord)
        identity = record.sandbox_id if isinstance(record, SandboxRecord) else record.container_id
        for source in (record.origin.source, *again.get(identity, ())):
            sandboxes[source] = sandboxes.get(source, True) and is_sandbox
            if record.pod_uid not in silent:
                heard.add(source)
    return (EmptyList(source, only) for source, only in sandboxes.items() if source not in heard)


def misnamed(shown: Mapping[str | None, Shown], nodes: Collection[str]) -> Iterator[EmptyList]:
    """The lists that are named after a node and show pods of others alone: as good as empty to it. nodes: all that are known."""
    known, containers = frozenset(nodes), {source for one in shown.values() for source in one.lists}
    for source in dict.fromkeys(chain(sorted(containers), *(sorted(one.sandbox_lists) for one in shown.values()))):
        its = shown.get(node_in_name(source, known))
        if its is not None and source not in its.lists and source not in its.sandbox_lists:
            yield EmptyList(source, sandboxes=source not in containers)


def partial(shown: Mapping[str | None, Shown]) -> Contradicted:
    """Which lists show something of what runs, and not all. shown: of nodes of whose entries none were set aside."""
    found = {node: told for node, one in shown.items() if (told := tuple(one.partly()))}
    sandboxless = frozenset(pod for node in found for pod in shown[node].sandboxless())
    return Contradicted(tuple(missing for told in found.values() for missing in told), frozenset(found), sandboxless)


def _is_whole(pod: Replica, listed: PackedPod) -> bool:
    """Whether each status of a pod names its container, there is no other one, and all are in its only sandbox, or no sandbox is listed."""
    if len(listed.sandboxes) > 1 or (listed.sandboxes and [one.sandbox for one in listed.containers].count(0) != len(listed.containers)):
        return False
    return pod.as_told or containers_named(listed, pod.kind.listed_names, pod.ids) is not None


def _together(found: Iterable[Shown]) -> str:
    """What runs on several nodes of which a list shows nothing."""
    nodes = tuple(found)
    running = sum(one.running or one.recorded or one.ready for one in nodes)
    return f"none of the {count(running, 'container')} that run on {len(nodes):,} nodes"


def _named(sources: Collection[str]) -> str:
    more = len(sources) - _SOURCES_NAMED
    return ", ".join(sorted(sources)[:_SOURCES_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _newest(entries: Iterable[ContainerRecord | SandboxRecord]) -> int:
    return max((one.created_at for one in entries), default=0)


def _began_first(status: ContainerStatus) -> int:
    """When a container began that was never started again; nothing tells when one began first that was."""
    return 0 if status.restart_count else _began(status)


def _began(status: ContainerStatus) -> int:
    """When a container began by its status; a time that is none counts as long ago."""
    try:
        return nanoseconds(status.started_at, "startedAt") if status.started_at else 0
    except SpecRefused:
        return 0
