"""What a document is, told by its own shape: raw API lists omit the kind of their items, crictl never names one.

- Pod: kind Pod, or no kind and ``spec.containers``. Node: kind Node, or no kind and ``status.nodeInfo``. A kind counts only
  with apiVersion v1 or none: other API groups have kinds of these names too (Rancher's ``Node``).
- Template: an object with pod templates in it (decode.kube.templates), whatever its kind. An item of a list that has no kind takes that of
  its list (``DeploymentList``), as apimachinery reads it; see recognise.
- Other objects of the API (decode.kube.objects): by kind and group, or no kind and a member of the spec that only they have.
- KubeletConfiguration: by its kind in its group, as the only member of what a kubelet's ``/configz`` answers, in the configuration of
  KubeEdge's EdgeCore, or as the only worker profile of k0s. CredentialProviderConfig: by its kind in that group.
- An API server's version: ``serverVersion`` (``kubectl version -o json``), or ``gitVersion`` and ``gitCommit`` (what ``/version`` answers).
- A file in which a kubelet keeps its state, by the members that only it has (decode.kubelet.statefiles).
- A runtime's list without entries has no kind, and an empty array or null in ``containers`` or ``items``.
- crictl's containers have ``podSandboxId``; its sandboxes an ``id`` or a state, ``metadata.uid`` and ``metadata.attempt``: the
  configuration of a sandbox (``crictl runp``) has the same metadata and is none. Whether the state is one is asked when it is decoded: an
  entry whose state is none is no other object for that.
- ``crictl inspect`` has the same under ``status``, with an ``id``; a container's metadata has no uid, a sandbox's has.
- docker writes its members in upper case: ``Id`` and ``Names`` in the engine API's list, ``Id``, ``Config`` and ``Name`` or an object
  ``State`` in ``docker inspect``, ``ID`` and ``Names`` in the lines of ``docker ps``. Images, volumes and networks have others.
"""

from __future__ import annotations

from enum import Enum

import msgspec
from msgspec import Raw

from upgradecheck.decode.kube.kinds import EVENT, NO_ITEMS, NO_OBJECT, NOT_LAST, lost, may_make_pods, shows_containers
from upgradecheck.decode.kube.lookalikes import lookalike
from upgradecheck.decode.kube.mistyped import HOLDS_PODS, MISTYPED, holds_pods, may_be_mistyped, means_pods
from upgradecheck.decode.kube.objects import OBJECTS
from upgradecheck.decode.kube.templates import has_template, is_workload, not_understood
from upgradecheck.decode.kubelet.heads import head_of
from upgradecheck.decode.kubelet.statefiles import state_in
from upgradecheck.decode.text.elements import Glimpse, Glimpses
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern


class Shape(Enum):
    """Kinds of documents that are told apart. MALFORMED: its brackets match, and still it is no JSON."""

    POD = "pod"
    NODE = "node"
    CRI_CONTAINER = "cri-container"
    CRI_SANDBOX = "cri-sandbox"
    CRI_INSPECTED_CONTAINER = "cri-inspected-container"
    CRI_INSPECTED_SANDBOX = "cri-inspected-sandbox"
    DOCKER_SUMMARY = "docker-summary"
    DOCKER_INSPECTION = "docker-inspection"
    DOCKER_LINE = "docker-line"
    KUBELET_CONFIG = "kubelet-config"
    CREDENTIAL_PROVIDERS = "credential-providers"
    SERVER_VERSION = "server-version"
    STATE_FILE = "state-file"
    BUNDLE = "bundle"
    OBJECT = "object"
    TEMPLATE = "template"
    EMPTY_LIST = "empty-list"
    EMPTY_RECORDS = "empty-records"
    OTHER = "other"
    MALFORMED = "malformed"


KNOWN = frozenset(Shape) - {Shape.OTHER, Shape.MALFORMED}
"""Shapes that make an input a recognised one."""

