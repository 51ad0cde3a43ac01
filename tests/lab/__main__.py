"""`python -m tests.lab --from 1.20.15 --to 1.22.17`: one upgrade of real kubelets, predicted against observed.

Exit codes: 0 nothing missed and no false alarm, 2 something (or a usage error), 1 the lab could not do it here.
`--keep tests/lab/recorded/A-to-B` records a run for the default tests; after a change of `plan` alone, its report is renewed by
`python -m tests.lab --replay DIR > DIR/report.txt`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.lab import comparing, run
from tests.lab.cgroups import NoCgroups
from tests.lab.toolchains import NotBuildable
from upgradecheck.model.errors import UpgradecheckError


def main(arguments: list[str] | None = None) -> int:
    """Records, or takes what is recorded, and prints the comparison."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab", description="Swaps real kubelets and compares with what `plan` predicts.")
    asked.add_argument("--from", dest="old", metavar="VERSION", help="the kubelet to begin with, such as 1.20.15")
    asked.add_argument("--to", dest="new", metavar="VERSION", help="the kubelet to swap in, such as 1.22.17")
    asked.add_argument("--manifests", type=Path, default=run.MANIFESTS, metavar="DIR", help="static pods [default: the lab's own]")
    asked.add_argument("--keep", type=Path, metavar="DIR", help="keep dumps, manifests, observed.json and the report here")
    asked.add_argument("--replay", type=Path, metavar="DIR", help="run nothing: compare what --keep kept")
    asked.add_argument("--api", action="store_true", help="create the pods through a real API server, where they are not static")
    asked.add_argument("--created-by", metavar="VERSION", help="the kubelet that makes the pods, before that of --from takes them over")
    asked.add_argument("--no-cgroups", dest="cgroups", action="store_false", help="kubelets without a cgroup per pod, unlike real nodes")
    asked.add_argument("--life", nargs="+", metavar="VERSION", help="a node that lives through these, its starts recorded; with --keep")
    given = asked.parse_args(arguments)
    if given.life and given.keep is None:
        asked.error("--life is kept: --keep is wanted")
    if given.replay is None and not given.life and (given.old is None or given.new is None):
        asked.error("--from and --to are wanted, --life, or --replay")
    run.exit_on_sigterm()
    problem = None if given.replay else run.refusal(api=given.api)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    try:
        if given.life:
            run.live(given.life, run.LIFE, given.keep.absolute())
            return 0
        return _compare(given.replay) if given.replay else _record(given)
    except (NotBuildable, NoCgroups, run.LabFailed, UpgradecheckError) as failed:
        print(failed, file=sys.stderr)
        return 1


def _record(given: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="upgradecheck-lab-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        wanted = run.Wanted(given.old, given.new, given.created_by, given.api, given.cgroups)
        run.record(wanted, given.manifests.absolute(), into)
        (into / "report.txt").write_text(comparing.report(into, comparing.replayed(into)))
        return _compare(into)


def _compare(folder: Path) -> int:
    pairs = comparing.replayed(folder)
    print(comparing.report(folder, pairs), end="")
    return 2 if comparing.wrong(pairs) else 0


if __name__ == "__main__":
    raise SystemExit(main())
