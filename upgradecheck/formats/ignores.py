"""An ignore file, read: YAML as Go reads it, or JSON (its members: ``contract.v1.ignores``).

    ignore:
      - name: batch/*
        reason: jobs start again by themselves
        owner: team-batch
        expires: 2027-03-31

All that is wrong with a file is told together, each with its place. A typing error must not widen what is ignored: an unknown key is
refused with the nearest one, and so is an entry without any condition, which would be one that matches everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, get_args
from unicodedata import category

import msgspec
from msgspec.structs import fields

from upgradecheck.contract.v1.ignores import Accepted, IgnoreEntryJson, IgnoresJson
from upgradecheck.decode.kube.selectors import parse_selector
from upgradecheck.decode.text.typed import typed
from upgradecheck.decode.yaml.own import own_json
from upgradecheck.model.errors import SpecRefused, UsageError
from upgradecheck.model.ignores import ACCEPTED, REGEX, Hops, IgnoreEntry, NamePattern
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.selectors import Selector
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import meant

T = TypeVar("T")
_MAPPING = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ENTRY = msgspec.json.Decoder(IgnoreEntryJson)
_DAY = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MINOR = r"(?:v?([0-9]{1,4})\.([0-9]{1,4}))?"
_HOPS = pattern(rf"\s*{_MINOR}\s*\.\.\s*{_MINOR}\s*", re.ASCII)
_EMPTY = {b"null": "null", b"[]": "empty"}
"""Values that are none: what lost its value must not hold of everything, nor be taken for what holds where nothing is said."""
_NO_VERDICT = "Invalid enum value"
"""As msgspec says it of the only words of an entry that are fixed."""
_CONDITIONS = ("name", "workload", "labels", "node", "rule")
_SHOWN = (*_CONDITIONS, "hops")


def read_ignores(document: bytes, rules: Collection[str]) -> tuple[IgnoreEntry, ...]:
    """The entries of an ignore file; rules: the ids of the rules that there are.

    Raises:
        SpecRefused: it is no YAML, or no ignore file; every place of it that is wrong is told.
    """
    whole = typed(_MAPPING, own_json(document))
    known = [field.encode_name for field in fields(IgnoresJson)]
    problems = [f"{name}: is not known here, wanted {known[0]}.{meant(name, known)}" for name in whole if name not in known]
    if "ignore" not in whole and not problems:
        raise SpecRefused("is missing: wanted a list of entries", "ignore")
    entries, found = typed(_LIST, whole.get("ignore", msgspec.Raw(b"[]")), "ignore"), []
    for place, raw in enumerate(entries):
        try:
            found.append(_entry(place + 1, raw, f"ignore[{place}]", rules))
        except SpecRefused as error:
            problems.append(str(error))
    if problems:
        raise SpecRefused("\n  ".join(problems))
    return tuple(found)


def _entry(number: int, raw: msgspec.Raw, at: str, rules: Collection[str]) -> IgnoreEntry:
    """One entry.

    Raises:
        SpecRefused: something is wrong with it.
    """
    known = [field.encode_name for field in fields(IgnoreEntryJson)]
    members = typed(_MAPPING, raw, at)
    strange = [name for name in members if name not in known]
    if strange:
        raise SpecRefused(f"is no key of an entry, which has {', '.join(known)}.{meant(strange[0], known)}", f"{at}.{strange[0]}")
    for name, value in members.items():
        if (told_empty := _EMPTY.get(b"".join(bytes(value).split()))) is not None:
            raise SpecRefused(f"is {told_empty}: leave it out, or give it a value", f"{at}.{name}")
    told = _typed_entry(raw, at)
    problems = list(_problems(told, at, rules))
    if problems:
        raise SpecRefused("\n  ".join(problems))
    return IgnoreEntry(
        number=number,
        reason=told.reason.strip(),
        match=", ".join([*_shown(told), *([f"unknown for {', '.join(told.reasons)}"] if told.reasons else [])]),
        owner=told.owner,
        expires=_of(told.expires, _day),
        name=_of(told.name, NamePattern),
        workload=_of(told.workload, NamePattern),
        node=_of(told.node, NamePattern),
        labels=_of(told.labels, _labels),
        rule=told.rule,
        hops=_of(told.hops, _hops),
        verdicts=frozenset(map(Verdict, told.verdicts)) or ACCEPTED,
        reasons=frozenset(map(Reason, told.reasons)),
    )


def _shown(told: IgnoreEntryJson) -> Iterator[str]:
    return (f"{name} {value}" for name in _SHOWN if (value := getattr(told, name)) is not None)


def _typed_entry(raw: msgspec.Raw, at: str) -> IgnoreEntryJson:
    try:
        return typed(_ENTRY, raw, at)
    except SpecRefused as error:
        if error.reason.startswith(_NO_VERDICT):
            raise SpecRefused(f"is no verdict that can be accepted: wanted some of {', '.join(get_args(Accepted))}", error.path) from None
        raise


def _of(text: str | None, make: Callable[[str], T]) -> T | None:
    return None if text is None else make(text)


def _problems(told: IgnoreEntryJson, at: str, rules: Collection[str]) -> Iterator[str]:
    """All that is wrong with the values of an entry."""
    if not _says_something(told.reason):
        yield f"{at}.reason: is empty: say why this is accepted"
    if told.owner is not None and not _says_something(told.owner):
        yield f"{at}.owner: is empty: leave it out, or say who answers for it"
    if all(getattr(told, name) is None for name in _CONDITIONS):
        yield f"{at}: has no condition, and would match everything: give {', '.join(_CONDITIONS[:-1])} or {_CONDITIONS[-1]}"
    for name, parts in _PARTS.items():
        text = getattr(told, name)
        if text is not None and (problem := _pattern_problem(text, parts)):
            yield f"{at}.{name}: {problem}"
    readers: Mapping[str, tuple[Callable[[str], Any], str]] = _READERS
    for name, (read, wanted) in readers.items():
        text = getattr(told, name)
        if text is not None and _fails(read, text):
            yield f"{at}.{name}: {wanted}"
    if told.rule is not None and told.rule not in rules:
        yield f"{at}.rule: no rule is called so.{meant(told.rule, rules)}"
    if told.rule is not None and (told.labels is not None or told.verdicts):
        yield f"{at}: a finding has no labels and no verdict: leave {'labels' if told.labels is not None else 'verdicts'} out beside rule"
    if told.reasons:
        yield from _of_reasons(told, at)


_UNSEEN = tuple(reason.value for reason in Reason if reason.unseen)
"""Why something is unknown for want of evidence."""


def _of_reasons(told: IgnoreEntryJson, at: str) -> Iterator[str]:
    """Whoever accepts what nobody has seen says of what, why it is not known, and until when."""
    for place, reason in enumerate(told.reasons):
        if reason not in _UNSEEN:
            yield f"{at}.reasons[{place}]: nothing is unknown for this reason for want of evidence.{meant(reason, _UNSEEN)}"
    wanted = {
        "unknown among its verdicts": Verdict.UNKNOWN.value in told.verdicts,
        "expires, its last day": told.expires is not None,
        "name or workload": told.name is not None or told.workload is not None,
    }
    if lacking := [what for what, given in wanted.items() if not given]:
        yield f"{at}.reasons: what nobody has seen is accepted only with {', and '.join(lacking)}"


def _says_something(text: str) -> bool:
    """Whether a text has a letter, a digit or a sign that is seen: blanks, marks and what has no width say nothing."""
    return any(category(letter)[0] in "LNPS" and letter not in _BLANK_LETTERS for letter in text)


_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs by their category that show nothing."""
_PARTS = {"name": ("NAMESPACE", "NAME"), "workload": ("KIND", "NAME"), "node": ("NAME",)}


