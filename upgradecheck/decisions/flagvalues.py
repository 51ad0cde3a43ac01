"""Which values of flags end a kubelet before it does anything, by what takes them (hashdata/options.json, ``type``).

What these take is one in every minor that has them under their name; where it changed, the name did. Of a type that is not here (a text, a
label, whose own rules are elsewhere) every value is taken.

Mirrors the Set methods of github.com/spf13/pflag, k8s.io/component-base/cli/flag, k8s.io/klog and pkg/util/flag of Kubernetes.
differs: whole numbers may be written in other bases than 10, with underscores between digits from Go 1.13 on; all of it counts as taken.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from upgradecheck.decisions.manifests.checking import is_label_value, is_qualified_name
from upgradecheck.hashing.quantity import parse_quantity
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Kind, is_of_kind
from upgradecheck.model.numbers import has_sign, whole_number
from upgradecheck.model.patterns import pattern

_BOOLS = frozenset({"1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"})
_PLAIN = pattern(r"[+-]?[0-9]+")
_FRACTION = pattern(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan|0[xX][0-9a-fA-F_.]+[pP][+-]?[0-9]+)", 2
)
_UNDERSCORE = pattern(r"(?<=[0-9a-fA-F])_(?=[0-9a-fA-F])")
_LEADING_ZEROS = pattern(r"(?<![0-9])0+(?=[0-9])")
_HUGE_PAGES = "hugepages-"
_SEVERITIES = frozenset({"INFO", "WARNING", "ERROR", "FATAL"})
_EFFECTS = frozenset({"NoSchedule", "PreferNoSchedule", "NoExecute"})
_MOST = 1 << 31


def is_switch_word(type_: str, word: str) -> bool:
    """Whether a word behind a flag was meant for its value, but the flag takes none there: then it is a command, and kubelets have none."""
    return type_ == "bool" and word in _BOOLS


def wanted(type_: str, value: str) -> str:
    """What a flag of a type would take instead of a value that it does not; empty where it takes that."""
    takes, words = _TYPES.get(type_, (None, ""))
    return "" if takes is None or takes(value) else words


def _is_bool(text: str) -> bool:
    return text in _BOOLS


def _between(least: int, above: int) -> Callable[[str], bool]:
    """Whether a text is a whole number in whatever base, as ParseInt and ParseUint with base 0 take it."""

    def takes(text: str) -> bool:
        number = None if least == 0 and has_sign(text) else whole_number(text)
        return number is not None and least <= number < above

    return takes


def _is_plain_number(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and -_MOST <= int(text) < _MOST


def _is_level(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < _MOST


def _is_fraction(text: str) -> bool:
    return _FRACTION.fullmatch(_UNDERSCORE.sub("", text)) is not None


def _is_duration(text: str) -> bool:
    return is_of_kind(text, Kind.LENGTH)


def _is_list(text: str) -> bool:
    """As one line of encoding/csv: a field with a quote in it stands in quotes whole, and has its own quotes twice."""
    at = 0
    while at < len(text):
        if text[at] == '"':
            at += 1
            while at < len(text) and (text[at] != '"' or text[at + 1 : at + 2] == '"'):
                at += 2 if text[at] == '"' else 1
            if text[at : at + 1] != '"' or text[at + 1 : at + 2] not in ("", ","):
                return False
            at += 2
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            if '"' in text[at:end]:
                return False
            at = end + 1
    return True


def _pairs(text: str, between: str) -> Iterator[tuple[str, str, str]]:
    return (part.partition(between) for part in text.split(",") if part)


def _is_map(between: str) -> Callable[[str], bool]:
    return lambda text: all(found for _, found, _ in _pairs(text, between))


def _is_one_pair(text: str) -> bool:
    return "=" in text


def _is_map_of_bools(text: str) -> bool:
    return all(found and value.strip() in _BOOLS for _, found, value in _pairs(text, "="))


def _is_address(text: str) -> bool:
    """As net.ParseIP takes it; zeros before a number, which newer Go takes here alone, count as taken."""
    try:
        return not text or ("%" not in text and ipaddress.ip_address(_LEADING_ZEROS.sub("", text)) is not None)
    except ValueError:
        return False


def _taint(text: str) -> tuple[str, str] | None:
    """The key and the effect of a taint, which may lack it; None of what is none. Mirrors parseTaint in pkg/util/taints/taints.go."""
    parts = text.split(":")
    if len(parts) == 1:
        return (text, "") if is_qualified_name(text.encode()) else None
    key, _, value = parts[0].partition("=")
    fine = len(parts) == 2 and parts[1] in _EFFECTS and is_qualified_name(key.encode()) and is_label_value(value.encode())
    return (key, parts[1]) if fine else None


def _are_taints_with_value(text: str) -> bool:
    """As a kubelet read them up to 1.14: key, value, which may be empty, and effect."""
    return not text or all(one.count("=") == 1 and one.index("=") < one.find(":") and _taint(one) is not None for one in text.split(","))


def _are_taints(text: str) -> bool:
    """As a kubelet read them from 1.15 to 1.22: also without an effect, with which it could not register its Node."""
    return not text or all(_taint(one) is not None for one in text.split(","))


def _are_taints_with_effect(text: str) -> bool:
    """One with a dash behind it is taken away, and may lack its effect. Mirrors ParseTaints in pkg/util/taints/taints.go."""
    found = [] if not text else text.split(",")
    added = [_taint(one) for one in found if not one.endswith("-")]
    removed = [_taint(one[:-1]) for one in found if one.endswith("-")]
    return None not in removed and all(one is not None and one[1] for one in added) and len(set(added)) == len(added)


def _is_memory_of_one(text: str) -> bool:
    node, colon, limits = text.partition(":")
    return not text or (bool(colon) and _PLAIN.fullmatch(node) is not None and all(map(_is_memory, limits.split(","))))


def _is_memory_of_nodes(text: str) -> bool:
    return not text or all(one and _is_memory_of_one(one) for one in text.split(";"))


def _is_memory(limit: str) -> bool:
    name, _, amount = limit.partition("=")
    return (name == "memory" or name.startswith(_HUGE_PAGES)) and _is_quantity(amount)


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except SpecRefused:
        return False
    return True


def _is_severity(text: str) -> bool:
    return text.upper() in _SEVERITIES or _is_plain_number(text)


def _is_trace_location(text: str) -> bool:
    file, colon, line = text.partition(":")
    return not text or (bool(colon) and "." in file and _PLAIN.fullmatch(line) is not None and int(line) > 0)


def _is_version(text: str) -> bool:
    """Newer ones take a version in its place (``v1.2.3``), which counts as taken."""
    return text in _BOOLS or text == "raw" or text.startswith("v")


def _is_module_spec(level: Callable[[str], bool]) -> Callable[[str], bool]:
    def takes(text: str) -> bool:
        return all(name and found and level(value) for name, found, value in _pairs(text, "="))

    return takes


def _is_module_level(text: str) -> bool:
    return _is_plain_number(text) and int(text) >= 0


def holds(kind: Kind, value: str) -> bool:
    """Whether a text that is set for a field is one of its kind, where that is a quantity, or several as a flag has them."""
    if kind is Kind.QUANTITY:
        return _is_quantity(value.strip(" \t\n\r"))
    return kind is not Kind.QUANTITIES or all(_is_quantity(amount.strip()) for _, _, amount in _pairs(value, "="))


_A_NUMBER = "a whole number of {} bits"
_TYPES: dict[str, tuple[Callable[[str], bool], str]] = {
    "bool": (_is_bool, "true or false"),
    "int": (_between(-(1 << 63), 1 << 63), "a whole number"),
    "int32": (_between(-_MOST, _MOST), _A_NUMBER.format(32)),
    "int64": (_between(-(1 << 63), 1 << 63), _A_NUMBER.format(64)),
    "uint64": (_between(0, 1 << 64), "a whole number without a sign"),
    "float64": (_is_fraction, "a number"),
    "duration": (_is_duration, "a duration such as 1m30s"),
    "stringSlice": (_is_list, "words with commas between them, and quotes around whole words alone"),
    "MapStringBool": (_is_map_of_bools, "name=true or name=false, with commas between them"),
    "MapStringString": (_is_map("="), "name=value, with commas between them"),
    "MapStringStringNoSplit": (_is_one_pair, "name=value, one at a time"),
    "LangleSeparatedMapStringString": (_is_map("<"), "name<value, with commas between them"),
    "ColonSeparatedMultimapStringString": (_is_map(":"), "name:value, with commas between them"),
    "IPVar": (_is_address, "an IP address"),
    "TaintsWithValueVar": (_are_taints_with_value, "key=value:effect, with commas between them"),
    "TaintsVar": (_are_taints, "key=value:effect, with commas between them"),
    "RegisterWithTaintsVar": (_are_taints_with_effect, "key=value:effect, with commas between them, none of them twice"),
    "ReservedMemoryOfOneVar": (_is_memory_of_one, "node:memory=quantity"),
    "ReservedMemoryVar": (_is_memory_of_nodes, "node:memory=quantity, with semicolons between nodes"),
    "QuantityValue": (_is_quantity, "a quantity such as 2Gi"),
    "Level": (_is_plain_number, "a whole number"),
    "VerbosityLevel": (_is_level, "a whole number without a sign"),
    "VerbosityLevelPflag": (_is_level, "a whole number without a sign"),
    "moduleSpec": (_is_module_spec(_is_module_level), "pattern=number, with commas between them"),
    "VModuleConfiguration": (_is_module_spec(_is_level), "pattern=number, with commas between them, the numbers without a sign"),
    "VModuleConfigurationPflag": (_is_module_spec(_is_level), "pattern=number, with commas between them, the numbers without a sign"),
    "severity": (_is_severity, "INFO, WARNING, ERROR, FATAL or a number"),
    "severityValue": (_is_severity, "INFO, WARNING, ERROR, FATAL or a number"),
    "version": (_is_version, "true, false or raw"),
    "traceLocation": (_is_trace_location, "file.go:line"),
}
