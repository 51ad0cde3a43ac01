"""What can be held at the next start of this node's kubelet: who may have written what the records hold, and a plan from there.

"The version before" is the wrong question: a kubelet may have started, recorded itself and died before it looked at a pod. So each version
of which records may be is tried, the newest first, until one shows something to hold.
A wrong one is harmless: its hashes are not reproduced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.checkpoint import load
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.override import Override, OverrideMap
from upgradecheck.model.plan import Plan, PlannedContainer, PlannedPod, Severity, Verdict
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import count
from upgradecheck.planning.overriding import IN_FORCE, bare_id

_STARTS = 5
"""Of the newest starts of kubelets, so many count."""
_GOES_ON = (Verdict.SAFE, Verdict.NOT_COMPARED)
_MOST_NAMED = 3


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """What is asked: the node as its kubelet is called, the new version, the runtime's socket, files with pods, the map in force."""

    node: str
    version: KubeletVersion
    runtime: str
    files: tuple[str, ...]
    checkpoint: str
    map_file: str | None = None
    in_force: OverrideMap | None = None
    journals: tuple[str, ...] = ()
    written_for: tuple[str, ...] = ()
    """The versions for which these journals were written, the newest first."""
    running: KubeletVersion | None = None
    """The kubelet that runs, beside which a dry run asks."""


class Holdable(msgspec.Struct, frozen=True, gc=False):
    """A plan that holds something, from one version, and what it leaves out by name and reason."""

    start: str
    plan: Plan
    left_out: tuple[str, ...]

    @property
    def fitting(self) -> int:
        """How many containers need nothing: they carry, or are shown with, what the new kubelet computes already."""
        return _fitting(self.plan)

    @property
    def count(self) -> int:
        """How many containers it holds."""
        return len(self.plan.overrides or {})


class NothingToHold(Exception):
    """Why nothing can be held; a sentence without its end. plan: one that has nothing to hold, where one was made.

    left_out, fitting: by that plan, how many containers may restart all the same, and how many fit already.
    """

    plan: Plan | None = None
    left_out: int = 0
    fitting: int = 0


class NothingRestarts(NothingToHold):
    """Nothing has to be held: by the plan nothing restarts."""


def candidates(wanted: Wanted) -> tuple[str, ...]:
    """The versions for which records may stand, the newest first, without the new one: of the map, of journals, and of the last starts.

    Raises:
        NothingToHold: nothing tells of any kubelet before, or only of this version.
    """
    shown = () if wanted.in_force is None or not wanted.in_force.overrides else (wanted.in_force.to_version,)
    found = [wanted.running] if wanted.running is not None else [parse_kubelet_version(f"v{one}") for one in (*shown, *wanted.written_for)]
    checkpoint = load(wanted.checkpoint, live=True).checkpoint
    starts = () if checkpoint is None else checkpoint.history[-_STARTS:]
    found += [one.kubelet_version for one in reversed(starts)]
    if not found:
        raise NothingToHold("no checkpoint says which kubelet ran before (upgradecheck checkpoint record)")
    others: dict[str, str] = {}
    for one in found:
        if one.release != wanted.version.release:
            others.setdefault(one.release, one.text)
    if not others:
        raise NothingToHold(f"the kubelet is {wanted.version.release}, as at its last {count(len(starts), 'start')}")
    return tuple(others.values())


def holdable(wanted: Wanted) -> Holdable:
    """The first plan that holds something.

    Raises:
        NothingToHold: there is none.
    """
    why, fine, seen = list[str](), None, None
    for start in candidates(wanted):
        try:
            plan = plan_from(wanted, start)
        except UpgradecheckError as error:
            why.append(f"from {start}: {str(error).splitlines()[0]}")
            continue
        left_out = tuple(_left_out(plan))
        if not plan.overrides:
            seen = seen or plan
            proves = plan.calibration.recorded + plan.calibration.in_force > 0
            fine = fine or (plan if proves and not left_out else None)
            why.append(f"from {start}: {_proved(plan)}, {_nothing(left_out, _fitting(plan))}")
            continue
        _require_no_errors(plan)
        return Holdable(start, plan, left_out)
    raise _as_nothing("; ".join(why), fine, seen)


def _as_nothing(why: str, fine: Plan | None, seen: Plan | None) -> NothingToHold:
    """fine: a plan by which nothing restarts; seen: else one that has nothing to hold."""
    nothing = (NothingRestarts if fine else NothingToHold)(why)
    nothing.plan = plan = fine or seen
    if plan is not None:
        nothing.left_out, nothing.fitting = sum(1 for _ in _left_out(plan)), _fitting(plan)
    return nothing


def _nothing(left_out: Sequence[str], fitting: int) -> str:
    if left_out:
        return f"nothing to hold{_fits(fitting)}{_named(left_out)}"
    return f"nothing restarts{_fits(fitting)}"


def _fits(fitting: int) -> str:
    return f", {count(fitting, 'container fits', 'containers fit')} already" if fitting else ""


