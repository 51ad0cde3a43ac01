"""What a step between two kubelets does to the UIDs of static pods, read off their types alone.

A UID is a sum of the whole pod as it prints, so a field that only one of the two has makes another one of every pod whose text holds the
struct, set or not. Where the structs are the same, other defaults may set something else.

What was changed and changed back between two minors does not count, so that skipping minors accumulates by itself. It is about manifests
that stay as they are, on the same node at the same place; a field that is not printed in a manifest's pod is no reason for that pod
(differing.py tells it of one pod).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.since import going_back
from upgradecheck.hashing.staticuid.differing import IN_ORDER, differing_rules, shown_field, struct_differences
from upgradecheck.hashing.staticuid.places import Place, path_of, places_of
from upgradecheck.hashing.staticuid.printing import internal_types
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.changes import Change, StaticPodEffect, UIDChange, UIDField
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import Field, Schema, TypeDef

_DEFAULTS: Mapping[str, Callable[[KubeletBuild], object]] = {
    "a container with a securityContext that sets no procMount": lambda build: build.manifests.proc_mount_default,
    "an image such as Registry/app or [fd00::1]/app, without imagePullPolicy": lambda build: build.manifests.newer_image_references,
    "a terminationGracePeriodSeconds below zero": lambda build: build.manifests.negative_grace_becomes_one,
    "a container with cpu or memory and no resizePolicy": lambda build: (
        build.manifests.resize_policy_default and build.feature_gate("InPlacePodVerticalScaling")
    ),
    "resources of the pod as a whole": lambda build: build.feature_gate("PodLevelResources") and build.manifests.pod_level_defaults,
}
"""What a pod must have to be defaulted otherwise where the two do not agree, in words: no path alone tells it."""


class _Difference(msgspec.Struct, frozen=True, gc=False):
    """One field of a struct that two kubelets print otherwise, at the places of that struct which both have.

    holders: what must be there for one of them to be printed; empty where every pod prints one.
    """

    struct: str
    go: str
    change: Change
    places: tuple[Place, ...]
    holders: tuple[str, ...]


def static_pod_change(old: KubeletBuild, new: KubeletBuild) -> StaticPodEffect:
    """What the step does, up or down, without the fields: they are many, and few ask."""
    return _effect(old, new, _differences(old.schema, new.schema))


def static_pod_effect(old: KubeletBuild, new: KubeletBuild, catalog: SchemaCatalog) -> StaticPodEffect:
    """What the step does, with every field that is printed otherwise."""
    differences = _differences(old.schema, new.schema)
    fields = (_told(one, old.schema, new.schema, catalog) for one in sorted(differences, key=lambda one: bool(one.holders)))
    return replace(_effect(old, new, differences), fields=tuple(fields))


def _effect(old: KubeletBuild, new: KubeletBuild, differences: tuple[_Difference, ...]) -> StaticPodEffect:
    every = (
        *differing_rules(old.static_pod_uid, new.static_pod_uid),
        *(shown_field(one.struct, one.go) for one in differences if not one.holders),
    )
    if every:
        return StaticPodEffect(UIDChange.ALL, every)
    some = (*_outermost({holder: None for one in differences for holder in one.holders}), *_defaults(old, new))
    return StaticPodEffect(UIDChange.CONDITIONAL if some else UIDChange.NONE, some)


def _outermost(holders: Collection[str]) -> Iterator[str]:
    """Without those that are part of another one."""
    return (holder for holder in holders if not any(holder.startswith(f"{other}.") for other in holders))


def _defaults(old: KubeletBuild, new: KubeletBuild) -> Iterator[str]:
    return (words for words, of in _DEFAULTS.items() if of(old) != of(new))


def _differences(old: Schema, new: Schema) -> tuple[_Difference, ...]:
    """In the order in which a pod is printed."""
    return tuple(_each_difference(old, new))


def _each_difference(old: Schema, new: Schema) -> Iterator[_Difference]:
    before, after, places = _printed_fields(old), _printed_fields(new), places_of(old)
    for struct, fields in after.items():
        if before.get(struct, fields) is fields:
            continue
        shared = tuple(place for place in places_of(new)[struct] if place in places[struct])
        holders = _holders(shared)
        for go, change in struct_differences(internal_types(old)[struct], internal_types(new)[struct]) if shared else ():
            yield _Difference(struct, go, change, shared, holders)


def _holders(places: tuple[Place, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(place.holder for place in places)
    return () if None in found else tuple(holder for holder in found if holder is not None)


@lru_cache(maxsize=64)
def _printed_fields(schema: Schema) -> Mapping[str, tuple[Field, ...]]:
    """The fields of each struct that can be printed; those of two minors are one object where they are equal."""
    types = internal_types(schema)
    return {struct: _one(types[struct].fields) for struct in places_of(schema)}


@cache
def _one(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return fields


def _told(one: _Difference, old: Schema, new: Schema, catalog: SchemaCatalog) -> UIDField:
    holding, newer = (old if one.change is Change.REMOVED else new), (new if new.minor > old.minor else old)
    paths = tuple(dict.fromkeys(path_of(one.struct, one.go, place, holding) for place in one.places))
    return UIDField(shown_field(one.struct, one.go), one.change, _since(one.struct, one.go, newer, catalog), paths, one.holders)


def _since(struct: str, go: str, newer: Schema, catalog: SchemaCatalog) -> str:
    wanted = _printed(internal_types(newer)[struct], go)
    return going_back(newer, catalog, lambda earlier: _printed(internal_types(earlier).get(struct), go) == wanted)


def _printed(definition: TypeDef | None, go: str) -> object:
    """How a field is printed, None where it is not; of all in order, their order."""
    fields = () if definition is None else definition.fields
    if go == IN_ORDER:
        return tuple(field.go for field in fields)
    return next((field.type for field in fields if field.go == go), None)
