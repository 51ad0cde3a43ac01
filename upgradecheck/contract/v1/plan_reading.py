"""A saved plan, read back: whole, as the Plan that it was made of, or as far as an override needs it.

A plan of a newer minor is read, and what this program does not know of it is kept (``contract.kept``). The first plans of 1.0 have no
gate: their exit code is known, the conditions are not, and they are written as they were read. Another major is refused, and so is
a word that is not known: a decision hangs on it. Pods are read one at a time: whoever wants no more than the overrides does not hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec.structs import FieldInfo, fields

from upgradecheck.contract.kept import KeptFields, kept_of
from upgradecheck.contract.parts import FORMAT_VERSION, element_of, taken
from upgradecheck.contract.sealing import SEAL, seal_of
from upgradecheck.contract.v1.plan import ExitCode, OverrideJson, PlanJson
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.contract.values import HASH, NO_HASH, of_json
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.gate import Gate
from upgradecheck.model.override import Override, OverrideMap
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pins import StaticPodRow, StaticPods
from upgradecheck.model.plan import Plan, PlannedPod
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Family

T = TypeVar("T")

_UNFIT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_VERSION = pattern(r"(?P<major>0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_MAJOR = FORMAT_VERSION.partition(".")[0]
_AT = pattern(r" - at `(?:key` in `)?\$(?P<path>.*)`$", re.DOTALL)
_OTHER_HASH = "is not that of what the file holds: it was changed after the plan was made; plan again"
_OURS = {"format_version": f'"{FORMAT_VERSION}"'}
"""The member that the model does not hold, as this program writes it."""


class _Named(msgspec.Struct):
    name: str


def plan_of(raw: bytes) -> Plan:
    """The plan that was saved as this JSON.

    Raises:
        SpecRefused: it is no plan, of another major, or not what a plan can be; the path says where.
    """
    return SavedPlan(raw).plan()


def overrides_of(raw: bytes) -> OverrideMap:
    """The overrides of a plan in JSON, as ``plan --override -o json`` writes it.

    Raises:
        SpecRefused: as plan_of, or its plan_hash is not that of what it holds.
    """
    return SavedPlan(raw).overrides()


def static_pods_of(raw: bytes) -> StaticPods:
    """The static pods of a plan in JSON.

    Raises:
        SpecRefused: as overrides_of.
    """
    return SavedPlan(raw).static_pods()


def _noted(pods: Iterator[PlannedPod], found: list[StaticPodRow]) -> Iterator[PlannedPod]:
    """The same pods; those from a file are noted as they pass."""
    for pod in pods:
        if pod.source is PodSource.FILE:
            found.append(StaticPodRow(pod.namespace, pod.name, pod.uid, pod.node, recreated=pod.reason.family is Family.STATIC_UID))
        yield pod


class SavedPlan:
    """A plan in JSON, of a major that is known; its members are read when they are asked for.

    Raises:
        SpecRefused: it is none.
    """

    def __init__(self, raw: bytes) -> None:
        try:
            self._parts = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        except _UNFIT as error:
            raise SpecRefused(f"no plan in JSON (upgradecheck plan -o json makes one): {error}") from None
        self._version = FORMAT_VERSION
        self._check_head()

    def plan(self) -> Plan:
        """All of it."""
        hints = get_type_hints(Plan)
        told = [field for field in fields(PlanJson) if field.name in hints and (field.name != "gate" or self.has_gate)]
        values = {field.name: self._member(field, hints[field.name]) for field in told}
        asked_for = values["summary"].override is not None
        if not self.has_gate:
            values["gate"] = Gate(self.exit_code())
        return Plan(**{**values, "overrides": self._overrides() if asked_for else None})

    @property
    def has_gate(self) -> bool:
        """Whether it was saved with the conditions of its exit code."""
        return "gate" in self._parts

    def exit_code(self) -> int:
        """The member of that name; the gate, where there is one, tells it too."""
        found: int = self._decoded(self._part("exit_code"), ExitCode, "exit_code")
        return found

    def kept(self) -> KeptFields | None:
        """What a Plan has no place for."""
        foreign = frozenset(name for name, text in _OURS.items() if bytes(self._part(name)) != text.encode())
        return kept_of(self._parts, PlanJson, foreign)

    @property
    def is_sealed(self) -> bool:
        """Whether it was saved with a checksum over all of it."""
        return SEAL in self._parts

    def check_seal(self) -> None:
        """That all of it is as it was saved, where that can be told.

        Raises:
            SpecRefused: something of it is not.
        """
        if self.is_sealed and self._decoded(self._parts[SEAL], Any, SEAL) != seal_of(self._parts):
            raise SpecRefused(_OTHER_HASH, SEAL)

    def overrides(self) -> OverrideMap:
        """What an override needs, if it is what plan_hash is made of."""
        known = {field.name: field for field in fields(PlanJson)}
        start, target, told = (self._member(known[name], Any) for name in ("from_version", "to_version", "plan_hash"))
        overrides = self._overrides()
        if plan_digest(target.release, self._rows(known["pods"], PlannedPod), overrides) != told:
            raise SpecRefused(_OTHER_HASH, "plan_hash")
        return OverrideMap(told, start and start.release, target.release, overrides, self._node_names())

    def static_pods(self) -> StaticPods:
        """What pinning needs, if it is what plan_hash is made of; each of its pods with the new kubelet's own reason beside."""
        known = {field.name: field for field in fields(PlanJson)}
        start, target, told = (self._member(known[name], Any) for name in ("from_version", "to_version", "plan_hash"))
        found: list[StaticPodRow] = []
        pods = _noted(self._rows(known["pods"], PlannedPod), found)
        if plan_digest(target.release, pods, self._overrides()) != told:
            raise SpecRefused(_OTHER_HASH, "plan_hash")
        return StaticPods(told, start and start.release, target.release, tuple(found), self._node_names())

    def _check_head(self) -> None:
        head = {name: self._decoded(self._parts[name], Any, name) for name in ("kind", "format_version") if name in self._parts}
        version = head.get("format_version")
        if head.get("kind") == "Clusters":
            raise SpecRefused("several clusters, where one Plan is wanted (plan -o 'json=plan-{cluster}.json' writes each)", "kind")
        if head.get("kind") != "Plan":
            raise SpecRefused(f"{head.get('kind')!r} where Plan is wanted (upgradecheck plan -o json makes one)", "kind")
        match = _VERSION.fullmatch(version) if isinstance(version, str) else None
        if match is None:
            raise SpecRefused(f"expected a version such as {FORMAT_VERSION}", "format_version")
        if match["major"] != _MAJOR:
            age = "a newer" if int(match["major"]) > int(_MAJOR) else "an older"
            raise SpecRefused(
                f"{version!r} is of {age} upgradecheck; this one reads {_MAJOR}.x: use the one that wrote the file, or plan again",
                "format_version",
            )
        self._version = match[0]

    def _member(self, field: FieldInfo, kind: Any) -> Any:
        """A member as the model has it."""
        name = field.encode_name
        if name not in self._parts and not field.required:
            return field.default
        if element_of(field) is not None:
            return tuple(self._rows(field, get_args(kind)[0]))
        return taken(self._decoded(self._part(name), field.type, name), kind)

    def _rows(self, field: FieldInfo, kind: type[T]) -> Iterator[T]:
        """The elements of a list, one at a time."""
        name = field.encode_name
        decoder = msgspec.json.Decoder(element_of(field), dec_hook=of_json)
        for index, one in enumerate(self._decoded(self._part(name), list[msgspec.Raw], name)):
            try:
                yield taken(decoder.decode(one), kind)
            except _UNFIT as error:
                raise self._refusal(str(error), f"{name}[{index}]") from None

    def _node_names(self) -> frozenset[str]:
        """The plan_hash does not cover them: they only tell which node of the plan this one is."""
        told = self._decoded(self._parts["nodes"], list[_Named], "nodes") if "nodes" in self._parts else ()
        return frozenset(one.name for one in told)

    def _overrides(self) -> dict[str, Override]:
        found = self._decoded(self._part("overrides"), dict[str, msgspec.Raw], "overrides")
        return {name: taken(self._decoded(one, OverrideJson, f"overrides.{name}"), Override) for name, one in found.items()}

    def _part(self, name: str) -> msgspec.Raw:
        if name not in self._parts:
            raise SpecRefused("is missing", name)
        return self._parts[name]

    def _decoded(self, raw: msgspec.Raw, kind: Any, at: str) -> Any:
        try:
            return msgspec.json.decode(raw, type=kind, dec_hook=of_json)
        except _UNFIT as error:
            raise self._refusal(str(error), at) from None

    def _refusal(self, text: str, at: str) -> SpecRefused:
        place = _AT.search(text)
        reason = text[: place.start()] if place else text
        other = self._version != FORMAT_VERSION
        hint = f"; the file is of format {self._version}, this upgradecheck knows {FORMAT_VERSION}" if other else ""
        return SpecRefused((NO_HASH if HASH in reason else reason) + hint, at + (place["path"] if place else ""))
