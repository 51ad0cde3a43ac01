"""Checks of environment variables, and of what volumes and variables take from the pod.

Mirrors ValidateEnv, ValidateEnvFrom, validateObjectFieldSelector and validateContainerResourceFieldSelector in
pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.checking import Complaint, containers, is_qualified_name, spec_of
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal
from upgradecheck.model.patterns import pattern

_NAME = pattern(rb"[-._a-zA-Z][-._a-zA-Z0-9]*")
_RELAXED_NAME = pattern(rb"[ -<>-~]+")
_SUBSCRIPT = pattern(rb"metadata\.(?P<map>labels|annotations)\['(?P<key>.*)'\]")
_RESOURCES = frozenset(f"{kind}.{name}".encode() for kind in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage"))
_HUGE_PAGES = (b"limits.hugepages-", b"requests.hugepages-")
_SOURCES = ("FieldRef", "ResourceFieldRef", "ConfigMapKeyRef", "SecretKeyRef", "FileKeyRef")


def check_environment(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Of every container."""
    for place in containers(spec_of(pod)):
        for index, variable in enumerate(place.content.get("Env") or ()):
            yield from _variable(variable, f"{place.path}.env[{index}]", build)
        for index, source in enumerate(place.content.get("EnvFrom") or ()):
            path, prefix = f"{place.path}.envFrom[{index}]", source.get("Prefix", b"")
            if prefix and not _is_name(prefix, build):
                yield Complaint(f"{path}.prefix", "is no name of a variable to this version")
            if sum(source.get(field) is not None for field in ("ConfigMapRef", "SecretRef")) != 1:
                yield Complaint(path, "has not exactly one source that this version knows")


def _variable(variable: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    name, source = variable.get("Name", b""), variable.get("ValueFrom")
    if not _is_name(name, build):
        yield Complaint(f"{path}.name", "is no name of a variable to this version")
    if source is None:
        return
    if sum(source.get(field) is not None for field in _SOURCES) != 1:
        yield Complaint(f"{path}.valueFrom", "has not exactly one source that this version knows")
    elif variable.get("Value"):
        yield Complaint(f"{path}.valueFrom", "stands beside a value")
    if source.get("FieldRef") is not None:
        yield from check_field(source["FieldRef"], f"{path}.valueFrom.fieldRef", build.manifests.field_paths, build)
    if source.get("ResourceFieldRef") is not None and not _is_resource(source["ResourceFieldRef"].get("Resource", b""), build):
        yield Complaint(f"{path}.valueFrom.resourceFieldRef.resource", "is no resource that this version can give")


def _is_name(name: bytes, build: KubeletBuild) -> bool:
    refuses = build.manifests.refuses
    unless_gate = ManifestRefusal.ODD_ENV_NAMES_UNLESS_GATE in refuses and not build.feature_gate("RelaxedEnvironmentVariableValidation")
    if not (ManifestRefusal.ODD_ENV_NAMES in refuses or unless_gate):
        return _RELAXED_NAME.fullmatch(name) is not None
    return _NAME.fullmatch(name) is not None and name not in (b".", b"..") and not name.startswith(b"..")


def check_field(field: GoValue, path: str, allowed: tuple[str, ...], build: KubeletBuild) -> Iterator[Complaint]:
    """A field of the pod that a variable or a volume takes; from 1.9 on also a single label or annotation."""
    asked = field.get("FieldPath", b"")
    subscript = _SUBSCRIPT.fullmatch(asked)
    if subscript is not None and ManifestRefusal.FIELD_SUBSCRIPTS not in build.manifests.refuses:
        key = subscript["key"].lower() if subscript["map"] == b"annotations" else subscript["key"]
        if not is_qualified_name(key):
            yield Complaint(f"{path}.fieldPath", "names no key of a label or annotation")
    elif printable(asked) not in allowed:
        yield Complaint(f"{path}.fieldPath", "is no field that this version can give")


def _is_resource(asked: bytes, build: KubeletBuild) -> bool:
    refuses = build.manifests.refuses
    unless_gate = ManifestRefusal.HUGE_PAGES_DOWNWARD_UNLESS_GATE in refuses and not build.feature_gate("DownwardAPIHugePages")
    huge_pages = not (ManifestRefusal.HUGE_PAGES_DOWNWARD in refuses or unless_gate)
    return asked in _RESOURCES or (huge_pages and asked.startswith(_HUGE_PAGES))
