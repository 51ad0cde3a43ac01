"""Which objects that are neither pods nor read otherwise may stand for pods, or make them: of these nothing is passed over in silence.

What Kubernetes' own API groups hold is known, and none of it makes pods but the workloads (decode.kube.templates). Of other groups
nobody knows: an operator makes pods of anything. An object of theirs counts as a maker if it says what only who runs containers says (an
image, containers, how many replicas), or is a kind that stands for manifests held elsewhere, as Helm releases do.

An API server that refuses answers with a Status, asked as kubectl prints with a Table, asked for metadata with a PartialObjectMetadata, and
a watch gives events: all of them stand where pods were wanted, and hold no spec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

NOT_UNDERSTOOD = "it may make pods, and in what shape is not known; give its pods (kubectl get pods -A -o json)"
NO_OBJECT = "it is no object of Kubernetes"
NO_ITEMS = "it is a list, and its items are none; take it again"
NOT_LAST = "it was listed in pages (metadata.continue is set), and its last page was not given"
EVENT = "an event of a watch tells of one change, not of all that is there; take the list again without a watch"
_STATUS = "an API server refused what was asked{}: what it would have held is missing; take it again"
_TABLE = "it is what kubectl prints, and holds no specs; take it again with -o json"
_METADATA = "metadata without a spec; take the objects themselves"

_OWN_GROUPS = frozenset(
    f"{name}.k8s.io"
    for name in (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates", "coordination"),
        *("discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node", "rbac.authorization", "resource"),
        *("scheduling", "storage", "storagemigration", "metrics", "custom.metrics", "external.metrics", "snapshot.storage"),
        *("gateway.networking", "policy.networking", "autoscaling", "kustomize.config", "audit", "kubelet.config", "kubeadm"),
        *("kubeproxy.config", "kubescheduler.config", "client.authentication", "apiserver.config", "meta"),
    )
) | {"", "apps", "batch", "policy", "autoscaling", "extensions"}
"""API groups of Kubernetes and of what comes with it; group "" is that of v1."""

_NO_MAKERS = pattern(r"(.*\.)?(kyverno\.io|gatekeeper\.sh|cluster\.x-k8s\.io|cert-manager\.io|external-secrets\.io|cilium\.io|istio\.io)")
"""Groups whose objects speak of images, containers or replicas and make no pods: policies about pods, machines, secrets, networks."""

_STAND_FOR_OTHERS = frozenset(
    {
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
        ("helm.cattle.io", "HelmChart"),
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("argoproj.io", "Application"),
        ("argoproj.io", "ApplicationSet"),
        ("monitoring.coreos.com", "Prometheus"),
        ("monitoring.coreos.com", "PrometheusAgent"),
        ("monitoring.coreos.com", "Alertmanager"),
        ("monitoring.coreos.com", "ThanosRuler"),
        ("kafka.strimzi.io", "Kafka"),
    }
)
"""Kinds that make pods though they may say nothing of containers."""

_SIGNS = pattern(
    rb'"(?:(?:init)?[cC]ontainers?|pod(?:Template|Spec)\w*|(?:worker|job)Template|nodeSets|image|\w*Image)"\s*:'
    rb'|"(?:replicas|instances|size)"\s*:\s*[0-9]'
)


class _Refusal(msgspec.Struct, gc=False):
    status: Any = None
    reason: Any = None
    code: Any = None


_REFUSAL = msgspec.json.Decoder(_Refusal)
_REASON = pattern(r"[A-Za-z]{1,40}")


def lost(kind: str, raw: bytes) -> str:
    """Why an object of this kind shows that something which was asked for is not there; empty where it does not."""
    if kind == "Status":
        return _refused(raw)
    if kind == "Table":
        return _TABLE
    return _METADATA if kind == "PartialObjectMetadata" else ""


def _refused(raw: bytes) -> str:
    try:
        status = typed(_REFUSAL, raw)
    except SpecRefused:
        return _STATUS.format("")
    if status.status == "Success":
        return ""
    code = str(status.code) if isinstance(status.code, int) and 0 < status.code < 1000 else ""
    reason = status.reason if isinstance(status.reason, str) and _REASON.fullmatch(status.reason) else ""
    told = " ".join(filter(None, (code, reason)))
    return _STATUS.format(f" ({told})" if told else "")


def may_make_pods(kind: str, api_version: str | None, raw: bytes) -> bool:
    """Whether an object of a kind that is not read may stand for pods. Without an apiVersion its group is nobody's."""
    group = (api_version or "").rpartition("/")[0]
    if (api_version and group in _OWN_GROUPS) or _NO_MAKERS.fullmatch(group):
        return False
    return (group, kind) in _STAND_FOR_OTHERS or shows_containers(raw)


def shows_containers(raw: bytes) -> bool:
    """Whether an object says what only who runs containers says."""
    return _SIGNS.search(raw) is not None