def _pattern_problem(text: str, parts: tuple[str, ...]) -> str:
    """What is wrong with a pattern of names of so many parts; empty for nothing."""
    if text.strip() == REGEX:
        return "has no expression behind rx:, and would match nothing"
    if text.startswith(REGEX):
        return "is no regular expression behind rx:" if _fails(re.compile, text.removeprefix(REGEX)) else ""
    given = text.split("/")
    whole = len(given) == len(parts) and all(given)
    return "" if whole else f"expected {'/'.join(parts)}, such as {'/'.join('*' for _ in parts)}, or rx: and a regular expression"


def _fails(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, re.error, UsageError, OverflowError, RecursionError):
        return True
    return False


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _labels(text: str) -> Selector:
    found = parse_selector("labels", text)
    if not found.terms:
        raise ValueError
    return found


def _hops(text: str) -> Hops:
    match = _HOPS.fullmatch(text)
    if match is None or not (match[1] or match[3]):
        raise ValueError
    first, last = (Minor(int(match[at]), int(match[at + 1])) if match[at] else None for at in (1, 3))
    return Hops(first, last)


_READERS = {
    "expires": (_day, "expected a day such as 2027-03-31"),
    "labels": (_labels, "expected a label selector as kubectl -l takes it, such as tier=batch"),
    "hops": (_hops, "expected a range of minors such as 1.29..1.31 (1.31..1.29 for the way back)"),
}
