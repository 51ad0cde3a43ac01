"""What one may do so that a container is not stopped by the upgrade, and what would not help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from upgradecheck.model.draining import Hindrance
from upgradecheck.model.explanation import Avoidance
from upgradecheck.model.plan import GONE, Cause, CauseKind, OverrideRefusal, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.remedies import Way
from upgradecheck.model.version import Minor
from upgradecheck.planning.overriding import Chance

_MAY_STOP = (*GONE, Verdict.UNKNOWN)
_NOT_MOVED: Mapping[Hindrance, str] = {
    Hindrance.STATIC: "move it: a static pod stays on a drained node",
    Hindrance.DAEMON_SET: "help: a DaemonSet's pods stay on a drained node",
    Hindrance.BARE: "help: no controller would make it anew elsewhere",
    Hindrance.NOWHERE: "help: no other node is seen here that it could go to, so it would wait until this one is back",
    Hindrance.SEVERAL_BUDGETS: "help: several PodDisruptionBudgets select it, so that its eviction is refused",
    Hindrance.NONE_MAY_GO: "help now: its PodDisruptionBudget lets none go, so that its eviction waits until that changes",
}


_NOT_HELD: Mapping[OverrideRefusal, str] = {
    OverrideRefusal.SPEC_CHANGED: "who can have written its hash makes another one of today's spec, so an override would hide a change",
    OverrideRefusal.UNPROVEN: "nothing proves that all of the spec at hand is what runs, so an override might hide a change",
    OverrideRefusal.RESIZED: "with its hash held, its resources may restart it all the same",
    OverrideRefusal.NO_RECORD: "only the hash that the runtime has on record shows whether an override would hide a change",
    OverrideRefusal.OUT_OF_REACH: "one of the kubelets has docker inside itself (dockershim), the other has not: no override reaches it",
    OverrideRefusal.IN_SWARM: "docker is part of a swarm, where no container outlives dockerd: nothing can be held there",
    OverrideRefusal.UNDECIDED: "which hash would hold it, or what may have created it, cannot be told",
}


def ways(planned: PlannedContainer, kept_by: Sequence[Minor], chance: Chance | None, hindrance: Hindrance | None) -> tuple[Avoidance, ...]:
    """Those that concern this verdict; none where nothing is stopped.

    kept_by: minors beyond the running one that compute the hash that the container carries. chance: what an override could do, None
    where no hash decides. hindrance: why a drain does not move its pod, None where it does.
    """
    if planned.verdict not in _MAY_STOP:
        return ()
    return (*_override(planned, chance), *_of_reason(planned), *_other_version(planned, kept_by), _drain(hindrance))


def _helps(way: Way, detail: str) -> Avoidance:
    return Avoidance(way, True, detail)  # noqa: FBT003 - one of two places that say so


def _does_not_help(way: Way, detail: str) -> Avoidance:
    return Avoidance(way, False, detail)  # noqa: FBT003


def _override(planned: PlannedContainer, chance: Chance | None) -> Iterator[Avoidance]:
    """Safe to override: what runs is what its creator makes of today's spec, so that only the hash moved (design, section 3)."""
    if planned.verdict in (Verdict.RECREATE, Verdict.REJECT):
        yield _does_not_help(Way.OVERRIDE, "an override of the hash changes nothing: the decision falls before any hash is looked at")
    elif planned.verdict is not Verdict.RESTART:
        return
    elif planned.reason is Reason.API_SERVER_SETS:
        yield _does_not_help(Way.OVERRIDE, "the running kubelet kills it, before an override for the new one counts")
    elif planned.reason is Reason.RECORD_ABSENT:
        yield _does_not_help(Way.OVERRIDE, "it carries no hash that could show that today's spec is what runs")
    elif chance is None:
        yield _does_not_help(Way.OVERRIDE, "an override of the hash changes nothing: its resources decide, not its hash")
    elif chance.refusal is None:
        made = f"its hash is what kubelet {planned.evidence.creator} makes of today's spec, so only the hash function moved"
        yield _helps(Way.OVERRIDE, f"an override can hold it (plan --override): {made}")
    else:
        yield _does_not_help(Way.OVERRIDE, _NOT_HELD.get(chance.refusal, _NOT_HELD[OverrideRefusal.UNDECIDED]))


def _of_reason(planned: PlannedContainer) -> Iterator[Avoidance]:
    known = planned.reason.help
    if known is not None:
        yield _helps(known.way, known.words)
    elif planned.reason is Reason.HASH_CHANGED:
        yield from _without_fields(planned.causes)


def _without_fields(causes: Sequence[Cause]) -> Iterator[Avoidance]:
    paths = tuple(dict.fromkeys(cause.path for cause in causes if cause.kind is CauseKind.FIELD_ADDED and cause.path and not cause.printed))
    if paths and all(cause.kind is CauseKind.FIELD_ADDED and not cause.printed for cause in causes):
        words = f"a spec without {', '.join(paths)} is hashed alike by both; changing it now recreates the pod at once"
        yield _helps(Way.CHANGE_SPEC, words)


def _other_version(planned: PlannedContainer, kept_by: Sequence[Minor]) -> Iterator[Avoidance]:
    if planned.verdict is not Verdict.RESTART or planned.reason is not Reason.HASH_CHANGED or planned.evidence.hash is None:
        return
    if kept_by:
        yield _helps(Way.OTHER_VERSION, f"by its hash alone these would keep it: kubelet {_ranges(kept_by)}")
    else:
        yield _does_not_help(Way.OTHER_VERSION, "no other version on the way that is known computes the hash that it carries")


def _ranges(minors: Sequence[Minor]) -> str:
    """``1.22 to 1.26, 1.28``."""
    runs: list[list[Minor]] = []
    for minor in sorted(minors):
        if runs and minor.minor == runs[-1][-1].minor + 1:
            runs[-1].append(minor)
        else:
            runs.append([minor])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _drain(hindrance: Hindrance | None) -> Avoidance:
    if hindrance is None:
        return _helps(Way.DRAIN, "drain the node first: the pod then moves when you choose, and PodDisruptionBudgets apply")
    return _does_not_help(Way.DRAIN, f"draining does not {_NOT_MOVED[hindrance]}")
