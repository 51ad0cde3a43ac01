"""``python -m tests.lab.systemd SCENE --keep DIR``: plays a scene, and prints each step."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.lab import run
from tests.lab.containerd.playing import on_the_path
from tests.lab.systemd.node import refusal
from tests.lab.systemd.playing import Step
from tests.lab.systemd.scenes import SCENES


def main() -> int:
    """Exit codes: 0 played, 1 it cannot be played here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.systemd")
    asked.add_argument("scene", choices=sorted(SCENES))
    asked.add_argument("--from", dest="old", metavar="VERSION", default=Step().old)
    asked.add_argument("--to", dest="new", metavar="VERSION", default=Step().new)
    asked.add_argument("--containerd", metavar="VERSION", help="built from its module [default: the machine's]")
    asked.add_argument("--keep", type=Path, metavar="DIR")
    given = asked.parse_args()
    run.exit_on_sigterm()
    with on_the_path(given.containerd):
        problem = refusal(given.old, given.new, api=True)
        if problem:
            print(problem, file=sys.stderr)
            return 1
        _play(given)
    return 0


def _play(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        SCENES[given.scene](into, Step(given.old, given.new))
        for name, step in json.loads((into / "steps.json").read_text()).items():
            print(f"{name}: {json.dumps(step, ensure_ascii=False)}")


if __name__ == "__main__":
    raise SystemExit(main())
