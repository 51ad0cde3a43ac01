"""The hashes of pods that the fast path reads, pod by pod: what it finds of one is laid out in rows once for all its replicas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.hashing.fast.containers import Found, Row
from upgradecheck.hashing.fast.opening import Openings
from upgradecheck.hashing.fast.pods import ASIDE, FastPod
from upgradecheck.hashing.fast.stencils import Stencil, Stencils, Values
from upgradecheck.hashing.fast.templates import Filling
from upgradecheck.hashing.fast.valued import Valued
from upgradecheck.model.alike import is_plain
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hashlist import HashRow, HashRows, PodHashes
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import HashClass
from upgradecheck.reading.names import STATIC_SOURCES, may_claim_in_vain
from upgradecheck.reading.pod import KnownText, ReadPod, fast_pods

_MOST_KEPT = 4096


class NamedKubelet(msgspec.Struct, frozen=True, gc=False):
    """A kubelet to hash under: the version as asked for, and the kubelets that it can be (one, unless it is ambiguous)."""

    text: str
    builds: tuple[KubeletBuild, ...]


class _Fitting(msgspec.Struct, frozen=True, gc=False):
    """What pods of one text have in common. is_plain: the namespace, as names and UIDs in the openings of a stencil are.

    valued: the same as filling, where texts of the containers are open; texts: their places among a stencil's values.
    """

    namespace: str
    common: HashRows
    is_plain: bool
    filling: Filling | None = None
    valued: Valued | None = None
    texts: Sequence[int] = ()

    def hashes(self, values: Values, hole: str) -> list[int]:
        """Of a pod with these values."""
        if self.valued is not None:
            return self.valued.hashes([*[values[place].encode() for place in self.texts], hole.encode()])
        assert self.filling is not None
        return self.filling.hashes(hole.encode())


class FastHashes:
    """Makes them for some kubelets. from_api: whether pods come from an API server; None where each tells it by its annotation."""

    def __init__(self, kubelets: Sequence[NamedKubelet], *, from_api: bool | None) -> None:
        self._kubelets, self._from_api = tuple(kubelets), from_api
        self._builds = tuple(build for one in kubelets for build in one.builds)
        self._pods = fast_pods(tuple(dict.fromkeys(build.hash_class for build in self._builds)))
        self._of_laid: dict[int, tuple[dict[HashClass, tuple[Row, ...]], HashRows | None]] = {}
        self._of_rows: dict[tuple[tuple[Row, ...], ...], HashRows] = {}
        self._stencils = Stencils()
        self._in_vain: set[Found] = set()
        self._fitting: dict[Stencil, _Fitting] = {}
        self._openings = Openings(self._stencils, self)

    def of(self, pod: ReadPod) -> PodHashes | None:
        """Those of a pod under all kubelets, None where the exact path has to tell."""
        try:
            return guarded(lambda: self._of(pod))
        except SpecRefused:
            return None

    def expects(self, number: int) -> None:
        """So many pods are to come."""
        self._pods.expects(number)

    def by_text(self, given: bytes | KnownText) -> PodHashes | None:
        """Those of a pod whose text is known but for what is its own; it has a UID and a status. None of all others."""
        fits = self._stencils.fitting(given) if isinstance(given, bytes) else self._fits(given)
        known = None if fits is None else self._fitting.get(fits[0])
        if fits is None or known is None:
            return None
        self._pods.read_here += 1
        name, uid, hole = fits[0].names(fits[1])
        return PodHashes(known.namespace, name, uid, known.common, known.hashes(fits[1], hole), known.is_plain)

    def _fits(self, known: KnownText) -> tuple[Stencil, Values] | None:
        """The stencil of a document that reading through knew by its text."""
        found = self._stencils.of_text(known.text, known.values, self)
        if found is None and (found := self._stencils.fitting(known.document)) is not None:
            self._stencils.fitting_as_well(known.text, found[0])
        return found

    def _of(self, pod: ReadPod) -> PodHashes | None:
        fast = pod.fast_by(self._pods, self._builds)
        if fast is None:
            return None
        names = fast.names
        if self._from_api is None and may_claim_in_vain(names.source, pod.raw):
            return None
        from_api = self._from_api if self._from_api is not None else names.source not in STATIC_SOURCES
        made = fast.made(from_api=from_api)
        if made is None:
            return None
        found, hashes = made
        common = self._common(found.rows)
        if common is None:
            return None
        if self._stencils.may_learn:
            if not found.holds_for_all:
                self._learn_varied(fast)
            elif found not in self._in_vain:
                self._learn(pod, fast.hole, found, common)
        return PodHashes(names.namespace or "default", names.name or None, names.uid or None, common, hashes)

    def _learn(self, pod: ReadPod, hole: bytes, found: Found, common: HashRows) -> None:
        """What else has this text has these rows, if what is open in it is open in its lists of containers.

        Pods of which no text can be known are mostly followed by more of them.
        """
        try:
            outline = self._pods.outline(pod.raw)
        except ASIDE:
            return
        if outline is None or outline.hole != hole:
            return
        made = self._stencils.learn_from(pod.raw, outline, self._pods.outline, self, None if pod.known is None else pod.known.text)
        if made is None:
            if len(self._in_vain) >= _MOST_KEPT:
                self._in_vain.clear()
            self._in_vain.add(found)
            return
        namespace = outline.namespace or "default"
        self._fitting[made] = _Fitting(namespace, common, is_plain(namespace), Filling(found.texts))

    def _learn_varied(self, fast: FastPod) -> None:
        """What has this text but for some plain texts in its containers has these rows, if others were met that differ in these alone."""
        learned = self._openings.learn(fast, self._pods)
        common = None if learned is None else self._common(learned.opened.rows)
        if learned is None or common is None:
            return
        namespace, stencil = learned.outline.namespace or "default", learned.stencil
        valued = learned.opened.valued(range(len(learned.opened.texts)))
        self._fitting[stencil] = _Fitting(namespace, common, is_plain(namespace), valued=valued, texts=stencil.texts)

    def _common(self, laid: dict[HashClass, tuple[Row, ...]]) -> HashRows | None:
        """The rows of what was found; None where a kubelet may be one of several that do not hash it alike."""
        known = self._of_laid.get(id(laid))
        if known is None or known[0] is not laid:
            if len(self._of_laid) >= _MOST_KEPT:
                self._of_laid.clear()
            known = self._of_laid[id(laid)] = laid, self._rows(laid)
        return known[1]

    def _rows(self, laid: dict[HashClass, tuple[Row, ...]]) -> HashRows | None:
        listed = []
        for kubelet in self._kubelets:
            several = [laid[build.hash_class] for build in kubelet.builds]
            if any(list(map(_hashed, one)) != list(map(_hashed, several[-1])) for one in several):
                return None
            listed.append(several[-1])
        key = tuple(listed)
        if key not in self._of_rows:
            if len(self._of_rows) >= _MOST_KEPT:
                self._of_rows.clear()
            self._of_rows[key] = HashRows(tuple(self._told(key)))
        return self._of_rows[key]

    def _told(self, listed: Sequence[tuple[Row, ...]]) -> Iterator[HashRow]:
        for kubelet, rows in zip(self._kubelets, listed, strict=True):
            era = kubelet.builds[-1].hash_class.schema.era
            for row in rows:
                yield HashRow(row.name, row.kind, kubelet.text, era, row.text, row.without_resources)


def _hashed(row: Row) -> tuple[int, int | None]:
    """What is hashed of a row."""
    return row.text, row.without_resources
