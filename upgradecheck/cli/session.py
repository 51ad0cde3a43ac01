"""What one run of the program carries along: whether to debug, how much to say, and the ways out to stdout and stderr.

stdout carries the result alone; everything else goes to stderr. A reader that goes away (``| head``) is no error of ours.
"""

from __future__ import annotations

import os
import sys

from upgradecheck.model.errors import UpgradecheckError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from upgradecheck.cli.configured import Configured
    from upgradecheck.cli.groups import Saying


class OutputError(UpgradecheckError):
    """A report that cannot be written where it was asked for."""


_PLAIN = str.maketrans({"…": "...", "→": "->"})
"""For terminals that cannot show the few signs beyond ASCII that reports use."""


class Session:
    """The settings of one run, as its command line says.

    configured: the configuration file, None until it is looked for. places: by long name, where an option was set that nobody has typed (a
    variable, a place in that file).
    """

    def __init__(self) -> None:
        self.debug = False
        self.quiet = False
        self.verbosity = 0
        self.configured: Configured | None = None
        self.places: Mapping[str, str] = {}
        self._end: Callable[[], None] = _nothing

    @property
    def may_draw(self) -> bool:
        """Whether progress may be shown: nothing else is written to stderr meanwhile."""
        return not (self.quiet or self.debug or self.verbosity)

    def begin(self, saying: Saying) -> None:
        """Takes the settings, and sends the log to stderr at the level that -v and --debug ask for; without them there is none."""
        self.debug, self.quiet, self.verbosity = saying.debug, saying.quiet, saying.verbose
        if self.debug or self.verbosity:
            from upgradecheck.cli.listening import listen

            self._end = listen(self.complain, debug=self.debug or self.verbosity > 1)

    def end(self) -> None:
        """Ends the log."""
        self._end()

    def complain(self, message: str) -> None:
        """One message on stderr, whatever the message holds made visible."""
        from upgradecheck.renderers.media.safe_text import safe_lines

        _write_stderr(f"upgradecheck: {safe_lines(message)}\n")

    def show(self, text: str) -> None:
        """Lines for stderr as they are."""
        _write_stderr(text)

    def tell(self, message: str) -> None:
        """A remark on stderr, unless --quiet."""
        if not self.quiet:
            self.complain(message)

    def flush_stdout(self) -> bool:
        """Empties stdout's buffer; False if that failed for another reason than a reader that has gone."""
        if sys.stdout is None:  # closed by whoever started us
            return True
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            drop_stdout()
        except OSError as error:
            self.complain(
                f"standard output: cannot be written ({error.strerror}). The report is not complete; free the space or name another place."
            )
            drop_stdout()
            return False
        return True


def _nothing() -> None:
    """Where there is no log to end."""


def write_stdout(text: str) -> None:
    """Writes a piece of the result as UTF-8, or in what stdout can show.

    Raises:
        BrokenPipeError: the reader has gone.
        OutputError: stdout cannot be written.
    """
    if sys.stdout is None:
        raise OutputError("standard output: is closed. Open it, or name a file with -o FORMAT=FILE.")
    encoding = sys.stdout.encoding or "utf-8"
    if encoding.lower().replace("-", "") != "utf8":
        text = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        raise OutputError(
            f"standard output: cannot be written ({error.strerror}). Free the space or name another place with -o FORMAT=FILE."
        ) from error


def drop_stdout() -> None:
    """Points stdout at nothing, so that the interpreter's own flush at exit stays silent."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no real file, as in tests
        pass
    finally:
        os.close(nothing)


def _write_stderr(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, AttributeError):  # closed by whoever started us
        pass
