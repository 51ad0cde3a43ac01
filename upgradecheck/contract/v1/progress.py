"""How far the reading is, a line of JSON at a time, for programs that start this one (``--progress json``)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from upgradecheck.contract.parts import FORMAT_VERSION, Count, FormatVersion, Part, said
from upgradecheck.model.progress import Progress

_STAGE = "begin and end come once each; bytes (of files), nodes, pods, documents and others that may follow tell what is being read"


class ProgressJson(Part, frozen=True):
    """A line that --progress json writes on standard error. Other lines there are messages; they begin with no brace."""

    format_version: FormatVersion
    kind: Literal["Progress"]
    stage: Annotated[str, said(_STAGE)]
    seconds: Annotated[float, Meta(ge=0), said("Since the beginning")]
    done: Annotated[Count | None, said("So many are read")] = None
    total: Annotated[Count | None, said("Of so many, where that is known")] = None
    server: Annotated[str | None, said("Whom they are read from")] = None
    file: Annotated[str | None, said("Which file is being read")] = None


DOCUMENT = ProgressJson


def line(stage: str, seconds: float, told: Progress | None = None) -> str:
    """One of them."""
    of = () if told is None else (told.done, told.total, told.server, told.file)
    return msgspec.json.encode(ProgressJson(FORMAT_VERSION, "Progress", stage, round(seconds, 1), *of)).decode() + "\n"
