"""How this program is named in a systemd unit."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NO_CONFIGURATION = ("--config", "none")
"""A unit says all that it needs: a file that root has at home, broken or for something else, must not stop a proxy or name another node."""


def program() -> str:
    """Where this program stands, as systemd wants it: from the root."""
    own = Path(sys.argv[0])
    if own.name == "upgradecheck" and own.exists() and os.access(own, os.X_OK):
        return str(own.absolute())
    return shutil.which("upgradecheck") or "/usr/local/bin/upgradecheck"


def quoted(word: str) -> str:
    """A word of a systemd command line: specifiers, variables and blanks taken literally."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(char in escaped for char in " '\"\\;\t") else escaped
