"""The command line: arguments in, exit code out; nothing is decided here.

main() is the only place that turns an error into a message and an exit code. Typer's own code for a usage error is 2, which
would read as "restarts predicted", so all of them become 64. An unexpected error names its type and place, with --debug its whole
traceback, and never its text, which may hold a value from somebody's pod.

The version and a help text are told before anything else is loaded. A command line that names no command gets the help on stderr and 64:
in a pipeline whose variable came out empty, 0 would read as "nothing restarts".
"""

from __future__ import annotations

import os
import sys

from upgradecheck import __version__
from upgradecheck.cli.session import Session, write_stdout
from upgradecheck.model.errors import EXIT_NO_REPORT, EXIT_USAGE, UpgradecheckError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

_OBJECTS_BETWEEN_COLLECTIONS = 500_000
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class Terminated(BaseException):
    """SIGTERM arrived; unfinished files are removed on the way out."""


def process() -> int:
    """main() for a process that ends with it.

    At its end Python looks for cycles in all that was made, which took an eighth of a small run. It all goes with the process, so it is put
    out of the collector's sight.
    """
    import gc

    code = main()
    gc.freeze()
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line (default: that of the process) and returns its exit code; never raises."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    session = Session()
    try:
        code = _at_once(words, session)
        code = _unhurried(lambda: _terminable(lambda: _run(words, session))) if code is None else code
        return code if session.flush_stdout() else EXIT_NO_REPORT
    except KeyboardInterrupt:
        return _interrupted("interrupted", EXIT_INTERRUPTED)
    except Terminated:
        return _interrupted("terminated", EXIT_TERMINATED)
    finally:
        session.end()


def _at_once(words: list[str], session: Session) -> int | None:
    """The version, or a help text; None if something else is asked for."""
    if "_UPGRADECHECK_COMPLETE" in os.environ:  # the shell asks, and typer answers
        return None
    try:
        if words[:1] == ["--version"]:
            write_stdout(f"upgradecheck {__version__}\n")
            return 0
        return _help(words, session)
    except BrokenPipeError:
        return 0
    except UpgradecheckError as error:
        session.complain(str(error))
        return error.exit_code


def _help(words: list[str], session: Session) -> int | None:
    from upgradecheck.cli import menu
    from upgradecheck.cli.help import HELP_NAMES, help_of

    path = menu.path_in(words)
    rest = words[len(path) :]
    if rest and rest[0] in HELP_NAMES:
        write_stdout(help_of(path))
        return 0
    if not rest and menu.is_menu(path):
        session.show(help_of(path))
        return EXIT_USAGE
    return None


def _run(words: list[str], session: Session) -> int:
    import typer

    from upgradecheck.cli.program import program

    usage_error = typer.BadParameter.__base__
    assert usage_error is not None
    try:
        code = program().main(args=words, prog_name="upgradecheck", standalone_mode=False, obj=session)
    except UpgradecheckError as error:
        session.complain(str(error))
        return error.exit_code
    except typer.Abort:
        return _interrupted("interrupted", EXIT_INTERRUPTED)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else EXIT_NO_REPORT
    except Exception as error:  # noqa: BLE001 - the last line of defence: every error ends as one message
        if isinstance(error, usage_error):
            return _usage_error(error, session)
        return _internal_error(error, session)
    if code == EXIT_INTERRUPTED:
        return _interrupted("interrupted", EXIT_INTERRUPTED)
    return code if isinstance(code, int) else 0


def _usage_error(error: Exception, session: Session) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "upgradecheck"
    session.complain(f"{_message(error)}\nTry '{path} --help'.")
    return EXIT_USAGE


def _message(error: Exception) -> str:
    near = getattr(error, "possibilities", None)
    if near and "Did you mean" not in str(getattr(error, "message", "")):  # click 8.5 says it itself
        return f"{getattr(error, 'message', error)}. Did you mean {near[0]}?"
    text = getattr(error, "format_message", error.__str__)()
    return str(text)


def _internal_error(error: Exception, session: Session) -> int:
    if session.debug:
        session.show(_traceback(error))
    session.complain(
        f"internal error: {type(error).__name__} in {_place(error)}. No report was made; conclude nothing. "
        + ("" if session.debug else "Run again with --debug for the traceback, and report it.")
    )
    return EXIT_NO_REPORT


def _traceback(error: BaseException) -> str:
    """Where it happened, cause first, without the texts of the exceptions."""
    import traceback

    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return (
        ("" if before is None else f"{_traceback(before)}which led to\n")
        + "Traceback (most recent call last):\n"
        + "".join(traceback.format_tb(error.__traceback__))
        + f"{type(error).__name__}\n"
    )


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown place" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"


def _interrupted(word: str, code: int) -> int:
    Session().complain(f"{word}; no report was made.")
    return code


def _unhurried(run: Callable[[], int]) -> int:
    """What run gives, with Python's collector of cycles called for less often: what a command makes has next to none."""
    import gc

    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        return run()
    finally:
        gc.set_threshold(*before)


def _terminable(run: Callable[[], int]) -> int:
    """What run gives; SIGTERM is an exception meanwhile, so that what it began is cleaned up."""
    import signal

    def terminate(number: int, frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, terminate)
    except ValueError:  # not in the main thread: whoever runs us there handles signals
        return run()
    try:
        return run()
    finally:
        signal.signal(signal.SIGTERM, before)
