"""What a text that is no kubelet version was probably meant to be.

Each repair mends one mistake that people make with versions: look-alike characters (``1.3l``), a comma for the dot, the
forgotten ``1.`` of everyday speech (``22``), wildcards (``1.22.x``), leading zeros, a capital V, and pastes that carry more
than the version (``Kubernetes v1.22.17``, which is what ``kubelet --version`` prints). A candidate is only a candidate: the
caller tests it against the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from upgradecheck.model.patterns import pattern

_LOOK_ALIKES = str.maketrans({"l": "1", "I": "1", "|": "1", "O": "0", "o": "0", ",": ".", ";": ".", ":": ".", "_": "."})
_UNNUMBERED_STAGE = pattern(r"v?[0-9.]+-(?i:alpha|beta|rc)(?![0-9A-Za-z])(?!\.?[0-9])")
_RELEASE_INSIDE = pattern(r"(?<![0-9])(?<![0-9]\.)1\.[0-9]+(?:\.[0-9]+)?(?![0-9])")
_LONGEST = 200


def candidates(text: str) -> Iterator[str]:
    """Repaired texts, the likeliest first; none for a pre-release whose number is missing, as no release is meant there."""
    if len(text) > _LONGEST or _UNNUMBERED_STAGE.match(text):
        return
    yield re.sub(r"^V", "v", text)
    yield re.sub(r"(?i)-(alpha|beta|rc)(?=[.0-9])", lambda stage: stage[0].lower(), text)
    yield re.sub(r"(?<![0-9A-Za-z])(v?)0+(?=[0-9])", r"\1", text)
    mended = re.sub(r"\s*\.[\s.]*", ".", text.translate(_LOOK_ALIKES))
    yield mended
    yield from _one_forgotten(mended)
    if inside := _RELEASE_INSIDE.search(text):
        yield re.sub(r"\.0+(?=[0-9])", ".", inside[0])


def _one_forgotten(text: str) -> Iterator[str]:
    """``22`` and ``22.17`` without their ``1.``; ``122`` and ``1-22`` without their dot."""
    if bare := re.fullmatch(r"v?([0-9]{1,2})", text):
        yield f"1.{bare[1]}"
    if with_patch := re.fullmatch(r"v?([0-9]{2}\.[0-9]+)", text):
        yield f"1.{with_patch[1]}"
    if joined := re.fullmatch(r"v?1[- ]?([0-9]{2})", text):
        yield f"1.{joined[1]}"
