"""Kubernetes' own YAML reader, asked: a Go process that answers documents with the JSON that it makes of them."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.oracle.process import GoProcess, built

YAMLJSON = Path(__file__).parent / "yamljson"


class YamlOracle(GoProcess):
    """One process of tests/oracle/yamljson, built anew into a directory given."""

    def __init__(self, directory: Path) -> None:
        program = directory / "yamljson"
        built(["go", "build", "-o", str(program), "."], YAMLJSON)
        super().__init__(program)

    def to_json(self, document: bytes) -> bytes | None:
        """What ToJSON makes of a document; None if it refuses."""
        answer = self.request(yaml=base64.b64encode(document).decode())
        return None if "error" in answer else base64.b64decode(answer.get("json", ""))

    def split(self, stream: bytes) -> tuple[list[bytes], bool]:
        """What NewYAMLReader splits a stream into, and whether it came to the end."""
        answer = self.request(yaml=base64.b64encode(stream).decode(), split=True)
        return [base64.b64decode(part) for part in answer.get("parts", [])], "error" not in answer
