"""The hashes of pods under kubelets, document by document: files in, items out; the joint of ``upgradecheck hash``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.commands.fast_hashes import FastHashes, NamedKubelet
from upgradecheck.commands.inputs import open_inputs_of
from upgradecheck.commands.request import require_input
from upgradecheck.commands.telling_fast import tell_fast
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.defaulted import is_defaulted
from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.decode.kube.templates import template_pods
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.shown import shown_input
from upgradecheck.logs import Log
from upgradecheck.model.errors import SpecRefused, UsageError
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.schema import Era
from upgradecheck.planning.asking.provisional import provisional_remarks
from upgradecheck.planning.unmade import as_written, made_by, not_defaulted
from upgradecheck.reading.names import PodNames
from upgradecheck.reading.pod import KnownText, ReadPod, Taken

if TYPE_CHECKING:
    from upgradecheck.sources.files import InputDocument


_LOG = Log(__name__)
_SET_BY_DEFAULT = b'"terminationMessagePath"'
"""Where this is, nobody has to look closer."""


class HashRequest(msgspec.Struct, frozen=True, gc=False):
    """What the user asked of ``hash``. pod_source is auto, api or file; show_input asks for what is hashed too.

    defaults: the pods are manifests, which each kubelet defaults before it hashes them; then no pod comes from an API server.
    api: the version of the API server that makes the pods of manifests and templates; None: they are hashed as they are written.
    watch: is told how far the reading is.
    """

    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    kubelets: tuple[str, ...] = ()
    pod_source: str = "auto"
    show_input: bool = False
    defaults: bool = False
    api: str | None = None
    watch: Watch = unwatched

    def __post_init__(self) -> None:
        """Refuses a request without a kubelet, or with two that default the pods (UsageError)."""
        if not self.kubelets:
            raise UsageError("--kubelet is missing: name the kubelet version to hash as, such as --kubelet 1.30 (or several: 1.30,1.31).")
        if self.api is not None and (self.defaults or self.pod_source == "file"):
            other = "--defaults" if self.defaults else "--pod-source file"
            raise UsageError(f"--api and {other} exclude each other: one alone defaults pods, server or kubelet. Leave one of them out.")


class _Makers:
    """The API server that makes the pods of manifests and templates (None: they are taken as they are written), and how many there were."""

    def __init__(self, request: HashRequest, catalog: Catalog) -> None:
        self.server, self.number = _server(request.api, catalog, []), 0
        self._none = request.defaults or request.pod_source == "file"

    def of(self, pod: ReadPod) -> KubeletBuild | None:
        """Who makes this one, of which no server has given a UID; None also where it is there already."""
        try:
            if self._none or not guarded(lambda: pod.is_unmade):
                return None
        except SpecRefused:
            return None  # each kubelet says for itself what it refuses
        self.number += 1
        return self.server


def hash_notices(request: HashRequest) -> tuple[str, ...]:
    """What is to be said beside the hashes: which patch a bare minor was taken for, and which patch nobody knows yet.

    Raises:
        InvalidVersion, UnknownVersion: a kubelet asked for is none that hashdata holds.
    """
    catalog = Catalog()
    notices = list[str]()
    for version in map(parse_kubelet_version, request.kubelets):
        catalog.resolve(version)  # a version that is not known is told before anything is read
        newest = catalog.newest_patch(version.minor)
        if version.patch is None:
            notices.append(f"--kubelet {version.text} is taken as {catalog.release_of(version)}, the newest known patch.")
        elif version.patch > newest:
            notices.append(
                f"--kubelet {version.release} is newer than {version.minor}.{newest}, the newest known patch: "
                "taken to hash as that minor does."
            )
    if request.defaults:
        releases = ", ".join(catalog.release_of(parse_kubelet_version(text)) for text in request.kubelets)
        notices.append(f"--defaults: each pod is defaulted as kubelet {releases} defaults a manifest, then hashed.")
    server = _server(request.api, catalog, notices)
    if server is not None:
        notices.append(made_by(f"API server {server.release}"))
    kubelets = [build for text in request.kubelets for build in catalog.builds(parse_kubelet_version(text))]
    asked = (build.schema for build in (*kubelets, *([] if server is None else [server])))
    return (*notices, *provisional_remarks(asked))


def _server(text: str | None, catalog: Catalog, notices: list[str]) -> KubeletBuild | None:
    """The API server of this version.

    Raises:
        InvalidVersion, UnknownVersion: it is none that hashdata holds.
    """
    if text is None:
        return None
    from upgradecheck.planning.asking.steps import given_end  # all else of it is a plan's

    return given_end("--api", text, catalog, notices).builds[-1]


def make_hashes(request: HashRequest, tell: Callable[[str], None] = lambda notice: None) -> Iterator[HashEntry]:
    """The hashes of every pod under every kubelet asked for, pod by pod in input order.

    tell: is told last what is to be said of the pods.

    Raises:
        UpgradecheckError: the inputs cannot be read, or an option cannot be used.
    """
    require_input(request.files, example=request.example)
    catalog = Catalog()
    hashing = _Hashing(request, catalog)
    opened = open_inputs_of(request.files, recursive=request.recursive, example=request.example, lenient=True, watch=request.watch)
    with closing(opened) as inputs:
        hashing.expects(inputs.number)
        for document in inputs.documents():
            known = hashing.by_text(document)
            if known is None:
                yield from hashing.of(document)
            else:
                yield known
    tell_fast(_LOG)
    if hashing.lacks_defaults:
        tell(as_written(hashing.lacks_defaults))
    if hashing.manifests:
        tell(not_defaulted(hashing.manifests))


def _pods_of(document: InputDocument) -> tuple[bytes | KnownText, ...]:
    """The document if it is a Pod, or the Pods that its templates describe."""
    found = document.recognition
    if found.shape is Shape.POD:
        return (document.given,)
    if found.shape is Shape.TEMPLATE:
        return tuple(pod.raw for pod in guarded(lambda: template_pods(document.raw, found.found)))
    raise SpecRefused(found.found if found.shape is Shape.MALFORMED else f"{found.found or found.shape.value} is no Pod")


class _Hashing:
    """Makes the hashes of documents, as one request wants them."""

    def __init__(self, request: HashRequest, catalog: Catalog) -> None:
        self._request, self._makers = request, _Makers(request, catalog)
        self._kubelets = [_kubelet(text, catalog) for text in request.kubelets]
        self._builds = tuple(build for one in self._kubelets for build in one.builds)
        from_api = None if request.pod_source == "auto" else request.pod_source == "api"
        self._fast = None if request.defaults or request.show_input else FastHashes(self._kubelets, from_api=from_api)
        self._manifests = 0

    @property
    def lacks_defaults(self) -> int:
        """Of how many pods kubelets hash what an API server would have set."""
        return self._makers.number if self._hashes_defaults and self._makers.server is None else 0

    @property
    def manifests(self) -> int:
        """Of how many pods kubelets hash what a kubelet sets in the manifest of a static pod, which is not there."""
        return self._manifests if self._hashes_defaults else 0

    @property
    def _hashes_defaults(self) -> bool:
        return any(build.schema.era is not Era.IMAGE_NAME for build in self._builds)

    def expects(self, number: int) -> None:
        """So many pods are to come."""
        if self._fast is not None:
            self._fast.expects(number)

    def by_text(self, document: InputDocument) -> HashEntry | None:
        """Those of a pod whose text is known: nobody has yet to make it, and it has a status. None of all others."""
        return self._fast.by_text(document.given) if self._fast is not None and document.recognition.shape is Shape.POD else None

    def of(self, document: InputDocument) -> Iterator[HashEntry]:
        """Those of a document whose text is not known, pod by pod."""
        try:
            pods = _pods_of(document)
        except SpecRefused as error:
            yield from self._refused(error)
            return
        for given in pods:
            pod = ReadPod(given, document.origin)
            found = None if self._fast is None else self._fast.of(pod)
            maker = self._makers.of(pod) if found is None or found.uid is None else None
            self._manifests += self._is_bare_manifest(pod)
            if found is None or maker is not None:
                yield from self._exactly(pod, maker)
            else:
                yield found

    def _is_bare_manifest(self, pod: ReadPod) -> bool:
        """Whether it is the manifest of a static pod as somebody wrote it: by what was asked, or by a UID that no API server gave."""
        if self._request.defaults or _SET_BY_DEFAULT in pod.raw:
            return False
        try:
            view = guarded(lambda: pod.view)
            return (
                (self._request.pod_source == "file" or bool(view.uid))
                and not view.has_status
                and not guarded(lambda: is_defaulted(pod.raw))
            )
        except SpecRefused:
            return False  # each kubelet says for itself what it refuses

    def _refused(self, error: SpecRefused) -> Iterator[HashError]:
        return (HashError(None, None, None, kubelet.text, error.path, error.reason) for kubelet in self._kubelets)

    def _exactly(self, pod: ReadPod, maker: KubeletBuild | None) -> Iterator[HashItem | HashError]:
        """Kubelet by kubelet, each of which may refuse the pod."""
        pod.expect(self._builds)
        try:
            names = guarded(lambda: pod.names)
        except SpecRefused as error:
            yield from self._refused(error)
            return
        from_api = names.from_api if self._request.pod_source == "auto" else self._request.pod_source == "api"
        taken = Taken.DEFAULTED if self._request.defaults else Taken.FROM_API if from_api else Taken.AS_WRITTEN
        for kubelet in self._kubelets:
            try:
                yield from guarded(partial(self._hash_pod, pod, names, kubelet, taken, maker))
            except SpecRefused as error:
                yield HashError(names.namespace or "default", names.name, names.uid, kubelet.text, error.path, error.reason)

    def _hash_pod(self, pod: ReadPod, names: PodNames, kubelet: NamedKubelet, taken: Taken, maker: KubeletBuild | None) -> list[HashItem]:
        if len(kubelet.builds) == 1:
            return self._hash_under(pod, kubelet.builds[0], taken, names, kubelet.text, maker)
        found = []
        listed = [self._hash_under(pod, build, taken, names, kubelet.text, maker) for build in kubelet.builds]
        if len({len(items) for items in listed}) > 1:
            raise SpecRefused(f"kubelet {kubelet.text} may or may not know a kind of container in it; give a released version")
        for seen in zip(*listed, strict=True):
            if any((item.hash, item.hash_without_resources) != (seen[0].hash, seen[0].hash_without_resources) for item in seen):
                raise SpecRefused(f"kubelet {kubelet.text} may hash in more than one way, and here they differ; give a released version")
            found.append(seen[-1])
        return found

    def _hash_under(
        self, pod: ReadPod, build: KubeletBuild, taken: Taken, names: PodNames, kubelet: str, maker: KubeletBuild | None
    ) -> list[HashItem]:
        if maker is not None:
            _check_token(pod, build, taken, maker)
        containers = pod.hashed(build, taken, maker)
        shows = self._request.show_input
        inputs = [shown_input(one, build.hash_class) for one in pod.under(build, taken, None, maker).containers] if shows else None
        return [
            HashItem(
                namespace=names.namespace or "default",
                pod=names.name,
                uid=names.uid,
                container=container.name,
                container_kind=container.kind,
                kubelet=kubelet,
                era=build.hash_class.schema.era,
                hash=container.hash,
                hash_without_resources=container.without_resources,
                input=None if inputs is None else inputs[place],
            )
            for place, container in enumerate(containers)
        ]


def _check_token(pod: ReadPod, build: KubeletBuild, taken: Taken, maker: KubeletBuild) -> None:
    """Refuses what the kubelet would hash with a name in it that the server makes up (SpecRefused)."""
    from upgradecheck.hashing.defaulting.creating import has_token_mount

    if build.schema.era is Era.IMAGE_NAME:
        return
    if any(has_token_mount(one.content) for one in pod.under(build, taken, None, maker).containers):
        raise SpecRefused(
            "the API server mounts its service account's token in a volume whose name it makes up, so its hashes cannot be told "
            "(with automountServiceAccountToken: false they can)"
        )


def _kubelet(text: str, catalog: Catalog) -> NamedKubelet:
    version = parse_kubelet_version(text)
    return NamedKubelet(version.release, catalog.builds(version))
