"""What ``hash`` lists: computed hashes of given pods under given kubelets, or, in its place, why one could not be made.

Entries come pod by pod in input order; within a pod by kubelet as asked for, then init, app and ephemeral containers in
spec order. Hashes are 32-bit numbers; rendering writes them as the kubelet does, in lower hex without padding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from upgradecheck.model.schema import ContainerKind, Era


@dataclass(frozen=True, slots=True)
class HashItem:
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
    hash: int
    hash_without_resources: int | None = None
    input: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HashError:
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
