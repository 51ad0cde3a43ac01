"""One document of a pod. Its JSON is gone through when something of it is asked for the first time, and not again.

A kubelet decodes the whole pod, and drops it for any field that its decoder refuses; so no spec is decoded alone here. What a kubelet makes
of the document hangs on its minor only, unless it has the pod from a file or URL: then it sets defaults itself, which patches and gates
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.hashing.alike import values_alike
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import DecodedContainer, HashedContainer, containers_of, hashed, parse_pod, pod_value
from upgradecheck.hashing.fast.opentexts import OpenText
from upgradecheck.hashing.fast.pods import FastPod, FastPods
from upgradecheck.hashing.jsontext import Node
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin, PodSource, PodView, Replicas
from upgradecheck.model.schema import HashClass, Schema
from upgradecheck.reading.digest import OpenedSpec, opened_spec
from upgradecheck.reading.identity import Identity, identity_of
from upgradecheck.reading.merging import merged, merged_tree
from upgradecheck.reading.names import STATIC_SOURCES, PodNames, may_claim_in_vain, pod_names

_FAST: dict[tuple[HashClass, ...], FastPods] = {}
_MOST_FAST = 16


def fast_pods(classes: tuple[HashClass, ...]) -> FastPods:
    """The fast path for some hash classes; it keeps what it has met."""
    found = _FAST.get(classes)
    if found is None:
        if len(_FAST) >= _MOST_FAST:
            _FAST.clear()
        found = _FAST[classes] = FastPods(classes)
    return found


def read_fast() -> tuple[int, int, int]:
    """How many pods the fast path has read, how many it left to the exact one, and how many came before it began."""
    every = tuple(_FAST.values())
    return sum(one.read_here for one in every), sum(one.stepped_aside for one in every), sum(one.came_before for one in every)


class Taken(Enum):
    """How a kubelet has a pod.

    FROM_API: from an API server, which has defaulted it, by protobuf (only kubelets up to 1.15 can tell that). DEFAULTED: from a file or
    URL, so that it sets the defaults itself. AS_WRITTEN: as its decoder makes it of the JSON, and no more.
    """

    FROM_API = "from-api"
    DEFAULTED = "defaulted"
    AS_WRITTEN = "as-written"


class DecodedPod(msgspec.Struct, frozen=True, gc=False):
    """A pod as one kubelet has it; value is the Go value (see hashing.codecs), and may hold secrets."""

    build: KubeletBuild
    value: GoValue
    containers: tuple[DecodedContainer, ...]

    def __repr__(self) -> str:
        return f"DecodedPod({self.build.release}, {self.containers!r})"


class _Refused(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a SpecRefused, which would hold on to all that was going on when it was raised."""

    reason: str
    path: str


class KnownText(NamedTuple):
    """A document that is known by its text, and the values in the holes of that; where only some are kept, what reads it again."""

    text: OpenText
    values: list[str]
    read: Callable[[], bytes] | None = None

    @property
    def document(self) -> bytes:
        """As it stands in its input."""
        return self.text.filled([value.encode() for value in self.values]) if self.read is None else self.read()