LIST_KINDS = frozenset({None, "List", "PodList", "NodeList", *(f"{one.kind}List" for one in OBJECTS)})
"""Kinds of lists that may hold what is known; None is a list that names no kind."""


class Recognition(msgspec.Struct, frozen=True, gc=False):
    """A shape, for TEMPLATE and OBJECT the kind, for EMPTY_RECORDS the member, for STATE_FILE its name, and for OTHER and MALFORMED what
    was found, in words.

    lost: why the document shows that something which was wanted is not there. makes: it may make pods that no template of it tells.
    """

    shape: Shape
    found: str = ""
    lost: str = ""
    makes: bool = False


class _Outline(msgspec.Struct, gc=False, rename="camel"):
    kind: Raw = Raw()
    api_version: Raw = Raw()
    metadata: Raw = Raw()
    spec: Raw = Raw()
    status: Raw = Raw()
    type: Raw = Raw()
    object: Raw = Raw()
    format_version: Raw = msgspec.field(default=Raw(), name="format_version")
    items: Raw | msgspec.UnsetType = msgspec.UNSET
    containers: Raw | msgspec.UnsetType = msgspec.UNSET
    kubeletconfig: Raw = msgspec.field(default=Raw(), name="kubeletconfig")
    server_version: Raw = Raw()
    git_version: Raw = Raw()
    git_commit: Raw = Raw()
    id: Raw = Raw()
    pod_sandbox_id: Raw = Raw()
    state: Raw = Raw()
    docker_id: Raw = msgspec.field(default=Raw(), name="Id")
    docker_line_id: Raw = msgspec.field(default=Raw(), name="ID")
    docker_names: Raw = msgspec.field(default=Raw(), name="Names")
    docker_name: Raw = msgspec.field(default=Raw(), name="Name")
    docker_config: Raw = msgspec.field(default=Raw(), name="Config")
    docker_state: Raw = msgspec.field(default=Raw(), name="State")


class _Inner(msgspec.Struct, gc=False, rename="camel"):
    """Members, one level down, that tell a shape."""

    containers: Raw = Raw()
    node_info: Raw = Raw()
    uid: Raw = Raw()
    attempt: Raw = Raw()
    id: Raw = Raw()
    state: Raw = Raw()
    metadata: Raw = Raw()
    more: Raw = msgspec.field(default=Raw(), name="continue")
    remaining: Raw = msgspec.field(default=Raw(), name="remainingItemCount")


class _GlimpsedNames(msgspec.Struct, gc=False):
    name: str | None = None
    namespace: str | None = None


class _GlimpsedSpec(msgspec.Struct, gc=False, rename="camel"):
    containers: Raw = Raw()
    node_name: Raw = Raw()


class PodGlimpse(Glimpse, gc=False, rename="camel"):
    """What tells most pods from all else, and who they are; a spec that is no object is looked at closely."""

    kind: Raw = Raw()
    api_version: Raw = Raw()
    metadata: _GlimpsedNames | None = None
    spec: _GlimpsedSpec = msgspec.field(default_factory=_GlimpsedSpec)
    status: Raw = Raw()
    kubeletconfig: Raw = msgspec.field(default=Raw(), name="kubeletconfig")
    server_version: Raw = Raw()
    git_version: Raw = Raw()
    pod_sandbox_id: Raw = Raw()

    @property
    def is_pod(self) -> bool:
        """Whether it is a pod as most are written, which recognise would tell by more of its members; where no list tells a kind."""
        if self.kind:
            return bytes(self.kind) == b'"Pod"' and bytes(self.api_version) in (b"", b'"v1"')
        others = self.pod_sandbox_id or self.kubeletconfig or self.server_version or self.git_version
        return bool(self.spec.containers) and not others

    @property
    def is_container(self) -> bool:
        """Whether recognise takes it for a container of crictl's list."""
        return bool(self.pod_sandbox_id) and not self.kind


