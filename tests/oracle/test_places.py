"""That the functions which `explain` points at are in the kubelet's sources, as far as the Go module cache holds them; nothing is downloaded."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.go import go_is_here
from upgradecheck.catalog import Catalog
from upgradecheck.explaining.pod import FIXED_PLACES, NEXT_INIT
from upgradecheck.model.places import Place
from upgradecheck.model.version import Minor

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not go_is_here(), reason="needs Go")]

CATALOG = Catalog()


def held(minor: Minor) -> list[Path]:
    """The releases of a minor in the module cache."""
    cache = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    found = (Path(cache) / "k8s.io").glob(f"kubernetes@v{minor}.*")
    return [path for path in found if (path / "pkg" / "kubelet").is_dir() and path.name.rpartition(".")[2].isdecimal()]


def pointed_at(minor: Minor) -> Iterator[Place]:
    places = CATALOG.places(minor)
    yield from (*FIXED_PLACES, places.admission, places.cgroup, places.sandbox, places.init)
    if places.resize is not None:
        yield places.resize


def has(release: Path, place: Place) -> bool:
    file = release / place.file
    return file.is_file() and re.search(rf"^func (\([^)]*\) )?{place.function}\(", file.read_text(), re.MULTILINE) is not None


@pytest.mark.parametrize("minor", CATALOG.minors(), ids=str)
def test_functions_are_where_explain_says(minor: Minor) -> None:
    releases = held(minor)
    if not releases:
        pytest.skip(f"no release of {minor} is in the module cache")
    assert [(release.name, place) for release in releases for place in pointed_at(minor) if not has(release, place)] == []


@pytest.mark.parametrize("minor", CATALOG.minors(), ids=str)
def test_what_finds_the_next_init_container_is_there_where_it_is_pointed_at(minor: Minor) -> None:
    """Also where another function does it for pods with a sidecar."""
    for release in held(minor):
        patch = int(release.name.rpartition(".")[2])
        logic = CATALOG.schema(minor).decisions.at(patch).init_logic.value
        assert logic == "actions" or has(release, NEXT_INIT), release.name
