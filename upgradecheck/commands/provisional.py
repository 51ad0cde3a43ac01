"""What is to be said of versions that a saved plan names: which of their minors are provisional, as they are known by now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.schema import Schema
from upgradecheck.model.version import KubeletVersion
from upgradecheck.planning.asking.provisional import provisional_remarks


def remarks_on_versions(versions: Iterable[KubeletVersion | str | None]) -> tuple[str, ...]:
    """A remark on each provisional minor that one of these versions may be of; what is no version, or none that is known, says nothing."""
    catalog = Catalog()
    known = dict.fromkeys(one for one in versions if one)
    return provisional_remarks(schema for one in known for schema in _schemas(one, catalog))


def _schemas(version: KubeletVersion | str, catalog: Catalog) -> Iterator[Schema]:
    try:
        builds = catalog.builds(parse_kubelet_version(version) if isinstance(version, str) else version)
    except UpgradecheckError:
        return
    yield from (build.schema for build in builds)
