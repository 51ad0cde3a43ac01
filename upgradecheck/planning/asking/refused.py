"""Values of the configuration, or of flags that set it, with which a kubelet does not start.

What ValidateKubeletConfiguration refuses its own code has dated, minor by minor. The rest of hashdata/refusals.json was read by hand, and
these functions of it have fingerprints, so that a minor in which one of them is another is read again.

Mirrors parseResourceList, InitializeTLS, mergeKubeletConfigurations in cmd/kubelet/app/server.go; BuildAuthz in cmd/kubelet/app/auth.go;
ValidateKubeletFlags in cmd/kubelet/app/options/options.go; NewSchemeAndCodecs in pkg/kubelet/apis/config/scheme/scheme.go;
validateKubeletOSConfiguration in pkg/kubelet/apis/config/validation/validation_linux.go; NewManager, NewStaticPolicy in
pkg/kubelet/cm/cpumanager/cpu_manager.go; NewStaticPolicyOptions in pkg/kubelet/cm/cpumanager/policy_options.go; NewPolicyOptions in
pkg/kubelet/cm/topologymanager/policy_options.go; ParseQOSReserved in pkg/kubelet/cm/container_manager.go; NewManager, NewPolicyStatic,
validateReservedMemory in pkg/kubelet/cm/memorymanager/memory_manager.go; ParseThresholdConfig, parseThresholdStatements,
parseThresholdStatement, parseGracePeriods, parseMinimumReclaims in pkg/kubelet/eviction/helpers.go; NewAllowlist in
pkg/kubelet/sysctl/allowlist.go; NewContainerLogManager, parseMaxSize in pkg/kubelet/logs/container_log_manager.go;
ListenAndServeKubeletServer in pkg/kubelet/server/server.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import flags_of, together
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.kinds import KINDS, Kind, Value, Written, is_of_kind
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.numbers import whole_number
from upgradecheck.model.options import FieldState, KubeletOptions, unplaced
from upgradecheck.model.patterns import pattern
from upgradecheck.model.refusals import Others, Refusal
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.dependencies import is_on

NO_FORMS: Mapping[str, Written] = MappingProxyType({})
_SWITCHES = {"true": True, "false": False}
_WITHOUT_WORD = ("bool", "version")
"""Types of flags that take no word behind them: without ``=`` they are on."""
_JOINED = "= and no space before its value, for without that it is on"
_HELP = "--help"
"""What -h stands for."""
_NUMBER = pattern(r"-?[0-9]{1,18}")
_WHOLE = frozenset({"int", "int32", "int64", "uint64"})
"""Types of flags whose values are numbers, in whatever base."""
_TAINTS = "RegisterWithTaintsVar"


class Around(msgspec.Struct, frozen=True, gc=False):
    """What else a kubelet is set up with: other fields and flags by path; gates on, or off, over those of the version as it is set.

    whole: a running kubelet shows these; what it does not show is nothing, not the default. unseen: flags that were not shown set more.
    """

    given: Mapping[str, Value] = msgspec.field(default_factory=dict)
    gates: Mapping[str, bool] = msgspec.field(default_factory=dict)
    whole: bool = False
    unseen: bool = False


NOTHING_ELSE = Around()


def values_that_stop(
    end: KubeletEnd, known: KubeletOptions, given: Mapping[str, Value], place: str, node: str | None = None, around: Around = NOTHING_ELSE
) -> Iterator[StartTrouble]:
    """The fields with whose values this kubelet does not start. given: values by path; None of what is no word, number or list of words."""
    around = replace(around, given={**around.given, **given})
    asked = sorted(
        (number, written, path, one)
        for written, path in enumerate(given)
        for number, one in known.refusals_of.get(unplaced(path), ())  # one of a list's members ([]) in each that has it
    )
    found = {path: one for _, _, path, one in asked if refuses(end, known, one, given[path], around)}
    for path, one in found.items():
        yield StartTrouble(TroubleKind.VALUE_REFUSED, path, place, since=one.since, instead=one.wanted, node=node, value=given[path])


def kinds_that_stop(
    end: KubeletEnd, known: KubeletOptions, given: Mapping[str, Value], place: str, forms: Mapping[str, Written] = NO_FORMS
) -> Iterator[StartTrouble]:
    """The fields of a file in which this kubelet cannot read what is written there. A field that it does not have it passes over.

    forms: what is written where it is no plain value.
    """
    minor = end.version.minor
    for path, value in {**dict.fromkeys(forms), **given}.items():
        state, written = known.field(path, minor), forms.get(path)
        kind = None if state is None else state.kind
        if kind is not None and not (is_of_kind(value, kind, written) and _is_understood(kind, value)):
            since = _since([(one.since, one.kind) for one in known.fields[unplaced(path)]], minor, kind)
            yield StartTrouble(TroubleKind.VALUE_REFUSED, path, place, since=since, instead=KINDS[kind], value=value, written=written)


def _is_understood(kind: Kind, value: Value) -> bool:
    if kind not in (Kind.QUANTITY, Kind.QUANTITIES) or not isinstance(value, str) or not value:
        return not (kind is Kind.QUANTITY and value == "")
    from upgradecheck.decisions.flagvalues import holds  # few configurations have one

    return holds(kind, value)


def texts_that_stop(end: KubeletEnd, known: KubeletOptions, words: Sequence[str]) -> Iterator[StartTrouble]:
    """The flags of a command line whose values this kubelet does not understand: it ends before it does anything. place is empty yet."""
    from upgradecheck.decisions.flagvalues import is_switch_word, wanted

    minor = end.version.minor
    for flag, text, following in set_words(words, known, minor):
        state = known.flag(flag, minor)
        if state is None or text is None or "$" in text:
            continue
        instead = wanted(state.type, text)
        if not instead and is_switch_word(state.type, following):
            text, instead = following, _JOINED
        if instead:
            since = _since([(one.since, one.type) for one in known.flags[flag]], minor, state.type)
            yield StartTrouble(TroubleKind.VALUE_REFUSED, flag, "", since=since, instead=instead, value=text, flag=flag)


def takes_text(end: KubeletEnd, known: KubeletOptions, flag: str, text: str, instead: str) -> bool:
    """Whether a kubelet understands a value of a flag that another one does not; true of a flag that it has not."""
    from upgradecheck.decisions.flagvalues import is_switch_word, wanted

    state = known.flag(flag, end.version.minor)
    if state is None:
        return True
    return not is_switch_word(state.type, text) if instead == _JOINED else not wanted(state.type, text)


def _since(states: Sequence[tuple[Minor, object]], minor: Minor, now: object) -> Minor:
    """The minor since which something has been what it is now, without a break."""
    found = minor
    for since, what in reversed([one for one in states if one[0] <= minor]):
        if what != now:
            break
        found = since
    return found


def refuses(end: KubeletEnd, known: KubeletOptions, refusal: Refusal, value: Value, around: Around = NOTHING_ELSE) -> bool:
    """Whether all kubelets that this version can be refuse the value; one that has not the gate any more has its feature for good."""
    return all(
        refusal.of(build.minor)
        and not (around.unseen and refusal.lacks_another)
        and (not refusal.gate or _is_on(build, refusal.gate, around.gates) is refusal.while_on)
        and refusal.is_of(value, build.minor, _others(known, build.minor, around))
        for build in end.builds
    )


def _is_on(build: KubeletBuild, gate: str, gates: Mapping[str, bool]) -> bool:
    if not build.knows_feature_gate(gate):
        return build.schema.gone_gates.get(gate, True)
    return is_on(build, gate, {**build.feature_gates, **gates}) is True


def _others(known: KubeletOptions, minor: Minor, around: Around) -> Others:
    given = around.given

    def value(path: str) -> Value:
        if path in given:
            return given[path]
        if around.whole:
            return ""
        state = known.field(path, minor)
        return 0 if state is None or state.default is None else state.default

    return Others(value, lambda path: given.get(path, "") != "")


def set_words(words: Sequence[str], known: KubeletOptions, minor: Minor) -> Iterator[tuple[str, str | None, str]]:
    """Each flag that is set, with its text and the word behind it, where that is no part of it; of one that this minor has not as guessed.

    None where the text is not there: the words end, and there may be more of them elsewhere.
    """
    number = 0
    while number < len(words):
        word, following = words[number], next(iter(words[number + 1 : number + 2]), None)
        number += 1
        for flag in flags_of((_HELP + word.removeprefix("-h") if word.partition("=")[0] == "-h" else word,)):
            state = known.flag(flag, minor)
            if "=" in word:
                yield flag, word.partition("=")[2], ""
            elif state is not None and state.type in _WITHOUT_WORD:
                yield flag, "true", following or ""
            elif state is not None and state.type:
                number += 1
                yield flag, following, ""
            else:
                yield flag, "true" if (following or "-").startswith("-") else following, ""


def set_by_flags(words: Sequence[str], known: KubeletOptions, end: KubeletEnd) -> Iterator[tuple[str, str, Value]]:
    """The fields that flags set under a kubelet, with the flag and what all its values say; each flag stands for itself, too."""
    minor, texts = end.version.minor, dict[str, list[str | None]]()
    for flag, text, _ in set_words(words, known, minor):
        texts.setdefault(flag, []).append(text)
    for flag, found in texts.items():
        state = known.flag(flag, minor)
        if state is not None:
            text = together(state.type, found)
            value = None if text is None else _value(text, state.type)
            yield from ((name, flag, value) for name in (state.field, flag) if name)


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


def _value(text: str, type_: str) -> Value:
    """What a word says; None of a variable, whose value is elsewhere."""
    if "$" in text:
        return None
    if type_ == _TAINTS:  # those with a dash behind them are taken away, and never come into the field
        text = ",".join(one for one in text.split(",") if not one.endswith("-"))
    if type_ in _WHOLE and (number := whole_number(text)) is not None:
        return number
    return int(text) if _NUMBER.fullmatch(text) else _SWITCHES.get(text, text)
