"""What the terminal can take: its width, and whether it wants colour."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import TextIO

from upgradecheck.cli.groups import Color
from upgradecheck.renderers import Canvas

_WIDTH_OFF_TERMINAL = 100


def stdout_canvas(color: Color) -> Canvas:
    """For a report on standard output."""
    width = shutil.get_terminal_size((_WIDTH_OFF_TERMINAL, 0)).columns
    return Canvas(width=width, color=wants_color(color, sys.stdout, os.environ))


def file_canvas(color: Color) -> Canvas:
    """For a report in a file: coloured only if that was asked for."""
    return Canvas(width=_WIDTH_OFF_TERMINAL, color=color is Color.ALWAYS)


def wants_color(color: Color, stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Whether to colour: as the option says, else as the environment does, else on a terminal that is not dumb.

    NO_COLOR goes before FORCE_COLOR and CLICOLOR_FORCE; one that is empty is not set, and 0 forces nothing (no-color.org, force-color.org,
    bixense.com/clicolors).
    """
    if color is not Color.AUTO:
        return color is Color.ALWAYS
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream is not None and stream.isatty() and environment.get("CLICOLOR") != "0" and environment.get("TERM") != "dumb"
