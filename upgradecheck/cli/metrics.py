"""Metrics for a node exporter's textfile collector: a whole file at every moment, which the collector may read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from upgradecheck.model.errors import InputError


def write_metrics(place: str, text: str) -> None:
    """Puts the metrics in the place of what was there. The collector reads ``*.prom`` alone, and so not what is written beside it.

    Raises:
        InputError: it cannot be written; what was there is as before.
    """
    beside = Path(f"{place}.{secrets.token_hex(8)}.new")
    try:
        if Path(place).is_symlink():
            raise InputError(f"--metrics {place}: is a link, which would be replaced. Name the file itself.")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(descriptor, 0o644)
            file.write(text)
        beside.replace(place)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise InputError(f"--metrics {place}: cannot be written ({error.strerror}). Name a file in a directory that is there.") from error
