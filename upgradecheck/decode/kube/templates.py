"""Pod templates of workloads as the pods that their controllers would make, for a plan from manifests alone.

Any object with a template in its shape counts, under its own kind, whoever made its kind: ``spec.template`` (Deployment, Rollout,
DeploymentConfig, Knative's Service), ``spec.jobTemplate.spec.template`` (CronJob), ``spec.jobTargetRef.template`` (ScaledJob), ``template``
(PodTemplate), the whole pods in ``spec.pods`` (StrimziPodSet), and what an OpenShift Template holds in ``objects``, its parameters
as they are written.

The document that is made has the template's spec byte for byte, for it is hashed; name and namespace are the workload's, labels and
annotations the template's, and an owner reference leads back to the workload. It has no UID, no status and no node. A manifest is
what a person wrote: defaults that an API server would fill in are not there, so its hash need not be that of a running pod.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Replicas

_APPS = pattern(r"apps/.*|extensions/v1beta1")
_BATCH = pattern(r"batch/.*")
_CORE = pattern(r"v1")
_GROUPS = {
    "Deployment": _APPS,
    "StatefulSet": _APPS,
    "DaemonSet": _APPS,
    "ReplicaSet": _APPS,
    "Job": _BATCH,
    "CronJob": _BATCH,
    "ReplicationController": _CORE,
    "PodTemplate": _CORE,
}
_OPENSHIFT = pattern(r"(template\.openshift\.io/)?v1")
_PLACES = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"), ("spec", "jobTargetRef", "template"), ("template",))
_PLACE_OF = {"PodTemplate": _PLACES[3], "CronJob": _PLACES[1]}
AS_WRITTEN = ", as they are written, without an API server's defaults"
"""Ends what is said of templates that are taken for pods, where no API server is named whose defaults they get."""
UNNAMED = "Workload"
"""The kind of a workload that names none, nor does the list that it stands in."""


class MadePod(msgspec.Struct, frozen=True, gc=False):
    """A pod that a workload makes, as a raw document, and how many of them."""

    raw: bytes
    replicas: Replicas


class Owner(msgspec.Struct, frozen=True, gc=False):
    """A workload by its names; group is None where a reference to it does not say."""

    kind: str
    group: str | None
    namespace: str
    name: str


class _Owner(msgspec.Struct, gc=False, rename="camel"):
    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    controller: bool | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    name: Raw = Raw()
    namespace: Raw = Raw()
    labels: Raw = Raw()
    annotations: Raw = Raw()
    owner_references: Raw = Raw()


class _Document(msgspec.Struct, rename="camel"):
    """A workload, a template or a pod: what any of them has."""

    kind: Raw = Raw()
    api_version: Raw = Raw()
    metadata: Raw = Raw()
    spec: Raw = Raw()


_DOCUMENT = msgspec.json.Decoder(_Document)
_METADATA = msgspec.json.Decoder(_Metadata | None)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ITEMS = msgspec.json.Decoder(list[Raw])
_OWNERS = msgspec.json.Decoder(list[_Owner | None] | None)
_TEXT = msgspec.json.Decoder(str)


def is_workload(kind: str, api_version: str | None) -> bool:
    """Whether Kubernetes' own controllers make pods of objects of this kind; other groups have kinds of these names too."""
    group = _GROUPS.get(kind)
    return group is not None and (not api_version or group.fullmatch(api_version) is not None)


def has_template(raw: bytes, kind: str = "") -> bool:
    """Whether there are templates of pods in it, or pods. kind: the object's, where the list that it is an item of tells it."""
    return next(_templates(raw, kind), None) is not None


def template_pods(raw: bytes, kind: str = "") -> tuple[MadePod, ...]:
    """The pods that a workload describes. kind: as of has_template.

    Raises:
        SpecRefused: no JSON, a wrong type, or no template.
    """
    from upgradecheck.decode.kube.replicas import replicas  # a dump of pods has no templates

    document = typed(_DOCUMENT, raw)
    metadata = _metadata_of(document)
    kind = _text(document.kind) or kind or UNNAMED
    number = replicas(kind, raw)
    if _is_bundle(kind, document):
        return tuple(pod for one in _objects(raw) for pod in _of_object(one))
    found = tuple(
        MadePod(_pod(template, metadata, kind, own_names=whole), Replicas() if whole else number)
        for template, whole in _templates(raw, kind)
    )
    if not found:
        raise SpecRefused("expected a pod template with a spec, found none", ".".join(_PLACE_OF.get(kind, _PLACES[0])))
    return found


def not_understood(raw: bytes) -> tuple[bytes, ...]:
    """The objects of an OpenShift Template that are neither pods nor workloads; none of anything else."""
    document = typed(_DOCUMENT, raw)
    if not _is_bundle(_text(document.kind), document):
        return ()
    return tuple(one for one in _objects(raw) if not _is_pod(one) and not has_template(one))


