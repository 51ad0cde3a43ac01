"""What reports cost beside the JSON: `python -m tests.bench.reports [--nodes COUNT]`.

Of one plan in memory, each format in turn, in processor time a pod beyond JSON's and beyond that in times of a bare msgspec pass over the
pod; and how much more memory was held at once while it was written, to the length of its text. Absolute times are noise: the ratio to JSON
counts. Pods are as one Deployment has six of them, every container restarts.

Found with Python 3.11.7 on two cores that others used too: csv 1.7 to 2.4, yaml 2.6, markdown 2.5, table 4 times JSON, which takes 11 to 16
microseconds a pod; before yaml was written without PyYAML, it took 34 times that.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc

from tests.bench.waves import fleet
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas, choose

FORMATS = ("json", "csv", "yaml", "markdown", "table", "wide", "name", "html", "junit", "sarif", "prometheus")
BEYOND_JSON, HELD = 5.0, 0.5
"""Microseconds a pod on a quiet machine of 2026; of the text's length, which is never held as a whole."""

_ROUNDS = 3
_GOALS = ("csv", "yaml", "markdown", "table")


def main() -> int:
    """Prints the figures; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("formats", nargs="*", default=FORMATS, metavar="FORMAT")
    asked = parser.parse_args()
    plan, missed = fleet(asked.nodes, tight=False), False
    pods = len(plan.pods)
    json = _least(plan, "json") / pods * 1e6
    for name in asked.formats:
        taken, (held, length) = _least(plan, name) / pods * 1e6, _held(plan, name)
        met = name not in _GOALS or (taken <= json + BEYOND_JSON and held <= HELD)
        missed |= not met
        print(
            f"{name:12} {taken:7.1f} us a pod, {taken / json:5.2f} x json, held {held:5.2f} of {length >> 10} KiB{'' if met else '   MISSED'}"
        )
    return int(missed)


def _least(plan: Plan, name: str) -> float:
    return min(_timed(plan, name) for _ in range(_ROUNDS))


def _timed(plan: Plan, name: str) -> float:
    gc.collect()
    begun = time.process_time()
    for _ in choose(name, "plan").render(plan, Canvas()):
        pass
    return time.process_time() - begun


def _held(plan: Plan, name: str) -> tuple[float, int]:
    """The most memory that was held beyond the plan, as a share of the text's length, and that."""
    gc.collect()
    tracemalloc.start()
    length = sum(len(piece) for piece in choose(name, "plan").render(plan, Canvas()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / max(length, 1), length


if __name__ == "__main__":
    sys.exit(main())
