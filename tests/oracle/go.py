"""The real Go code of a minor, asked: a process that answers pods with the hashes which its kubelet records."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

GENERATE = Path(__file__).parents[2] / "hashdata" / "generate"


def go_is_here() -> bool:
    """Whether a Go command can be run."""
    return shutil.which("go") is not None


class Oracle:
    """One oracle process. Built on first use, into a cache outside the repository."""

    def __init__(self, version: str) -> None:
        built = subprocess.run(
            ["go", "run", ".", "oracle", version], cwd=GENERATE, capture_output=True, text=True, check=False, env=os.environ
        )
        if built.returncode != 0:
            raise RuntimeError(f"oracle for {version} cannot be built: {built.stderr[-2000:]}")
        self._process = subprocess.Popen([built.stdout.strip().splitlines()[-1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, pod: bytes, **options: Any) -> dict[str, Any]:
        """``{"containers": [...]}`` or ``{"error": ...}`` for one pod given as raw bytes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"pod_base64": base64.b64encode(pod).decode(), **options}).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)
