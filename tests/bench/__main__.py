"""What the program costs beside others that do the same: `python -m tests.bench [--pods COUNT] [--write docs/performance.md]`.

For each shape of file all contenders take turns, in processes of their own, and what they found is compared, container by container; then what
is promised of ratios is measured. A ratio is of processor time (user and system), the least of the rounds each, of one run on one machine.
Without Go the two Go programs are left out, and that is said. `--pods 50000` takes the better part of an hour.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

import msgspec

from tests.bench import rivals, shapes
from tests.bench.rivals import BARE, HASH, OBVIOUS, PLAIN, PLAN, TUNED, TYPED
from tests.bench.turns import Took, in_turns
from tests.builders import CATALOG

_HASHING = (OBVIOUS, TUNED, HASH, PLAN)
"""Who must agree; plain Python is known to be wrong where Go escapes otherwise."""
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Goal(msgspec.Struct, frozen=True, gc=False):
    """A ratio that was measured, and how large it may be at most."""

    name: str
    ratio: float
    most: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.most


class Contest(msgspec.Struct, frozen=True):
    """What was measured of one shape, and of how many containers each told other hashes than the first of them that hashes.

    What only one of both tells is not compared: a plan has no pods that ended, and the Go programs no ephemeral containers.
    """

    shape: str
    pods: int
    size: int
    took: dict[str, Took]
    differing: dict[str, int]

    def ratio(self, name: str, to: str) -> float:
        return self.took[name].cpu / self.took[to].cpu


def main() -> int:
    """Prints the ratios; 1 if a goal is missed, 2 if a container's hash differs."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pods", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--shapes", nargs="+", choices=shapes.SHAPES, default=list(shapes.SHAPES))
    parser.add_argument("--slow", action="store_true", help="plain Python and the typed client, too (minutes)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put what was measured into this page, between its marks")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.pods, asked.rounds, rivals.build(Path(folder)), slow=asked.slow)
        contests = [shown(bench.contest(shape)) for shape in asked.shapes]
        goals = [*promised(contests), *(bench.beyond(contests[0]) if contests[0].shape == "spread" else ())]
    for goal in goals:
        print(f"{goal.name:66} {goal.ratio:7.2f}   (goal {goal.most:g}){'' if goal.met else '   MISSED'}")
    if asked.write:
        written(asked.write, contests, goals)
    return 2 if any(any(one.differing.values()) for one in contests) else int(not all(goal.met for goal in goals))


class Bench:
    """Makes files and has them read."""

    def __init__(self, folder: Path, pods: int, rounds: int, go: Mapping[str, Sequence[str]], *, slow: bool) -> None:
        self._folder, self._pods, self._rounds, self._go, self._slow = folder, pods, rounds, go, slow
        if not go:
            print("no Go on this machine: compared with neither of the Go programs", file=sys.stderr)

    def contest(self, shape: str) -> Contest:
        """One shape, read by all."""
        dump = self._dump(shape, self._pods)
        slow = {PLAIN: rivals.alone("plain"), TYPED: rivals.alone("typed")} if self._slow else {}
        took = self._turns({BARE: rivals.alone("bare"), **self._go, **rivals.ours_of_two(), **slow}, dump)
        return Contest(shape, self._pods, dump.stat().st_size, took, self._differing(took, dump.with_suffix("")))

    def beyond(self, spread: Contest) -> Iterator[Goal]:
        """What is promised of more minors, more knowledge of nodes, further pods and new templates."""
        dump, minors = self._dump("spread", self._pods), ",".join(map(str, CATALOG.minors()))
        every = {
            "hash of all": rivals.ours("hash", "--kubelet", minors),
            "matrix of all": rivals.ours("matrix"),
            "matrix of two": rivals.ours("matrix", "--minors", "1.30,1.31"),
        }
        took = self._turns(every, dump) | spread.took
        yield Goal("hash, all minors to two", took["hash of all"].cpu / took[HASH].cpu, 2)
        yield Goal("matrix -f, all minors to two", took["matrix of all"].cpu / took["matrix of two"].cpu, 2)
        yield from self._with_more_known(dump, spread)
        yield from self._of_more_pods(spread)

    def _with_more_known(self, dump: Path, spread: Contest) -> Iterator[Goal]:
        hashes = {key: old for key, (old, _) in rivals.printed_by(HASH, dump.with_suffix("") / HASH).items()}
        words = shapes.surroundings(self._folder / "nodes", "spread", self._pods, hashes)
        took = self._turns({PLAN: [*rivals.ours("plan", "--from", rivals.OLD, "--to", rivals.NEW)[:-1], *words, "-f"]}, dump)
        yield Goal("plan with records, nodes and checkpoints, to without", took[PLAN].cpu / spread.took[PLAN].cpu, 1.5)

    def _of_more_pods(self, spread: Contest) -> Iterator[Goal]:
        """Of twice as many pods; and of a few thousand of which each has a template of its own, against as many of few."""
        two = {BARE: rivals.alone("bare"), PLAN: rivals.ours_of_two()[PLAN]}
        more = self._turns(two, self._dump("spread", 2 * self._pods))
        further = (more[PLAN].cpu - spread.took[PLAN].cpu) / (more[BARE].cpu - spread.took[BARE].cpu)
        yield Goal("each further pod of a known template, to a bare pass over it", further, 10)
        first = {shape: self._turns(two, self._dump(shape, _FEW)) for shape in ("unique", "spread")}
        yield Goal("first sighting of a template, microseconds", (first["unique"][PLAN].cpu - first["spread"][PLAN].cpu) / _FEW * 1e6, 300)

    def _dump(self, shape: str, count: int) -> Path:
        dump = self._folder / f"{shape}-{count}.json"
        if not dump.exists():
            shapes.write(dump, shape, count)
        return dump

    def _turns(self, commands: Mapping[str, Sequence[str]], dump: Path) -> dict[str, Took]:
        """What each prints is left in a folder of the dump's name."""
        into = dump.with_suffix("")
        into.mkdir(exist_ok=True)
        return in_turns({name: [*command, str(dump)] for name, command in commands.items()}, self._rounds, into)

    def _differing(self, took: Mapping[str, Took], into: Path) -> dict[str, int]:
        first, *others = (name for name in _HASHING if name in took)
        expected = rivals.printed_by(first, into / first)
        told = {name: rivals.printed_by(name, into / name) for name in others}
        return {name: sum(found.get(key, made) != made for key, made in expected.items()) for name, found in told.items()}


