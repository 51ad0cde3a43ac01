"""What an API server makes of a pod that somebody creates: for manifests, of which no server has been seen to make anything.

Fields that it does not know are dropped when it decodes them, those of gates that are off before it stores them. It sets the v1 defaults,
and (1.19 to 1.26) a seccompProfile, (1.30 on) an appArmorProfile, where an annotation asks for it. Its admission mounts the token of the
pod's service account in each container, in a volume whose name is made up (up to 1.20: the secret's): no hash that counts mounts can be
told. Unless the service account says otherwise, which is not in a manifest; nor is what webhooks and LimitRanges add. It gives the pod
five minutes on a node that is not ready, or not reached, unless the pod says how long it stays there.

Mirrors PrepareForCreate in pkg/registry/core/pod/strategy.go, DropDisabledPodFields in pkg/api/pod/util.go, mountServiceAccountToken in
plugin/pkg/admission/serviceaccount/admission.go, Admit in plugin/pkg/admission/defaulttolerationseconds/admission.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upgradecheck.hashing.codecs import Codec, GoSlice, GoValue, MapCodec, PointerCodec, SliceCodec, StructCodec
from upgradecheck.hashing.defaulting.pods import default_pod
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import Schema

TOKEN_VOLUME = b"kube-api-access-"
"""The name of the token's volume as far as it can be told; no volume has it."""
_TOKEN_PATH = b"/var/run/secrets/kubernetes.io/serviceaccount"
_INIT, _LISTS = "InitContainers", ("InitContainers", "Containers")
_SECCOMP = b"container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR = b"container.apparmor.security.beta.kubernetes.io/"
_LOCALHOST = b"localhost/"
_SECCOMP_TYPES = {b"unconfined": b"Unconfined", b"runtime/default": b"RuntimeDefault", b"docker/default": b"RuntimeDefault"}
_APPARMOR_TYPES = {b"unconfined": b"Unconfined", b"runtime/default": b"RuntimeDefault"}
_LONGEST_PROFILE = 4095
_UNWELL, _NO_EXECUTE, _STAYS_SECONDS = (b"node.kubernetes.io/not-ready", b"node.kubernetes.io/unreachable"), b"NoExecute", 300


def as_created(value: Mapping[str, Any], server: KubeletBuild, kubelet: Schema) -> GoValue:
    """A manifest, decoded under a server's schema, as a kubelet has the pod that this server makes of it; value is left as it is."""
    return as_known(created(value, server), server.schema, kubelet)


def created(value: Mapping[str, Any], server: KubeletBuild) -> GoValue:
    """A manifest, decoded under a server's schema, as the pod that this server stores; value is left as it is."""
    pod = default_pod(value, server)
    spec = dict(pod.get("Spec", {}))
    for field in _LISTS:
        if spec.get(field) is not None:
            spec[field] = GoSlice([_container(one, pod, server, is_init=field == _INIT) for one in spec[field]], [])
    spec["Tolerations"] = GoSlice(list(_tolerations(spec.get("Tolerations") or ())), [])
    return {**pod, "Spec": spec}


def as_known(pod: GoValue, server: Schema, kubelet: Schema) -> GoValue:
    """A pod that a server stores, as a kubelet has it."""
    known: GoValue = _known_to(codecs(server).root("Pod"), codecs(kubelet).root("Pod"), pod)
    return known


def _tolerations(given: Sequence[GoValue]) -> Iterator[GoValue]:
    """What the pod tolerates, then what it is given."""
    yield from given
    for key in _UNWELL:
        if not any(one.get("Key", b"") in (key, b"") and one.get("Effect", b"") in (_NO_EXECUTE, b"") for one in given):
            yield {"Key": key, "Operator": b"Exists", "Effect": _NO_EXECUTE, "TolerationSeconds": _STAYS_SECONDS}


def _known_to(of: Codec, by: Codec, value: Any) -> Any:
    """A value as another minor has it: without the fields that this one does not know, by the names that it has for them in Go."""
    if value is None:
        return None
    if isinstance(of, PointerCodec) and isinstance(by, PointerCodec):
        return _known_to(of.elem, by.elem, value)
    if isinstance(of, SliceCodec) and isinstance(by, SliceCodec):
        return GoSlice([_known_to(of.elem, by.elem, one) for one in value], [])
    if isinstance(of, MapCodec) and isinstance(by, MapCodec):
        return {key: _known_to(of.elem, by.elem, one) for key, one in value.items()}
    if isinstance(of, StructCodec) and isinstance(by, StructCodec):
        pairs = ((known, by.by_json.get(known.json.encode())) for known in of.fields if known.go in value)
        return {twin.go: _known_to(known.codec, twin.codec, value[known.go]) for known, twin in pairs if twin is not None}
    return value


