"""What the checks of manifests are made of: a complaint, and walks over the containers of a Go value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.patterns import pattern


class Complaint(msgspec.Struct, frozen=True, gc=False):
    """What a kubelet finds wrong at a JSON path; reason is ours, and never holds a value of the manifest."""

    path: str
    reason: str


class FieldPlace(msgspec.Struct, frozen=True):
    """A container of a pod: its path (``spec.containers[0]``), and whether it is an init container."""

    path: str
    content: GoValue
    is_init: bool

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an init container that goes on running; a minor that does not know the field has none."""
        return self.is_init and self.content.get("RestartPolicy") == b"Always"


Check = Callable[[GoValue, KubeletBuild], Iterator[Complaint]]

_LABEL = pattern(rb"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = pattern(rb"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_NAME_PART = pattern(rb"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LONGEST = 253


def spec_of(pod: GoValue) -> GoValue:
    """The pod's spec."""
    spec: GoValue = pod.get("Spec", {})
    return spec


def containers(spec: GoValue) -> Iterator[FieldPlace]:
    """Init containers, then app containers."""
    for field, key, are_init in (("InitContainers", "initContainers", True), ("Containers", "containers", False)):
        for index, container in enumerate(spec.get(field) or ()):
            yield FieldPlace(f"spec.{key}[{index}]", container, are_init)


def annotations_of(pod: GoValue) -> Mapping[bytes, bytes]:
    """The pod's annotations."""
    return pod.get("ObjectMeta", {}).get("Annotations") or {}


def is_label(text: bytes) -> bool:
    """Mirrors IsDNS1123Label."""
    return _LABEL.fullmatch(text) is not None


def is_subdomain(text: bytes) -> bool:
    """Mirrors IsDNS1123Subdomain."""
    return len(text) <= _LONGEST and _SUBDOMAIN.fullmatch(text) is not None


def is_qualified_name(text: bytes) -> bool:
    """Mirrors IsQualifiedName: a name of 63 characters, perhaps behind a domain."""
    domain, slash, name = text.rpartition(b"/")
    return _NAME_PART.fullmatch(name) is not None and (not slash or is_subdomain(domain))


def is_label_value(text: bytes) -> bool:
    """Mirrors IsValidLabelValue."""
    return not text or _NAME_PART.fullmatch(text) is not None


def one_of(path: str, value: bytes | None, allowed: tuple[str, ...]) -> Iterator[Complaint]:
    """A complaint if a value that is there is none of these."""
    if value is not None and printable(value) not in allowed:
        yield Complaint(path, f"is none of {', '.join(allowed)}")
