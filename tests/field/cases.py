"""A case of the field: a folder with its inputs, the command that is run inside it, and the answer.

``COMMAND`` holds a command, ``COMMAND.more`` another one of the same folder; their answers stand in ``ANSWER`` and ``ANSWER.more``. An answer is
short enough to be read by a person, who compares it with what happened: the exit code, what is not complete, each container, each finding.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

FOLDER = Path(__file__).parent / "cases"


class Case(NamedTuple):
    """One command of a folder."""

    folder: Path
    more: str
    """What follows COMMAND in the name of its file."""

    @property
    def name(self) -> str:
        return f"{self.folder.relative_to(FOLDER)}{self.more}"

    @property
    def arguments(self) -> list[str]:
        """The command's, without the program's own name."""
        program, *arguments = shlex.split((self.folder / f"COMMAND{self.more}").read_text(), comments=True)
        assert program == "upgradecheck"
        return arguments

    @property
    def answer(self) -> Path:
        return self.folder / f"ANSWER{self.more}"


def cases() -> list[Case]:
    """All that have an answer, by name; UPDATE_GOLDENS=1 answers the others too."""
    found = [Case(path.parent, path.name.removeprefix("COMMAND")) for path in sorted(FOLDER.rglob("COMMAND*"))]
    return found if os.environ.get("UPDATE_GOLDENS") else [one for one in found if one.answer.exists()]


def shown(code: int, out: str, err: str) -> str:
    """What a plan answers, for a person: where there is no report, what is said instead."""
    if not out:
        return f"exit {code}\n" + "".join(f"says {line}\n" for line in err.splitlines())
    return "".join(f"{line}\n" for line in (f"exit {code}", *_lines(json.loads(out))))


def _lines(plan: Json) -> Iterator[str]:
    yield "complete" if plan["complete"] else "not complete"
    for missing in plan["coverage"]["missing"]:
        yield f"missing {json.dumps(missing, ensure_ascii=False, sort_keys=True)}"
    for pod in plan["pods"]:
        where = f"{pod['node']} {pod['namespace']}/{pod['name']}"
        number = f" ({pod['replicas']} by its replicas)" if "replicas" in pod else ""
        yield f"pod {where}: {pod['verdict']} {pod['reason']}{number}"
        for one in pod["containers"]:
            yield f"container {where} {one['name']}: {one['verdict']} {one['reason']}"
    for finding in plan["findings"]:
        yield f"finding {finding['rule']} {finding['severity']}"
