"""The real Go code of a minor, asked: a process that answers pods with the hashes which its kubelet records."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

from tests.oracle.process import GoProcess, built

GENERATE = Path(__file__).parents[2] / "hashdata" / "generate"


def go_is_here() -> bool:
    """Whether a Go command can be run."""
    return shutil.which("go") is not None


class Oracle(GoProcess):
    """One oracle process. Built on first use, into a cache outside the repository."""

    def __init__(self, version: str) -> None:
        super().__init__(Path(built(["go", "run", ".", "oracle", version], GENERATE).strip().splitlines()[-1]))

    def ask(self, pod: bytes, **options: Any) -> dict[str, Any]:
        """``{"containers": [...]}`` or ``{"error": ...}`` for one pod given as raw bytes."""
        return self.request(pod_base64=base64.b64encode(pod).decode(), **options)
