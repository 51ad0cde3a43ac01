"""Where the lab keeps what takes minutes to make: outside the repository, and shared by all checkouts of one user."""

import os
from pathlib import Path


def cache(name: str) -> Path:
    """The folder `name` of the program's cache, made if it is not there."""
    base = os.environ.get("UPGRADECHECK_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    found = Path(base) / "upgradecheck" / name
    found.mkdir(parents=True, exist_ok=True)
    return found
