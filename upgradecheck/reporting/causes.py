"""Why containers stop, each cause once with a letter, so that a row of a report needs no sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase

import msgspec

from upgradecheck.model.plan import GONE, CauseKind, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.reporting.words import cause_text, not_held_text

_HASH_RULES = ("UC001", "UC003")


class ToldCause(msgspec.Struct, frozen=True, gc=False):
    """One cause: how many containers (or pods as a whole) stop for it. rule: the one that found it of all kubelets; names are raw."""

    letter: str
    number: int
    text: str
    rule: str | None = None


class Causes:
    """The causes of a plan's stops, the most frequent first."""

    __slots__ = ("_letters", "told")

    def __init__(self, told: tuple[ToldCause, ...]) -> None:
        self.told = told
        self._letters = {one.text: one.letter for one in told}

    def letters_of(self, pods: Iterable[PlannedPod]) -> tuple[str, ...]:
        """The letters of all that stops of these pods; none where there is one cause in all."""
        if len(self.told) < 2:
            return ()
        return tuple(sorted({self._letters[text] for pod in pods for text, _ in _why(pod)}, key=lambda letter: (len(letter), letter)))


def causes_of(plan: Plan) -> Causes:
    """All of them."""
    counted, hashed = Counter[str](), set[str]()
    for pod in plan.pods:
        for text, algorithm in _why(pod):
            counted[text] += pod.number
            if algorithm:
                hashed.add(text)
    rules = {one.rule for one in plan.findings}
    rule = next((one for one in _HASH_RULES if one in rules), None)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    told = (
        ToldCause(_letter(place), number, text, rule if text in hashed else None) for place, (text, number) in enumerate(ranked) if number
    )
    return Causes(tuple(told))


def _why(pod: PlannedPod) -> Iterator[tuple[str, bool]]:
    """Of each container that stops, its causes; and whether it is the algorithm. Of a pod without containers its reason."""
    if not pod.containers and pod.verdict in GONE:
        yield pod.reason.sentence, False
    for one in pod.containers:
        if one.verdict in GONE:
            yield _text(one), _by_algorithm(one)


def _text(one: PlannedContainer) -> str:
    text = "; ".join(map(cause_text, one.causes[:_MOST])) + _more(one.causes) if one.causes else one.reason.sentence
    refused = not_held_text(one.override_refused) if one.verdict is Verdict.RESTART else ""
    return f"{text}; {refused}" if refused else text


_MOST = 2


def _more(causes: Sequence[object]) -> str:
    return f"; … and {len(causes) - _MOST:,} more" if len(causes) > _MOST else ""


def _by_algorithm(one: PlannedContainer) -> bool:
    return any(cause.kind is CauseKind.ALGORITHM or cause.printed for cause in one.causes)


def _letter(place: int) -> str:
    """``a`` … ``z``, ``aa`` …"""
    text = ""
    while place >= 0:
        place, digit = divmod(place, len(ascii_lowercase))
        text = ascii_lowercase[digit] + text
        place -= 1
    return text