def _fitting(plan: Plan) -> int:
    """How many running containers carry, or are shown with, what the new kubelet computes, though nothing is done."""
    found = (one for one in _containers(plan.pods) if one.container_id is not None)
    return sum(one.verdict is Verdict.SAFE or one.override == IN_FORCE for one in found)


def _proved(plan: Plan) -> str:
    told = f"{plan.calibration.reproduced} of {plan.calibration.recorded} hashes reproduced"
    return f"{told} and {plan.calibration.in_force} known to be overridden" if plan.calibration.in_force else told


def plan_from(wanted: Wanted, start: str) -> Plan:
    """The plan of this node from one version to the new one, with what can be held.

    Raises:
        UpgradecheckError: none can be made.
    """
    in_force = (wanted.map_file,) if wanted.map_file and wanted.in_force is not None and wanted.in_force.overrides else ()
    return make_plan(
        PlanRequest(
            files=wanted.files,
            from_version=start,
            to_version=wanted.version.text,
            nodes=(wanted.node,),
            cri=f"unix://{wanted.runtime}",
            checkpoint=wanted.checkpoint if load(wanted.checkpoint, live=True).checkpoint is not None else None,
            override=True,
            in_force=(*wanted.journals, *in_force),
            exit_zero=True,
            at_rest=wanted.running is None,
        )
    )


def _require_no_errors(plan: Plan) -> None:
    """A hazard that is an error, of a pod that would be held, speaks against all: what is known of the node is not what it seems."""
    pods = {(one.namespace, one.pod) for one in (plan.overrides or {}).values()}
    wrong = next((one for one in plan.findings if one.severity is Severity.ERROR and (one.object.namespace, one.object.name) in pods), None)
    if wrong is not None:
        raise NothingToHold(f"{wrong.rule} is an error of {wrong.object.namespace}/{wrong.object.name}, which would be held")


def _left_out(plan: Plan) -> Iterator[str]:
    """What may restart all the same, by its reason."""
    for pod in plan.pods:
        for one in pod.containers:
            if one.container_id is not None and one.verdict not in (*_GOES_ON, Verdict.OVERRIDDEN):
                yield f"{one.verdict.value} ({one.reason.value}) {pod.namespace}/{pod.name}/{one.name}"


def served(plan: Plan, before: OverrideMap | None) -> Plan:
    """The plan as a proxy is to serve it: what the map before shows of containers that go on for that stays.

    A container that the new kubelet finds unchanged only because the proxy shows it a hash needs that hash still.
    """
    overrides = plan.overrides or {}
    if before is None:
        return plan
    back = before.from_version == plan.to_version.release
    carried = dict(_carried(plan.pods, before.overrides, same_way_back=back))
    if not carried:
        return plan
    merged = {**carried, **overrides}
    return replace(plan, overrides=merged, plan_hash=plan_digest(plan.to_version.release, plan.pods, merged))


def kept_on(plan: Plan, standing: OverrideMap, own: OverrideMap) -> Plan:
    """A plan that overrides nothing new, as a proxy is to serve it to a kubelet that has a map of its own.

    Where the map that stands shows what that kubelet computes it is shown so, and all else as the kubelet's own map had it.
    """
    asked = ((bare_id(one.container_id or ""), one.computed.to_hash) for one in _containers(plan.pods))
    right = {key: told for key, made in asked if (told := standing.overrides.get(key)) is not None and told.hash.after == made}
    merged = {**own.overrides, **right}
    return replace(plan, overrides=merged, plan_hash=plan_digest(plan.to_version.release, plan.pods, merged))


def _carried(pods: Sequence[PlannedPod], shown: Mapping[str, Override], *, same_way_back: bool) -> Iterator[tuple[str, Override]]:
    for one in _containers(pods):
        told = shown.get(bare_id(one.container_id or ""))
        goes_on = one.verdict in _GOES_ON or one.override == IN_FORCE
        if told is not None and (goes_on or not same_way_back):
            yield bare_id(one.container_id or ""), told


def _containers(pods: Iterable[PlannedPod]) -> Iterator[PlannedContainer]:
    for pod in pods:
        yield from pod.containers


def as_json(plan: Plan) -> bytes:
    """A plan as it is saved, which is how proxies and records take it."""
    from upgradecheck.renderers.json import members
    from upgradecheck.renderers.json.stream import json_object

    return "".join(json_object(members("plan", plan))).encode()


def in_words(found: Holdable, held: int | None = None, besides: Sequence[str] = ()) -> str:
    """``22 of 23 (1 not: …), 1.30.14 -> 1.31.0, plan 664148dcea64``; held: as many as were, if not all; besides: what else is not."""
    number, left = found.count if held is None else held, (*found.left_out, *besides)
    step = f"{found.start.removeprefix('v')} -> {found.plan.to_version.release}"
    return f"{number} of {number + len(left)}{_named(left)}{_fits(found.fitting)}, {step}, plan {found.plan.plan_hash[:12]}"


def _named(left: Sequence[str]) -> str:
    """What is left out, by name, as far as a line has room."""
    named = "; ".join(left[:_MOST_NAMED])
    more = f"; and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
    return f" ({len(left)} not: {named}{more})" if left else ""
