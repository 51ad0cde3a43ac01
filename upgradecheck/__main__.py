"""``python -m upgradecheck``."""

from __future__ import annotations

import sys

from upgradecheck.cli import main

sys.exit(main())
