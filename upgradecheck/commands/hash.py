"""The hashes of pods under kubelets, document by document: files in, items out; the joint of ``upgradecheck hash``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.commands.opening import open_inputs_of
from upgradecheck.commands.request import require_input
from upgradecheck.commands.telling import tell_fast
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.decode.kube.templates import template_pods
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.shown import shown_input
from upgradecheck.logs import Log
from upgradecheck.model.errors import SpecRefused, UsageError
from upgradecheck.model.hashlist import HashError, HashItem
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.schema import Era
from upgradecheck.planning.asking.steps import given_end
from upgradecheck.planning.unmade import as_written, made_by
from upgradecheck.reading.names import PodNames
from upgradecheck.reading.pod import ReadPod, Taken

if TYPE_CHECKING:
    from upgradecheck.sources.files import InputDocument


_LOG = Log(__name__)


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


class _Kubelet(msgspec.Struct, frozen=True, gc=False):
    """A kubelet to hash under: the version as asked for, and the kubelets that it can be (one, unless it is ambiguous)."""

    text: str
    builds: tuple[KubeletBuild, ...]
    show_input: bool
    defaults: bool

    def hashes_defaults(self) -> bool:
        """Whether it hashes what an API server sets."""
        return any(build.schema.era is not Era.IMAGE_NAME for build in self.builds)


class _Makers:
    """The API server that makes the pods of manifests and templates (None: they are taken as they are written), and how many there were."""

    def __init__(self, server: KubeletBuild | None) -> None:
        self.server, self.number = server, 0

    def maker(self, pod: ReadPod, names: PodNames) -> KubeletBuild | None:
        """Who makes this one; none of a pod that is there already."""
        if names.uid or not guarded(lambda: pod.is_unmade):
            return None
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
    return tuple(notices)


def _server(text: str | None, catalog: Catalog, notices: list[str]) -> KubeletBuild | None:
    """The API server of this version.

    Raises:
        InvalidVersion, UnknownVersion: it is none that hashdata holds.
    """
    return None if text is None else given_end("--api", text, catalog, notices).builds[-1]


def make_hashes(request: HashRequest, tell: Callable[[str], None] = lambda notice: None) -> Iterator[HashItem | HashError]:
    """The hashes of every pod under every kubelet asked for, pod by pod in input order.

    tell: is told last what is to be said of the pods.

    Raises:
        UpgradecheckError: the inputs cannot be read, or an option cannot be used.
    """
    require_input(request.files, example=request.example)
    catalog = Catalog()
    kubelets = [_kubelet(text, catalog, request) for text in request.kubelets]
    makers = _Makers(_server(request.api, catalog, []))
    opened = open_inputs_of(request.files, recursive=request.recursive, example=request.example, lenient=True, watch=request.watch)
    with closing(opened) as inputs:
        for document in inputs.documents():
            yield from _hash_document(document, kubelets, request.pod_source, makers)
    tell_fast(_LOG)
    if makers.number and makers.server is None and any(kubelet.hashes_defaults() for kubelet in kubelets):
        tell(as_written(makers.number))


def _pods_of(document: InputDocument) -> tuple[bytes, ...]:
    """The document if it is a Pod, or the Pods that its templates describe."""
    found = document.recognition
    if found.shape is Shape.POD:
        return (document.raw,)
    if found.shape is Shape.TEMPLATE:
        return tuple(pod.raw for pod in guarded(lambda: template_pods(document.raw, found.found)))
    raise SpecRefused(found.found if found.shape is Shape.MALFORMED else f"{found.found or found.shape.value} is no Pod")


def _hash_document(document: InputDocument, kubelets: list[_Kubelet], pod_source: str, makers: _Makers) -> Iterator[HashItem | HashError]:
    try:
        pods = _pods_of(document)
    except SpecRefused as error:
        yield from _refused(error, kubelets)
        return
    for raw in pods:
        yield from _hash_one(ReadPod(raw, document.origin), kubelets, pod_source, makers)


def _refused(error: SpecRefused, kubelets: list[_Kubelet]) -> Iterator[HashError]:
    return (HashError(None, None, None, kubelet.text, error.path, error.reason) for kubelet in kubelets)


def _hash_one(pod: ReadPod, kubelets: list[_Kubelet], pod_source: str, makers: _Makers) -> Iterator[HashItem | HashError]:
    pod.expect(build for kubelet in kubelets for build in kubelet.builds)
    try:
        names = guarded(lambda: pod.names)
    except SpecRefused as error:
        yield from _refused(error, kubelets)
        return
    from_api = names.from_api if pod_source == "auto" else pod_source == "api"
    by_kubelet = pod_source == "file" or any(kubelet.defaults for kubelet in kubelets)
    try:
        maker = None if by_kubelet or not from_api else makers.maker(pod, names)
    except SpecRefused:
        maker = None  # each kubelet says for itself what it refuses
    for kubelet in kubelets:
        taken = Taken.DEFAULTED if kubelet.defaults else Taken.FROM_API if from_api else Taken.AS_WRITTEN
        try:
            yield from guarded(partial(_hash_pod, pod, names, kubelet, taken, maker))
        except SpecRefused as error:
            yield HashError(names.namespace or "default", names.name, names.uid, kubelet.text, error.path, error.reason)


def _hash_pod(pod: ReadPod, names: PodNames, kubelet: _Kubelet, taken: Taken, maker: KubeletBuild | None) -> list[HashItem]:
    if len(kubelet.builds) == 1:
        return _hash_under(pod, kubelet.builds[0], taken, names, kubelet, maker)
    found = []
    listed = [_hash_under(pod, build, taken, names, kubelet, maker) for build in kubelet.builds]
    if len({len(items) for items in listed}) > 1:
        raise SpecRefused(f"kubelet {kubelet.text} may or may not know a kind of container in it; give a released version")
    for seen in zip(*listed, strict=True):
        if any((item.hash, item.hash_without_resources) != (seen[0].hash, seen[0].hash_without_resources) for item in seen):
            raise SpecRefused(f"kubelet {kubelet.text} may hash in more than one way, and here they differ; give a released version")
        found.append(seen[-1])
    return found


def _hash_under(
    pod: ReadPod, build: KubeletBuild, taken: Taken, names: PodNames, kubelet: _Kubelet, maker: KubeletBuild | None
) -> list[HashItem]:
    if maker is not None:
        _check_token(pod, build, taken, maker)
    containers = pod.hashed(build, taken, maker)
    inputs = [shown_input(one, build.hash_class) for one in pod.under(build, taken, None, maker).containers] if kubelet.show_input else None
    return [
        HashItem(
            namespace=names.namespace or "default",
            pod=names.name,
            uid=names.uid,
            container=container.name,
            container_kind=container.kind,
            kubelet=kubelet.text,
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


def _kubelet(text: str, catalog: Catalog, request: HashRequest) -> _Kubelet:
    version = parse_kubelet_version(text)
    return _Kubelet(version.release, catalog.builds(version), request.show_input, request.defaults)
