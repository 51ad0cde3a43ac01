"""What a kubelet is started with: the words of its command line, or those that files of its unit give it."""

from __future__ import annotations

import msgspec


class KubeletArguments(msgspec.Struct, frozen=True, gc=False):
    """Words as the kubelet gets them. place: where they stand; node: whose they are, None where that is to be told by the place."""

    words: tuple[str, ...]
    place: str
    node: str | None = None
