"""What -v says of a plan in the making: which records joined which pods, which joined none and why, and what is out of scope.

Counts for all at -v, single pods at -vv: those with records and those without, the first so many of each.
Names and IDs only: of specs nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from upgradecheck.logs import DEBUG, INFO, Log
from upgradecheck.model.plan import PlannedPod, Scope
from upgradecheck.model.pod import ContainerRecord
from upgradecheck.model.wording import count
from upgradecheck.planning.phases import Decided
from upgradecheck.planning.seeing.views import Seen
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.identity import identity_of

_MOST_NAMED = 10
_MOST_PODS = 100
"""As many as a node has."""
_SHORT_ID = 12
_BY_UID, _BY_ID, _OUT_OF_SCOPE, _OF_NO_POD, _UNSEEN = _FATES = (
    "joined a pod by its UID",
    "joined a pod by the container ID in its status",
    "are of pods out of scope",
    "name no pod (no kubelet made them)",
    "joined no pod (only the runtime shows theirs)",
)
"""What becomes of a record, in the order in which it is told."""


def tell_joined(log: Log, setting: Setting, seen: Seen, decided: Decided) -> None:
    """Says it, if anybody listens."""
    if log.hears(INFO):
        for line in (*_left_out(setting, seen), *_joined(setting, seen, decided)):
            log.info(line)
    if log.hears(DEBUG):
        for line in _pods(decided):
            log.debug(line)


def _left_out(setting: Setting, seen: Seen) -> Iterator[str]:
    nodes = [node.name for node in setting.facts.nodes if not setting.chosen.has(node.name)]
    if nodes:
        yield f"out of scope: {count(len(nodes), 'node')}: {_named(nodes)}"
    if seen.left_out:
        yield f"out of scope: {count(len(seen.left_out), 'pod')}, left out by {_filters(setting.scope)}"


def _filters(scope: Scope) -> str:
    """The options that narrow."""
    given = {
        "--namespace": scope.namespaces,
        "--exclude-namespace": scope.excluded_namespaces,
        "--selector": scope.selector,
        "--node": scope.nodes,
        "--node-selector": scope.node_selector,
    }
    return ", ".join(option for option, value in given.items() if value) or "the scope"


def _joined(setting: Setting, seen: Seen, decided: Decided) -> Iterator[str]:
    """How many records there are, and what became of them."""
    records = setting.facts.containers
    if not records:
        yield f"no record of a runtime was read; {count(len(decided.pods), 'pod')} without one"
        return
    fates = Counter(_fates(records, seen, decided))
    told = ", ".join(f"{fates[fate]} {fate}" for fate in _FATES if fate in fates)
    yield f"records of the runtime: {len(records)}, of which {told}"
    bare = [_name(one.pod) for one in decided.pods if not decided.records.of_pod(one.pod)]
    if bare:
        yield f"{count(len(bare), 'pod')} without a record: {_named(bare)}"


def _fates(records: Iterable[ContainerRecord], seen: Seen, decided: Decided) -> Iterator[str]:
    pods = [one.pod for one in decided.pods if identity_of(one.pod) not in decided.unseen]
    uids, named = {pod.uid for pod in pods}, {container.container_id for pod in pods for container in pod.containers}
    left_out = {one.uid for one in seen.left_out}
    for record in records:
        if record.pod_uid in uids:
            yield _BY_UID
        elif record.container_id in named:
            yield _BY_ID
        elif record.pod_uid in left_out:
            yield _OUT_OF_SCOPE
        elif not record.pod_uid:
            yield _OF_NO_POD
        else:
            yield _UNSEEN


def _pods(decided: Decided) -> Iterator[str]:
    """Each pod, with its records first; of a fleet's those of the first names, and how many more there are."""
    recorded, bare = list[PlannedPod](), list[PlannedPod]()
    for one in decided.pods:
        (recorded if decided.records.of_pod(one.pod) else bare).append(one.pod)
    for pods, what in ((recorded, "with records"), (bare, "without a record")):
        yield from (_pod(pod, decided) for pod in sorted(pods, key=lambda pod: (pod.namespace, pod.name, pod.uid))[:_MOST_PODS])
        if (more := len(pods) - _MOST_PODS) > 0:
            yield f"and {count(more, 'more pod')} {what}; --namespace, --selector or --node narrows down to those to be told one by one"


def _pod(pod: PlannedPod, decided: Decided) -> str:
    found = decided.records.of_pod(pod)
    told = ", ".join(f"{record.name} {record.container_id[:_SHORT_ID]} ({record.origin.source})" for record in found)
    return f"pod {_name(pod)} (UID {pod.uid or 'none'}) on {pod.node or 'no node'}: {told or 'no record'}"


def _name(pod: PlannedPod) -> str:
    return f"{pod.namespace}/{pod.name}"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(sorted(names)[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
