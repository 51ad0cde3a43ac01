"""What a plan answers: what happens, how many, how sure, and the exit code with every condition that it is made of.

"No restarts" is said only of a complete plan that leaves nothing unknown, of which no pod may be refused, and that meets every condition of
its gate: a ticket that says so while the pipeline stops is an all-clear that nobody gave. Nor is it said of one of which an ignore entry
accepts something, for that stops all the same. Where a pod may be refused by what cannot be
foreseen, none is foreseen, which is not the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec

from upgradecheck.model.alike import grades, weighed
from upgradecheck.model.exit_codes import MEANING
from upgradecheck.model.gate import Condition, ConditionName
from upgradecheck.model.plan import GONE, Grade, Plan, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.wording import count
from upgradecheck.reporting.supposed import supposed
from upgradecheck.reporting.words import GRADE, early_of

_NOTHING_KEPT = "The new kubelet stops nothing: no running container was seen that it compares"


class AnswerKind(Enum):
    """What a plan answers, worst first; closed, so that no format can say more than this."""

    RESTARTS = "restarts"
    NOTHING_EXAMINED = "nothing-examined"
    UNDETERMINED = "undetermined"
    INCOMPLETE = "incomplete"
    CONDITION_NOT_MET = "condition-not-met"
    SUPPRESSED = "suppressed"
    NONE_FORESEEN = "none-foreseen"
    NO_RESTARTS = "no-restarts"


WORD: Mapping[AnswerKind, str] = {
    AnswerKind.RESTARTS: "RESTARTS",
    AnswerKind.NOTHING_EXAMINED: "NOTHING EXAMINED",
    AnswerKind.UNDETERMINED: "UNDETERMINED",
    AnswerKind.INCOMPLETE: "UNDETERMINED",
    AnswerKind.CONDITION_NOT_MET: "CONDITION NOT MET",
    AnswerKind.SUPPRESSED: "ALL SUPPRESSED",
    AnswerKind.NONE_FORESEEN: "NONE FORESEEN",
    AnswerKind.NO_RESTARTS: "NO RESTARTS",
}


class Numbers(msgspec.Struct, frozen=True, gc=False):
    """Containers and pods of which one thing is said; whole_pods are those of the pods whose containers are not known."""

    containers: int = 0
    pods: int = 0
    whole_pods: int = 0

    def __bool__(self) -> bool:
        return bool(self.containers or self.pods)


class ToldCondition(msgspec.Struct, frozen=True, gc=False):
    """One condition of the gate in words: ``restart 8, allowed 5%``."""

    name: ConditionName
    text: str
    met: bool


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The answer. kept: running containers that go on by themselves; held: those that an override holds. untested: of the estimated ones,
    those of static pods of whose node no UID is reproduced.

    exit_meaning: what the exit code says, a clause; gate: the exit code with the conditions that are not met, a sentence.
    """

    kind: AnswerKind
    sentence: str
    gone: Numbers
    unknown: Numbers
    suppressed: Numbers
    kept: int
    held: int
    grades: Mapping[Grade, int]
    untested: int
    exit_code: int
    exit_meaning: str
    conditions: tuple[ToldCondition, ...]
    gate: str

    @property
    def unmet(self) -> bool:
        """Whether a condition is not met."""
        return any(not condition.met for condition in self.conditions)

    @property
    def passed(self) -> str:
        """The conditions that are met, a sentence that follows the gate's; empty where none is."""
        met = "; ".join(condition.text for condition in self.conditions if condition.met)
        return f"Met: {met}." if met else ""

    @property
    def word(self) -> str:
        """The answer in a word or three."""
        return WORD[self.kind]

    @property
    def sure(self) -> str:
        """How well the hashes are known that all this rests on."""
        by_word = {Grade.ESTIMATED: " (on the word of --from alone)"}
        numbers = {grade: self.grades.get(grade, 0) - (self.untested if grade is Grade.ESTIMATED else 0) for grade in Grade}
        told = [f"{numbers[grade]:,} {GRADE[grade]}{by_word.get(grade, '')}" for grade in Grade if numbers[grade]]
        if self.untested:
            told.append(f"{self.untested:,} {GRADE[Grade.ESTIMATED]} (static pods of which no UID is reproduced)")
        return ", ".join(told) or "no container to compare"

    @property
    def on_a_word(self) -> bool:
        """Whether something hangs on nothing but --from."""
        return self.grades.get(Grade.ESTIMATED, 0) > self.untested


