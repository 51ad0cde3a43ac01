"""How the bundles of a fleet's nodes stand in its cluster: ConfigMaps of one namespace, some for each node (docs/fleet.md).

A bundle is the bytes of its file, in parts that a ConfigMap can hold; part 0 says how many there are. A part's name is
``bundle-PART.NODE``, so that one rule of admission can hold an agent to its own node's.
"""

from __future__ import annotations

import msgspec

NAMESPACE = "upgradecheck"
"""Where bundles stand unless somebody says otherwise."""

DOMAIN = "upgradecheck.io"
KIND_LABEL, KIND = f"{DOMAIN}/kind", "node-bundle"
NODE = f"{DOMAIN}/node"
COLLECTED_AT = f"{DOMAIN}/collected-at"
DIGEST = f"{DOMAIN}/digest"
PART, PARTS = f"{DOMAIN}/part", f"{DOMAIN}/parts"
SHA256 = f"{DOMAIN}/sha256"
KEY = "bundle.json.gz"
SELECTOR = f"{KIND_LABEL}={KIND}"
MANAGER = "upgradecheck-collect"
"""The field manager of server-side apply."""

MOST_BYTES = 700 << 10
"""Of one part: with base64 and its names it stays below the 1 MiB that an API server takes."""

MAX_BUNDLE_AGE = 24 * 3600.0
"""Seconds by which a bundle may be older than what its cluster tells, or newer."""

LONGEST_NODE = 253 - len("bundle-00.")


def part_name(node: str, part: int) -> str:
    """The name of a part's ConfigMap."""
    return f"bundle-{part}.{node}"


class BundlePart(msgspec.Struct, frozen=True, gc=False):
    """A ConfigMap that holds a part of a bundle, or says that it does. sha256: of all parts together."""

    name: str
    node: str
    part: int
    parts: int
    sha256: str
    digest: str
    collected_at: str
    data: bytes = b""
