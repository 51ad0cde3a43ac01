"""What time it is: asked here, and handed in as a value, so that a test can hold the clock.

To the second: that is how Kubernetes writes its times, and no document says more than it can mean.
"""

from __future__ import annotations

import time

from upgradecheck.model.times import SECOND


def now() -> int:
    """In nanoseconds, of whole seconds."""
    return int(time.time()) * SECOND
