"""What differs between a manifest and the pod that runs from it, so that a kubelet that starts now does not find what it left.

A kubelet takes an edit of a manifest at once. While none runs, or between a dump and the upgrade, it is taken by the next one that starts.
Where the kubelet makes the UID, any edit makes another pod; where the manifest gives it, the containers' hashes and the sandbox decide.

Both are taken as the running kubelet has them: decoded, and with its defaults. What it adds itself afterwards (applyDefaults in
pkg/kubelet/config/common.go: name suffix, node, its own annotations, a toleration) does not count. Of a mirror pod only what both have is
sure: the API server, its admission and its users add to it (priority, resizePolicy, labels), its gates drop fields from it, and nobody runs
that.

Run on all static pods of the recorded upgrades: each that was not edited is found equal (tests/lab/test_manifests_that_run.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from upgradecheck.decisions.qos import qos_class
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.reading.pod import DecodedPod

_OWN_ANNOTATIONS = "kubernetes.io/config."
_OWN_TOLERATION = {"operator": "Exists", "effect": "NoExecute"}
_BY_NAME = ("containers", "initContainers", "volumes")
_NEVER_COMPARED = ("nodeName", "ephemeralContainers")
_ADDED_TO_MIRRORS = ("priority", "preemptionPolicy", "priorityClassName", "resizePolicy")
_NEVER_DROPPED = frozenset(
    (
        *("affinity", "args", "command", "containers", "dnsPolicy", "env", "hostAliases", "image", "initContainers", "lifecycle"),
        *("livenessProbe", "nodeSelector", "ports", "priorityClassName", "readinessProbe", "schedulerName", "tolerations", "volumeMounts"),
        *("volumes", "workingDir"),
    )
)
"""Fields that no gate of an API server has ever taken out of a pod."""
_NAMESPACES_OF_THE_HOST = ("hostNetwork", "hostPID", "hostIPC")
_METADATA = ("labels", "annotations", "finalizers", "ownerReferences", "generateName")

Json = Mapping[str, Any]


class Edits(msgspec.Struct, frozen=True, gc=False):
    """How a manifest is other than what runs.

    paths: the fields that differ. in_doubt: those that only a mirror pod has, or has not, which need not be so of what runs. network: the
    pod runs in another network (its own, or the node's) than the manifest says. moves: the manifest has another QoS class, hence another
    cgroup.
    """

    paths: tuple[str, ...] = ()
    in_doubt: tuple[str, ...] = ()
    network: bool = False
    moves: bool = False

    def touches(self, container: str) -> bool:
        """Whether something of a container was edited."""
        starts = tuple(f"spec.{kind}[{container}]" for kind in ("containers", "initContainers"))
        return any(path.startswith(starts) for path in self.paths)


UNEDITED = Edits()


class _Has(Enum):
    """Which of the two has anything at a path where they differ: the manifest, what was seen to run, or both."""

    BOTH = "both"
    MANIFEST = "manifest"
    MIRROR = "mirror"


def edits(manifest: DecodedPod, seen: DecodedPod, *, mirror: bool) -> Edits:
    """What differs; both as the running kubelet has them. mirror: the pod was seen at an API server, not at the kubelet."""
    wanted, found = _json(manifest), _json(seen)
    differing = [*_metadata(wanted, found, mirror=mirror), *_spec(wanted, found, mirror=mirror)]
    paths = tuple(path for path, sure in differing if sure)
    return Edits(
        paths=paths,
        in_doubt=tuple(path for path, sure in differing if not sure),
        network="spec.hostNetwork" in paths or _in_another_network(wanted, found),
        moves=bool(paths) and _qos(manifest, with_status=True) != _qos(seen, with_status=False),
    )


def _qos(pod: DecodedPod, *, with_status: bool) -> object:
    return qos_class(pod.value, pod.build, with_status=with_status)


def _json(pod: DecodedPod) -> Json:
    import json  # edits alone are compared so

    found: Json = json.loads(codecs(pod.build.schema).root("Pod").encode(pod.value, short_control_escapes=True))
    return found


_Differing = Iterator[tuple[str, bool]]
"""Paths, and whether what stands there is surely other than what runs."""


def _metadata(wanted: Json, found: Json, *, mirror: bool) -> _Differing:
    for field in _METADATA[:2] if mirror else _METADATA:
        before, after = (_without_own(side.get("metadata", {}).get(field)) for side in (found, wanted))
        if mirror:  # its users may have given it more
            before = {key: text for key, text in before.items() if key in after}
        yield from ((path, True) for path, _ in _differing(before, after, f"metadata.{field}"))


def _without_own(marks: Any) -> Any:
    if not isinstance(marks, dict):
        return marks or {}
    return {key: text for key, text in marks.items() if not key.startswith(_OWN_ANNOTATIONS)}


def _spec(wanted: Json, found: Json, *, mirror: bool) -> _Differing:
    before, after = (_comparable(side.get("spec", {})) for side in (found, wanted))
    for path, has in _differing(before, after, "spec"):
        if not mirror:
            yield path, True
        elif not _is_added(path, before, has):
            yield path, _is_sure(path, has)


def _is_sure(path: str, has: _Has) -> bool:
    """Whether the manifest itself must have been edited, not the mirror pod."""
    field = path.rpartition(".")[2].partition("[")[0]
    return has is _Has.BOTH or field in _NAMESPACES_OF_THE_HOST or (has is _Has.MANIFEST and field in _NEVER_DROPPED)


def _comparable(spec: Json) -> Json:
    tolerations = [one for one in spec.get("tolerations") or () if one != _OWN_TOLERATION]
    rest = {key: value for key, value in spec.items() if key not in (*_NEVER_COMPARED, "tolerations")}
    return {**rest, "tolerations": tolerations} if tolerations else rest


def _is_added(path: str, before: Json, has: _Has) -> bool:
    """Whether an API server is known to add this to mirror pods."""
    if path.rpartition(".")[2] in _ADDED_TO_MIRRORS:
        return has is _Has.MIRROR
    if not path.endswith(".imagePullPolicy"):
        return False
    kind, _, name = path.removeprefix("spec.").removesuffix(".imagePullPolicy").partition("[")
    return any(one.get("name") == name.rstrip("]") and one["imagePullPolicy"] == "Always" for one in before.get(kind) or ())


def _differing(before: Any, after: Any, path: str) -> Iterator[tuple[str, _Has]]:
    """Where the two differ, and which of them has anything there."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _differing(before.get(key), after.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
    else:
        yield path, _Has.BOTH if before and after else _Has.MANIFEST if after else _Has.MIRROR


def _of_lists(before: list[Any], after: list[Any], path: str) -> Iterator[tuple[str, _Has]]:
    if path.rpartition(".")[2] in _BY_NAME:
        yield from _of_named(before, after, path)
    elif len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(old, new, f"{path}[{number}]")
    else:
        yield path, _Has.MIRROR if all(one in before for one in after) else _Has.BOTH


def _of_named(before: list[Json], after: list[Json], path: str) -> Iterator[tuple[str, _Has]]:
    """Of containers and volumes; in another order they are another pod."""
    old, new = ({str(one.get("name")): one for one in side} for side in (before, after))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield path, _Has.BOTH
        return
    for name in dict.fromkeys((*old, *new)):
        yield from _differing(old.get(name), new.get(name), f"{path}[{name}]")


def _in_another_network(wanted: Json, found: Json) -> bool:
    """Whether the address of the pod, its own or the node's, contradicts what the manifest says."""
    status = found.get("status", {})
    own, host = status.get("podIP"), status.get("hostIP")
    return bool(own and host) and (own == host) is not bool(wanted.get("spec", {}).get("hostNetwork"))
