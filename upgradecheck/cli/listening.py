"""The log on stderr that -v and --debug ask for, a line each; --debug adds the time since the start, and who speaks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

_ROOT = "upgradecheck"


class _Lines(logging.Handler):
    """Hands on each record as a line; what cannot be put into words is left out, since its arguments may be anybody's."""

    def __init__(self, tell: Callable[[str], None], *, debug: bool) -> None:
        super().__init__()
        self._tell, self._debug, self._start = tell, debug, time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - a log ends no command
            return
        seconds = time.monotonic() - self._start
        self._tell(f"{seconds:8.3f} s  {record.name.removeprefix(f'{_ROOT}.')}: {text}" if self._debug else text)


def listen(tell: Callable[[str], None], *, debug: bool) -> Callable[[], None]:
    """Has tell hear what the program says of its work, until the function that this gives is called."""
    logger, lines = logging.getLogger(_ROOT), _Lines(tell, debug=debug)
    before = logger.level
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.addHandler(lines)

    def end() -> None:
        logger.removeHandler(lines)
        logger.setLevel(before)

    return end
