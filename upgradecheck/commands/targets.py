"""Whom the user means: a pod by its name or UID, a workload as kubectl or a row of a plan calls it, a static pod without its node's name.

``a/b`` is a pod b in a namespace a, or a container b of a pod a, or a workload b of the kind a; a pod's own name wins. Of a workload with
several pods the one that fares worst is meant, since that is the one that a plan made somebody ask about.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from upgradecheck.decode.kube.workloads import UNMANAGED
from upgradecheck.model.errors import UsageError
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import SEVERITY, PlannedPod
from upgradecheck.model.pod import PodView, Workload
from upgradecheck.model.reasons import Reason

_MOST_NAMED = 8
_MOST_CLOSE = 3
_PLAIN = pattern(r"[A-Za-z0-9._-]+")
_BETWEEN = pattern(r"[/\s]+")
_KINDS: Mapping[str, str] = {
    alias: kind
    for kind, aliases in {
        "Pod": "po pod pods",
        "Deployment": "deploy deployment deployments",
        "StatefulSet": "sts statefulset statefulsets",
        "DaemonSet": "ds daemonset daemonsets",
        "ReplicaSet": "rs replicaset replicasets",
        "ReplicationController": "rc replicationcontroller replicationcontrollers",
        "Job": "job jobs",
        "CronJob": "cj cronjob cronjobs",
    }.items()
    for alias in aliases.split()
}
"""What kubectl takes for a kind, in lower case."""
_ALSO: Mapping[str, tuple[str, ...]] = {"StaticPod": ("pod", "static")}
"""What else a workload of ours is called, for kubectl knows no such kind."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """One way to read a target. kind: it is a workload of this kind, in lower case; None where it may be a pod or a workload's name."""

    namespace: str | None
    name: str
    container: str | None
    kind: str | None = None

    def is_pod(self, namespace: str, name: str, uid: str) -> bool:
        """Whether it means a pod of this identity."""
        return self.namespace in (None, namespace) and self.kind in (None, "pod") and self.name in (name, uid)

    def is_workload(self, namespace: str, workload: Workload | None) -> bool:
        """Whether it means the workload of a pod."""
        named = workload is not None and self.namespace in (None, namespace) and self.name == workload.name
        return named and workload is not None and self.kind in (None, workload.kind.lower(), *_ALSO.get(workload.kind, ()))


class Sought(msgspec.Struct, frozen=True, gc=False):
    """The views of pods that a target may mean."""

    asked: tuple[Asked, ...]
    texts: frozenset[bytes] | None
    """Names, of which one stands as a whole in a document of each, for that of a workload begins that of its pods or of their controller;
    None where one is no plain text.
    """

    def __call__(self, view: PodView) -> bool:
        """Whether a view is of one."""
        workload = view.workload or Workload(UNMANAGED, view.name)
        return any(one.is_pod(view.namespace, view.name, view.uid) or one.is_workload(view.namespace, workload) for one in self.asked)


def sought(target: str) -> Sought:
    """Those that a target may mean.

    Raises:
        UsageError: it has too many parts, or an empty one.
    """
    asked = readings(target)
    plain = all(_PLAIN.fullmatch(one.name) for one in asked)
    return Sought(asked, frozenset(one.name.encode() for one in asked) if plain else None)


class Meant(NamedTuple):
    """The pod, the container of it that alone is meant, and how many pods of its workload were meant as well as it."""

    pod: PlannedPod
    container: str | None
    among: int = 1


def readings(target: str) -> tuple[Asked, ...]:
    """All that a target can mean.

    Raises:
        UsageError: it has too many parts, or an empty one.
    """
    target = _of_row(target)
    parts = _BETWEEN.split(target.strip()) if "//" not in target else []
    if not parts or not all(parts) or len(parts) > 4 or not (found := tuple(_readings(parts))):
        raise UsageError(
            f"{target!r}: no name of a pod. Write POD, NAMESPACE/POD, POD/CONTAINER or NAMESPACE/POD/CONTAINER; a workload, such as "
            "deploy/web or NAMESPACE/deploy/web, stands for its pods."
        )
    return found


def _of_row(target: str) -> str:
    """Of a whole row of a plan its workload, the first of several, and its container where the row is of one: what is said of them comes
    behind.
    """
    words = target.split()
    if len(words) < 3 or "/" in words[0] or "/" not in words[1]:
        return target
    if words[1].endswith(","):
        return f"{words[0]} {words[1].rstrip(',')}"
    container = words[2] if len(words) == 3 or _tells_of_pods(words[3:]) else ""
    return " ".join(word for word in (*words[:2], container) if word)


def _tells_of_pods(words: Sequence[str]) -> bool:
    """Whether it is what stands behind a container: ``pod web-0 on node-1``, ``3 pods on 2 nodes``."""
    return words[0] == "pod" or (len(words) > 1 and words[0].replace(",", "").isdecimal() and words[1].rstrip(",") in ("pod", "pods"))


