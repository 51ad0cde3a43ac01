"""Whether a saved plan still says one thing: a file that was cut, edited or put together of two is found where it contradicts itself.

``plan_hash`` covers what is decided of each container. Numbers, completeness and the exit code follow from the rest of the file, so they
are made again and compared: a report that says 0 of a plan that restarts eight containers is an all-clear that nobody gave. It is no
signature; whoever edits everything alike is not found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.exit_codes import EXIT_OK
from upgradecheck.model.plan import IgnoreState, Plan, PlannedPod, Verdict

_CHANGED = "the file was changed after the plan was made; plan again"


def check_consistent(plan: Plan, exit_code: int) -> None:
    """That a plan that was read holds together; exit_code: the member of that name, which the gate tells too.

    Raises:
        SpecRefused: it does not; the path says which member.
    """
    for name, holds, wanted in _members(plan, exit_code):
        if not holds:
            raise SpecRefused(f"is not {wanted}: {_CHANGED}", name)


def _members(plan: Plan, exit_code: int) -> Iterator[tuple[str, bool, str]]:
    """What is made of the rest of the file: its name, whether it is so, and what it should be."""
    yield (
        "plan_hash",
        plan_digest(plan.to_version.release, plan.pods, plan.overrides or {}) == plan.plan_hash,
        "that of what the file holds",
    )
    left = tuple(pod for pod in plan.pods if not pod.drained)
    for name, told, counted in (
        ("summary.containers", plan.summary.containers, _containers(plan.pods)),
        ("summary.pods", plan.summary.pods, _pods(plan.pods)),
        ("summary.after_drain.containers", plan.summary.after_drain.containers, _containers(left)),
        ("summary.after_drain.pods", plan.summary.after_drain.pods, _pods(left)),
    ):
        yield name, _without_zeros(told) == counted, "the number of what the file holds"
    yield "complete", plan.complete == (bool(plan.pods) and not plan.coverage.missing), "what coverage.missing and pods say"
    yield "ignores", _ignored(plan) <= _heeded(plan), "what pods and findings say"
    yield "exit_code", exit_code == plan.gate.exit_code, "that of the gate"
    allowed = (EXIT_OK, plan.gate.worst_code) if plan.gate.conditions else (exit_code,)
    yield "gate.exit_code", plan.gate.exit_code in allowed, "what its conditions make"


def _ignored(plan: Plan) -> set[int | None]:
    """The entries that something is said to be ignored by."""
    whole = {pod.ignored_by for pod in plan.pods if pod.would_be is not None}
    by = {one.ignored_by for pod in plan.pods for one in pod.containers if one.would_be is not None}
    return whole | by | {one.ignored_by for one in plan.findings if one.ignored_by is not None}


def _heeded(plan: Plan) -> set[int | None]:
    audit = plan.ignores
    return set() if audit is None else {one.entry for one in audit.entries if one.state is IgnoreState.MATCHED}


def _containers(pods: Iterable[PlannedPod]) -> Mapping[Verdict, int]:
    counted = Counter[Verdict]()
    for pod in pods:
        for container in pod.containers:
            counted[container.verdict] += pod.number
    return _without_zeros(counted)


def _pods(pods: Iterable[PlannedPod]) -> Mapping[Verdict, int]:
    counted = Counter[Verdict]()
    for pod in pods:
        counted[pod.verdict] += pod.number
    return _without_zeros(counted)


def _without_zeros(numbers: Mapping[Verdict, int]) -> Mapping[Verdict, int]:
    return {verdict: number for verdict, number in numbers.items() if number}
