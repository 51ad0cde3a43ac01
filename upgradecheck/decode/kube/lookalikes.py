"""What people have at hand in place of objects, and what makes objects of it: a chart, a kustomization, a kubeconfig, a template.

A chart's ``Chart.yaml`` names no kind, and a kustomization need not. A placeholder of ``envsubst`` or of a chart may stand in YAML that is
valid: then the object looks whole, and its image is none that any kubelet could pull.
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
_HELP: Mapping[str, str] = {
    KUBECONFIG: "A kubeconfig leads to a cluster: give it with --kubeconfig in place of -f",
    KUSTOMIZATION: "Build a kustomization first: kubectl kustomize DIRECTORY > built.yaml, then -f built.yaml",
    CHART: "Render a chart first: helm template DIRECTORY > rendered.yaml, then -f rendered.yaml",
}

UNFILLED = "it is a template that is not filled in; fill it in first (helm template DIRECTORY > rendered.yaml, or envsubst < FILE)"
_HOLE = pattern(rb'"(?:image|name|namespace)"\s*:\s*"[^"\\]{0,200}(?:\$\{|\{\{)')
_KUSTOMIZE = frozenset(
    {"resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "configMapGenerator", "secretGenerator"}
    | {"namePrefix", "nameSuffix", "commonLabels", "commonAnnotations", "images", "helmCharts", "transformers", "generators"}
)
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
    return KUSTOMIZATION if _is_kustomization(members) else ""


def _is_kustomization(members: Mapping[str, msgspec.Raw]) -> bool:
    """Whether it builds objects of other files: its resources are their names."""
    listed = bytes(members.get("resources", b"")).translate(None, b" \t\r\n")
    return bool(_KUSTOMIZE & members.keys()) and not {"metadata", "spec", "items"} & members.keys() and not listed.startswith((b"[{", b"{"))


def help_for(found: Iterable[str]) -> str:
    """What helps, of things in words; empty where nothing is known that does."""
    return ". ".join(_HELP[one] for one in dict.fromkeys(found) if one in _HELP)


def is_unfilled(raw: bytes) -> bool:
    """Whether an object has placeholders where a name or an image belongs."""
    return (b"${" in raw or b"{{" in raw) and _HOLE.search(raw) is not None
