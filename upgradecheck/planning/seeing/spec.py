"""A pod's document under the kubelets of a step. Nothing is decoded or hashed before somebody asks, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

import msgspec

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.guard import guarded
from upgradecheck.hashing.containers import DecodedContainer, HashedContainer, hash_container
from upgradecheck.hashing.eras import writing
from upgradecheck.hashing.fast.pods import FastPod
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind, HashClass
from upgradecheck.model.version import Minor
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.reading.pod import DecodedPod, ReadPod, Taken


class Made(msgspec.Struct, frozen=True, gc=False):
    """What a kubelet of one class makes of a container."""

    hash_class: HashClass
    container: DecodedContainer
    hash: Hash


class Spec:
    """One document, how a kubelet has it, and the kubelets that the two ends of the step can be. with_status: see qos_class."""

    def __init__(
        self,
        pod: ReadPod,
        step: Step,
        catalog: SchemaCatalog,
        *,
        from_api: bool,
        with_status: bool = True,
        maker: KubeletBuild | None = None,
    ) -> None:
        self.pod, self.step, self.catalog, self.from_api, self.with_status = pod, step, catalog, from_api, with_status
        self._taken = Taken.FROM_API if from_api else Taken.DEFAULTED
        self._hashes: dict[tuple[int, Hashable], tuple[DecodedContainer, Hash]] = {}
        self._fast: FastPod | None = None
        self._made: dict[HashClass, list[HashedContainer] | None] = {}
        self._server = step.setting_server if from_api else None
        self._maker = (maker or step.maker(pod)) if from_api else None

    @property
    def is_unmade(self) -> bool:
        """Whether an API server has yet to make the pod."""
        return self._maker is not None

    @property
    def is_plain(self) -> bool:
        """Whether the kubelet has the pod from an API server, as it is in the document."""
        return self.from_api and self._server is None and self._maker is None

    def under(self, build: KubeletBuild, server: KubeletBuild | None = None) -> DecodedPod:
        """The pod as this kubelet has it. server: the API server to come, where that sets what the one of now does not.

        Raises:
            SpecRefused: its decoder refuses it.
        """
        return self.pod.under(build, self._taken, server, self._maker)

    def is_guessed(self, container: DecodedContainer) -> bool:
        """Whether a name in it is made up by the API server that made the pod of this manifest."""
        if self._maker is None:
            return False
        from upgradecheck.hashing.defaulting.creating import has_token_mount

        return has_token_mount(container.content)

    @cached_property
    def after(self) -> tuple[DecodedPod, ...]:
        """The pod under each kubelet that the new version can be, with the same containers under all.

        Raises:
            SpecRefused: one of them refuses it, or knows another kind of container.
        """
        return self._under_end(self.step.target, self._server)

    @cached_property
    def meanwhile(self) -> tuple[DecodedPod, ...]:
        """The pod under the old version once the API server is the one to come; none where that sets nothing in it.

        Raises:
            SpecRefused: as of after.
        """
        start = self.step.start
        return () if start is None or self._server is None else self._under_end(start, self._server)

    @cached_property
    def before(self) -> tuple[DecodedPod, ...]:
        """The pod under each kubelet that the old version can be; none where nobody says what runs.

        Raises:
            SpecRefused: as of after.
        """
        return () if self.step.start is None else self._under_end(self.step.start)

    def set_by_server(self, index: int, old: DecodedContainer) -> tuple[str, ...]:
        """The fields of a container that the API server to come sets, by their paths: those that the old version sees, else the new one's.

        Of a new one that hashes name and image only, none counts. old: the container as the old version has it.
        """
        if self._server is None:
            return ()
        from upgradecheck.hashing.defaulting.reading import added

        seen = added(old, self.meanwhile[-1].containers[index])
        if seen or self.step.target.hashes_image_and_name_only():
            return seen
        new = self.after[-1]
        return added(self.under(new.build).containers[index], new.containers[index])

    def _under_end(self, end: KubeletEnd, server: KubeletBuild | None = None) -> tuple[DecodedPod, ...]:
        start, target = self.step.start, self.step.target
        self.pod.expect((*target.builds, *(() if start is None else start.builds)))
        try:
            seen = tuple(self.under(build, server) for build in end.builds)
        except SpecRefused as error:
            raise SpecRefused(f"{error.reason} (as kubelet {end.release} reads it)", error.path) from None
        if len({len(one.containers) for one in seen}) > 1:
            raise SpecRefused(f"kubelet {end.release} may or may not know a kind of container in it; give a released version")
        return seen

    def hash(self, decoded: DecodedPod, index: int) -> Hash:
        """The hash of the container at this place, as the kubelet that has the pod so makes it."""
        one = decoded.containers[index]
        if (made := self.made_fast(decoded.build.hash_class)) is not None and index < len(made):
            return made[index].hash
        key = id(one.content), writing(decoded.build.hash_class)
        found = self._hashes.get(key)
        if found is None:  # kept with the container, whose value would else be another's one day
            found = self._hashes[key] = one, hash_container(one, decoded.build.hash_class)
        return found[1]

    def hash_fast(self, builds: Iterable[KubeletBuild]) -> None:
        """Has the hashes of these kubelets made by the fast path, as far as that reads the pod."""
        self._fast = self.pod.fast(builds) if self.is_plain else None
        self._made.clear()

    def made_fast(self, hash_class: HashClass) -> list[HashedContainer] | None:
        """What a kubelet of a class makes of the containers, None where the fast path was not asked or steps aside."""
        fast = self._fast
        if fast is None:
            return None
        if hash_class not in self._made:
            self._made[hash_class] = guarded(lambda: fast.containers(hash_class, from_api=True))
        return self._made[hash_class]

    def hashes(self, seen: Sequence[DecodedPod], index: int) -> tuple[Hash, ...]:
        """Its hashes under some kubelets; none for those that do not know the container, and so did not create it."""
        return distinct(self.hash(one, index) for one in seen if index < len(one.containers))

    def made_earlier(self, index: int, kind: ContainerKind) -> Iterator[Made]:
        """The hash under every class up to the old version that treats the container as the kind it is, newest first.

        A minor to which the container was of another kind did not start it as what it is now.
        """
        start = self.step.start
        builds = () if start is None else _builds_up_to(start.classes[-1], self.catalog.minors(), self.catalog.builds_of)
        knowing = [build for build in builds if kind in build.schema.kinds_known]
        self.pod.expect(knowing)
        for build in knowing:
            try:
                decoded = self.under(build)
            except SpecRefused:
                continue
            if index < len(decoded.containers) and decoded.containers[index].kind is kind:
                yield Made(build.hash_class, decoded.containers[index], self.hash(decoded, index))


@lru_cache(maxsize=256)
def _builds_up_to(
    newest: HashClass, minors: tuple[Minor, ...], builds_of: Callable[[Minor], tuple[KubeletBuild, ...]]
) -> tuple[KubeletBuild, ...]:
    """One kubelet of each hash class up to this one, newest first."""
    builds: dict[HashClass, KubeletBuild] = {}
    for minor in sorted(known for known in minors if known <= newest.minor):
        builds |= {build.hash_class: build for build in builds_of(minor)}
        if newest in builds:
            break
    classes = list(builds)
    if newest in builds:
        classes = classes[: classes.index(newest) + 1]
    return tuple(builds[one] for one in reversed(classes))


def distinct(hashes: Iterable[Hash]) -> tuple[Hash, ...]:
    """Without repetitions, ordered; a tuple because 300,000 frozensets would cost 60 MB."""
    return tuple(sorted(set(hashes)))
