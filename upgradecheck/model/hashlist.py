"""What ``hash`` lists: computed hashes of given pods under given kubelets, or, in its place, why one could not be made.

Entries come pod by pod in input order; within a pod by kubelet as asked for, then init, app and ephemeral containers in
spec order. Hashes are 32-bit numbers; rendering writes them as the kubelet does, in lower hex without padding.
"""

from __future__ import annotations

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


HashEntry = HashItem | HashError
