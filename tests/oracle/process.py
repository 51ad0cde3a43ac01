"""A Go program that is asked: one line of JSON in, one line of JSON out."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T", bound="GoProcess")


class GoProcess:
    """A running program; a context manager that ends it. log: where it writes what it logs, which else is shown."""

    def __init__(self, program: Path, *arguments: str, log: Path | None = None) -> None:
        with contextlib.ExitStack() as opened:
            stderr = None if log is None else opened.enter_context(log.open("wb"))
            self._process = subprocess.Popen([str(program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)

    def request(self, **question: Any) -> dict[str, Any]:
        """The answer to one question."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self: T) -> T:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)


def built(command: list[str], directory: Path) -> str:
    """What a Go command prints in a directory.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed in {directory.name}: {done.stderr[-2000:]}")
    return done.stdout
