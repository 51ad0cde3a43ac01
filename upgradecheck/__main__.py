"""``python -m upgradecheck``."""

from __future__ import annotations

import sys

from upgradecheck.cli import process

sys.exit(process())