POD_GLIMPSES: Glimpses = msgspec.json.Decoder(list[PodGlimpse])
_GLIMPSE = msgspec.json.Decoder(PodGlimpse)
_OUTLINE = msgspec.json.Decoder(_Outline)
_INNER = msgspec.json.Decoder(_Inner)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_TEXT = msgspec.json.Decoder(str)
_POD = Recognition(Shape.POD)
_NODE = Recognition(Shape.NODE)
_CRI_CONTAINER = Recognition(Shape.CRI_CONTAINER)
_CRI_SANDBOX = Recognition(Shape.CRI_SANDBOX)
_INSPECTED_CONTAINER = Recognition(Shape.CRI_INSPECTED_CONTAINER)
_INSPECTED_SANDBOX = Recognition(Shape.CRI_INSPECTED_SANDBOX)
_OBJECTS = {one.kind: Recognition(Shape.OBJECT, one.kind) for one in OBJECTS}
_EMPTY_LIST = Recognition(Shape.EMPTY_LIST)
_NO_CONTAINERS = Recognition(Shape.EMPTY_RECORDS, "containers")
_NO_ITEMS = Recognition(Shape.EMPTY_RECORDS, "items")
_BUNDLE_KIND = "NodeBundle"
"""Of ours: what collect writes."""
_CORE_VERSIONS = (None, "", "v1")
_USUAL: dict[bytes, str | None] = {b"": None, b"null": None, b'"v1"': "v1", b'"Pod"': "Pod", b'"Node"': "Node"}
_KIND = pattern(r"[A-Z][A-Za-z0-9]{0,62}")
_OF_KUBELETS = ("kubelet.config.k8s.io/", "kubeletconfig/", "componentconfig/")
"""Groups that a KubeletConfiguration is, or was up to 1.9, one of."""
_KUBELETS = b"KubeletConfiguration"
_WORD = pattern(r"[A-Za-z0-9 ]{1,30}")
_GROUP = pattern(r"[a-z][a-z0-9./-]{0,80}")


