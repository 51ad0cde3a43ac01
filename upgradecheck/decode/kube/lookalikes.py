"""What people have at hand in place of objects, and what makes objects of it: a chart or its values, a kustomization, a compose file, a
kubeconfig, a template.

A chart's ``Chart.yaml`` and ``values.yaml`` name no kind, nor does a compose file, and a kustomization need not: they are told by their
members (those that ``helm create`` writes into values, https://github.com/compose-spec/compose-spec for services). A placeholder of
``envsubst`` or of a chart may stand in YAML that is valid: then the object looks whole, and its image is none that any kubelet could pull.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

KUBECONFIG = "a kubeconfig"
KUSTOMIZATION = "a kustomization"
CHART = "a Helm chart"
VALUES = "the values of a Helm chart"
COMPOSE = "a compose file"
_HELP: Mapping[str, str] = {
    KUBECONFIG: "A kubeconfig leads to a cluster: give it with --kubeconfig in place of -f",
    KUSTOMIZATION: "Build a kustomization first: kubectl kustomize DIRECTORY > built.yaml, then -f built.yaml",
    CHART: "Render a chart first: helm template DIRECTORY > rendered.yaml, then -f rendered.yaml",
    VALUES: "Render the chart with its values first: helm template DIRECTORY -f VALUES > rendered.yaml, then -f rendered.yaml",
    COMPOSE: "A compose file is docker's, and no kubelet runs it; if the cluster runs what it was converted to, give that: "
    "kompose convert -f FILE -o converted.yaml, then -f converted.yaml",
}

UNFILLED = "it is a template that is not filled in; fill it in first (helm template DIRECTORY > rendered.yaml, or envsubst < FILE)"
_HOLE = pattern(rb'"(?:image|name|namespace)"\s*:\s*"[^"\\]{0,200}(?:\$\{|\{\{)')
_KUSTOMIZE = frozenset(
    {"resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "configMapGenerator", "secretGenerator"}
    | {"namePrefix", "nameSuffix", "commonLabels", "commonAnnotations", "images", "helmCharts", "transformers", "generators"}
)
_OF_VALUES = frozenset(
    {"replicaCount", "imagePullSecrets", "nameOverride", "fullnameOverride", "podAnnotations", "podLabels", "podSecurityContext"}
    | {"securityContext", "serviceAccount", "service", "ingress", "httpRoute", "autoscaling", "nodeSelector", "tolerations", "affinity"}
    | {"image", "resources", "livenessProbe", "readinessProbe", "volumes", "volumeMounts", "global"}
)
_ENOUGH = 3
_IMAGE = pattern(rb'"image"\s*:\s*\{[^{}]{0,2000}"repository"\s*:')
_OF_COMPOSE = frozenset({"version", "name", "include", "services", "networks", "volumes", "configs", "secrets"})
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def lookalike(kind: str, api_version: str | None, raw: bytes) -> str:
    """What an object is that Kubernetes has not, in words; empty where it is nothing known. kind: empty where none is written."""
    if kind == "Kustomization" and (api_version or "").startswith("kustomize.config.k8s.io/"):
        return KUSTOMIZATION
    if kind not in ("", "Config"):
        return ""
    try:
        members = typed(_MEMBERS, raw)
    except SpecRefused:
        return ""
    if kind:
        return KUBECONFIG if {"clusters", "contexts"} & members.keys() else ""
    if {"apiVersion", "name", "version"} <= members.keys() and "spec" not in members:
        return CHART
    if _is_kustomization(members):
        return KUSTOMIZATION
    return COMPOSE if _is_compose(members) else VALUES if _is_values(members, raw) else ""


def _is_compose(members: Mapping[str, msgspec.Raw]) -> bool:
    """Whether it has services by name, and nothing that no compose file has."""
    named = bytes(members.get("services", b"")).lstrip()[:1] == b"{"
    return named and all(name in _OF_COMPOSE or name.startswith("x-") for name in members)


def _is_values(members: Mapping[str, msgspec.Raw], raw: bytes) -> bool:
    """Whether a chart's templates are filled in with it: it has what most charts ask for, or the repository of an image somewhere."""
    if {"apiVersion", "metadata", "spec", "items", "containers"} & members.keys():
        return False
    return len(_OF_VALUES & members.keys()) >= _ENOUGH or _IMAGE.search(raw) is not None


def _is_kustomization(members: Mapping[str, msgspec.Raw]) -> bool:
    """Whether it builds objects of other files: its resources are their names."""
    listed = bytes(members.get("resources", b"")).translate(None, b" \t\r\n")
    return bool(_KUSTOMIZE & members.keys()) and not {"metadata", "spec", "items"} & members.keys() and not listed.startswith((b"[{", b"{"))


def help_for(found: Iterable[str]) -> str:
    """What helps, of things in words; empty where nothing is known that does."""
    kinds = dict.fromkeys(found)
    return ". ".join(_HELP[one] for one in kinds if one in _HELP and not (one == CHART and VALUES in kinds))


def is_unfilled(raw: bytes) -> bool:
    """Whether an object has placeholders where a name or an image belongs."""
    return (b"${" in raw or b"{{" in raw) and _HOLE.search(raw) is not None
