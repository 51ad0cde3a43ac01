"""What explaining one pod of a fleet's dump costs: `python -m tests.bench.explain [--pods COUNT] [SHAPE …]`.

Ratios of processor time of processes that take turns: to one bare msgspec pass over the file, and to a plan of all of it, of which the row is
a part. Only the pods of one node are examined; what is left is reading the dump through once, and searching it for the name.

Of `small` pods, with next to nothing in them (0.9 KB), starting alone is two bare passes of 50,000; `spread` is as the other benchmarks have it.
docs/performance.md tells what was found.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import shapes
from tests.bench.growth import numbered, seconds
from tests.builders import listed, raw

BARE, PLAN = 3.0, 0.6
"""At most so many bare passes; at most of a plan."""

_NODES = 200
_PASS = """
import msgspec, sys
class Pod(msgspec.Struct):
    spec: msgspec.Raw = msgspec.Raw()
class List(msgspec.Struct):
    items: list[Pod]
msgspec.json.decode(open(sys.argv[1], "rb").read(), type=List)
"""


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("shapes", nargs="*", default=[*_WRITTEN], metavar="SHAPE", help=", ".join(_WRITTEN))
    asked = parser.parse_args()
    missed = False
    for shape in asked.shapes:
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder, "dump.json")
            sought = _WRITTEN[shape](dump, asked.pods)
            bare, plan, explain = _taken(dump, sought, asked.rounds)
        told = {"bare passes": (explain / bare, BARE), "of a plan": (explain / plan, PLAN)}
        for name, (ratio, goal) in told.items():
            missed |= ratio > goal
            print(f"explain, {shape}, {name:20} {ratio:6.2f}   (goal {goal}){'' if ratio <= goal else '   MISSED'}")
    return int(missed)


def _taken(dump: Path, sought: str, rounds: int) -> list[float]:
    """What a bare pass, a plan and explaining one pod take."""
    given = ["--from", "1.30.14", "--to", "1.31.0", "-f", str(dump), "-o", "json", "-q"]
    commands = (
        [sys.executable, "-c", _PASS, str(dump)],
        [sys.executable, "-m", "upgradecheck", "plan", *given],
        [sys.executable, "-m", "upgradecheck", "explain", *given, sought],
    )
    taken = [[seconds(command) for command in commands] for _ in range(rounds)]
    return [min(some) for some in zip(*taken, strict=True)]


def _small(dump: Path, pods: int) -> str:
    dump.write_bytes(raw(listed(*(numbered(place, f"worker-{place % _NODES}") for place in range(pods)))))
    return f"web-{pods // 2}"


def _spread(dump: Path, pods: int) -> str:
    shapes.write(dump, "spread", pods)
    return str(next(itertools.islice(shapes.spread(pods), pods // 2, None))["metadata"]["name"])


_WRITTEN: dict[str, Callable[[Path, int], str]] = {"spread": _spread, "small": _small}
"""By shape: writes so many pods, and tells the name of one in the middle."""


if __name__ == "__main__":
    sys.exit(main())
