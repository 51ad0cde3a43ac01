"""Which containers a step between kubelets touches, in words: shared by the formats that people read.

The sentences hold in both directions, up and down, since they say what the newer of the two kubelets does. Paths come from
hashdata, not from a cluster, and need no encoding for a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from upgradecheck.model.changes import Effect, EffectKind, EffectReason, Matrix
from upgradecheck.model.plan import Missing
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.wording import count
from upgradecheck.reporting.lines import Labelled, Line, Name, Value

EFFECT: Mapping[Effect, str] = {
    Effect.NONE: "no container gets another hash",
    Effect.CONDITIONAL: "some containers get another hash",
    Effect.ALL: "every container gets another hash",
}

MATRIX_READING = "Rows: the kubelet that started the containers; columns: the kubelet that takes over."
SKIPPED = "What is skipped adds up."
NO_PAIR = "No pair of different minors was asked for."

SCOPE = (
    "The grid is of container hashes alone, of containers that nobody changed. A kubelet upgrade can also recreate static pods, "
    "and pods for their sandbox, and refuse or resize pods."
)

COUNTED_SCOPE = "Counted are containers that nobody changed. A kubelet upgrade can also refuse or resize pods."

DIFF_SCOPE = (
    "These are container hashes and the UIDs of static pods alone, of pods that nobody changed. A kubelet upgrade can also refuse "
    "or resize pods."
)


def matrix_scope(matrix: Matrix) -> str:
    """What is not in the grid."""
    return SCOPE if matrix.pods is None else COUNTED_SCOPE


def matrix_headline(matrix: Matrix) -> str:
    """What the grid counts, or shows."""
    if matrix.pods is None:
        return "which unchanged containers the new kubelet kills and recreates, read off the types of each minor's newest patch"
    return f"in {count(matrix.pods, 'pod')}, if the minor on the left had started them: estimated, since no record says what did"


def not_seen(missing: Iterable[Missing]) -> Iterator[Labelled]:
    """What of the pods was not seen, so that numbers are of the rest: of a matrix, and of ways between minors."""
    for place, one in enumerate(missing):
        lead: Line = ("numbers are of the rest alone: ",) if not place else ()
        yield Labelled("" if place else "INCOMPLETE", (*lead, Name(one.what), ": ", Value(one.reason)))


COUNTED = (
    (
        "12",
        "containers that restart, by their hash or with a static pod; - for none. Kinds that the new kubelet does not compare do not count",
    ),
    ("12?", "and others of which it cannot be told (-o json counts them, and those that are safe)"),
)
"""How to read a cell that counts."""

_PLURAL: Mapping[ContainerKind, str] = {
    ContainerKind.APP: "app containers",
    ContainerKind.INIT: "init containers",
    ContainerKind.SIDECAR: "sidecars",
    ContainerKind.EPHEMERAL: "ephemeral containers",
}


def kinds(found: Iterable[ContainerKind]) -> str:
    """``app containers and sidecars``."""
    return enumerated([_PLURAL[kind] for kind in found], "and") or "no containers"


def enumerated(words: list[str], conjunction: str) -> str:
    """``a, b or c``."""
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}" if len(words) > 1 else "".join(words)


def sentences(reasons: tuple[EffectReason, ...]) -> tuple[str, ...]:
    """Who is touched, one sentence for each condition, without a stop at the end; those that touch all come first."""
    told = [*_told_of_all(reasons), *_told_of_holders(reasons), *_told_of_fields(reasons), *_told_of_others(reasons)]
    return tuple(dict.fromkeys(told))


def _told_of_all(reasons: tuple[EffectReason, ...]) -> Iterator[str]:
    for reason in reasons:
        if reason.kind is EffectKind.ALGORITHM:
            yield f"every container: the hash algorithm is another one from {reason.since} on"
    printed = [reason for reason in reasons if reason.strikes_all and reason.kind is not EffectKind.ALGORITHM]
    if printed:
        yield f"every container, whatever it sets: {_fields(printed, 'and')}"


def _told_of_holders(reasons: tuple[EffectReason, ...]) -> Iterator[str]:
    """Conditions on a pointer or list, whatever is inside."""
    inside = [reason for reason in reasons if reason.holder is not None]
    for holder in dict.fromkeys(reason.holder for reason in inside):
        told = _fields([reason for reason in inside if reason.holder == holder], "and")
        yield f"containers with {_place(str(holder))}, whatever is in it: {told}"


def _fields(reasons: list[EffectReason], conjunction: str) -> str:
    """``runAsGroup is hashed from 1.10 on and procMount from 1.12 on``; of a field that both write, that it is written otherwise."""
    told = [
        f"{_leaf(reason.path)} is hashed from {reason.since} on" if reason.since else f"{_leaf(reason.path)} is hashed in another form"
        for reason in reasons
    ]
    return enumerated(list(dict.fromkeys(told)), conjunction)


def _told_of_fields(reasons: tuple[EffectReason, ...]) -> Iterator[str]:
    """Fields that have to be set, those of one name together."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for reason in reasons:
        if reason.kind in (EffectKind.FIELD_ADDED, EffectKind.FIELD_REMOVED) and reason.path is not None:
            parent, _, leaf = reason.path.rpartition(".")
            groups.setdefault((leaf, reason.since), []).append(parent)
    for (leaf, since), parents in groups.items():
        where = f" in {enumerated([_place(parent) for parent in parents], 'or')}" if any(parents) else ""
        yield f"containers that set {leaf}{where}: it is hashed from {since} on"


def _told_of_others(reasons: tuple[EffectReason, ...]) -> Iterator[str]:
    for reason in reasons:
        if reason.kind is EffectKind.GO_ESCAPES:
            yield "containers with U+0008 or U+000C in their spec: kubelets built with Go 1.22 or later write them in other characters"
        elif reason.kind is EffectKind.KIND_COMPARED and reason.container_kind is not None:
            plural = _PLURAL[reason.container_kind]
            yield f"{plural} started by a kubelet {enumerated(list(reason.creators), 'or')}: {plural} are compared from {reason.since} on"


def _place(path: str) -> str:
    return path.removesuffix("[]").removesuffix("[*]")


def _leaf(path: str | None) -> str:
    return (path or "").rpartition(".")[2]
