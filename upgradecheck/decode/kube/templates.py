"""Pod templates of workloads as the pods that their controllers would make, for a plan from manifests alone.

The document that is made has the template's spec byte for byte, for it is hashed; name and namespace are the workload's, labels and
annotations the template's, and an owner reference leads back to the workload. It has no UID, no status and no node. A manifest is
what a person wrote: defaults that an API server would fill in are not there, so its hash need not be that of a running pod.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

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


class _Owner(msgspec.Struct, gc=False):
    controller: bool | None = None


class _TemplateMetadata(msgspec.Struct, gc=False):
    labels: Raw = Raw()
    annotations: Raw = Raw()


class _Template(msgspec.Struct):
    metadata: _TemplateMetadata | None = None
    spec: Raw = Raw()


class _JobSpec(msgspec.Struct):
    template: _Template | None = None


class _JobTemplate(msgspec.Struct):
    spec: _JobSpec | None = None


class _Spec(msgspec.Struct, rename="camel"):
    template: _Template | None = None
    job_template: _JobTemplate | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    name: Raw = Raw()
    namespace: Raw = Raw()
    owner_references: list[_Owner | None] | None = None


class _Workload(msgspec.Struct):
    kind: str | None = None
    metadata: _Metadata | None = None
    spec: _Spec | None = None
    template: _Template | None = None


_WORKLOAD = msgspec.json.Decoder(_Workload)


def is_workload(kind: str, api_version: str | None) -> bool:
    """Whether objects of this kind make pods from a template; other groups have kinds of these names too."""
    group = _GROUPS.get(kind)
    return group is not None and (not api_version or group.fullmatch(api_version) is not None)


def template_pod(raw: bytes) -> bytes:
    """The Pod that a workload's template describes, as a raw document.

    Raises:
        SpecRefused: no JSON, a wrong type, or no template.
    """
    workload = typed(_WORKLOAD, raw)
    template = _template(workload)
    if template is None or not template.spec:
        raise SpecRefused("expected a pod template with a spec, found none", _path(workload.kind))
    metadata = workload.metadata or _Metadata()
    inner = template.metadata or _TemplateMetadata()
    name = bytes(metadata.name) or b"null"
    owner = b'[{"kind":%b,"name":%b,"controller":true}]' % (msgspec.json.encode(workload.kind), name)
    members = [
        b'"%b":%b' % (key, bytes(value))
        for key, value in (
            (b"name", name),
            (b"namespace", metadata.namespace),
            (b"labels", inner.labels),
            (b"annotations", inner.annotations),
            (b"ownerReferences", owner),
        )
        if value
    ]
    return b'{"apiVersion":"v1","kind":"Pod","metadata":{%b},"spec":%b}' % (b",".join(members), bytes(template.spec))


def has_template(raw: bytes) -> bool:
    """Whether there is a template with a spec in it."""
    try:
        template = _template(typed(_WORKLOAD, raw))
    except SpecRefused:
        return False
    return template is not None and bool(template.spec)


def is_controlled(raw: bytes) -> bool:
    """Whether another workload made this one, as a Deployment makes ReplicaSets and a CronJob Jobs; the template is then the other's."""
    metadata = typed(_WORKLOAD, raw).metadata
    return any(owner.controller for owner in (metadata.owner_references if metadata else None) or () if owner)


def _template(workload: _Workload) -> _Template | None:
    spec = workload.spec or _Spec()
    if workload.kind == "PodTemplate":
        return workload.template
    if workload.kind == "CronJob":
        job = spec.job_template.spec if spec.job_template else None
        return job.template if job else None
    return spec.template


def _path(kind: str | None) -> str:
    return {"PodTemplate": "template", "CronJob": "spec.jobTemplate.spec.template"}.get(kind or "", "spec.template")
