"""``show`` of what ``plan`` of several clusters has written: each plan in it is read and judged as one that stands alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import msgspec

from upgradecheck.commands.kept_files import json_of, named
from upgradecheck.contract.parts import FORMAT_VERSION
from upgradecheck.contract.sealing import SEAL, seal_of
from upgradecheck.decode.guard import guarded
from upgradecheck.model.clusters import ClusterPlan, Clusters
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.plan import Plan

_UNFIT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NOTHING = (b"", b"null")
_MAJOR = FORMAT_VERSION.partition(".")[0]


class _Cluster(msgspec.Struct, frozen=True):
    """As ClusterJson, with the plan as it stands."""

    name: str
    trouble: str | None = None
    plan: msgspec.Raw = msgspec.Raw()


class _Document(msgspec.Struct, frozen=True):
    """As ClustersJson, as far as it is read: all else is made anew of the plans."""

    format_version: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+\.[0-9]+$")]
    kind: Literal["Clusters"]
    owner_label: str | None
    clusters: tuple[_Cluster, ...]
    notices: tuple[str, ...] = ()


def read_clusters(path: str, raw: bytes, read: Callable[[str, bytes], Plan]) -> Clusters:
    """What a file holds. read: makes a Plan of its name and JSON.

    Raises:
        InputError: it is none, is damaged, or of a newer major; or a plan in it is.
    """
    try:
        text = guarded(lambda: json_of(raw, "document of clusters"))
        found = guarded(partial(_document, text))
    except SpecRefused as error:
        raise InputError(f"{named(path)}: {error}. Nothing is shown of it; make it anew with plan -o json=FILE.") from error
    clusters = tuple(
        ClusterPlan(one.name, trouble=one.trouble or "it is not told why")
        if bytes(one.plan) in _NOTHING
        else ClusterPlan(one.name, read(f"{named(path)}, cluster {one.name}", bytes(one.plan)))
        for one in found.clusters
    )
    return Clusters(clusters, found.owner_label, found.notices)


def _document(text: bytes) -> _Document:
    try:
        parts: Any = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(text, type=_Document)
    except _UNFIT as error:
        raise SpecRefused(f"no document of clusters: {error}") from None
    if found.format_version.partition(".")[0] != _MAJOR:
        raise SpecRefused(f"is {found.format_version}, and this program reads {_MAJOR}.x: use a newer one", "format_version")
    if not found.clusters:
        raise SpecRefused("holds no cluster", "clusters")
    if SEAL not in parts or msgspec.json.decode(parts[SEAL]) != seal_of(parts):
        raise SpecRefused("is not that of what the file holds: it was changed after it was made; plan again", SEAL)
    return found