NAMELESS = "an object without a kind"
_EVENTS = frozenset(f'"{name}"'.encode() for name in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"))


def recognise(raw: bytes, listed: str = "", listed_version: str | None = None) -> Recognition:
    """The shape of one document. listed: the kind that the list gives it of which it is an item, and the list's version."""
    if raw[:1] != b"{":
        return Recognition(Shape.OTHER, f"{_json_type(raw[:1])} in place of an object", NO_OBJECT)
    if _is_plain_pod(raw, listed):
        return _POD
    try:
        outline = typed(_OUTLINE, raw)
    except SpecRefused as error:
        from upgradecheck.decode.runtime.crictl_inspect import status_first

        return _inspected(status_first(raw)) or Recognition(Shape.MALFORMED, error.reason)
    kind, api_version = _text(outline.kind), _text(outline.api_version)
    if not kind and listed:
        kind, api_version = listed, api_version or listed_version
    if not kind:
        return _by_structure(outline, raw)
    if api_version in _CORE_VERSIONS and kind in ("Pod", "Node"):
        return _POD if kind == "Pod" else _NODE
    if kind == _BUNDLE_KIND and outline.format_version:
        return Recognition(Shape.BUNDLE)
    if has_template(raw, kind):
        return Recognition(Shape.TEMPLATE, kind, makes=_holds_makers(raw))
    return _by_kind(kind, api_version, outline, raw)


def _is_plain_pod(raw: bytes, listed: str) -> bool:
    """Whether it is a pod as most are written."""
    try:
        found = _GLIMPSE.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return found.is_pod and not (listed and not found.kind)


def _holds_makers(raw: bytes) -> bool:
    """Whether an OpenShift Template holds, beside what is read of it, what may make pods."""
    return any(recognise(one).makes for one in not_understood(raw))


def _by_kind(kind: str, api_version: str | None, outline: _Outline, raw: bytes) -> Recognition:
    if api_version in _CORE_VERSIONS and kind in LIST_KINDS:
        return _list(kind, outline)
    if kind in _OBJECTS and any(one.is_kind(kind, api_version) for one in OBJECTS):
        return _OBJECTS[kind]
    if kind.lower() == "kubeletconfiguration" and (not api_version or api_version.startswith(_OF_KUBELETS)):
        return Recognition(Shape.KUBELET_CONFIG)
    if kind == "CredentialProviderConfig" and (not api_version or api_version.startswith(_OF_KUBELETS)):
        return Recognition(Shape.CREDENTIAL_PROVIDERS)
    if kind == "EdgeCore" and (api_version or "").startswith("edgecore.config.kubeedge.io/"):
        return Recognition(Shape.KUBELET_CONFIG)
    if kind == "ClusterConfig" and (api_version or "").startswith("k0s.k0sproject.io/") and _has_profile(raw):
        return Recognition(Shape.KUBELET_CONFIG)
    found = lookalike(kind, api_version, raw) or kind_in_words(kind, api_version)
    if reason := lost(kind, raw):
        return Recognition(Shape.OTHER, found, reason)
    if outline.format_version:  # a report of ours
        return Recognition(Shape.OTHER, found)
    if is_workload(kind, api_version):
        return Recognition(Shape.OTHER, found, makes=True)
    if may_be_mistyped(kind, api_version) and (reason := _mistyped(kind, outline, raw)):
        return Recognition(Shape.OTHER, _as_written(kind, found), reason)
    return Recognition(Shape.OTHER, found, makes=_KIND.fullmatch(kind) is not None and may_make_pods(kind, api_version, raw))


def _has_profile(raw: bytes) -> bool:
    """Whether k0s lays something over its kubelets' configuration, and it is told what."""
    from upgradecheck.decode.kubelet.config import only_profile

    return bool(only_profile(raw))


def _mistyped(kind: str, outline: _Outline, raw: bytes) -> str:
    """Why an object whose kind Kubernetes does not have is lost; empty where it has nothing of an object that holds pods."""
    if kind.endswith("List") and kind != "List" and _holds_no_array(outline):
        return NO_ITEMS
    speaks = bool(outline.spec) and shows_containers(raw)
    return MISTYPED if speaks or (outline.metadata and means_pods(kind)) or holds_pods(raw) else ""


def _holds_no_array(outline: _Outline) -> bool:
    return outline.items is msgspec.UNSET or not _is_empty(outline.items)


def _list(kind: str, outline: _Outline) -> Recognition:
    """A list that has no array of items; one that goes on elsewhere, or has none, or whose items are something else, is lost."""
    if _holds_no_array(outline):
        return Recognition(Shape.OTHER, kind_in_words(kind, None), NO_ITEMS)
    goes_on = _inner(outline.metadata)
    more = bytes(goes_on.more) not in (b"", b"null", b'""') or bytes(goes_on.remaining) not in (b"", b"null", b"0")
    return Recognition(Shape.EMPTY_LIST, kind_in_words(kind, None), NOT_LAST) if more else _EMPTY_LIST


def _by_structure(outline: _Outline, raw: bytes) -> Recognition:
    if outline.pod_sandbox_id:
        return _CRI_CONTAINER
    if bytes(outline.kubeletconfig)[:1] == b"{":
        return Recognition(Shape.KUBELET_CONFIG)
    if (outline.git_version and outline.git_commit) or bytes(outline.server_version)[:1] == b"{":
        return Recognition(Shape.SERVER_VERSION)
    if _inner(outline.spec).containers:
        return _POD
    if _inner(outline.status).node_info:
        return _NODE
    if (found := _by_members(outline.spec)) is not None:
        return found
    if told_by_runtime := _inspected(bytes(outline.status)) or _docker(outline):
        return told_by_runtime
    metadata = _inner(outline.metadata)
    if metadata.uid and metadata.attempt:
        return _CRI_SANDBOX if outline.id or outline.state else Recognition(Shape.OTHER, "a sandbox's configuration")
    if (empty := _without_entries(outline)) is not None:
        return empty
    if bytes(outline.type) in _EVENTS and bytes(outline.object)[:1] == b"{":
        return Recognition(Shape.OTHER, "an event of a watch", EVENT)
    if has_template(raw):
        return Recognition(Shape.TEMPLATE)
    if (state := state_in(raw)) is not None:
        return Recognition(Shape.STATE_FILE, state.value)
    if _KUBELETS in raw and head_of(raw).kind == _KUBELETS.decode():  # its kind's name in other letters, as kubelets read it
        return Recognition(Shape.KUBELET_CONFIG)
    if outline.metadata and outline.spec:
        return Recognition(Shape.OTHER, NAMELESS, makes=shows_containers(raw))
    if resembles := lookalike("", None, raw):
        return Recognition(Shape.OTHER, resembles)
    return Recognition(Shape.OTHER, NAMELESS, HOLDS_PODS if holds_pods(raw) else "")


def _without_entries(outline: _Outline) -> Recognition | None:
    """A list that names no kind, and has nothing in it; one that says its version is the API's."""
    if outline.items is not msgspec.UNSET and _is_empty(outline.items):
        return _EMPTY_LIST if outline.api_version else _NO_ITEMS
    alone = not (outline.metadata or outline.spec or outline.api_version)
    return _NO_CONTAINERS if alone and outline.containers is not msgspec.UNSET and _is_empty(outline.containers) else None


def _by_members(spec: Raw) -> Recognition | None:
    """The object that a spec can only be of."""
    try:
        members = typed(_MEMBERS, bytes(spec)).keys() if spec else ()
    except SpecRefused:
        return None
    return next((_OBJECTS[one.kind] for one in OBJECTS if not one.members.isdisjoint(members)), None)


def _inspected(status: bytes) -> Recognition | None:
    """Whether this is the status of ``crictl inspect`` or ``inspectp``."""
    inner = _inner(Raw(status))
    metadata = _inner(inner.metadata)
    if not (inner.id and inner.metadata and (inner.state or metadata.attempt)):
        return None
    return _INSPECTED_SANDBOX if metadata.uid else _INSPECTED_CONTAINER


def _docker(outline: _Outline) -> Recognition | None:
    if outline.docker_id and outline.docker_names:
        return Recognition(Shape.DOCKER_SUMMARY)
    if outline.docker_id and outline.docker_config and (outline.docker_name or bytes(outline.docker_state)[:1] == b"{"):
        return Recognition(Shape.DOCKER_INSPECTION)
    return Recognition(Shape.DOCKER_LINE) if outline.docker_line_id and outline.docker_names else None


def kind_in_words(kind: str, api_version: str | None) -> str:
    """``kind Service``, ``kind Deployment of apps/v1``; odd text, which may be hostile, is not repeated."""
    if not _KIND.fullmatch(kind):
        return "an object of no Kubernetes kind"
    of_group = f" of {api_version}" if api_version and api_version != "v1" and _GROUP.fullmatch(api_version) else ""
    return f"kind {kind}{of_group}"


def _as_written(kind: str, found: str) -> str:
    """The words for a mistyped kind, which are of use as they are written, if they are not hostile."""
    return found if _KIND.fullmatch(kind) or not _WORD.fullmatch(kind) else f"kind {kind!r}"


def _is_empty(items: Raw) -> bool:
    return bytes(items).translate(None, b" \t\r\n") in (b"[]", b"null")


def _inner(raw: Raw) -> _Inner:
    try:
        return typed(_INNER, bytes(raw)) if raw else _Inner()
    except SpecRefused:
        return _Inner()


def _text(raw: Raw) -> str | None:
    text = bytes(raw)
    if text in _USUAL:
        return _USUAL[text]
    try:
        return typed(_TEXT, text)
    except SpecRefused:
        return None


def _json_type(first: bytes) -> str:
    names = {b"[": "an array", b'"': "a string", b"n": "null", b"t": "a boolean", b"f": "a boolean"}
    return names.get(first, "a number")
