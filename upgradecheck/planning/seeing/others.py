"""Other minors than the one that is said to run, asked whether they make the UID that a static pod runs under.

To ask all of them costs a decode, defaults and a text for each, of all that a manifest can have been. In a fleet it is asked of
thousands: where the directory is one that nobody told, of every static pod. So what is printed of a pod is kept for those that are like
it but for what their kubelet and API server gave each: node, UID, times, status. Those are tried against the same sums, under their own
node and UID, and the answer is theirs, exactly. Every pod is asked about under every minor: the one that runs another kubelet than its
node reports is the one that counts, wherever it stands in a fleet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from upgradecheck.decisions.manifests.outcomes import Ran, UIDCheck
from upgradecheck.hashing.jsontext import Node, text
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import View
from upgradecheck.model.version import Minor
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.reading.pod import ReadPod

if TYPE_CHECKING:
    from upgradecheck.decisions.manifests.reproducing import Manifests, Printed

_MOST_KEPT = 48
_OF_EACH = frozenset(
    (
        b"name",
        b"annotations",
        b"uid",
        b"resourceVersion",
        b"generation",
        b"selfLink",
        b"creationTimestamp",
        b"ownerReferences",
        b"managedFields",
    )
)
_APART = (b"metadata", b"spec", b"status")
_OWN_ANNOTATIONS = b"kubernetes.io/config."


class OtherMinors:
    """Asks them; keeps what was printed of the kinds of pods that were met last."""

    def __init__(self, catalog: SchemaCatalog) -> None:
        self._catalog = catalog
        self._kept: dict[tuple[bytes, frozenset[Minor]], tuple[Printed, ...]] = {}

    def all_of(self, spec: Spec) -> tuple[KubeletBuild, ...]:
        """One kubelet of each minor that is not said to run."""
        found = _one_of_each(_running(spec.step), self._catalog.finished_minors(), self._catalog.builds_of)
        spec.pod.expect(found)
        return found

    def asked(self, check: UIDCheck, spec: Spec, view: View, manifests: Manifests, ran: Ran) -> UIDCheck:
        """A check of a UID that the running kubelet does not make, with those that do."""
        from upgradecheck.decisions.manifests.reproducing import made_by_others, printed  # few plans have static pods of another kubelet

        running, kind = _running(spec.step), kind_of(spec.pod, view)
        known = self._kept.get((kind, running))
        if known is None:
            known = self._keep(kind, running, printed(manifests, self.all_of(spec)))
        return made_by_others(check, known, manifests, spec.step.target.builds, ran)

    def _keep(self, kind: bytes, running: frozenset[Minor], made: tuple[Printed, ...]) -> tuple[Printed, ...]:
        if len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[kind, running] = made
        return made


def _running(step: Step) -> frozenset[Minor]:
    return frozenset(build.minor for build in step.start.builds) if step.start is not None else frozenset()


@lru_cache(maxsize=16)
def _one_of_each(
    running: frozenset[Minor], minors: tuple[Minor, ...], builds_of: Callable[[Minor], tuple[KubeletBuild, ...]]
) -> tuple[KubeletBuild, ...]:
    return tuple(builds_of(minor)[-1] for minor in minors if minor not in running)


def kind_of(pod: ReadPod, view: View) -> bytes:
    """Equal for pods whose manifests can have been the same: of a view all is left out that differs from node to node (views.py).

    Pods of which that cannot be told are of a kind of their own.
    """
    content = None if view is View.SPEC else _content(pod)
    told = pod.raw if content is None else repr((view.value, content)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=16).digest()


def _content(pod: ReadPod) -> object:
    """All that the document says of the manifest, with the node's name off the pod's; None where it says a thing twice or oddly."""
    try:
        top = _members(pod.tree)
        metadata, spec = _members(top.get(b"metadata")), _members(top.get(b"spec"))
        annotations = _members(metadata.get(b"annotations"))
    except SpecRefused:
        return None
    name, node = text(metadata.get(b"name")), text(spec.get(b"nodeName"))
    if name is None or not node or pod.raw.lower().count(b'"nodename"') != 1:
        return None
    return (
        name.removesuffix(b"-" + node.lower()),
        [(key, _plain(value)) for key, value in annotations.items() if not key.startswith(_OWN_ANNOTATIONS)],
        [(key, _plain(value)) for key, value in metadata.items() if key not in _OF_EACH],
        [(key, _plain(value)) for key, value in spec.items() if key != b"nodeName"],
        [(key, _plain(value)) for key, value in top.items() if key not in _APART],
    )


def _members(node: Node) -> dict[bytes, Node]:
    """The members of an object by their names as they are written.

    Raises:
        SpecRefused: one comes twice.
    """
    if not isinstance(node, tuple):
        return {}
    found = {_name(key): value for key, value in node}
    if len(found) != len(node):
        raise SpecRefused("a member comes twice")
    return found


def _name(key: str | bytes) -> bytes:
    return key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")


def _plain(node: Node) -> object:
    """A tree whose repr tells all that it says."""
    if isinstance(node, tuple):
        return tuple((_name(key), _plain(value)) for key, value in node)
    if isinstance(node, list):
        return list(map(_plain, node))
    return (type(node).__name__, node) if isinstance(node, bytes) else node
