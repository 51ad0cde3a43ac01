"""What starting up costs: `python -m tests.bench.startup [--python PYTHON]`.

Ratios of processor time (user and system) on one machine in one run against the bare interpreter, which does nothing; all take turns, so that
each sees the same machine. The least and the median of the rounds are told, and the least is held against the goal.

PYTHON is that of an environment which holds upgradecheck as its users have it: from a wheel, its bytecode compiled, the dependencies those
of pyproject.toml:

    python -m venv /tmp/started && /tmp/started/bin/pip install .
    python -m tests.bench.startup --python /tmp/started/bin/python

Found with Python 3.11.7, msgspec 0.22.0 and typer 0.28.0, on two cores that many others used too: --version 1.0 (median 0.9), --help 1.2
(1.2), the plan 19.0 (18.2; 13 on quieter ones, when it was of fifty modules less). Importing msgspec and typer alone is 7, of which nothing
can be left out as long as typer reads the command line; the other half is some three hundred modules of our own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.builders import listed, node, pod, raw

GOALS = {"--version": 3.0, "--help": 4.0, "a plan of 10 pods as JSON": 10.0}
"""At most so many times the bare interpreter."""

_PODS = 10


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--rounds", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "dump.json")
        dump.write_bytes(raw(listed(*(_numbered(number) for number in range(_PODS)), node(version="v1.30.14"))))
        program = asked.python.with_name("upgradecheck")
        if not program.exists():
            parser.error(f"{program}: is not there. Wanted the Python of an environment in which upgradecheck is installed.")
        return _compared(
            [str(asked.python), "-c", "pass"],
            {
                "--version": [str(program), "--version"],
                "--help": [str(program), "--help"],
                "a plan of 10 pods as JSON": [str(program), "plan", "--to", "1.31", "-f", str(dump), "-o", "json"],
            },
            asked.rounds,
            folder,
        )


def _numbered(number: int) -> dict[str, object]:
    return pod(f"web-{number}", f"46aed1ce-2afe-4c50-8789-cc218ef32b{number:02d}")


def _compared(bare: Sequence[str], commands: Mapping[str, Sequence[str]], rounds: int, folder: str) -> int:
    every = {"": bare, **commands}
    for command in every.values():  # what has no bytecode yet gets it now
        _seconds(command, folder)
    took: dict[str, list[float]] = {name: [] for name in every}
    for _ in range(rounds):
        for name, command in every.items():
            took[name].append(_seconds(command, folder))
    print(f"the bare interpreter: {min(took['']) * 1000:.1f} ms")
    missed = False
    for name, goal in GOALS.items():
        least, median = min(took[name]) / min(took[""]), statistics.median(took[name]) / statistics.median(took[""])
        missed |= least > goal
        print(f"{name:28} {least:5.1f}   median {median:5.1f}   (goal {goal:.0f}){'   MISSED' if least > goal else ''}")
    return int(missed)


def _seconds(command: Sequence[str], folder: str) -> float:
    """What a process takes; PYTHONDONTWRITEBYTECODE and the like are not passed on, nor is where it stands."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UPGRADECHECK_"))}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 2):  # 2: restarts are predicted
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
