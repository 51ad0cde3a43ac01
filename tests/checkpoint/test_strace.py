"""R2 on the real process: strace lets each system call on the checkpoint's files fail, or be the last one.

Needs strace and ptrace. Short writes are the seam's (tests/unit/safekeeping/faults.py): strace can only claim to have written. Only calls on the checkpoint's own files and directory are struck, so that the interpreter starts.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from upgradecheck.checkpoint import load
from upgradecheck.model.checkpoint import Checkpoint

STRACE = shutil.which("strace")
NAMES = ("checkpoint", "checkpoint.bak", "checkpoint.new", "checkpoint.lock", "checkpoint.damaged-1")
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EMFILE")
CALLS = "mkdir,openat,newfstatat,fstat,read,write,fsync,fchmod,close,rename,renameat,renameat2,unlinkat,flock,getdents64"

pytestmark = [pytest.mark.long, pytest.mark.skipif(STRACE is None, reason="no strace")]


@dataclass(frozen=True)
class Case:
    """What is there before, and the command."""

    damaged: bool
    words: tuple[str, ...]


CASES = {
    "record": Case(False, ("record", "--kubelet-version", "v1.22.17", "--start", "2024-07-01T00:00:00Z")),
    "record over a damaged file": Case(True, ("record", "--kubelet-version", "v1.22.17", "--start", "2024-07-01T00:00:00Z")),
    "restore": Case(True, ("restore",)),
}


def command(place: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "upgradecheck", "checkpoint", *words, "--node", "worker-1", "--checkpoint", str(place)]


def prepared(folder: Path, case: Case) -> Path:
    """A directory with a good backup."""
    place = folder / "checkpoint"
    for version, day in (("v1.19.16", "2024-01-10"), ("v1.20.15", "2024-06-02")):
        words = command(place, "record", "--kubelet-version", version, "--start", f"{day}T00:00:00Z")
        subprocess.run(words, check=True, capture_output=True)
    if case.damaged:
        place.write_bytes(place.read_bytes()[:-7])
    return place


def struck(place: Path, case: Case, inject: str, log: Path) -> tuple[int, str]:
    """The command under strace; its exit code, and strace's log."""
    assert STRACE is not None
    paths = [word for path in (place.parent, *(place.with_name(name) for name in NAMES)) for word in ("-P", str(path))]
    words = [STRACE, "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *paths, "-e", f"inject={inject}", *command(place, *case.words)]
    done = subprocess.run(words, capture_output=True, timeout=120)
    return done.returncode, log.read_text()


def calls_of(case: Case, start: Path, folder: Path) -> Counter[str]:
    """How often each call is made where nothing fails."""
    place = copied(start, folder)
    _, log = struck(place, case, "sync:error=EIO", folder.with_name("log"))
    return Counter(re.findall(r"^(?:\d+ +)?(\w+)\(", log, re.MULTILINE))


def copied(start: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start.parent, folder)
    return folder / start.name


def state(place: Path) -> Checkpoint | None:
    return load(place, live=True).checkpoint


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("what", ["signal=SIGKILL", *(f"error={each}" for each in ERRORS)])
def test_every_call(name: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES[name]
    start = prepared(tmp_path / "start", case)
    old = state(start)
    expected = copied(start, tmp_path / "new")
    subprocess.run(command(expected, *case.words), check=True, capture_output=True)
    new = state(expected)
    fired = saved = 0
    counts = calls_of(case, start, tmp_path / "count")
    for call, times in counts.items():
        for number in range(1, times + 1):
            place = copied(start, tmp_path / "try")
            injected = f"{call}:{what}:when={number}"
            code, log = struck(place, case, injected, tmp_path / "log")
            fired += "INJECTED" in log or "killed by SIGKILL" in log
            saved += code == 0
            assert code == 0 or state(place) in (old, new), injected
            assert code != 0 or state(place) == new, injected
            subprocess.run(command(place, *case.words), check=True, capture_output=True)
            assert state(place) == new, injected
            assert not place.with_name("checkpoint.new").exists(), injected
    with capsys.disabled():
        print(f"\nR2 {name}, {what}: {fired} injections of {sum(counts.values())} calls, {saved} runs exit 0, no state lost", end="")
    assert fired
