"""Two states of one node: of different times, so that pods and records of one do not fit the other."""

from __future__ import annotations

from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.runtimes import keeps_what_runs, runtime_option
from upgradecheck.model.version import KubeletVersion


def contradiction(known: NodeFacts, node: NodeFacts) -> str | None:
    """What is wrong with two states of one node, and what to do; None where they may be of one moment."""
    if known.kubelet_version != node.kubelet_version:
        one, other = (None if each.kubelet_version is None else each.kubelet_version.text for each in (known, node))
        return (
            f"node {node.name!a}: {known.origin} says kubelet {one!a}, {node.origin} says {other!a}. "
            f"Wanted one state of the node; leave out the older one{_with_runtime(known, node)}."
        )
    if not keeps_what_runs(known.runtime or "", node.runtime or ""):
        return (
            f"node {node.name!a}: {known.origin} says runtime {known.runtime!a}, {node.origin} says {node.runtime!a}. Wanted one state "
            f"of the node; leave out the older one{_with_runtime(known, node)}."
        )
    return None


def _with_runtime(one: NodeFacts, other: NodeFacts) -> str:
    """What else to do with two states of a node, where the later one has another runtime: plan from the earlier one to it.

    The later one is told by the time of its conditions, then by the kubelet; where neither tells it, it is the one that was given last.
    """
    earlier, later = (other, one) if _is_newer(one, other) else (one, other)
    word = "" if keeps_what_runs(earlier.runtime or "", later.runtime or "") else runtime_option(later.runtime or "")
    return f"; or, to plan a change to {later.runtime}, leave out {later.origin} and add --to-runtime {word}" if word else ""


def _is_newer(one: NodeFacts, other: NodeFacts) -> bool:
    if one.seen_at and other.seen_at:
        return one.seen_at > other.seen_at
    version, before = one.kubelet_version, other.kubelet_version
    if not isinstance(version, KubeletVersion) or not isinstance(before, KubeletVersion):
        return False
    return (version.minor, version.patch or 0) > (before.minor, before.patch or 0)
