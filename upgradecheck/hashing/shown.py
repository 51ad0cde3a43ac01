"""What ``hash --show-input`` shows: the bytes that decide about a hash, before Go's printing of bytes as numbers.

From 1.16 on a kubelet makes a JSON text, and hashes what spew prints of its bytes: ``{"na`` goes into FNV-1a as
``([]uint8)[123 34 110 97]``. The JSON text is shown, since the rest of the way adds nothing: each byte as a decimal, a blank in
between, ``([]uint8)[`` before and ``]`` behind. Up to 1.15 the printed struct itself is hashed, and shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import DecodedContainer
from upgradecheck.hashing.eras import HASH_INPUT, container_json, image_and_name_json
from upgradecheck.model.schema import Era, HashClass

_SHOWN: Mapping[Era, Callable[[GoValue, HashClass], bytes]] = {
    Era.TYPED: HASH_INPUT[Era.TYPED],
    Era.JSON: container_json,
    Era.IMAGE_NAME: image_and_name_json,
}


def shown_input(container: DecodedContainer, hash_class: HashClass) -> bytes:
    """The text that a container is hashed by, exactly; it holds env values, commands and all else of the spec."""
    return _SHOWN[hash_class.schema.era](container.content, hash_class)
