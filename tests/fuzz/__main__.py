"""``python -m tests.fuzz [COUNT] [--seed N] [--jobs N]``: plays so many inputs and says what it found."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.fuzz.playing import added, kinds, play

_PART = 2000


def main() -> int:
    """Plays; 1 if a foreign exception got out."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("count", type=int, nargs="?", default=100_000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--jobs", type=int, default=None)
    options = asked.parse_args()
    begun, end = time.monotonic(), options.seed + options.count
    parts = [range(begin, min(end, begin + _PART)) for begin in range(options.seed, end, _PART)]
    with ProcessPoolExecutor(options.jobs) as pool:
        total = added(pool.map(play, parts))
    for name, number in sorted(total.entered.items()):
        print(f"{number:>9,} {name}: {total.refused[name]:,} refused")
    print(f"{total.entered.total():>9,} inputs in {time.monotonic() - begun:.0f} s, {len(total.foreign)} foreign exceptions")
    for line in kinds(total.foreign):
        print(line)
    return 1 if total.foreign else 0


if __name__ == "__main__":
    sys.exit(main())
