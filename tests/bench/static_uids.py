"""What the UIDs of static pods cost: `python -m tests.bench.static_uids [--nodes COUNT]`.

Ratios of processor time on one machine in one run, the least of a few rounds each. One pod: its UID against decoding and defaulting it, which a
plan does anyway; the pods differ, since what prints alike is summed once. Of FNV-1a, which there is no C of, the sum is most of it. Control
planes: a plan of many nodes from one dump of the API (tests/control_planes.py) against a plan of a tenth of them, so that a node more costs
what a node costs. And, of a tenth of them, where nobody told the directory, so that other minors are asked about every pod, against where its
UIDs are reproduced. The goal of a millisecond a pod and version is told beside it and held only as ratio.

Found with Python 3.11.7 on two cores that ten others used: one pod of 7 kB of text MD5 0.6 times, 0.25 ms all together; FNV-1a 4 to 8 times,
1.3 ms, and of a pod with one container and 4.5 kB 0.8 ms. A plan of 100 nodes: 1.3 ms a pod and version, to 1.37 1.9 ms; 7 to 10 times that of ten.
Strange pods of 10 nodes, half of them unlike: 6 to 10 times. 60 nodes whose pods nobody makes took 17.7 s before alike pods shared what is
printed, now 3.0 s, in the same minutes and with the same plan_hash.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.pods import ROUNDS, least
from tests.builders import listed, raw
from tests.control_planes import COMPONENTS, DIRECTORY, dump
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import NODE, SOURCE, defaulted
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.hashing.staticuid.uids import static_uid
from upgradecheck.model.plan import StaticUIDs

GOALS = {"1.15.12": 1.5, "1.22.17": 1.5, "1.34.10": 1.5, "1.37.1": 12.0}
"""At most so many times what decoding and defaulting take, by a version of each way to print and to sum."""
STEPS = (("1.30.14", "1.31.14"), ("1.36.4", "1.37.1"))
GROWTH = 11.5
"""At most for ten times the nodes."""
STRANGE = 40.0
"""At most where no minor makes any UID; with so few nodes nearly all kinds of pods are asked of all minors."""

_TIMES = 200
_MANIFEST = Path(__file__).parents[1] / "lab" / "manifests" / "control-plane-nouid.yaml"


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100, help="ten at least")
    nodes = parser.parse_args().nodes
    found = (*_one_pod(), *_control_planes(nodes), *_strange(nodes // 10))
    return max([_told(*one) for one in found])


def _told(what: str, ratio: float, goal: float, milliseconds: float) -> int:
    misses = ratio > goal
    print(f"{what:55} {ratio:5.2f}   (goal at most {goal}), {milliseconds:.2f} ms a pod and version{'   MISSED' if misses else ''}")
    return int(misses)


def _one_pod() -> Iterator[tuple[str, float, float, float]]:
    text = goyaml.to_json(_MANIFEST.read_bytes())
    documents = [text.replace(b"control-plane-nouid", b"pod-%d" % number) for number in range(_TIMES)]
    for version, goal in GOALS.items():
        build = build_of(version)
        values = [defaulted(document, build) for document in documents]
        reading = least(lambda build=build: [defaulted(document, build) for document in documents])  # type: ignore[misc]
        summing = least(lambda values=values, build=build: [static_uid(value, build, NODE, SOURCE) for value in values])  # type: ignore[misc]
        yield f"UID under {version}: against decoding", summing / reading, goal, (reading + summing) / _TIMES * 1000


def _control_planes(nodes: int) -> Iterator[tuple[str, float, float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        for old, new in STEPS:
            few, many = (_plan_of(Path(folder), old, new, count) for count in (nodes // 10, nodes))
            what = f"control planes of {nodes} nodes, {old} to {new}: against {nodes // 10}"
            yield what, many / few, GROWTH, many / (nodes * len(COMPONENTS) * 2) * 1000


def _strange(nodes: int) -> Iterator[tuple[str, float, float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        for old, new in STEPS:
            known, strange = (_plan_of(Path(folder), old, new, nodes, directory) for directory in (DIRECTORY, "/away"))
            what = f"UIDs of {nodes} nodes that no minor makes, {old} to {new}"
            yield what, strange / known, STRANGE, strange / (nodes * len(COMPONENTS) * 2) * 1000


def _plan_of(folder: Path, old: str, new: str, nodes: int, directory: str = DIRECTORY) -> float:
    """Each time of other pods, since what prints alike is summed once."""
    requests = iter([_dumped(folder, old, new, nodes, number, directory) for number in range(ROUNDS)])
    return least(lambda: _planned(next(requests), nodes, known=directory == DIRECTORY))


def _dumped(folder: Path, old: str, new: str, nodes: int, number: int, directory: str) -> PlanRequest:
    path = folder / f"{nodes}-{number}.json"
    path.write_bytes(raw(listed(*dump((old,) * nodes, directory=directory, workingDir=f"/{nodes}/{number}"))))
    return PlanRequest((str(path),), to_version=new)


def _planned(request: PlanRequest, nodes: int, *, known: bool) -> None:
    pods = nodes * len(COMPONENTS)
    assert make_plan(request).calibration.static_uids == StaticUIDs(pods if known else 0, pods)


if __name__ == "__main__":
    sys.exit(main())
