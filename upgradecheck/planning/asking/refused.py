"""Values of the configuration, or of flags that set it, with which a kubelet does not start."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import flags_of
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.refusals import Refusal, Value
from upgradecheck.model.starting import StartTrouble, TroubleKind

_SWITCHES = {"true": True, "false": False}


def values_that_stop(
    end: KubeletEnd,
    known: KubeletOptions,
    given: Mapping[str, Value],
    place: str,
    node: str | None = None,
    *,
    on: Collection[str] = (),
) -> Iterator[StartTrouble]:
    """The fields with whose values this kubelet does not start. given: values by path; None where it is neither a word nor a number.

    on: gates that are on beside those of the version as it is set.
    """
    stops = {one.field: one for one in known.refusals if one.field in given and one.gate not in on and refuses(end, one, given[one.field])}
    for path, one in stops.items():
        yield StartTrouble(TroubleKind.VALUE_REFUSED, path, place, since=one.since, instead=one.wanted, node=node, value=given[path])


def refuses(end: KubeletEnd, refusal: Refusal, value: Value) -> bool:
    """Whether all kubelets that this version can be refuse the value; one that has not the gate any more has its feature for good."""
    return refusal.is_of(value) and all(
        refusal.of(build.minor) and not (refusal.gate and (not build.knows_feature_gate(refusal.gate) or build.feature_gate(refusal.gate)))
        for build in end.builds
    )


def set_by_flags(words: Sequence[str], known: KubeletOptions, end: KubeletEnd) -> Iterator[tuple[str, str, Value]]:
    """The fields that flags set under a kubelet, with the flag and its last value."""
    set_last = {}
    for number, word in enumerate(words):
        for flag in flags_of((word,)):
            following = next(iter(words[number + 1 : number + 2]), "-")
            set_last[flag] = word.partition("=")[2] if "=" in word else following
    for flag, text in set_last.items():
        state = known.flag(flag, end.version.minor)
        if state is not None and state.field:
            yield state.field, flag, True if text.startswith("-") else _value(text)


def _value(text: str) -> Value:
    return int(text) if text.isascii() and text.isdigit() else _SWITCHES.get(text, text)
