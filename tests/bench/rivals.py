"""Who else hashes the containers of a list: two Go programs with the real types, plain Python; and who only reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
OLD, NEW = "1.30.14", "1.31.0"

BARE, OBVIOUS, TUNED, PLAIN, TYPED = "one bare pass", "the obvious Go", "a tuned Go", "plain Python", "the typed client"
HASH, PLAN, MATRIX = "hash", "plan", "matrix"

Hashes = Mapping[tuple[str, str], tuple[str, str]]
"""By UID and container what the old kubelet and the new one record."""


def build(into: Path) -> dict[str, list[str]]:
    """The Go programs, by name; none on a machine without Go.

    Raises:
        subprocess.CalledProcessError: they do not build.
    """
    if shutil.which("go") is None:
        return {}
    for name in ("obvious", "tuned"):
        subprocess.run(["go", "build", "-buildvcs=false", "-o", str(into / name), f"./{name}"], cwd=HERE / "rivals", check=True)
    return {OBVIOUS: [str(into / "obvious")], TUNED: [str(into / "tuned")]}


def alone(name: str) -> list[str]:
    """One of the Python programs that stand alone."""
    return [sys.executable, str(HERE / "alone" / f"{name}.py")]


def ours(command: str, *words: str) -> list[str]:
    """A command of the program; a file's name is to follow."""
    return [sys.executable, "-m", "upgradecheck", command, *words, "-q", "-o", "json", "-f"]


def ours_of_two() -> dict[str, Sequence[str]]:
    """The two commands under the old kubelet and the new one."""
    return {HASH: ours("hash", "--kubelet", f"{OLD},{NEW}"), PLAN: ours("plan", "--from", OLD, "--to", NEW)}


def printed_by(name: str, printed: Path) -> Hashes:
    """What one of them found."""
    if name == HASH:
        by_version: dict[str, dict[tuple[str, str], str]] = {OLD: {}, NEW: {}}
        for one in json.loads(printed.read_bytes())["items"]:
            by_version[one["kubelet"]][one["uid"], one["container"]] = one["hash"]
        return {key: (old, by_version[NEW][key]) for key, old in by_version[OLD].items()}
    if name == PLAN:
        return {
            (pod["uid"], one["name"]): (one["computed"]["from"], one["computed"]["to"])
            for pod in json.loads(printed.read_bytes())["pods"]
            for one in pod["containers"]
        }
    lines = map(json.loads, printed.read_bytes().splitlines())
    return {(one["uid"], one["container"]): (one["old"], one["new"]) for one in lines}