def identity(raw: bytes, kind: str = "") -> Owner:
    """Who a workload is, for those that it makes.

    Raises:
        SpecRefused: no JSON, or a wrong type.
    """
    document = typed(_DOCUMENT, raw)
    metadata = _metadata_of(document)
    group = _text(document.api_version).rpartition("/")[0] if document.api_version else None
    return Owner(_text(document.kind) or kind, group, _text(metadata.namespace), _text(metadata.name))


def has_no_pods(raw: bytes, kind: str = "") -> bool:
    """Whether a cluster reports a workload of Kubernetes' own kinds without pods. kind: as of has_template."""
    from upgradecheck.decode.kube.replicas import is_idle

    document = typed(_DOCUMENT, raw)
    return is_workload(_text(document.kind) or kind, _text(document.api_version)) and is_idle(raw)


def controller(raw: bytes) -> Owner | None:
    """The workload that made this one, as a Deployment makes ReplicaSets and a CronJob Jobs; None where nobody did.

    Raises:
        SpecRefused: no JSON, or a wrong type.
    """
    metadata = _metadata_of(typed(_DOCUMENT, raw))
    owners = typed(_OWNERS, bytes(metadata.owner_references), "metadata.ownerReferences") if metadata.owner_references else ()
    for one in owners or ():
        if one is not None and one.controller:
            group = one.api_version.rpartition("/")[0] if one.api_version else None
            return Owner(one.kind or "", group, _text(metadata.namespace), one.name or "")
    return None


def _templates(raw: bytes, kind: str) -> Iterator[tuple[bytes, bool]]:
    """The templates of a workload; True for what is a whole pod, which has names of its own."""
    try:
        document = typed(_DOCUMENT, raw)
    except SpecRefused:
        return
    kind = _text(document.kind) or kind
    if is_workload(kind, _text(document.api_version)):
        found = _at(raw, _PLACE_OF.get(kind, _PLACES[0]))
        if found and _members(found).get("spec"):
            yield found, False
        return
    if _is_bundle(kind, document):
        yield from ((one, True) for one in _objects(raw) if _is_pod(one) or has_template(one))
        return
    place = next((place for place in _PLACES if _is_template(_at(raw, place))), None)
    if place is not None:
        yield _at(raw, place), False
    else:
        yield from ((one, True) for one in _array(_at(raw, ("spec", "pods"))) if _is_template(one))


def _of_object(raw: bytes) -> tuple[MadePod, ...]:
    """The pods of an object in an OpenShift Template."""
    if _is_pod(raw):
        return (MadePod(raw, Replicas()),)
    return template_pods(raw) if has_template(raw) else ()


def _is_bundle(kind: str, document: _Document) -> bool:
    return kind == "Template" and _OPENSHIFT.fullmatch(_text(document.api_version)) is not None


def _objects(raw: bytes) -> tuple[bytes, ...]:
    return _array(_at(raw, ("objects",)))


def _is_pod(raw: bytes) -> bool:
    members = _members(raw)
    return _text(members.get("kind", Raw())) == "Pod" and _text(members.get("apiVersion", Raw())) in ("", "v1")


def _is_template(raw: bytes) -> bool:
    return bool(raw) and bool(_array(bytes(_members(bytes(_members(raw).get("spec", b""))).get("containers", b""))))


def _pod(template: bytes, metadata: _Metadata, kind: str, *, own_names: bool) -> bytes:
    described = typed(_DOCUMENT, template)
    inner = _metadata_of(described)
    name = bytes(metadata.name) or b"null"
    owner = b'[{"kind":%b,"name":%b,"controller":true}]' % (msgspec.json.encode(kind), name)
    members = [
        b'"%b":%b' % (key, bytes(value))
        for key, value in (
            (b"name", (own_names and inner.name) or name),
            (b"namespace", (own_names and inner.namespace) or metadata.namespace),
            (b"labels", inner.labels),
            (b"annotations", inner.annotations),
            (b"ownerReferences", owner),
        )
        if value
    ]
    return b'{"apiVersion":"v1","kind":"Pod","metadata":{%b},"spec":%b}' % (b",".join(members), bytes(described.spec))


def _at(raw: bytes, place: tuple[str, ...]) -> bytes:
    """What stands at a place; nothing where there is none."""
    for name in place:
        raw = bytes(_members(raw).get(name, b""))
        if not raw:
            return b""
    return raw


def _members(raw: bytes) -> dict[str, Raw]:
    found: dict[str, Raw] = _lenient(_MEMBERS, raw, {})
    return found


def _array(raw: bytes) -> tuple[bytes, ...]:
    return tuple(map(bytes, _lenient(_ITEMS, raw, [])))


def _text(raw: Raw) -> str:
    return str(_lenient(_TEXT, bytes(raw), ""))


def _metadata_of(document: _Document) -> _Metadata:
    return (typed(_METADATA, bytes(document.metadata), "metadata") if document.metadata else None) or _Metadata()


def _lenient(decoder: msgspec.json.Decoder[Any], raw: bytes, otherwise: Any) -> Any:
    """A value, or what stands for it where it has another type."""
    try:
        return typed(decoder, raw) if raw else otherwise
    except SpecRefused:
        return otherwise
