"""The checkpoint's edge: its file, kept through crashes and hostile neighbours, and how a node finds the kubelet that runs on it.

What the file says is formats.checkpoint's. ``load`` reads, ``CheckpointStore`` writes. A file is either *live*
(the node's own, under the path that ``checkpoint record`` writes: nobody else may have been able to touch it) or a *copy* (a dump on
somebody's machine, where links, owners and modes say nothing).
"""

from __future__ import annotations

from upgradecheck.checkpoint.loading import DEFAULT_PATH, is_live, load, load_all
from upgradecheck.checkpoint.store import CheckpointStore

__all__ = ["DEFAULT_PATH", "CheckpointStore", "is_live", "load", "load_all"]
