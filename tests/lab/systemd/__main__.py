"""``python -m tests.lab.systemd SCENE --keep DIR``: plays a scene, and prints each step."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.lab import run
from tests.lab.systemd.node import refusal
from tests.lab.systemd.playing import NEW, OLD
from tests.lab.systemd.scenes import SCENES


def main() -> int:
    """Exit codes: 0 played, 1 it cannot be played here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.systemd")
    asked.add_argument("scene", choices=sorted(SCENES))
    asked.add_argument("--keep", type=Path, metavar="DIR")
    given = asked.parse_args()
    run.exit_on_sigterm()
    problem = refusal(OLD, NEW, api=True)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        SCENES[given.scene](into)
        for name, step in json.loads((into / "steps.json").read_text()).items():
            print(f"{name}: {json.dumps(step, ensure_ascii=False)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
