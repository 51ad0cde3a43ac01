"""systemd itself, asked how it would start drawn units: their words are those that we read (``systemd --test`` loads units and prints them).

It prints commands before variables are replaced; a unit that it refuses is not compared.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, gettempdir

import pytest

from tests.patience import PATIENCE
from upgradecheck.decode.kubelet.systemd import directives, specified, words_of

pytestmark = pytest.mark.node

SYSTEMD = Path("/lib/systemd/systemd")
UNITS = 100
PIECES = (
    *("a", "b", "-", "=", " ", "  ", "\t", ":", "/", ",", "#", ";x", "é", '"', "'", "$X", "${Y}", "$$"),
    *(r"\\", r"\"", r"\'", r"\n", r"\t", r"\s", r"\x41", r"\101", r"\u00e9", r"\q", "\\\n "),
    *("%n", "%N", "%p", "%i", "%%"),
)
HEAD = "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/echo "
PRINTED = re.compile(r"k(\d+)\.service:.*?Command Line: ([^\n]*)", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "r": "\r", "v": "\v"}


def shown(commands: list[str], folder: Path) -> dict[int, list[str]]:
    """The words that systemd prints, by the number of the unit; those of nobody, since it does not do it for root."""
    for number, text in enumerate(commands):
        (folder / f"k{number}.service").write_text(f"{HEAD}{text}\n")
    wants = "".join(f"Wants=k{number}.service\n" for number in range(len(commands)))
    (folder / "all.target").write_text(f"[Unit]\nDefaultDependencies=no\n{wants}")
    for name in ("sysinit.target", "basic.target"):
        (folder / name).touch()
    around = ("env", f"SYSTEMD_UNIT_PATH={folder}", "HOME=/root", f"XDG_RUNTIME_DIR={gettempdir()}")
    asked = (str(SYSTEMD), "--test", "--user", "--unit=all.target", "--log-target=console")
    run = ("setpriv", "--reuid", "65534", "--clear-groups", *around, *asked)
    told = subprocess.run(run, capture_output=True, timeout=PATIENCE, check=False).stdout.decode(errors="replace")
    found = (PRINTED.match(unit) for unit in told.split("-> Unit "))
    return {int(one[1]): printed_words(one[2]) for one in found if one is not None}


def printed_words(line: str) -> list[str]:
    """What it prints: words that hold more than letters stand in double quotes, with C's escapes."""
    found = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', line)
    return [re.sub(r"\\(x[0-9a-f]{2}|[0-7]{3}|.)", plain, one[1:-1]) if one.startswith('"') else one for one in found]


def plain(found: re.Match[str]) -> str:
    told = found[1]
    if told[0] == "x" and len(told) > 1:
        return chr(int(told[1:], 16))
    return chr(int(told, 8)) if told.isdecimal() else LETTERS.get(told, told)


@pytest.mark.skipif(os.name != "posix" or not SYSTEMD.exists() or shutil.which("setpriv") is None, reason="no systemd here")
@pytest.mark.parametrize("seed", range(3))
def test_words_are_those_that_systemd_would_start(seed: int) -> None:
    draw = Random(seed)
    commands = ["".join(draw.choices(PIECES, k=draw.randint(1, 14))) for _ in range(UNITS)]
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        theirs = shown(commands, Path(folder))
    assert {number: ours(number, commands[number]) for number in theirs} == theirs
    assert len(theirs) > UNITS // 3


def ours(number: int, text: str) -> list[str]:
    ((_, value),) = [one for one in directives(f"{HEAD}{text}\n") if one[0] == "ExecStart"]
    return [specified(word, f"k{number}.service") for word in words_of(value)]
