"""What an API server sets in pods that are stored already: its v1 defaults, which it applies whenever it decodes one.

A container runs by the spec that its pod had when it was made. What a server of another version, or with another gate, adds on reading
comes to the kubelet as a change of the pod, and a kubelet that hashes the field kills the container at its next sync, whether or not
anybody upgrades the kubelet. All versions set the same, but for two fields of containers: procMount (1.14.0 to 1.14.3), and resizePolicy
(1.27 to 1.32, where the gate InPlacePodVerticalScaling is on). Seen of a kube-apiserver 1.31.0: what was only read comes without the field
again when the gate is switched off; a pod whose status was written meanwhile was stored with it, and keeps it.

Mirrors SetDefaults_Pod and SetDefaults_SecurityContext in pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from upgradecheck.hashing.codecs import GoSlice, GoValue
from upgradecheck.hashing.containers import DecodedContainer
from upgradecheck.hashing.defaulting.pods import with_requests, with_resize_policies
from upgradecheck.hashing.difference import RESIZE_POLICY
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind, Schema

PROC_MOUNT = "securityContext.procMount"
_LISTS = ("InitContainers", "Containers")
_RESIZABLE = 2


def as_read(value: Mapping[str, Any], schema: Schema, server: KubeletBuild) -> GoValue:
    """A pod that is stored, as a kubelet of this schema has it from this server; value is left as it is."""
    spec = dict(value.get("Spec", {}))
    for field in _LISTS:
        if spec.get(field) is not None:
            spec[field] = GoSlice([_container(one, schema, server, is_app=field == "Containers") for one in spec[field]], [])
    return {**value, "Spec": spec}


def _container(container: GoValue, schema: Schema, server: KubeletBuild, *, is_app: bool) -> GoValue:
    if is_app and server.sets_resize_policies and _has(schema, "core/v1.Container", "ResizePolicy"):
        added = with_resize_policies({**container, "Resources": with_requests(container.get("Resources", {}))})
        container = {**container, "ResizePolicy": added["ResizePolicy"]} if "ResizePolicy" in added else container
    security = container.get("SecurityContext")
    masks = server.manifests.proc_mount_default and _has(schema, "core/v1.SecurityContext", "ProcMount")
    if masks and security is not None and security.get("ProcMount") is None:
        return {**container, "SecurityContext": {**security, "ProcMount": b"Default"}}
    return container


def _has(schema: Schema, type_name: str, field: str) -> bool:
    known = schema.types.get(type_name)
    return known is not None and any(one.go == field for one in known.fields)


def added(before: DecodedContainer, after: DecodedContainer) -> tuple[str, ...]:
    """The fields that a server has set in the one and not in the other, by their paths."""
    return tuple(path for path, of in _SET.items() if of(before.content) != of(after.content))


def without_what_servers_set(container: DecodedContainer) -> Iterator[tuple[tuple[str, ...], DecodedContainer]]:
    """The container without what servers may have set in it on reading, in every way in which that can be; with the paths of that."""
    plain = {name: value for name, value in container.content.items() if name != "ResizePolicy"}
    contents: list[tuple[tuple[str, ...], GoValue]] = [((), container.content)]
    contents += [((RESIZE_POLICY,), {**plain, **rest}) for rest in _fewer_policies(container)]
    if (container.content.get("SecurityContext") or {}).get("ProcMount") == b"Default":
        contents += [((*paths, PROC_MOUNT), _without_proc_mount(content)) for paths, content in contents]
    yield from ((paths, replace(container, content=content)) for paths, content in contents[1:])


def _fewer_policies(container: DecodedContainer) -> Iterator[GoValue]:
    """What its resizePolicy can have been: a server appends one for cpu, for memory, or both, that asks for no restart."""
    policies = list(container.content.get("ResizePolicy") or ()) if container.kind is ContainerKind.APP else []
    for _ in range(min(len(policies), _RESIZABLE)):
        if policies.pop().get("RestartPolicy") != b"NotRequired":
            return
        yield {"ResizePolicy": GoSlice(policies, [])} if policies else {}


def _without_proc_mount(content: GoValue) -> GoValue:
    security = {name: value for name, value in content["SecurityContext"].items() if name != "ProcMount"}
    return {**content, "SecurityContext": security}


def _proc_mount(content: GoValue) -> object:
    return (content.get("SecurityContext") or {}).get("ProcMount")


def _resize_policy(content: GoValue) -> object:
    return content.get("ResizePolicy") or None


_SET: Mapping[str, Callable[[GoValue], object]] = {RESIZE_POLICY: _resize_policy, PROC_MOUNT: _proc_mount}
