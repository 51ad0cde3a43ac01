"""How others learn of the proxy's state: systemd by sd_notify, Prometheus by a file for its node exporter."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from upgradecheck.model.errors import InputError


def tell_systemd(state: str) -> None:
    """READY=1 and the like, where systemd listens (sd_notify(3)); nothing elsewhere."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if place[:1] not in ("/", "@"):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(state.encode(), "\0" + place[1:] if place.startswith("@") else place)


def write_metrics(path: str, text: str) -> None:
    """Puts a whole new file in the place of the old.

    Raises:
        InputError: it cannot be written.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text)
        temporary.chmod(0o644)  # for another user, whatever the umask
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise InputError(f"--metrics {path}: cannot be written ({error.strerror}). Name a file in a directory that is there.") from error
