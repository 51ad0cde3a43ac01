"""``diff``: what two kubelet versions hash and compare differently."""

from __future__ import annotations

from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.schemas.changes import diff_kubelets
from upgradecheck.model.changes import SchemaDiff
from upgradecheck.model.errors import UsageError
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.version import KubeletVersion
from upgradecheck.planning.asking.provisional import provisional_remarks


def compare_versions(old_text: str, new_text: str) -> tuple[SchemaDiff, tuple[str, ...]]:
    """What changes between two kubelet versions, and remarks on how they were understood.

    Raises:
        UsageError: a text is no version, none that hashdata holds, or one that may hash in more than one way.
    """
    catalog = Catalog()
    old, new = parse_kubelet_version(old_text), parse_kubelet_version(new_text)
    builds = only_build(old, catalog), only_build(new, catalog)
    diff = diff_kubelets(builds[0], old.release, builds[1], new.release, catalog)
    bare = (version for version in dict.fromkeys((old, new)) if version.patch is None)
    taken = tuple(f"{version.text} is taken as {catalog.release_of(version)}, the newest known patch." for version in bare)
    return diff, (*taken, *provisional_remarks(build.schema for build in builds))


def only_build(version: KubeletVersion, catalog: Catalog) -> KubeletBuild:
    """The kubelet that a version is; of several that hash alike the newest.

    Raises:
        UsageError: it may hash in more than one way.
    """
    classes = catalog.resolve(version)
    if len(classes) > 1:
        raise UsageError(
            f"kubelet {version.release}: may hash in more than one way, one released version is wanted. "
            f'"upgradecheck versions {version.text}" tells which ways.'
        )
    builds = catalog.builds(parse_kubelet_version(catalog.release_of(version)) if version.patch is None else version)
    return builds[-1]
