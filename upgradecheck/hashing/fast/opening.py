"""Stencils that are open at plain texts of the containers, too: learned when a second pod comes that differs from another in these alone.

That they are right is tried with other texts in these places: the outline is the same (``stencils.py``), and what is hashed has them where
they stand, and nowhere else (``FastContainers.opened``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from upgradecheck.hashing.fast.containers import Opened
from upgradecheck.hashing.fast.outlines import Outline
from upgradecheck.hashing.fast.pods import ASIDE, FastPod, FastPods
from upgradecheck.hashing.fast.stencils import Stencil, Stencils
from upgradecheck.hashing.fast.varied import Span, Varied, mark


class Learned(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A stencil, what is hashed of the pods that fit it, and the outline of the one that it was learned of."""

    stencil: Stencil
    opened: Opened
    outline: Outline


class Openings:
    """Learns them. by: whose stencils they are, None where it is whoever reads."""

    def __init__(self, stencils: Stencils, by: object | None = None) -> None:
        self._stencils, self._by, self._varied = stencils, by, Varied()

    def learn(self, pod: FastPod, pods: FastPods, holds: Callable[[FastPod], bool] = lambda tried: True) -> Learned | None:
        """A stencil of this pod, and of others; None of the first one, and where it is not certain.

        pods: who has read it. holds: whether what else is known of the pod holds for the one that is tried, which has other texts.
        """
        if not self._stencils.may_learn or (places := pod.places) is None:
            return None
        differing = self._varied.differing(pod.lists, pod.hole)
        spans = [(begin + start, begin + end) for begin, its in zip(places, differing, strict=False) for start, end in its]
        if not spans:
            return None
        try:
            made = self._learned(pod, pods, spans, holds)
        except ASIDE:
            made = None
        if made is None:
            self._varied.in_vain(pod.lists, pod.hole)
        return made

    def _learned(self, pod: FastPod, pods: FastPods, spans: Sequence[Span], holds: Callable[[FastPod], bool]) -> Learned | None:
        document, tried = pod.document, list[bytes]()

        def read(other: bytes) -> Outline | None:
            tried.append(other)
            return pods.outline(other)

        outline = pods.outline(document)
        if outline is None or outline.hole != pod.hole:
            return None
        stencil = self._stencils.learn(document, outline, read, self._by or pods, spans)
        other = None if stencil is None else pods.read(tried[-1])
        if stencil is None or other is None or not holds(other):
            return None
        texts = {mark(-number).encode(): document[begin:end] for number, (begin, end) in enumerate(spans, 1)}
        opened = pod.opened(other, texts)
        return None if opened is None else Learned(stencil, opened, outline)
