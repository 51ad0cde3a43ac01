"""Reasons of an effect as JSON: for the matrix and the diff."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from upgradecheck.contract.parts import Part, said
from upgradecheck.contract.values import MINOR
from upgradecheck.model.changes import EffectKind
from upgradecheck.model.schema import ContainerKind

MinorText = Annotated[str, Meta(pattern=MINOR)]

_KINDS = (
    "algorithm: every hash; struct_field: a printed struct has another field, set or not; field_added, field_removed: containers that set "
    "a field which only the newer, only the older kubelet hashes; field_rewritten: written in another form; go_escapes: specs with U+0008 "
    "or U+000C; kind_compared: containers of a kind that the old kubelet did not compare"
)
_PATH = "The field of Container that differs, by JSON names; [] stands for the elements of a list, [*] for those of a map"


class EffectReasonJson(Part, frozen=True):
    """Why hashes change, and of which containers."""

    kind: Annotated[EffectKind, said(_KINDS)]
    path: Annotated[str | None, said(_PATH)] = None
    holder: Annotated[str | None, said("What a container must set, or fill, to be touched; absent: every container is")] = None
    since: Annotated[MinorText | None, said("The first minor that does it the newer way")] = None
    container_kind: ContainerKind | None = None
    creators: Annotated[
        tuple[MinorText, ...], said("Containers of container_kind are touched if a kubelet of one of these started them")
    ] = ()
