"""What -vv says of the fast path: how many pods went it."""

from __future__ import annotations

from upgradecheck.logs import DEBUG, Log
from upgradecheck.model.wording import count
from upgradecheck.reading.pod import read_fast


def tell_fast(log: Log) -> None:
    """How many pods went the fast path, if anybody listens."""
    if log.hears(DEBUG):
        here, aside, before = read_fast()
        share = f" ({here / (here + aside):.1%})" if here + aside else ""
        log.debug(f"fast path: {here:,} of {count(here + aside, 'pod')}{share}; {before:,} came before it began")
