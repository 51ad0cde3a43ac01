"""The examples of rules: ``tests/examples/rules/<rule>/<hit…|miss…>/`` with inputs, perhaps manifests, and a ``case.json``.

A case may name a ``checkpoint``, a file or directory in its folder, or one that is not there, and ask for an ``override``; or name
``api-from``, ``api-to``, a ``feature-gate`` and ``to-runtime``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "examples" / "rules"


@dataclass(frozen=True)
class Example:
    """One example, in its folder."""

    folder: Path

    @property
    def rule(self) -> str:
        """The id of the rule that it is about."""
        return self.folder.parent.name.upper()

    @property
    def hits(self) -> bool:
        """Whether the rule finds something in it."""
        return self.folder.name.startswith("hit")

    @property
    def wanted(self) -> dict[str, Any]:
        """What is asked, and the findings of its rule."""
        told: dict[str, Any] = json.loads((self.folder / "case.json").read_bytes())
        return told

    @property
    def command(self) -> tuple[str, ...]:
        """What to type in its folder, behind the program's name."""
        asked = self.wanted
        others = ("case.json", "to-config.json")
        inputs = sorted(
            file.name for file in self.folder.iterdir() if file.suffix in (".json", ".env", ".service") and file.name not in others
        )
        given = {"--from": asked["from"], "--to": asked["to"], "--checkpoint": asked.get("checkpoint")}
        given |= {f"--{name}": asked.get(name) for name in ("api-from", "api-to", "feature-gate", "to-runtime")}
        return (
            "plan",
            *(word for option, value in given.items() if value is not None for word in (option, value)),
            *(("--override",) if asked.get("override") else ()),
            *(word for name in inputs for word in ("-f", name)),
            *(("--to-config", "to-config.json") if (self.folder / "to-config.json").exists() else ()),
            *(("--kubelet-dir", "kubelet") if (self.folder / "kubelet").exists() else ()),
            *(("--static-pods", "manifests") if (self.folder / "manifests").exists() else ()),
        )


EXAMPLES = tuple(Example(case.parent) for case in sorted(FOLDER.glob("*/*/case.json")))
