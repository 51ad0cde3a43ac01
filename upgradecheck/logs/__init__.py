"""What a module says of its work while it goes on, for whoever asked to hear it (-v, --debug).

A log of Python's, without its cost: where nobody has imported logging (which takes longer than Python needs to start), nobody listens.
Names come from clusters, and are made visible where the log is written. Values of env, args and commands are never said, at no level.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

DEBUG, INFO = 10, 20
"""As logging counts."""


class Log:
    """The log of one module, by the module's name."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def hears(self, level: int) -> bool:
        """Whether anybody listens at this level, so that it is worth the while to find words."""
        logging = sys.modules.get("logging")
        return logging is not None and bool(logging.getLogger(self._name).isEnabledFor(level))

    def info(self, text: str) -> None:
        """For -v."""
        self._say(INFO, text)

    def debug(self, text: str) -> None:
        """For -vv and --debug."""
        self._say(DEBUG, text)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """For --debug: how long the body took, also if it breaks off."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.debug(f"{what} took {milliseconds(start)}")

    def _say(self, level: int, text: str) -> None:
        logging = sys.modules.get("logging")
        if logging is not None:
            logging.getLogger(self._name).log(level, "%s", text)


def milliseconds(start: float) -> str:
    """The time since a moment of time.monotonic(), in words."""
    return f"{(time.monotonic() - start) * 1000:,.0f} ms"
