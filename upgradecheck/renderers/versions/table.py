"""Known minors as a table, and version texts explained, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.schema import HASHED, ContainerKind, Era
from upgradecheck.model.versionlist import ExplainedVersion, KnownMinor, PossibleClass, VersionList
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import STRONG, Page, columns
from upgradecheck.renderers.media.plain import name

_TITLES = ("MINOR", "ERA", "PATCHES", "GO, FIRST TO NEWEST", "COMPARED")
_MEANING: Mapping[str, str] = {
    "prefix": "as kubelets print it",
    "minor": "the minor: decides what is hashed, and how",
    "patch": "the patch: decides the Go that built it",
    "prerelease": "a pre-release: came before its release and may hash like the minor before",
    "commits": "commits after the tag",
    "commit_id": "the commit it was built from",
    "vendor": "the vendor's suffix: a build of that release, of which no change is known that concerns restarts",
    "dirty": "built from a modified tree",
}

_NOT_THE_RELEASE: Mapping[str, str] = {
    "vendor": "the vendor's suffix: a build of that release",
    "commits": "commits after the tag: a build upon that release",
    "dirty": "built from a modified tree of that release",
}
"""Of a build that is not known to be as the release is."""


def render(versions: VersionList, canvas: Canvas) -> Iterator[str]:
    """The table of minors, or the explanations asked for."""
    page = Page(canvas)
    if versions.minors:
        _minors(page, versions.minors)
    for number, explained in enumerate(versions.explained):
        if number:
            page.blank()
        _explained(page, explained)
    yield page.take()


def _minors(page: Page, minors: tuple[KnownMinor, ...]) -> None:
    columns(page, (_TITLES, *(_cells(minor) for minor in minors)))
    page.blank()
    for minor in minors:
        if minor.provisional:
            page.paragraph(f"{minor.provisional}: a plan of it is partial, unless --allow-provisional", lead=f"{minor.minor}*:", indent=12)
    for era in dict.fromkeys(minor.era for minor in minors):
        page.paragraph(f"hashes {HASHED[era]}", lead=f"{era.value}:", indent=12)
    page.paragraph("the kinds of containers whose hash decides about a restart", lead="compared:", indent=12)
    modules = sorted({source.module for minor in minors for source in minor.sources})
    if modules:
        page.paragraph(f"{', '.join(modules)} of each minor's newest patch (-o json names version and files)", lead="read from:", indent=12)


def _cells(known: KnownMinor) -> tuple[str, ...]:
    patches = f"{known.patches[0]}-{known.patches[-1]}" if len(known.patches) > 1 else ",".join(map(str, known.patches))
    go = known.go_first if known.go_first == known.go_last else f"{known.go_first} to {known.go_last}"
    return f"{known.minor}*" if known.provisional else str(known.minor), known.era.value, f".{patches}", go, _kinds(known.kinds_compared)


def _kinds(kinds: tuple[ContainerKind, ...]) -> str:
    return ", ".join(kind.value for kind in kinds)


def _explained(page: Page, version: ExplainedVersion) -> None:
    page.paragraph(Text.assemble((name(version.text), STRONG), f"  counts as {name(version.release)}, built by {_vendor(version)}"))
    for piece in version.pieces:
        page.paragraph(_meaning(piece.meaning, version), lead=f"  {name(piece.text)}", indent=20)
    if len(version.classes) > 1:
        page.paragraph("The text does not tell which of these it hashes like; an answer holds only if it is the same for each:", indent=2)
    for one in version.classes:
        page.paragraph(_class(one), lead="  hashes like", indent=20)
    page.paragraph(f"Go {version.go} by upstream" if version.go else "an unknown version of Go", lead="  built with", indent=20)


def _meaning(meaning: str, version: ExplainedVersion) -> str:
    if version.checked or meaning not in _NOT_THE_RELEASE:
        return _MEANING.get(meaning, meaning)
    if version.differs:
        return f"{_NOT_THE_RELEASE[meaning]}, which is known to differ: it {'; it '.join(version.differs)}"
    return f"{_NOT_THE_RELEASE[meaning]}, taken to hash like it, not checked"


def _vendor(version: ExplainedVersion) -> str:
    return {"unmarked": "upstream, or a vendor that does not say", "unknown": "a vendor that is not known here"}.get(
        version.vendor, version.vendor
    )


def _class(one: PossibleClass) -> str:
    escapes = ""
    if one.era is Era.JSON:
        escapes = r"; U+0008 is written \b" if one.short_control_escapes else r"; U+0008 is written \u0008"
    return f"{one.minor}, era {one.era.value}: {HASHED[one.era]}{escapes}; compares {_kinds(one.kinds_compared)} containers"
