"""On the node: a stand-in is told an environment as a file; what reaches its process, what systemctl shows of it, and when the file is gone."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from upgradecheck.machine.runtime import Host, Started
from upgradecheck.override.hold.stand_in import UNIT, left_alone

VALUES = {
    "PLAIN": "/opt/bin:/bin",
    "EMPTY": "",
    "BLANKS": "  leading, and behind \t ",
    "QUOTES": '"double", \'single\', "',
    "BACKSLASHES": '\\a \\\\ \\n \\" \\',
    "NEWLINES": "one\ntwo\r\n\n# no comment\nX=1\n",
    "CONTINUED": "one\\\ntwo",
    "DOLLARS": "$HOME ${HOME} $$ `id` %n %%",
    "COMMENT": "#1 ;2",
    "EQUALS": "=a=b",
    "UMLAUTS": "ä 🙂",
}
"""What a value may be."""
NEVER = ("LOST", "not-a-name")
_SEEN = Path("/run/lab/seen")
_PROGRAM = ("/bin/sh", "-c", f"env -0 >{_SEEN}.new; mv {_SEEN}.new {_SEEN}; exec sleep 600")
_AT = Path("/run", UNIT.removesuffix(".service"))


def main() -> None:
    """Prints what was seen."""
    host = Host()
    _SEEN.parent.mkdir(parents=True, exist_ok=True)
    told = tuple(f"{name}={value}" for name, value in VALUES.items())
    seen: dict[str, Any] = {"started": host.start_once_more(UNIT, Started(_PROGRAM, (*told, "LOST=\udcff", "not-a-name=1")))}
    seen["environment"] = _environment()
    seen["shown"] = [name for name, value in VALUES.items() if len(value) > 4 and value in _shown("show", UNIT) + _shown("cat", UNIT)]
    seen["modes"] = [f"{one.stat().st_mode & 0o7777:o}" for one in (_AT, _AT / "environment")]
    _shown("restart", UNIT)
    seen["after a restart"] = _environment() == seen["environment"]
    seen["left alone"] = left_alone(host, "containerd.service")
    os.kill(int(_shown("show", "-p", "MainPID", "--value", UNIT)), signal.SIGKILL)
    seen["after it died"] = _environment() == seen["environment"]
    seen["left alone then"] = left_alone(host, "containerd.service")
    seen["by then"] = (host.unit(UNIT) or {}).get("ActiveState")
    seen["file"] = _AT.exists()
    print(json.dumps(seen))


def _environment(at_most: float = 20.0) -> dict[str, str] | None:
    """What the process has of what it was told, once it runs anew."""
    until = time.monotonic() + at_most
    while not _SEEN.exists() and time.monotonic() < until:
        time.sleep(0.1)
    if not _SEEN.exists():
        return None
    found = dict(one.split("=", 1) for one in _SEEN.read_bytes().decode().split("\0") if one)
    _SEEN.unlink()
    return {name: value for name, value in found.items() if name in VALUES or name in NEVER}


def _shown(*words: str) -> str:
    return subprocess.run(["systemctl", *words], capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    main()
