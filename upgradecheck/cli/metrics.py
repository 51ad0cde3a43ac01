"""Metrics for a node exporter's textfile collector: a whole file at every moment, which the collector may read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from upgradecheck.model.errors import InputError


def write_metrics(place: str, text: str) -> None:
    """Puts the metrics in the place of what was there. The collector reads ``*.prom`` alone, and so not what is written beside it.

    Raises:
        InputError: it cannot be written; what was there is as before.
    """
    beside = Path(f"{place}.{os.getpid()}.new")
    try:
        beside.write_text(text)
        beside.chmod(0o644)
        beside.replace(place)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise InputError(f"--metrics {place}: cannot be written ({error.strerror}). Name a file in a directory that is there.") from error
