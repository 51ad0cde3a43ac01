"""Objects that are nothing known and name no kind of Kubernetes: what stands in a file in place of pods or records.

A kind that cannot be a pod is harmless; an object that names none may stand where a list was to be: a runtime or a server that refused,
a script that wrote nothing. Given by its file's name it was given as evidence, and is set aside by that name, whatever is in it. In a
directory lies much that nobody gave: there it counts where it is empty, an error, or the shell of a list, and so does one with a kind that
is nobody's. What is known to be something else (a chart, its values, a kustomization, a compose file) is told as such,
decode.kube.lookalikes.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.kube.mistyped import may_be_mistyped
from upgradecheck.decode.kube.shapes import NAMELESS, Recognition, Shape
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused

FOREIGN = "no pod, node or record of the runtime, nor any object of Kubernetes"
_SHELL = frozenset({"kind", "apiVersion", "metadata"})
_LISTS = frozenset({"containers", "items", "pods", "sandboxes"})
_ERRORS = frozenset({"message", "msg", "error", "errors", "detail", "title"})
_BESIDE_ERRORS = frozenset({"code", "statusCode", "status", "reason", "details", "type", "path", "timestamp"})


class _Kind(msgspec.Struct, gc=False, rename="camel"):
    kind: str | None = None
    api_version: str | None = None


_KIND = msgspec.json.Decoder(_Kind)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def is_foreign(recognition: Recognition, raw: bytes, *, named: bool) -> bool:
    """Whether a document stands where evidence was to be. named: its file was given by its own name."""
    if recognition.shape is not Shape.OTHER or recognition.lost:
        return False
    if recognition.found == NAMELESS:
        return not recognition.makes and (named or _is_an_answer(raw))
    return _is_of_nobodys_kind(raw) and _is_an_answer(raw)


def _is_of_nobodys_kind(raw: bytes) -> bool:
    try:
        told = typed(_KIND, raw)
    except SpecRefused:
        return False
    return bool(told.kind) and not told.api_version and may_be_mistyped(told.kind or "", None)


def _is_an_answer(raw: bytes) -> bool:
    """Whether it is empty, or has nothing but what a list or an error has."""
    try:
        members = typed(_MEMBERS, raw).keys() - _SHELL
    except SpecRefused:
        return False
    return members <= _LISTS or (members <= _ERRORS | _BESIDE_ERRORS and not members.isdisjoint(_ERRORS))
