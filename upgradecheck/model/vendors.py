"""Who built a kubelet, as far as that makes it another than upstream's release of the same number.

A version text names the vendor, not what the vendor changed. Of most names that are known here no change is known that concerns restarts;
some builds are known to differ (hashdata/vendors.json, each with its source); of a name that nobody knows nothing is.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.schema import UIDInput


class VendorBuild(msgspec.Struct, frozen=True, gc=False):
    """checked: nothing says that it compares otherwise than the release, so that what survives under it is known to be unchanged.

    uid_input: what goes into the UIDs that it makes for static pods, None: as in the release. differs: what is known to be otherwise, and
    where that was read, in words.
    """

    checked: bool = True
    uid_input: tuple[UIDInput, ...] | None = None
    differs: tuple[str, ...] = ()


UPSTREAM = VendorBuild()
UNCHECKED = VendorBuild(checked=False)
"""A build of which nobody has looked whether it compares as the release does."""
