"""Hashes and versions as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.hashlist import HashEntry, HashItem
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.versionlist import PossibleClass, VersionList
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.effect_words import HASHED
from upgradecheck.renderers.markdown.escaping import code, table, words


def render_hashes(entries: Iterable[HashEntry]) -> Iterator[str]:
    """One table, row by row."""
    yield table(("namespace", "pod", "uid", "container", "kind", "kubelet", "era", "hash", "without resources"), ())
    for entry in entries:
        yield f"| {' | '.join(_cells(entry))} |\n"


def _cells(entry: HashEntry) -> tuple[str, ...]:
    identity = code(entry.namespace or ""), code(entry.pod or ""), code(entry.uid or "")
    if isinstance(entry, HashItem):
        without = "" if entry.hash_without_resources is None else code(hex_hash(entry.hash_without_resources))
        kind, kubelet = entry.container_kind.value, code(entry.kubelet)
        return *identity, code(entry.container), kind, kubelet, entry.era.value, code(hex_hash(entry.hash)), without
    place = f"{code(entry.path)}: " if entry.path else ""
    return *identity, "", "", code(entry.kubelet), "", f"refused: {place}{words(entry.reason)}", ""


def render_versions(versions: VersionList) -> Iterator[str]:
    """The minors, or the versions asked for."""
    if versions.explained:
        rows = (
            (code(told.text), code(told.release), words(told.vendor), _class(one), words(told.go or "unknown"))
            for told in versions.explained
            for one in told.classes
        )
        yield table(("version", "counts as", "vendor", "hashes like", "Go"), rows)
        return
    yield table(
        ("minor", "era", "patches", "Go, first to newest", "compared"),
        (
            (str(known.minor), known.era.value, f"{known.patches[0]}–{known.patches[-1]}", f"{known.go_first}–{known.go_last}",
             _kinds(known.kinds_compared))
            for known in versions.minors
        ),
    )  # fmt: skip


def _class(one: PossibleClass) -> str:
    return f"{one.minor}, {one.era.value}: {HASHED[one.era]}"


def _kinds(kinds: tuple[ContainerKind, ...]) -> str:
    return ", ".join(kind.value for kind in kinds)