def answer_of(plan: Plan) -> Answer:
    """What this plan answers."""
    gone, unknown, suppressed = (_numbers(plan, verdicts) for verdicts in (GONE, (Verdict.UNKNOWN,), (Verdict.SUPPRESSED,)))
    kind = _kind(plan, gone, unknown, suppressed)
    conditions = tuple(_told(condition, plan) for condition in plan.gate.conditions)
    return Answer(
        kind=kind,
        sentence=f"{_sentence(kind, plan, gone, unknown, suppressed)} {supposed(plan)}".rstrip(),
        gone=gone,
        unknown=unknown,
        suppressed=suppressed,
        kept=plan.summary.containers.get(Verdict.SAFE, 0),
        held=plan.summary.containers.get(Verdict.OVERRIDDEN, 0),
        grades=grades(plan.pods),
        untested=_untested(plan),
        exit_code=plan.exit_code,
        exit_meaning=_exit_meaning(plan, gone),
        conditions=conditions,
        gate=_gate(plan, gone, conditions),
    )


def _untested(plan: Plan) -> int:
    """Containers of static pods whose evidence was lowered, since no UID of their node is reproduced."""
    unproved = {node.name for node in plan.nodes if node.calibration.proves_no_uid}
    on_them = (pod for pod in plan.pods if pod.source is not PodSource.API and pod.node in unproved) if unproved else ()
    return grades(on_them)[Grade.ESTIMATED]


def _numbers(plan: Plan, verdicts: Iterable[Verdict]) -> Numbers:
    containers, pods = plan.summary.containers, plan.summary.pods
    wanted = tuple(verdicts)
    whole = sum(pod.number * times for pod, times in weighed(plan.pods) if pod.verdict in wanted and not pod.containers)
    return Numbers(sum(containers.get(one, 0) for one in wanted), sum(pods.get(one, 0) for one in wanted), whole)


def _kind(plan: Plan, gone: Numbers, unknown: Numbers, suppressed: Numbers) -> AnswerKind:
    if gone:
        return AnswerKind.RESTARTS
    if not plan.pods:
        return AnswerKind.NOTHING_EXAMINED
    if unknown:
        return AnswerKind.UNDETERMINED
    if not plan.complete:
        return AnswerKind.INCOMPLETE
    if plan.gate.unmet or plan.exit_code:
        return AnswerKind.CONDITION_NOT_MET
    if suppressed:
        return AnswerKind.SUPPRESSED
    return AnswerKind.NONE_FORESEEN if plan.summary.may_be_refused else AnswerKind.NO_RESTARTS


def _sentence(kind: AnswerKind, plan: Plan, gone: Numbers, unknown: Numbers, suppressed: Numbers) -> str:
    told = _answered(kind, plan, gone, unknown)
    if not suppressed:
        return told
    also = "" if kind is AnswerKind.SUPPRESSED else " besides"
    return f"{told} An ignore file accepts {_accepted(plan, suppressed)}{also}."


def _accepted(plan: Plan, suppressed: Numbers) -> str:
    """What stops all the same, or may: ``8 containers in 6 pods that will be killed``."""
    fates = {pod.would_be for pod in plan.pods} | {one.would_be for pod in plan.pods for one in pod.containers}
    will = "may be killed" if Verdict.UNKNOWN in fates else "will be killed"
    return f"{_of(suppressed)} that {will}"


def _answered(kind: AnswerKind, plan: Plan, gone: Numbers, unknown: Numbers) -> str:
    match kind:
        case AnswerKind.RESTARTS:
            doubt = f"; {_of(unknown, 'more ')} cannot be told" if unknown else ""
            unseen = "" if plan.complete else ". Not everything could be seen or trusted"
            return f"{_of(gone)} will be killed by {_killer(plan, gone)}{doubt}{unseen}."
        case AnswerKind.NOTHING_EXAMINED:
            return "No pod was seen, so nothing can be concluded."
        case AnswerKind.UNDETERMINED:
            return f"{_of(unknown)} cannot be told. This is no all-clear."
        case AnswerKind.INCOMPLETE:
            accepted = " but what an ignore file accepts" if plan.summary.pods.get(Verdict.SUPPRESSED) else ""
            return f"No restart{accepted} in what was seen, but not everything could be seen or trusted. This is no all-clear."
        case AnswerKind.CONDITION_NOT_MET:
            return f"{_kept(plan)}, but a condition that you set is not met."
        case AnswerKind.SUPPRESSED if not plan.summary.may_be_refused:
            return f"{_kept(plan)}."
        case AnswerKind.NONE_FORESEEN | AnswerKind.SUPPRESSED:
            return f"{_kept(plan)}, as far as can be foreseen; {count(plan.summary.may_be_refused, 'pod')} may be refused."
        case AnswerKind.NO_RESTARTS:
            return f"{_kept(plan)}."


