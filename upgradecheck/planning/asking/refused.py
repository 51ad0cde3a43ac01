"""Values of the configuration, or of flags that set it, with which a kubelet does not start."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import flags_of
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.options import FieldState, KubeletOptions
from upgradecheck.model.refusals import Refusal, Value
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.version import Minor

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
    """The fields that flags set under a kubelet, with the flag and its last value; a flag that sets none stands for itself."""
    set_last = {}
    for number, word in enumerate(words):
        for flag in flags_of((word,)):
            following = next(iter(words[number + 1 : number + 2]), "-")
            set_last[flag] = word.partition("=")[2] if "=" in word else following
    for flag, text in set_last.items():
        state = known.flag(flag, end.version.minor)
        if state is not None:
            yield state.field or flag, flag, True if text.startswith("-") else _value(text)


def set_by_hand(known: KubeletOptions, config: KubeletConfig, starts: Collection[Minor]) -> dict[str, Value]:
    """The fields of a configuration that somebody set. What a running kubelet shows has the defaults of its minor, too.

    starts: what runs; where that is not known, a default of any minor may be one. One that hangs on a gate is never told from a value.
    """
    given = {path: config.values.get(path) for path in config.given}
    if not config.whole:
        return given
    return {path: value for path, value in given.items() if not any(_fills_in(one, value) for one in _states(known, path, starts))}


def _states(known: KubeletOptions, path: str, starts: Collection[Minor]) -> Iterator[FieldState]:
    if not starts:
        yield from known.fields.get(path, ())
    yield from (state for minor in starts if (state := known.field(path, minor)) is not None)


def _fills_in(state: FieldState, value: Value) -> bool:
    return bool(state.gate) or (state.default is not None and str(state.default) == str(value))


def _value(text: str) -> Value:
    """What a word says; None of a variable, whose value is elsewhere."""
    if "$" in text:
        return None
    return int(text) if text.isascii() and text.isdigit() else _SWITCHES.get(text, text)
