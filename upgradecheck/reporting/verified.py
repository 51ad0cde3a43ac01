"""What a Verification says to people: the answer, the numbers, what did not come as predicted and why, the nodes, and what is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from upgradecheck.model.exit_codes import EXIT_OK, EXIT_RESTARTS, EXIT_UNDETERMINED
from upgradecheck.model.plan import Verdict
from upgradecheck.model.verification import (
    JUDGED,
    WRONG,
    Because,
    Came,
    NodeState,
    Result,
    Verification,
    VerifiedContainer,
    VerifiedNode,
    VerifiedWave,
)
from upgradecheck.model.wording import count, form
from upgradecheck.reporting.lines import Arrow, Line, Name, Names, with_commands
from upgradecheck.reporting.waves import KIND as WAVE_KIND
from upgradecheck.reporting.words import KIND

RESULT: Mapping[Result, tuple[str, str]] = {
    Result.HIT: ("hit", "came as predicted"),
    Result.MISS: ("miss", "stopped or refused, and the plan had not said so"),
    Result.FALSE_ALARM: ("false alarm", "predicted to be stopped or refused, and it was not"),
    Result.UNEXPLAINED: ("unexplained", "stopped, but for another reason than the new kubelet"),
    Result.UNSEEN: ("not seen", "what was read does not show what became of it, or why"),
    Result.PENDING: ("pending", "its node does not run the new kubelet yet"),
    Result.UNKNOWN: ("unknown", "nothing was predicted of it"),
    Result.REPLACED: ("replaced", "its pod is gone: drained, deleted or rolled out"),
    Result.NOT_COMPARED: ("not compared", "did not run when the plan was made"),
}
"""In the order of a report: its word and what it means."""

CAME: Mapping[Came, str] = {
    Came.KEPT: "kept running",
    Came.RESTARTED: "restarted",
    Came.RECREATED: "recreated under another UID",
    Came.REJECTED: "refused: its pod may not run",
    Came.REMOVED: "gone, with its static pod",
    Came.ENDED: "ended",
}

BECAUSE: Mapping[Because, str] = {
    Because.DEFINITION: "its kubelet says that its definition changed",
    Because.SANDBOX: "its kubelet says that it makes the pod's sandbox anew (SandboxChanged)",
    Because.OOM: "out of memory",
    Because.PROBE: "a probe failed",
    Because.EXITED: "it ended by itself",
    Because.EVICTED: "evicted",
    Because.NODE_SHUTDOWN: "the node was shut down",
    Because.DEADLINE: "its deadline was over",
    Because.REBOOT: "the node was rebooted",
    Because.BEFORE_KUBELET: "it was started before the new kubelet was",
    Because.EDITED: "somebody has edited its manifest since the plan, as kubeadm upgrade does",
}

PREDICTED: Mapping[Verdict, str] = {
    Verdict.REJECT: "to be refused",
    Verdict.RECREATE: "to be recreated with its pod",
    Verdict.RESTART: "to restart",
    Verdict.UNKNOWN: "nothing",
    Verdict.OVERRIDDEN: "to be held by an override",
    Verdict.SUPPRESSED: "to be suppressed",
    Verdict.SAFE: "to be kept",
    Verdict.NOT_COMPARED: "to be left alone",
}

_STATE: Mapping[NodeState, str] = {
    NodeState.UPGRADED: "upgraded",
    NodeState.PENDING: "not yet upgraded",
    NodeState.OTHER: "neither the old version nor the new one",
    NodeState.GONE: "not there any more",
    NodeState.UNSEEN: "not seen",
}
_WORD = {EXIT_OK: "AS PREDICTED", EXIT_RESTARTS: "NOT AS PREDICTED", EXIT_UNDETERMINED: "UNDECIDED"}


class ResultCount(msgspec.Struct, frozen=True, gc=False):
    """How many containers a result has."""

    result: Result
    word: str
    number: int
    meaning: str


class Told(msgspec.Struct, frozen=True, gc=False):
    """One container that a report names: who it is, where, and what is to be said of it."""

    container: VerifiedContainer
    who: Line
    what: Line


class NodeTold(msgspec.Struct, frozen=True, gc=False):
    """A node that runs the new kubelet, and its numbers as cells under NODE_TITLES."""

    name: str
    cells: tuple[str, ...]


class NodeGroup(msgspec.Struct, frozen=True, gc=False):
    """Nodes that fare alike."""

    word: str
    names: tuple[str, ...]
    what: Line


NODE_TITLES = ("node", "hit", "miss", "false alarm", "unexplained", "not seen")
WAVE_TITLES = ("wave", "nodes", "upgraded", "hit", "miss", "false alarm", "unexplained", "pending")


class VerificationReport(msgspec.Struct, frozen=True, gc=False):
    """All of it; sections stand by result, the worst first, and are empty for what came as predicted."""

    word: str
    step: Line
    sentence: str
    exit_code: int
    exit_meaning: str
    counts: tuple[ResultCount, ...]
    sections: tuple[tuple[Result, tuple[Told, ...]], ...]
    nodes: tuple[NodeGroup, ...]
    node_numbers: tuple[NodeTold, ...]
    waves: tuple[tuple[str, ...], ...]
    notices: tuple[str, ...]
    next_steps: tuple[Line, ...]
    plan_hash: str


_SHOWN = (*WRONG, Result.UNEXPLAINED, Result.UNSEEN)


def report_of(verification: Verification) -> VerificationReport:
    """What is said of it."""
    code = verification.exit_code
    start = "its nodes' versions" if verification.from_version is None else verification.from_version.release
    return VerificationReport(
        word=_WORD[code],
        step=(start, Arrow(), verification.to_version.release),
        sentence=_sentence(verification),
        exit_code=code,
        exit_meaning=EXIT_MEANING[code],
        counts=tuple(_counts(verification)),
        sections=tuple(_sections(verification.containers)),
        nodes=tuple(_nodes(verification.nodes)),
        node_numbers=tuple(_numbers_of_nodes(verification.nodes)),
        waves=tuple(map(_wave, verification.waves)) if len(verification.waves) > 1 else (),
        notices=verification.notices,
        next_steps=tuple(with_commands(step) for step in _next(verification)),
        plan_hash=verification.plan_hash,
    )


EXIT_MEANING = {
    EXIT_OK: "what could be compared came as predicted",
    EXIT_RESTARTS: "misses or false alarms",
    EXIT_UNDETERMINED: "undecided: something was not seen, or nothing could be compared",
}


def _sentence(verification: Verification) -> str:
    told = verification.summary
    judged = told.of(*JUDGED)
    if not judged:
        return f"no prediction could be held against what came{_why_none(verification)}"
    wrong = [count(told.miss, "miss", "misses")] * bool(told.miss) + [count(told.false_alarm, "false alarm")] * bool(told.false_alarm)
    rest = f": {' and '.join(wrong)}" if wrong else ""
    return f"{told.hit:,} of {count(judged, 'prediction')} came true{rest}"


def _why_none(verification: Verification) -> str:
    told = verification.summary
    states = {node.state for node in verification.nodes}
    if states == {NodeState.PENDING}:
        return ": no node runs the new kubelet yet"
    if told.replaced and not told.unseen:
        proved = ", as by a drain, so that nothing is left that could come otherwise" if verification.exit_code == EXIT_OK else ""
        return f": the pods of the plan were replaced{proved}"
    return ""


def _counts(verification: Verification) -> Iterator[ResultCount]:
    for result, (word, meaning) in RESULT.items():
        number = verification.summary.of(result)
        if number or result in JUDGED:
            yield ResultCount(result, word, number, meaning)


def _sections(containers: Iterable[VerifiedContainer]) -> Iterator[tuple[Result, tuple[Told, ...]]]:
    by_result: dict[Result, list[Told]] = {result: [] for result in _SHOWN}
    for one in containers:
        if one.result in by_result:
            by_result[one.result].append(Told(one, _who(one), what_of(one)))
    yield from ((result, tuple(told)) for result, told in by_result.items() if told)


def _who(one: VerifiedContainer) -> Line:
    own: Line = () if one.container is None else (" ", Name(one.container), KIND[one.kind] if one.kind is not None else "")
    where: Line = () if one.node is None else (" on ", Name(one.node))
    return (Name(f"{one.namespace}/{one.pod}"), *own, *where)


def what_of(one: VerifiedContainer) -> Line:
    """``predicted to be kept (the new kubelet computes …), restarted: out of memory``."""
    predicted = f"predicted {PREDICTED[one.predicted]} ({one.reason.sentence})"
    return (predicted, *((f"; {came}",) if (came := came_text(one)) else ()))


def came_text(one: VerifiedContainer) -> str:
    """What became of it and why; empty where nothing shows that."""
    if one.came is None:
        return ""
    times = f" {one.restarts} times" if one.came is Came.RESTARTED and one.restarts is not None and one.restarts > 1 else ""
    code = f" with exit code {one.exit_code}" if one.exit_code is not None else ""
    untold = one.result is Result.UNSEEN and one.came in (Came.RESTARTED, Came.ENDED)
    why = f": {BECAUSE[one.because]}" if one.because is not None else ": nothing tells whether its kubelet stopped it" if untold else ""
    return f"{CAME[one.came]}{times}{code}{why}"


def _nodes(nodes: Iterable[VerifiedNode]) -> Iterator[NodeGroup]:
    for state in NodeState:
        some = [one for one in nodes if one.state is state]
        for rebooted in (False, True):
            group = [one for one in some if bool(one.rebooted) is rebooted]
            if group:
                word = f"{_STATE[state]}, rebooted" if rebooted else _STATE[state]
                yield NodeGroup(word, tuple(one.name for one in group), _runs(group))


def _numbers_of_nodes(nodes: Iterable[VerifiedNode]) -> Iterator[NodeTold]:
    """The worst first."""
    upgraded = [one for one in nodes if one.state is NodeState.UPGRADED]
    for one in sorted(upgraded, key=lambda node: -node.summary.of(*WRONG, Result.UNSEEN)):
        told = one.summary
        numbers = (told.hit, told.miss, told.false_alarm, told.unexplained, told.unseen)
        yield NodeTold(one.name, tuple(f"{number:,}" for number in numbers))


def _wave(wave: VerifiedWave) -> tuple[str, ...]:
    told = wave.summary
    numbers = (len(wave.nodes), wave.upgraded, told.hit, told.miss, told.false_alarm, told.unexplained, told.pending)
    return (f"{wave.number} {WAVE_KIND[wave.kind]}", *(f"{number:,}" for number in numbers))


def _runs(nodes: list[VerifiedNode]) -> Line:
    versions = tuple(dict.fromkeys(one.runs for one in nodes if one.runs is not None))
    return ("runs ", Names(versions)) if versions else ()


def _next(verification: Verification) -> Iterator[str]:
    told, states = verification.summary, [node.state for node in verification.nodes]
    if told.pending:
        left, other = states.count(NodeState.PENDING), "other " if NodeState.UPGRADED in states else ""
        yield (
            f"Verify again when the {other}{form(left, 'node is', f'{left:,} nodes are')} upgraded; what is decided by now stays so with"
            " `upgradecheck verify PLAN --earlier RESULT`, the result that `-o json=RESULT` has written."
        )
    if NodeState.UNSEEN in states:
        yield "Give the Nodes too (`kubectl get nodes -o json > nodes.json`, `-f nodes.json`): they tell which kubelet runs."
    elif told.unseen:
        yield (
            "Give nodes and pods as they are now, in one list (`kubectl get nodes,pods -A -o json > after.json`), read the cluster,"
            " or ask a node's runtime with `--cri`."
        )
    if any(one.predicted is Verdict.OVERRIDDEN and one.result is Result.MISS for one in verification.containers):
        yield "An override was planned for some that were stopped: `upgradecheck override status` tells on a node whether it was applied."
    if told.miss or any(one.result is Result.UNSEEN and one.came is not None for one in verification.containers):
        yield (
            "Events say why a kubelet stopped a container, for an hour by default: `kubectl get events -A -o json > events.json`,"
            " `-f events.json`."
        )
    if told.false_alarm:
        yield "A kubelet that was started just now has not looked at every pod yet: give it some minutes before you believe a false alarm."
    if told.of(*WRONG):
        yield "Keep the plan and this result (`-o json=RESULT`): together they show what the plan did not know."
