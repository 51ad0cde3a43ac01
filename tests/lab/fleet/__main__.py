"""`python -m tests.lab.fleet --keep DIR`: three real nodes, what is deployed on them, and a plan of what they publish."""

import argparse
import sys
from pathlib import Path

from tests.lab import run
from tests.lab.fleet import playing


def main() -> int:
    """Plays it; 1 if it cannot be done here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.fleet")
    asked.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what was seen is kept")
    asked.add_argument(
        "--image", type=Path, help="an archive of an image that was built otherwise, named docker.io/library/upgradecheck:0.1.0"
    )
    asked.add_argument("--nodes", type=int, default=3)
    given = asked.parse_args()
    run.exit_on_sigterm()
    problem = playing.refusal()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    try:
        playing.play(given.keep, archive=given.image, nodes=given.nodes)
    except run.LabFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
