"""Where the tests' processes keep what they compile, if whoever starts them has said that it is not to stand beside the sources.

Hundreds of them are started; each would compile the program and its libraries anew, which takes longer than most of them run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".pytest_cache" / "bytecode"


def keep_bytecode() -> None:
    """For this process and those that it starts; nothing is written where it was not wanted."""
    if not sys.dont_write_bytecode:
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(CACHE)
    sys.dont_write_bytecode = False
