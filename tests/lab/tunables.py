"""Kernel settings that a kubelet writes for the whole machine (setupKernelTunables in pkg/kubelet/cm), put back after the last of several runs.

They are kept in a file that every run holds a lock on: the first writes it, the last restores from it and empties it. What is found in it when nobody
holds it was left by a run that was killed, and stands, if the machine has not been started anew since.
"""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

SETTINGS = (
    *(f"/proc/sys/vm/{name}" for name in ("overcommit_memory", "panic_on_oom")),
    *(f"/proc/sys/kernel/{name}" for name in ("panic", "panic_on_oops", "keys/root_maxkeys", "keys/root_maxbytes")),
)
BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextlib.contextmanager
def kept(file: Path, settings: tuple[str, ...] = SETTINGS) -> Iterator[None]:
    """Restores the settings at the end, if no other run that shares `file` goes on."""
    with file.open("a+") as shared:
        if _alone(shared):
            _remember(shared, settings)
        fcntl.flock(shared, fcntl.LOCK_SH)
        try:
            yield
        finally:
            if _alone(shared):
                _restore(shared)


def _alone(shared: IO[str]) -> bool:
    """Whether no other run holds the file; nobody else can take it then."""
    try:
        fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remember(shared: IO[str], settings: tuple[str, ...]) -> None:
    boot = BOOT.read_text()
    shared.seek(0)
    text = shared.read()
    if text and json.loads(text)["boot"] == boot:
        return
    shared.truncate(0)
    shared.write(json.dumps({"boot": boot, "settings": {path: Path(path).read_text() for path in settings if Path(path).exists()}}))
    shared.flush()


def _restore(shared: IO[str]) -> None:
    shared.seek(0)
    for path, value in json.load(shared)["settings"].items():
        Path(path).write_text(value)
    shared.truncate(0)
