"""Finds out, while dumps are read, which lists are of one time (``dumps``), and what is the newest that each shows.

That a list contradicts itself may show in its last item, so what the plan's own pods tell is kept of each by itself, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from upgradecheck.model.aftermath import Moments, PodNow
from upgradecheck.model.plan import PlannedPod
from upgradecheck.model.pod import ContainerRecord, NodeFacts, PodView, SandboxRecord, View
from upgradecheck.model.snapshot import ListRead
from upgradecheck.verifying.dumps import Dumps, Time, dump_of, list_of


class Times:
    """lists: those that one request has made, by how they are written."""

    def __init__(self, pods: Collection[PlannedPod], lists: Iterable[ListRead]) -> None:
        self._versions = {dump_of(one): one.version for one in lists}
        self._nodes = _nodes(pods)
        self._newest: dict[Time, int] = {}
        self._names: dict[str, dict[tuple[str, str], str]] = {}
        self._of_kubelets, self._of_others = set[str](), set[str]()
        self._contradicted = set[str]()

    def take(self, one: PodView | PodNow, moments: Moments, dump: str) -> None:
        """A pod that stands in a dump."""
        found = list_of(dump)
        if one.uid in self._nodes or found == dump:
            self._note((dump, None), moments.newest)
        if found == dump:
            return
        (self._of_kubelets if one.view is View.KUBELET else self._of_others).add(found)
        if found in self._versions or one.view is View.KUBELET:
            self._note((found, None if found in self._versions else one.node), moments.newest)
        there = self._names.setdefault(found, {}).setdefault((one.namespace, one.name), dump)
        version = self._versions.get(found)
        if there != dump or (version is not None and moments.version > version):  # a file may be given twice
            self._contradicted.add(found)

    def dumps(self, records: Mapping[str, Collection[ContainerRecord | SandboxRecord]], nodes: Iterable[tuple[str, NodeFacts]]) -> Dumps:
        """What is known now; records, by what they stand in, and Nodes with that."""
        runtimes = {list_of(dump) for dump in records if list_of(dump) != dump}
        one = frozenset(self._versions) - self._contradicted
        of_nodes = frozenset(self._of_kubelets - self._of_others | runtimes) - self._contradicted - one
        self._take_records(records)
        listed: dict[Time, set[str]] = {}
        for dump, node in nodes:
            if list_of(dump) in one:
                listed.setdefault((list_of(dump), None), set()).add(node.name)
        return Dumps(one, of_nodes, dict(self._newest), {time: frozenset(names) for time, names in listed.items()})

    def node_of(self, one: ContainerRecord | SandboxRecord) -> str | None:
        """That of its pod in the plan."""
        return self._nodes.get(one.pod_uid)

    def _take_records(self, records: Mapping[str, Collection[ContainerRecord | SandboxRecord]]) -> None:
        """A runtime's list tells when containers and sandboxes were created; of one node all do, of several those of the plan's pods."""
        known: dict[str, set[str]] = {}
        for dump, some in records.items():
            known.setdefault(list_of(dump), set()).update(filter(None, map(self.node_of, some)))
        for dump, some in records.items():
            found = list_of(dump)
            sole = next(iter(known[found])) if len(known[found]) == 1 else None
            for one in some:
                self._note((dump, None), one.created_at)
                if found != dump and (node := self.node_of(one) or sole) is not None:
                    self._note((found, node), one.created_at)

    def _note(self, time: Time, moment: int) -> None:
        self._newest[time] = max(self._newest.get(time, 0), moment)


def _nodes(pods: Collection[PlannedPod]) -> Mapping[str, str | None]:
    """By UID, the node of a pod of the plan; None for a UID that pods of several nodes have."""
    found: dict[str, str | None] = {}
    for pod in pods:
        if pod.uid:
            found[pod.uid] = pod.node if found.get(pod.uid, pod.node) == pod.node else None
    return found
