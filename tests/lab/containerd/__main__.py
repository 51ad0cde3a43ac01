"""`python -m tests.lab.containerd --from 1.20.15 --to 1.22.17`: real kubelets on a real containerd, predicted against observed.

Exit codes: 0 as predicted, 2 not (or a usage error), 1 the lab could not do it here.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from tests.lab import run
from tests.lab.cgroups import NoCgroups
from tests.lab.containerd import playing
from tests.lab.toolchains import NotBuildable

SCENES = ("upgrading", "overriding", "returning", "proxying", "embedded", "pinning", "mirroring", "verifying", "guided", "probing")


def main(arguments: list[str] | None = None) -> int:
    """Plays a scene and prints what came of it."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.containerd", description="Swaps real kubelets on a real containerd.")
    asked.add_argument("--from", dest="old", metavar="VERSION", required=True, help="the kubelet to begin with, such as 1.20.15")
    asked.add_argument("--to", dest="new", metavar="VERSION", required=True, help="the kubelet to swap in, such as 1.22.17")
    asked.add_argument("--scene", choices=SCENES, default=SCENES[0], help="with an override, or without [default: without]")
    asked.add_argument(
        "--containerd", metavar="VERSION", help="the containerd to build and play on, such as 2.2.9 [default: the machine's]"
    )
    asked.add_argument("--keep", type=Path, metavar="DIR", help="keep plans, records and what ran in this folder")
    given = asked.parse_args(arguments)
    run.exit_on_sigterm()
    try:
        with playing.on_the_path(given.containerd):
            problem = playing.refusal()
            if problem:
                print(problem, file=sys.stderr)
                return 1
            return _played(given)
    except (NotBuildable, NoCgroups, run.LabFailed) as failed:
        print(failed, file=sys.stderr)
        return 1


def _played(given: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        playing.play(given.scene, given.old, given.new, into)
        wrong = 0
        for what, found, wanted in import_module(f"tests.lab.containerd.{given.scene}").findings(into):
            wrong += found != wanted
            print(f"{what}: {found}" if found == wanted else f"WRONG {what}: {found}, expected {wanted}")
        return 2 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