class ReadPod:
    """A pod's document. All that it answers it keeps, so it is let go of when its facts are taken.

    known: what is given in place of a document that is known by its text, which is made of that when it is asked for.
    """

    __slots__ = ("_asked", "_created", "_decoded", "_fast", "_opened", "_raw", "_tree", "_values", "_view", "known", "origin", "replicas")

    def __init__(self, raw: bytes | KnownText, origin: Origin, replicas: Replicas | None = None) -> None:
        self.known = raw if isinstance(raw, KnownText) else None
        self._raw = None if isinstance(raw, KnownText) else raw
        self.origin, self.replicas = origin, replicas
        self._view: PodView | None = None
        self._opened: OpenedSpec | None = None
        self._tree: tuple[Node] | None = None
        self._values: dict[Schema, GoValue | _Refused] = {}
        self._decoded: dict[tuple[KubeletBuild, Taken, KubeletBuild | None, KubeletBuild | None], DecodedPod] = {}
        self._created: dict[KubeletBuild, GoValue] = {}
        self._asked: tuple[KubeletBuild, ...] = ()
        self._fast: tuple[FastPod | None] | None = None

    def __repr__(self) -> str:
        return f"ReadPod({self.origin})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReadPod) and (self.raw, self.origin) == (other.raw, other.origin)

    def __hash__(self) -> int:
        return hash((self.raw, self.origin))

    @property
    def raw(self) -> bytes:
        """The document, as it stands in its input."""
        if self._raw is None:
            assert self.known is not None
            self._raw = self.known.document
        return self._raw

    @property
    def view(self) -> PodView:
        """Identity, status and ownership.

        Raises:
            SpecRefused: no JSON, or a value that is read for it has a wrong type.
        """
        if self._view is None:
            view = guarded(lambda: pod_view(merged(self.raw), self.origin))
            self._view = view if self.replicas is None else replace(view, replicas=self.replicas)
        return self._view

    @property
    def identity(self) -> Identity:
        """Which pod it is.

        Raises:
            SpecRefused: as of view.
        """
        return identity_of(self.view)

    @property
    def is_unmade(self) -> bool:
        """Whether an API server has yet to make the pod: it is what a person wrote, or the template of a workload.

        Raises:
            SpecRefused: as of view.
        """
        view = self.view
        if view.source is not PodSource.API or view.uid or view.has_status:
            return False
        from upgradecheck.decode.kube.defaulted import is_defaulted  # dumps have none

        return view.replicas is not None or not guarded(lambda: is_defaulted(self.raw))

    @property
    def opened_spec(self) -> OpenedSpec:
        """Its spec's digest without what is its own there.

        Raises:
            SpecRefused: no JSON.
        """
        if self._opened is None:
            self._opened = guarded(lambda: opened_spec(self.raw))
        return self._opened

    @property
    def digest(self) -> bytes:
        """Tells equal specs from different ones.

        Raises:
            SpecRefused: no JSON.
        """
        return self.opened_spec.whole

    @property
    def tree(self) -> Node:
        """All that its JSON says, with nothing lost.

        Raises:
            SpecRefused: no JSON.
        """
        if self._tree is None:
            self._tree = (guarded(lambda: parse_pod(self.raw)),)
        return self._tree[0]

    @property
    def names(self) -> PodNames:
        """Who it says it is, whether or not a kubelet would take it.

        Raises:
            SpecRefused: no JSON.
        """
        fast = self._read_fast()
        if fast is None or may_claim_in_vain(fast.names.source, self.raw):
            return pod_names(merged_tree(self.tree))
        of = fast.names
        return PodNames(of.namespace or None, of.name or None, of.uid or None, from_api=of.source not in STATIC_SOURCES)

    def expect(self, builds: Iterable[KubeletBuild]) -> None:
        """Tells which kubelets will be asked about: where these read it alike, it is decoded once for all of them."""
        self._asked = tuple(builds)

    def hashed(self, build: KubeletBuild, taken: Taken, maker: KubeletBuild | None = None) -> list[HashedContainer]:
        """Its containers with their hashes, as this kubelet has them: the same as of under(), and sooner where the fast path reads the pod
        and all kubelets that are asked about were told.

        Raises:
            SpecRefused: as of under.
        """
        fast = None if taken is Taken.DEFAULTED or maker is not None else self._read_fast()
        if fast is not None:
            found = guarded(lambda: fast.containers(build.hash_class, from_api=taken is Taken.FROM_API))
            if found is not None:
                return found
        return [hashed(one, build.hash_class) for one in self.under(build, taken, None, maker).containers]

    def fast(self, builds: Iterable[KubeletBuild]) -> FastPod | None:
        """The pod by the fast path, for these kubelets; None where it steps aside."""
        self.expect(builds)
        return self._read_fast()

    def fast_by(self, pods: FastPods, builds: tuple[KubeletBuild, ...]) -> FastPod | None:
        """The same, by what reads it for these kubelets."""
        known = None if self._fast is None else self._fast[0]
        if known is None or not known.is_by(pods):
            self._fast = (pods.read(self.raw),)
        self._asked = builds
        return self._read_fast()

    def _read_fast(self) -> FastPod | None:
        """The pod by the fast path, if it reads it for the kubelets that are asked about."""
        if self._fast is None:
            classes = tuple(dict.fromkeys(build.hash_class for build in self._asked))
            self._fast = (fast_pods(classes).read(self.raw) if classes else None,)
        return self._fast[0]

    def under(self, build: KubeletBuild, taken: Taken, server: KubeletBuild | None = None, maker: KubeletBuild | None = None) -> DecodedPod:
        """The pod as this kubelet has it. server: the API server that it has it from, where that sets what another one did not; maker: the
        one that made the pod of this manifest.

        Raises:
            SpecRefused: its decoder refuses the pod; the path starts at the pod's root.
        """
        found = self._decoded.get((build, taken, server, maker))
        if found is None:
            found = self._decoded[build, taken, server, maker] = self._under(build, taken, server, maker)
        return found

    def _under(self, build: KubeletBuild, taken: Taken, server: KubeletBuild | None, maker: KubeletBuild | None) -> DecodedPod:
        value = self._value(build.schema) if maker is None else self._from(maker, build.schema)
        if server is not None:
            from upgradecheck.hashing.defaulting.reading import as_read

            value = guarded(lambda: as_read(value, build.schema, server))
        if taken is Taken.DEFAULTED:
            from upgradecheck.hashing.defaulting.pods import default_pod

            value = guarded(lambda: default_pod(value, build))
        return DecodedPod(build, value, guarded(lambda: containers_of(value, build.schema, from_api=taken is Taken.FROM_API)))

    def created(self, maker: KubeletBuild) -> GoValue:
        """The pod that an API server makes of this manifest, as it decodes that.

        Raises:
            SpecRefused: its decoder refuses it.
        """
        from upgradecheck.hashing.defaulting.creating import created

        if maker not in self._created:
            value = self._value(maker.schema)
            self._created[maker] = guarded(lambda: created(value, maker))
        return self._created[maker]

    def _from(self, maker: KubeletBuild, schema: Schema) -> GoValue:
        """The pod that an API server makes of this manifest, as a kubelet has it, which sees nothing else."""
        from upgradecheck.hashing.defaulting.creating import as_known

        pod = self.created(maker)
        return guarded(lambda: as_known(pod, maker.schema, schema))

    def _value(self, schema: Schema) -> GoValue:
        if schema not in self._values:
            self._decode_alike()
        if schema not in self._values:
            self._values[schema] = self._decode(schema)
        value = self._values[schema]
        if isinstance(value, _Refused):
            raise SpecRefused(value.reason, value.path)
        return value

    def _decode_alike(self) -> None:
        """One decode for the kubelets that are asked about, as far as they read the pod alike."""
        schemas = tuple(dict.fromkeys(build.schema for build in self._asked if build.schema not in self._values))
        if schemas:
            with suppress(SpecRefused):
                self._values.update(guarded(lambda: values_alike(self.tree, schemas)))

    def _decode(self, schema: Schema) -> GoValue | _Refused:
        try:
            return guarded(lambda: pod_value(self.tree, schema))
        except SpecRefused as error:
            return _Refused(error.reason, error.path)