def _killer(plan: Plan, gone: Numbers) -> str:
    early = early_of(plan)
    if not early:
        return "the new kubelet"
    before = "as soon as the API server is the other one"
    if early == gone.containers and not gone.whole_pods:
        return f"the running kubelet, {before}"
    return f"the new kubelet, {early:,} of them before by the running one, {before}"


def _of(numbers: Numbers, more: str = "") -> str:
    """``8 containers in 6 pods``; of pods whose containers are not known ``1 pod as a whole``."""
    if not numbers.containers:
        return f"{count(numbers.pods, f'{more}pod')} as a whole"
    pods = numbers.pods - numbers.whole_pods
    within = f" in {count(pods, 'pod')}" if pods and not more else ""
    whole = f" and {count(numbers.whole_pods, 'pod')} as a whole" if numbers.whole_pods else ""
    return f"{count(numbers.containers, f'{more}container')}{within}{whole}"


def _kept(plan: Plan) -> str:
    """What goes on running where nothing stops, or nothing but what an ignore entry accepts."""
    kept, held = plan.summary.containers.get(Verdict.SAFE, 0), plan.summary.containers.get(Verdict.OVERRIDDEN, 0)
    by = f" by an override{', once it is applied' if plan.overrides else ''}"
    if not (kept or held) and plan.summary.pods.get(Verdict.SUPPRESSED):
        return "Nothing else was seen to run that the new kubelet compares"
    if not kept:
        return f"The new kubelet keeps {count(held, 'running container')}{by}" if held else _NOTHING_KEPT
    return f"The new kubelet keeps {count(kept, 'running container')}{f', and {held:,} more{by}' if held else ''}"


def _told(condition: Condition, plan: Plan) -> ToldCondition:
    name = condition.name
    match name:
        case ConditionName.COMPLETE:
            text = "complete yes" if condition.met else f"complete {_truth(condition.value)}, wanted {_truth(condition.limit)}"
        case ConditionName.CALIBRATION:
            text = _share(condition, plan.calibration.reproduced, plan.calibration.recorded)
        case ConditionName.COVERAGE:
            text = _share(condition, plan.coverage.nodes_with_evidence, plan.coverage.nodes)
        case _:
            text = f"{name.value} {_figure(condition.value)}, allowed {_figure(condition.limit)}"
    return ToldCondition(name, text, condition.met)


def _figure(value: object) -> str:
    """A number with its thousands separated; a share as it was given."""
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _truth(value: object) -> str:
    return "yes" if value else "no"


def _share(condition: Condition, part: int, whole: int) -> str:
    """Rounded down, so that what is below its minimum never reads as if it reached it."""
    value = condition.value
    shown = "of nothing" if value is None else f"{math.floor(value * 100) / 100:g}% ({part:,} of {whole:,})"
    return f"{condition.name.value} {shown}, wanted {condition.limit:g}%"


def _gate(plan: Plan, gone: Numbers, conditions: tuple[ToldCondition, ...]) -> str:
    unmet = [condition.text for condition in conditions if not condition.met]
    if not (conditions or plan.exit_code):
        return "Exit code 0, for conditions that the plan does not tell."
    if not unmet:
        return f"Exit code {plan.exit_code}: {_exit_meaning(plan, gone) if plan.exit_code else 'every condition is met'}."
    asked = "" if plan.exit_code else f", as --exit-zero asks; without it {plan.gate.worst_code}"
    return f"Exit code {plan.exit_code}{asked}. Not met: {'; '.join(unmet)}."


def _exit_meaning(plan: Plan, gone: Numbers) -> str:
    match plan.exit_code:
        case 0 if plan.gate.unmet:
            return f"asked for with --exit-zero; without it, {plan.gate.worst_code}"
        case 0 if not plan.gate.conditions:
            return "for conditions that the plan does not tell"
        case 0 if gone:
            return "nothing that your conditions forbid"
        case code:
            return MEANING.get(code, "no conclusion")
