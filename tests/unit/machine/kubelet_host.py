"""A process that serves the sockets of a kubelet under a root of its own, called whatever a test wants; it answers nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLUGINS = "var/lib/kubelet/device-plugins/kubelet.sock"
RESOURCES = "var/lib/kubelet/pod-resources/kubelet.sock"

_SERVES = """
import os, socket, sys, time
os.chdir(sys.argv[1])
open("/proc/self/comm", "w").write(sys.argv[2])
lines = []
for path in sys.argv[3:]:
    line = socket.socket(socket.AF_UNIX)
    line.bind("new")
    os.rename("new", path)
    line.listen()
    lines.append(line)
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def serving(root: Path, title: str, *paths: str, comm: str = "") -> Iterator[int]:
    """The process's ID while it serves; what it leaves behind is what a kubelet leaves."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).unlink(missing_ok=True)
    words = [title, "-S", "-c", _SERVES, str(root), comm or title.split(maxsplit=1)[0].rpartition("/")[2], *paths]
    home = {"PYTHONHOME": sys.base_prefix}  # it would look for that by its first word
    process = subprocess.Popen(words, executable=sys.executable, env=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield process.pid
        finally:
            process.kill()
