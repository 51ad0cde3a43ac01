"""Reports of ways between two minors."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from tests.builders import CATALOG
from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.test_formats import HOSTILE
from upgradecheck.hashing.schemas.changes import newest_build
from upgradecheck.model.changes import PairCounts
from upgradecheck.model.paths import Hop, UpgradePath, UpgradePaths, WorkloadCounts
from upgradecheck.model.version import Minor
from upgradecheck.planning.paths.building import ControlPlane, upgrade_paths
from upgradecheck.renderers import Canvas, choose, formats_of


def ways(first: int, last: int, server: int | None = None) -> UpgradePaths:
    builds = [newest_build(Minor(1, number), CATALOG) for number in range(first, last + 1)]
    old = builds[0].minor if server is None else Minor(1, server)
    servers = ControlPlane(old, max(old, builds[-1].minor), known=server is not None)
    return upgrade_paths((builds[0].release, builds[-1].release), builds, servers, CATALOG, None)


def counted(paths: UpgradePaths, *names: str) -> UpgradePaths:
    """As if some workloads were counted: numbers that grow with the distance."""
    return replace(paths, pods=12, paths=tuple(UpgradePath(_counted(one.hops, names), _counted(one.back, names)) for one in paths.paths))


def _counted(hops: tuple[Hop, ...], names: tuple[str, ...]) -> tuple[Hop, ...]:
    return tuple(
        replace(
            hop,
            counts=PairCounts(abs(hop.new.minor - hop.old.minor) * len(names), 7, hop.new.minor % 2),
            alone=40,
            alone_unknown=4,
            workloads=tuple(
                WorkloadCounts("shop", "Deployment", name, abs(hop.new.minor - hop.old.minor), hop.new.minor % 2) for name in names
            ),
        )
        for hop in hops
    )


PATHS = {
    "readme": ways(19, 22),
    "behind": ways(27, 32, 31),
    "one": ways(32, 33),
    "counted": counted(ways(28, 32), *(f"web-{number}" for number in range(9))),
}


def rendered(name: str, what: UpgradePaths, width: int = 80) -> str:
    return "".join(choose(name, "path").render(what, Canvas(width=width)))


@pytest.mark.parametrize("what", PATHS)
@pytest.mark.parametrize("width", [80, 160])
def test_table_is_its_golden(what: str, width: int) -> None:
    text = rendered("table", PATHS[what], width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert_is_golden(text, f"table/path-{what}-{width}.txt")


@pytest.mark.parametrize(("name", "ending"), [("csv", "csv"), ("markdown", "md"), ("yaml", "yaml")])
@pytest.mark.parametrize("what", ["readme", "counted"])
def test_others_are_their_goldens(name: str, ending: str, what: str) -> None:
    assert_is_golden(rendered(name, PATHS[what]), f"{name}/path-{what}.{ending}")


@pytest.mark.parametrize("name", formats_of("path"))
@pytest.mark.parametrize("hostile", [*HOSTILE, "\x1b[31m", "a\nb", "=1+1", "\u202e", ""])
def test_a_hostile_name_stays_a_name(name: str, hostile: str) -> None:
    """Nothing that a name holds makes another line, or reaches the medium as it is."""
    plain, strange = (rendered(name, counted(PATHS["one"], each), 200) for each in ("web", hostile))
    assert all(char == "\n" or char.isprintable() for char in strange)
    if name != "yaml":
        assert len(strange.splitlines()) == len(plain.splitlines())
    if name == "markdown" and hostile:
        assert f" {hostile} " not in strange


@pytest.mark.parametrize(
    ("counts", "alone", "unknown", "expected"),
    [
        pytest.param(PairCounts(8, 0, 0), 20, 0, ": 8 restarts instead of 20", id="all is known"),
        pytest.param(
            PairCounts(8, 0, 4), 28, 8, ": 8 restarts and 4 unknown instead of 20 and 8 unknown", id="what is unknown is no restart"
        ),
        pytest.param(PairCounts(1, 0, 0), 2, 1, ": 1 restart and 0 unknown instead of 1 and 1 unknown", id="or only on the way by steps"),
    ],
)
def test_what_one_hop_saves(counts: PairCounts, alone: int, unknown: int, expected: str) -> None:
    first = PATHS["readme"].paths[0]
    hop = replace(first.hops[-1], counts=counts, alone=alone, alone_unknown=unknown)
    paths = replace(PATHS["readme"], pods=3, paths=(replace(first, hops=(*first.hops[:-1], hop)),))
    assert expected in rendered("table", paths, 200)


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_ways_of_many_hops_stay_readable(width: int) -> None:
    """Where a way leaves no room beside itself, what it costs stands below it, and not letter by letter under each other."""
    table = "".join(choose("table", "path").render(ways(19, 31), Canvas(width=width)))
    others = table[table.index("OTHER WAYS") :].splitlines()[1:-4]
    assert max(map(cell_len, table.splitlines())) <= width
    assert all(len(line.strip()) > 1 for line in others if line)
    assert others.count("") <= 1
