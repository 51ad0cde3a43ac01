"""What hangs on inputs that could not be used: containers without a record, where the file that was set aside may hold it.

A file is a node's if it has records of that node's pods, if the node's name stands in its path (``fleet/worker-1/crictl-ps.json``), or if
there is no other node. Then nothing is taken from anywhere else for what it would have told. A file that may be any node's leaves open what
would be estimated: where records were read, the one that is missing may be in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import Decision
from upgradecheck.model.plan import Evidence, Grade, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.verdicts import in_doubt, worst_of
from upgradecheck.reading.identity import Identity

_BY_HASH = frozenset({Reason.HASH_EQUAL, Reason.HASH_CHANGED, Reason.API_SERVER_SETS, Reason.ONLY_RESOURCES_CHANGED})
_UNKNOWN = Evidence(Grade.UNKNOWN)


class Withheld(msgspec.Struct, frozen=True, gc=False):
    """nodes: those whose evidence was set aside; anywhere: some may be of any node.

    unlisted: those whose lists show nothing of what runs there; sandboxless: pods whose sandbox the lists lack. sandboxes: the nodes
    whose list of sandboxes may have been set aside; any_sandboxes: one that is may be of any node.
    """

    nodes: frozenset[str] = frozenset()
    anywhere: bool = False
    unlisted: frozenset[str | None] = frozenset()
    sandboxless: frozenset[Identity] = frozenset()
    sandboxes: frozenset[str | None] = frozenset()
    any_sandboxes: bool = False

    def __bool__(self) -> bool:
        return bool(self.nodes or self.anywhere or self.unlisted or self.sandboxless)

    def of(self, one: DecidedPod, node: str | None, joined: Identity, *, listed: bool) -> DecidedPod:
        """The pod without what hangs on it. joined: the pod as it was seen; listed: a sandbox of it was."""
        found, doubt = self._of_records(one, node), self._of_sandbox(node, joined, listed=listed)
        return found if doubt is None else replace(found, pod=in_doubt(found.pod, doubt), doubt=doubt)

    def _of_sandbox(self, node: str | None, joined: Identity, *, listed: bool) -> Decision | None:
        """Why nothing tells whether a pod's sandbox is as it was; None where nothing that was given was to tell, or it does."""
        aside = not listed and (self.any_sandboxes or node in self.sandboxes)
        return Decision(Verdict.UNKNOWN, Reason.SANDBOX_UNLISTED) if aside or joined in self.sandboxless else None

    def _of_records(self, one: DecidedPod, node: str | None) -> DecidedPod:
        estimated = (Grade.ESTIMATED,) if self.anywhere or node in self.unlisted else ()
        weak = (Grade.ESTIMATED, Grade.INFERRED) if node in self.nodes else estimated
        hanging = {each.name for each in one.pod.containers if each.evidence.grade in weak and each.reason in _BY_HASH}
        if not hanging:
            return one
        containers = tuple(_left_open(each) if each.name in hanging else each for each in one.pod.containers)
        pod = replace(one.pod, containers=containers)
        if one.by_containers:
            worst = worst_of(containers)
            pod = replace(pod, verdict=worst.verdict, reason=worst.reason, decided_at=worst.at)
        return replace(one, pod=pod, chances={name: chance for name, chance in one.chances.items() if name not in hanging})


NOTHING_WITHHELD = Withheld()


def _left_open(container: PlannedContainer) -> PlannedContainer:
    return replace(container, evidence=_UNKNOWN, verdict=Verdict.UNKNOWN, reason=Reason.EVIDENCE_SET_ASIDE, decided_at=None)


def withheld(facts: Facts, nodes: Iterable[str], nodes_of: Mapping[str, Iterable[str]], only_node: str | None) -> Withheld:
    """Whose evidence was set aside.

    nodes: all that are known; nodes_of: by UID of pods; only_node: where evidence belongs that names none.
    """
    known, found, anywhere, sandboxes, any_sandboxes = tuple(nodes), set[str](), False, set[str](), False
    for one in facts.set_aside:
        if not one.records:
            continue
        its = {node for uid in one.pods for node in nodes_of.get(uid, ())}
        if one.node is not None:  # it says itself whose it is, and is nobody else's
            its |= {one.node}.intersection(known)
        else:
            its = its or named_in(one.source, known) or ({only_node} if only_node is not None else set())
        if one.node is not None and not its:
            continue
        found |= its
        anywhere = anywhere or not its
        sandboxes |= its if one.sandboxes else set()
        any_sandboxes = any_sandboxes or (one.sandboxes and not its)
    return Withheld(
        frozenset(found),
        anywhere and bool(facts.containers or facts.sandboxes),
        sandboxes=frozenset(sandboxes),
        any_sandboxes=any_sandboxes and bool(facts.sandboxes),
    )


def named_in(path: str, nodes: Iterable[str]) -> set[str]:
    """The nodes whose names stand in a path, each for itself: ``worker-1`` does not stand in ``worker-11.json``."""
    found = {node for node in nodes if node in path and _word(node).search(path)}
    return {node for node in found if not any(node != other and node in other for other in found)}


@lru_cache(maxsize=1024)
def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
