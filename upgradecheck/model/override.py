"""What an override changes: of each container the hash it carries and the one that the new kubelet will compute of the same spec.

Only containers whose spec did not change are ever in it (design: safe to override).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.model.hash import Hash


class Rewrite(msgspec.Struct, frozen=True, gc=False):
    """One annotation's value now, and what it is to be. before is None where there is no such annotation."""

    before: Hash | None
    after: Hash


class Override(msgspec.Struct, frozen=True, gc=False):
    """One container. hash: of io.kubernetes.container.hash; without_resources: of its sister, None where the new kubelet reads none."""

    hash: Rewrite
    namespace: str
    pod: str
    uid: str
    container: str
    node: str | None = None
    without_resources: Rewrite | None = None


class OverrideMap(msgspec.Struct, frozen=True, gc=False):
    """A plan's overrides by container ID, for the step from from_version (None: nodes differ) to to_version. nodes: all that it knows."""

    plan_hash: str
    from_version: str | None
    to_version: str
    overrides: Mapping[str, Override] = msgspec.field(default_factory=dict)
    nodes: frozenset[str] = frozenset()