def _readings(parts: Sequence[str]) -> Iterator[Asked]:
    match parts:
        case [name]:
            yield Asked(None, name, None)
        case [first, second]:
            yield from (Asked(first, second, None), Asked(None, first, second), Asked(None, second, None, _kind(first)))
        case [first, second, third]:
            yield Asked(first, second, third)
            yield from (Asked(first, third, None, _kind(second)), Asked(None, second, third, _kind(first)))
        case [first, second, third, fourth]:
            yield Asked(first, third, fourth, _kind(second))


def _kind(text: str) -> str:
    return _KINDS.get(text.lower(), text).lower()


def resolve(target: str, pods: Sequence[PlannedPod]) -> Meant:
    """The pod, and the container of it, that a target means.

    Raises:
        UsageError: none, or several.
    """
    asked = readings(target)
    meant = [Meant(pod, one.container) for one in asked for pod in pods if one.is_pod(pod.namespace, pod.name, pod.uid)]
    whole = _without_ended([one for one in meant if _has_container(one)])
    if not whole:
        of_workloads = [Meant(pod, one.container) for one in asked for pod in pods if one.is_workload(pod.namespace, pod.workload)]
        whole = _worst_of_each([one for one in of_workloads if _has_container(one)])
        meant += of_workloads
    if len(whole) == 1:
        return whole[0]
    if whole:
        several = _listed([_full(one) for one in whole])
        raise UsageError(f"{target!r} means more than one thing: {several}. Name one of them{_hint(whole)}.")
    if meant:
        pod, container, _ = meant[0]
        names = _listed([found.name for found in pod.containers]) or "none at all"
        raise UsageError(f"{target!r}: pod {pod.namespace}/{pod.name} has no container {container!r}; it has {names}.")
    raise UsageError(f"{target!r}: no such pod or workload in the inputs and the scope. {_near(asked, pods)}")


def _has_container(one: Meant) -> bool:
    return one.container is None or any(found.name == one.container for found in one.pod.containers)


def _without_ended(meant: list[Meant]) -> list[Meant]:
    """Of pods of one name, what ended gives way."""
    if len(meant) > 1 and len({(one.pod.namespace, one.pod.name, one.container) for one in meant}) == 1:
        return [one for one in meant if one.pod.reason is not Reason.NOT_RUNNING] or meant
    return meant


def _worst_of_each(meant: Iterable[Meant]) -> list[Meant]:
    """Of each workload, and of each container of it, the pod that fares worst."""
    groups: dict[tuple[str, Workload, str | None], list[Meant]] = {}
    for one in meant:
        groups.setdefault((one.pod.namespace, one.pod.workload, one.container), []).append(one)
    return [min(some, key=_badness)._replace(among=len(some)) for some in groups.values()]


def _badness(one: Meant) -> tuple[int, str, str]:
    told = next((each.verdict for each in one.pod.containers if each.name == one.container), one.pod.verdict)
    return SEVERITY[told], one.pod.name, one.pod.node or ""


def _full(one: Meant) -> str:
    pod, container, among = one
    of = f"/{container}" if container is not None else ""
    if among > 1:
        return f"{pod.namespace}/{pod.workload.kind}/{pod.workload.name}{of} ({among:,} pods)"
    where = f" on {pod.node}" if pod.node else ""
    return f"{pod.namespace}/{pod.name}{of} (UID {pod.uid or 'unknown'}{where})"


def _hint(meant: Sequence[Meant]) -> str:
    """How to tell pods of one name apart."""
    names, uids = {(one.pod.namespace, one.pod.name) for one in meant}, {one.pod.uid for one in meant}
    if len(names) == len(meant):
        return ""
    return " by its UID, or narrow down with --node" if len(uids) == len(meant) else ": narrow down with --node"


def _near(asked: Sequence[Asked], pods: Sequence[PlannedPod]) -> str:
    names = sorted({f"{pod.namespace}/{pod.name}" for pod in pods})
    if not names:
        return "They hold no pod at all."
    made = {(pod.namespace, pod.workload) for pod in pods if pod.workload.kind != "Pod"}
    workloads = sorted(f"{namespace}/{workload.kind}/{workload.name}" for namespace, workload in made)
    found = list(dict.fromkeys((*_close(asked, names), *_close(asked, workloads))))
    if not found:
        return f"They hold {len(names):,}: {_listed(names)}."
    return f"Near to it: {_listed(found)}."


def _close(asked: Sequence[Asked], names: Sequence[str]) -> Iterator[str]:
    """Of names with their namespace those that are nearly what was asked, then those that hold it."""
    for one in asked:
        here = [name for name in names if one.namespace is None or name.startswith(f"{one.namespace}/")] or names
        short: dict[str, list[str]] = {}
        for name in here:
            short.setdefault(name.rpartition("/")[2], []).append(name)
        for match in difflib.get_close_matches(one.name, short, _MOST_CLOSE, cutoff=0.7):
            yield from short[match]
    yield from (name for name in names if any(one.name in name.rpartition("/")[2] for one in asked))


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + rest