_FEW = 2_000


def promised(contests: Sequence[Contest]) -> Iterator[Goal]:
    """What is promised of what each shape took."""
    for one in contests:
        if one.shape == "spread":
            large = one.pods >= 50_000
            yield Goal("plan of two versions, to one bare pass", one.ratio(PLAN, BARE), 5.5 if large else 6)
            yield Goal("hash of two versions, to one bare pass", one.ratio(HASH, BARE), 5)
            if OBVIOUS in one.took:
                yield Goal("plan, to the obvious Go", one.ratio(PLAN, OBVIOUS), 0.15)
                yield Goal("plan, to the tuned Go", one.ratio(PLAN, TUNED), 0.45)
        if one.shape == "unique" and OBVIOUS in one.took:
            yield Goal("hash where no two containers are alike, to the obvious Go", one.ratio(HASH, OBVIOUS), 0.45)


def shown(one: Contest) -> Contest:
    """Prints it."""
    print(f"{one.shape}: {one.pods:,} pods, {one.size / 1e6:.0f} MB; {_told(one)}")
    for name, took in one.took.items():
        against = f"{one.ratio(name, OBVIOUS):6.2f} x the obvious Go" if OBVIOUS in one.took else ""
        print(
            f"  {name:18} {took.cpu:8.2f} s CPU {took.wall:8.2f} s wall {one.ratio(name, BARE):8.2f} x bare {against} {took.peak:7.0f} MB"
        )
    return one


def _told(one: Contest) -> str:
    wrong = [f"{count} of {name}" for name, count in one.differing.items() if count]
    return "hashes that differ: " + (", ".join(wrong) or "none")


def written(page: Path, contests: Sequence[Contest], goals: Sequence[Goal]) -> None:
    """Puts the figures between the page's marks."""
    before, _, rest = page.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    page.write_text(before + "\n".join((_BEGIN, *_lines(contests, goals), _END)) + after)


def _lines(contests: Sequence[Contest], goals: Sequence[Goal]) -> Iterator[str]:
    now = datetime.now(timezone.utc)
    yield f"\nMeasured on {now:%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, msgspec {msgspec.__version__}.\n"
    for one in contests:
        yield f"**{one.shape}**, {one.pods:,} pods, {one.size / 1e6:.0f} MB, {_told(one)}:\n"
        yield "| | CPU s | wall s | × bare | × obvious Go | peak MB |\n|---|---|---|---|---|---|"
        for name, took in one.took.items():
            to_go = f"{one.ratio(name, OBVIOUS):.2f}" if OBVIOUS in one.took else "–"
            yield f"| {name} | {took.cpu:.2f} | {took.wall:.2f} | {one.ratio(name, BARE):.1f} | {to_go} | {took.peak:.0f} |"
        yield ""
    yield "| promised | found | at most | |\n|---|---|---|---|"
    for goal in goals:
        yield f"| {goal.name} | {goal.ratio:.2f} | {goal.most:g} | {'' if goal.met else 'missed'} |"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
