"""What ``hash`` lists: computed hashes of given pods under given kubelets, or, in its place, why one could not be made.

Entries come pod by pod in input order; within a pod by kubelet as asked for, then init, app and ephemeral containers in
spec order. Those of a pod that the fast path reads are one entry. Hashes are 32-bit numbers; rendering writes them as the
kubelet does, in lower hex without padding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import ContainerKind, Era


class HashItem(msgspec.Struct, frozen=True, gc=False):
    """One container's hash under one kubelet.

    kubelet is the version as asked for, without ``v`` and vendor suffix. hash_without_resources is what the kubelets of
    1.27 to 1.30 write as ``io.kubernetes.container.hashWithoutResources``, None under all others. input is the text that is
    hashed (see hashing.shown), None unless asked for: it holds secrets.
    """

    namespace: str
    pod: str | None
    uid: str | None
    container: str
    container_kind: ContainerKind
    kubelet: str
    era: Era
    hash: Hash
    hash_without_resources: Hash | None = None
    input: bytes | None = None

    def __repr__(self) -> str:
        """Without input."""
        return (
            f"HashItem(namespace={self.namespace!r}, pod={self.pod!r}, uid={self.uid!r}, container={self.container!r}, "
            f"container_kind={self.container_kind!r}, kubelet={self.kubelet!r}, era={self.era!r}, hash={self.hash!r}, "
            f"hash_without_resources={self.hash_without_resources!r})"
        )


class HashError(msgspec.Struct, frozen=True, gc=False):
    """A document that is no Pod, or that this kubelet's decoder refuses, in the place of its hashes.

    path is the JSON path of the offending value (empty: the whole document). What could not be read of the identity is
    None.
    """

    namespace: str | None
    pod: str | None
    uid: str | None
    kubelet: str
    path: str
    reason: str


class HashRow(msgspec.Struct, frozen=True, gc=False):
    """What an item says beside its pod and its hashes. text, without_resources: the places of these among the pod's hashes."""

    container: str
    container_kind: ContainerKind
    kubelet: str
    era: Era
    text: int
    without_resources: int | None


class HashRows(msgspec.Struct, frozen=True, gc=False, eq=False):
    """The rows that a pod and its replicas have in common; one is equal to itself alone, so that what is made of it is found again."""

    rows: tuple[HashRow, ...]


class PodHashes(msgspec.Struct, frozen=True, gc=False):
    """The items of one pod under all kubelets. is_plain: its namespace, name and UID stand in JSON as they are (``alike.is_plain``)."""

    namespace: str
    pod: str | None
    uid: str | None
    common: HashRows
    hashes: Sequence[int]
    is_plain: bool = False

    def items(self) -> Iterator[HashItem]:
        """One by one."""
        for row in self.common.rows:
            without = None if row.without_resources is None else Hash(self.hashes[row.without_resources])
            hashes = Hash(self.hashes[row.text]), without
            yield HashItem(self.namespace, self.pod, self.uid, row.container, row.container_kind, row.kubelet, row.era, *hashes)


HashEntry = HashItem | HashError | PodHashes


def one_by_one(entries: Iterable[HashEntry]) -> Iterator[HashItem | HashError]:
    """The same, each item for itself."""
    for entry in entries:
        if isinstance(entry, PodHashes):
            yield from entry.items()
        else:
            yield entry
