"""Joins catalog and version grammar for ``versions``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from upgradecheck.catalog import Catalog, MinorFacts
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.kubelet.version_parts import explain
from upgradecheck.model.schema import ContainerKind, HashClass
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.versionlist import ExplainedVersion, FactSource, KnownMinor, PossibleClass, VersionList, VersionPiece


def known_versions(catalog: Catalog) -> VersionList:
    """Every minor of the catalog, oldest first."""
    return VersionList(minors=tuple(_known(catalog.facts(minor)) for minor in catalog.minors()))


def explained_versions(texts: Iterable[str], catalog: Catalog) -> VersionList:
    """The versions that the texts name, in their order.

    Raises:
        UsageError: a text is no kubelet version, or hashdata does not hold it.
    """
    return VersionList(explained=tuple(_explained(parse_kubelet_version(text), catalog) for text in texts))


def _known(facts: MinorFacts) -> KnownMinor:
    return KnownMinor(
        minor=facts.minor,
        era=facts.era,
        kinds_known=_in_order(facts.kinds_known),
        kinds_compared=_in_order(facts.kinds_compared),
        hash_without_resources=facts.hash_without_resources,
        patches=facts.patches,
        go_first=facts.go_first,
        go_last=facts.go_last,
        sources=tuple(_sources(facts.provenance)),
        provisional=None if facts.provisional is None else facts.provisional.reason,
    )


def _in_order(kinds: frozenset[ContainerKind]) -> tuple[ContainerKind, ...]:
    return tuple(kind for kind in ContainerKind if kind in kinds)


def _sources(provenance: Mapping[str, object]) -> Iterator[FactSource]:
    for fact, told in provenance.items():
        if isinstance(told, Mapping) and isinstance(told.get("module"), str):
            paths = tuple(str(path) for path in told.get("paths") or ())
            yield FactSource(fact, str(told["module"]), str(told.get("version", "")), paths)


def _explained(version: KubeletVersion, catalog: Catalog) -> ExplainedVersion:
    classes = tuple(_class(each) for each in catalog.resolve(version))
    told, vendor = explain(version), catalog.builds(version)[0].vendor
    release = catalog.release_of(version)
    patch = version.patch if version.patch is not None else catalog.newest_patch(version.minor)
    go = None if version.prerelease or version.commits else catalog.go_version(version.minor, patch)
    return ExplainedVersion(
        text=version.text,
        release=release,
        vendor=told.vendor.value,
        pieces=tuple(VersionPiece(part.text, part.meaning.value) for part in told.parts),
        classes=classes,
        go=go[0] if go else None,
        checked=vendor.checked,
        differs=vendor.differs,
    )


def _class(one: HashClass) -> PossibleClass:
    return PossibleClass(one.minor, one.schema.era, _in_order(one.schema.kinds_compared), one.short_control_escapes)
