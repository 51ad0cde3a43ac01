"""How long a test waits for what must come.

Only what hangs takes so long: a machine that is busy with other things is no fault of the program. What must end early is compared with what
would come without the law, which takes longer than this.
"""

from __future__ import annotations

PATIENCE = 120.0
"""Seconds."""