def _container(container: GoValue, pod: GoValue, server: KubeletBuild, *, is_init: bool) -> GoValue:
    container = _with_token(container) if _mounts_token(pod) else container
    for gated in server.api_server.gated_fields:
        if server.knows_feature_gate(gated.gate) and not server.feature_gate(gated.gate):
            for path in gated.paths:
                if is_init or path != "restartPolicy":
                    container = _without(container, path.split("."))
    return _with_profiles(_with_proc_mount(container, server), pod, server)


def _with_proc_mount(container: GoValue, server: KubeletBuild) -> GoValue:
    """One that is asked for while the gate is off becomes the default, instead of being dropped."""
    security = container.get("SecurityContext") or {}
    if security.get("ProcMount") is None or not server.knows_feature_gate("ProcMountType") or server.feature_gate("ProcMountType"):
        return container
    return {**container, "SecurityContext": {**security, "ProcMount": b"Default"}}


def _mounts_token(pod: GoValue) -> bool:
    asked = pod.get("Spec", {}).get("AutomountServiceAccountToken")
    return asked is None or bool(asked)


def _with_token(container: GoValue) -> GoValue:
    mounts = list(container.get("VolumeMounts") or ())
    if any(mount.get("MountPath") == _TOKEN_PATH for mount in mounts):
        return container
    return {**container, "VolumeMounts": GoSlice([*mounts, {"Name": TOKEN_VOLUME, "ReadOnly": True, "MountPath": _TOKEN_PATH}], [])}


def has_token_mount(container: GoValue) -> bool:
    """Whether the name of a volume that it mounts is made up."""
    return any(mount.get("Name") == TOKEN_VOLUME for mount in container.get("VolumeMounts") or ())


def _without(value: Any, path: Sequence[str]) -> Any:
    """A value without the field at a path of JSON names; a list stands for each of its elements."""
    if value is None or isinstance(value, GoSlice):
        return value if value is None else GoSlice([_without(one, path) for one in value], [])
    go, rest = path[0][:1].upper() + path[0][1:], path[1:]
    if go not in value:
        return value
    if rest:
        return {**value, go: _without(value[go], rest)}
    return {name: held for name, held in value.items() if name != go}


def _with_profiles(container: GoValue, pod: GoValue, server: KubeletBuild) -> GoValue:
    """Mirrors applySeccompVersionSkew and applyAppArmorVersionSkew; the latter leaves out what the pod as a whole says already."""
    name, facts, spec = container.get("Name", b""), server.api_server, pod.get("Spec", {})
    annotations = pod.get("ObjectMeta", {}).get("Annotations") or {}
    if facts.seccomp_from_annotation:
        container = _with_profile(container, "SeccompProfile", _profile(annotations.get(_SECCOMP + name), _SECCOMP_TYPES))
    fields = not server.knows_feature_gate("AppArmorFields") or server.feature_gate("AppArmorFields")
    if facts.apparmor_from_annotation and fields and (spec.get("OS") or {}).get("Name") != b"windows":
        profile = _apparmor(annotations.get(_APPARMOR + name))
        if profile != (spec.get("SecurityContext") or {}).get("AppArmorProfile"):
            container = _with_profile(container, "AppArmorProfile", profile)
    return container


def _with_profile(container: GoValue, field: str, profile: GoValue | None) -> GoValue:
    security = container.get("SecurityContext") or {}
    if profile is None or security.get(field) is not None:
        return container
    return {**container, "SecurityContext": {**security, field: profile}}


def _profile(annotation: bytes | None, types: Mapping[bytes, bytes]) -> GoValue | None:
    """The field that an annotation stands for; None for one that says nothing."""
    if annotation is None:
        return None
    if annotation in types:
        return {"Type": types[annotation]}
    name = annotation.removeprefix(_LOCALHOST)
    return {"Type": b"Localhost", "LocalhostProfile": name} if name not in (annotation, b"") else None


def _apparmor(annotation: bytes | None) -> GoValue | None:
    """The same, unless the field would not be valid."""
    profile = _profile(annotation, _APPARMOR_TYPES)
    name = (profile or {}).get("LocalhostProfile", b"")
    return None if name != name.strip() or len(name) > _LONGEST_PROFILE else profile
