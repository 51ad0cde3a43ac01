"""``show``: a saved plan again, from its file alone: no cluster is asked, no evidence read, and what it says is what it said.

Its gate stands, unless other conditions are asked for: then it is judged by these alone, as ``plan`` would have judged it under them. The
first plans of 1.0 have no gate: their exit code stands where it is none better than the default conditions make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from upgradecheck.commands.kept_files import content_of, json_of, named
from upgradecheck.contract.kept import KeptFields, WithKept
from upgradecheck.contract.v1.plan_consistency import check_consistent
from upgradecheck.contract.v1.plan_reading import SavedPlan
from upgradecheck.decode.guard import guarded
from upgradecheck.model.errors import InputError, SpecRefused, UsageError
from upgradecheck.model.gate import Gate
from upgradecheck.model.plan import Plan
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveObject, WaveRules
from upgradecheck.planning.asking.exit_codes import GateLimits, judged_by, judged_without_gate, limits_of
from upgradecheck.planning.asking.wave_rules import check_label
from upgradecheck.planning.lifting import without_ignores
from upgradecheck.planning.waves import with_waves
from upgradecheck.planning.waves.standing import standing_of
from upgradecheck.planning.waves.unsolved import unsolved_of

WANTED = "Give the plan that plan -o json=PLAN has written"


def read_saved(
    path: str,
    tell: Callable[[str], None],
    limits: GateLimits | None = None,
    *,
    allow_ignores: bool = True,
    allow_exit_zero: bool = True,
    raw: bytes | None = None,
    waves: WaveRules | None = None,
) -> WithKept:
    """The plan in a file, or (``-``) from standard input, with what a newer program has said in it.

    tell: takes what a person should know of it. limits: the conditions that take the place of its own. allow_ignores: what it suppresses
    stays so. allow_exit_zero: the code of a plan that was made with --exit-zero stands; otherwise it is what its conditions make. raw: what
    is in the file, where that was read before. waves: what is asked of them anew.

    Raises:
        InputError: it cannot be read, is no plan, is damaged, or of a newer major.
    """
    raw = content_of(path, WANTED) if raw is None else raw
    try:
        shown = guarded(lambda: _shown(raw))
    except SpecRefused as error:
        raise InputError(f"{named(path)}: {error}. Nothing is shown of it; make it anew with plan -o json=PLAN.") from error
    if not allow_ignores:
        shown = WithKept(without_ignores(shown.value), _without(shown.kept, "gate"))
    if waves is not None or (not allow_ignores and shown.value.waves):
        shown = _parted(shown, waves or shown.value.wave_rules or WaveRules())
    if not allow_exit_zero:
        limits = replace(_limits(shown.value.gate), exit_zero=False) if shown.value.gate.conditions else None
    if limits is not None:
        return WithKept(judged_by(shown.value, limits), _without(shown.kept, "gate"))
    return shown if shown.value.gate.conditions else replace(shown, value=_by_defaults(shown.value, named(path), tell))


def _parted(shown: WithKept, waves: WaveRules) -> WithKept:
    """In other waves than it was saved with; nothing of what was said of those stands."""
    plan: Plan = shown.value
    check_label(waves, (node.labels for node in plan.nodes))
    return WithKept(with_waves(plan, waves), _without(shown.kept, "waves", "waves_unsolved", "wave_rules", "waves_apart"))


def _by_defaults(plan: Plan, file: str, tell: Callable[[str], None]) -> Plan:
    """A plan without a gate; where its exit code is not believed, it says so itself, and so does whoever shows it."""
    judged = judged_without_gate(plan)
    if judged is plan:
        return plan
    notice = f"the file has no gate, and exit code {plan.exit_code}; the default conditions make {judged.exit_code} of what it holds"
    tell(f"{file}: {notice}, and that stands.")
    return replace(judged, notices=(f"{notice[:1].upper()}{notice[1:]}, and that stands.", *plan.notices))


def _shown(raw: bytes) -> WithKept:
    saved = SavedPlan(json_of(raw, "plan"))
    plan = saved.plan()
    check_consistent(plan, saved.exit_code())
    _check_unsolved(plan)
    if saved.has_gate and judged_by(plan, _limits(plan.gate)).gate != plan.gate:
        raise SpecRefused(
            "is not what the rest of the file makes: the file was changed after the plan was made; plan again", "gate.conditions"
        )
    saved.check_seal()
    return WithKept(plan, saved.kept(), not saved.is_sealed)


def _check_unsolved(plan: Plan) -> None:
    """That a plan with waves says what none of them can help; with which ways out, the program that made it knew."""
    if plan.waves and _told(unsolved_of(plan, standing_of(plan))) != _told(plan.waves_unsolved):
        raise SpecRefused("is not what its pods make: the file was changed after the plan was made; plan again", "waves_unsolved")


def _told(unsolved: Iterable[Unsolved]) -> set[tuple[UnsolvedWhy, WaveObject]]:
    return {(one.why, one.object) for one in unsolved}


def _limits(gate: Gate) -> GateLimits:
    try:
        return limits_of(gate)
    except UsageError:
        raise SpecRefused(
            "has a limit that no plan has: the file was changed after the plan was made; plan again", "gate.conditions"
        ) from None


def _without(kept: KeptFields | None, *members: str) -> KeptFields | None:
    """Nothing of what was said inside members that do not stand any more."""
    return None if kept is None else replace(kept, inside={name: one for name, one in kept.inside.items() if name not in members})
