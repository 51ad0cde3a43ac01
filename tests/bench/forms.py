"""What the form costs in which pods are given: `python -m tests.bench.forms [--pods COUNT]`.

Ratios of processor time to the same pods as one list in a file, in processes that take turns: kubectl's indented list, a line for each pod
(NDJSON), an array, gzip, and the list and the lines on standard input. All must print the same hashes.

Found with Python 3.11.7 for 2,000 pods, one round on two cores at a load of 50: plan 0.9 to 1.0 times the list, indented 1.1; hash 0.8 to 1.0,
indented 1.2; all the same hashes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import rivals, shapes
from tests.bench.turns import in_turns

GOALS: Mapping[str, float] = {"indented": 1.5, "lines": 1.15, "array": 1.15, "gzip": 1.3, "piped": 1.15, "piped lines": 1.15}
"""At most so many times the list. The indented one has two and a half times its bytes, and what is compressed has to be decompressed."""


def main() -> int:
    """Prints the ratios; 1 if one misses its goal, 2 if one gives other hashes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return _compared(_written(Path(folder), asked.pods), asked.rounds, Path(folder))


def _compared(given: Mapping[str, Sequence[str]], rounds: int, folder: Path) -> int:
    wrong = missed = False
    for command, words in rivals.ours_of_two().items():
        took = in_turns({form: [*before, *words, dump] for form, (*before, dump) in given.items()}, rounds, folder)
        first = rivals.printed_by(command, folder / "list")
        for form, goal in GOALS.items():
            same, ratio = rivals.printed_by(command, folder / form) == first, took[form].cpu / took["list"].cpu
            wrong, missed = wrong or not same, missed or ratio > goal
            said = "" if ratio <= goal else "   MISSED"
            print(f"{command}, {form:12} {ratio:5.2f}   (goal {goal}){said}{'' if same else '   OTHER HASHES'}", flush=True)
    return 2 if wrong else int(missed)


def _written(folder: Path, count: int) -> dict[str, list[str]]:
    """By form: what stands before the command, and the file's name."""
    dump, indented, lines = folder / "list.json", folder / "indented.json", folder / "lines.json"
    shapes.write(dump, "spread", count)
    shapes.write(indented, "kubectl", count)
    text = b"\n".join(json.dumps({"kind": "Pod"} | pod, separators=(",", ":")).encode() for pod in shapes.spread(count))
    lines.write_bytes(text)
    (folder / "array.json").write_bytes(b"[" + text.replace(b"\n", b",") + b"]")
    (folder / "list.json.gz").write_bytes(gzip.compress(dump.read_bytes(), 6))
    files = {"list": dump, "indented": indented, "lines": lines, "array": folder / "array.json", "gzip": folder / "list.json.gz"}
    piped = {"piped": dump, "piped lines": lines}
    return {
        **{form: [str(file)] for form, file in files.items()},
        **{form: ["sh", "-c", 'file=$1; shift; exec "$@" < "$file"', "sh", str(file), "-"] for form, file in piped.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
