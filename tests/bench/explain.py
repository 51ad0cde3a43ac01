"""What explaining one pod of a fleet's dump costs: `python -m tests.bench.explain [--pods COUNT]`.

Ratios of processor time of processes that take turns: to one bare msgspec pass over the file, and to a plan of all of it, of which the row is
a part. Only the pods of one node are examined; what is left is reading the dump once, and once more for the name.

Found with Python 3.11.7 for 30,000 pods on 200 nodes, on two cores that many others used too, in one run with the program before pods that
stand side by side were told by one glimpse: 5.9 and 24 bare passes; reading through is some third of it, starting a quarter.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

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
    parser.add_argument("--pods", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "dump.json")
        dump.write_bytes(raw(listed(*(numbered(place, f"worker-{place % _NODES}") for place in range(asked.pods)))))
        given = ["--from", "1.30.14", "--to", "1.31.0", "-f", str(dump), "-o", "json", "-q"]
        commands = {
            "bare": [sys.executable, "-c", _PASS, str(dump)],
            "plan": [sys.executable, "-m", "upgradecheck", "plan", *given],
            "explain": [sys.executable, "-m", "upgradecheck", "explain", *given, f"web-{asked.pods // 2}"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(asked.rounds):
            for name, command in commands.items():
                taken[name].append(seconds(command))
    bare, plan, explain = (min(taken[name]) for name in commands)
    told = {"bare passes": (explain / bare, BARE), "of a plan": (explain / plan, PLAN)}
    for name, (ratio, goal) in told.items():
        print(f"explain, {name:20} {ratio:6.2f}   (goal {goal}){'' if ratio <= goal else '   MISSED'}")
    return int(any(ratio > goal for ratio, goal in told.values()))


if __name__ == "__main__":
    sys.exit(main())
