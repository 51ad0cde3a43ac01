"""Kubernetes' own YAML reader, asked: a Go process that answers documents with the JSON that it makes of them."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

YAMLJSON = Path(__file__).parent / "yamljson"


class YamlOracle:
    """One process of tests/oracle/yamljson, built anew into a directory given."""

    def __init__(self, directory: Path) -> None:
        program = directory / "yamljson"
        built = subprocess.run(["go", "build", "-o", str(program), "."], cwd=YAMLJSON, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise RuntimeError(f"tests/oracle/yamljson cannot be built: {built.stderr[-2000:]}")
        self._process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def to_json(self, document: bytes) -> bytes | None:
        """What ToJSON makes of a document; None if it refuses."""
        answer = self._ask(document)
        return None if "error" in answer else base64.b64decode(answer.get("json", ""))

    def split(self, stream: bytes) -> tuple[list[bytes], bool]:
        """What NewYAMLReader splits a stream into, and whether it came to the end."""
        answer = self._ask(stream, split=True)
        return [base64.b64decode(part) for part in answer.get("parts", [])], "error" not in answer

    def _ask(self, document: bytes, **options: bool) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"yaml": base64.b64encode(document).decode(), **options}).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self) -> YamlOracle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)
