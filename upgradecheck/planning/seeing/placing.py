"""Whose a runtime's record is, where its UID alone does not tell: the UID stands on two nodes.

No record names its node. What tells, in this order: the container's ID, where a pod's status names it; the pod's name on the record, as a
kubelet names a static pod after its node; the node of the dump that it stands in, for a runtime has one node; and the sandbox, where it
is that of a record that has been placed. A record whose ID is one pod's and whose name another's is of either. A record that nothing
places is taken for nobody's, and leaves open what runs in each pod that it may be of: the newest one is not the right one because it is
the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.pod import ContainerRecord, Origin, PodSource, PodView, SandboxRecord, View
from upgradecheck.reading.identity import Identity, identity_of

Record = ContainerRecord | SandboxRecord
NodeOf = Callable[[Origin], str | None]
Dump = tuple[str, str]
"""What was listed at once: a file, and the list in it."""
_MOST_MARKS = 40
"""In a file's name; what has more names no node."""


def dump_of(origin: Origin) -> Dump:
    """The list in which a record stands."""
    return origin.source, origin.place.rpartition("item ")[0]


def is_bare_manifest(view: PodView) -> bool:
    """Whether this may be a static pod's manifest that was given with ``-f``, so without the node in its name."""
    return view.view is View.SPEC and view.source is PodSource.API and not view.has_status


def named_after(manifest: str, name: str) -> bool:
    """Whether a static pod of this name may be that of a manifest."""
    return name.startswith(f"{manifest}-")


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A pod of which a record may be. ids: of the containers that its statuses name. bare: its name lacks the node.

    before: namespace and name under which it runs, where its manifest gives others now.
    """

    identity: Identity
    ids: frozenset[str] = frozenset()
    bare: bool = False
    before: frozenset[tuple[str, str]] = frozenset()

    def fits(self, record: Record, node: str | None) -> bool:
        """Whether a record from a node, if that is known, may be of this pod."""
        return self.fits_named(record.pod_namespace, record.pod_name, node)

    def fits_named(self, namespace: str, name: str, node: str | None) -> bool:
        """Whether what says that it is of a pod of this name may be of this one."""
        own = self.identity
        if node is not None and own.node is not None and node != own.node:
            return False
        if not name or (namespace, name) == (own.namespace, own.name) or (namespace, name) in self.before:
            return True
        return self.bare and namespace == own.namespace and named_after(own.name, name)


def claim_of(views: Sequence[PodView]) -> Claim:
    """The claim of one pod, of which these are views."""
    ids = frozenset(status.container_id for view in views for status in view.statuses if status.container_id is not None)
    node = next((view.node for view in views if view.node), None)
    named = next((view for view in views if not is_bare_manifest(view)), views[0])
    own = identity_of(named)
    others = frozenset((view.namespace, view.name) for view in views if not is_bare_manifest(view)) - {(own.namespace, own.name)}
    return Claim(Identity(node, own.uid, own.namespace, own.name), ids, is_bare_manifest(named), others)


class Pile(msgspec.Struct):
    """The records of one pod: of each container name the newest, and the sandboxes; ids: of all its containers.

    several: the names of which there is more than one container. loose and loose_sandboxes may be of this pod or of another one.
    """

    newest: dict[str, ContainerRecord] = msgspec.field(default_factory=dict)
    sandboxes: dict[str, SandboxRecord] = msgspec.field(default_factory=dict)
    ids: set[str] = msgspec.field(default_factory=set)
    several: set[str] = msgspec.field(default_factory=set)
    loose: dict[str, ContainerRecord] = msgspec.field(default_factory=dict)
    loose_sandboxes: dict[str, SandboxRecord] = msgspec.field(default_factory=dict)

    def put(self, record: Record, *, loose: bool) -> None:
        """Takes a record."""
        if isinstance(record, SandboxRecord):
            add_sandbox(self.loose_sandboxes if loose else self.sandboxes, record)
            return
        if loose:
            add_container(self.loose, record)
            return
        self.ids.add(record.container_id)
        if not add_container(self.newest, record):
            self.several.add(record.name)


def add_container(newest: dict[str, ContainerRecord], record: ContainerRecord) -> bool:
    """Keeps the newest of each name; gives whether it is the only one so far."""
    known = newest.get(record.name)
    if known is None or known.container_id == record.container_id or is_newer(record, known):
        newest[record.name] = record
    return known is None or known.container_id == record.container_id


def is_newer(one: ContainerRecord, other: ContainerRecord) -> bool:
    """Whether a container of a pod was made after another one of its name."""
    return (one.created_at, one.attempt) > (other.created_at, other.attempt)


def by_age(sandbox: SandboxRecord) -> tuple[int, int]:
    """Orders the sandboxes of a pod, the oldest first."""
    return sandbox.created_at, sandbox.attempt


def add_sandbox(found: dict[str, SandboxRecord], sandbox: SandboxRecord) -> None:
    """One of each ID: a sandbox that was ready in one dump and is not in another was seen again later, as none comes back to life."""
    known = found.setdefault(sandbox.sandbox_id, sandbox)
    if known is not sandbox:
        ready, network = known.ready and sandbox.ready, known.network or sandbox.network
        found[sandbox.sandbox_id] = msgspec.structs.replace(known, ready=ready, network=network)


def told_apart(records: Sequence[Record], claims: Sequence[Claim], node_of: NodeOf) -> Mapping[Identity, Pile]:
    """The records of one UID, by pod; those that fit no claim are of pods that only the runtime shows."""
    piles = {claim.identity: Pile() for claim in claims}
    sandboxes: dict[str, set[Identity]] = {}
    open_: list[tuple[Record, tuple[Identity, ...]]] = []
    index = _Claims(claims)
    for record in records:
        for identity in (torn := index.torn(record)):
            piles[identity].put(record, loose=True)
        if torn:
            continue
        whose = index.whose(record, node_of(record.origin))
        if len(whose) == 1:
            piles.setdefault(whose[0], Pile()).put(record, loose=False)
            sandboxes.setdefault(record.sandbox_id, set()).add(whose[0])
        else:
            open_.append((record, whose))
    for record, whose in open_:
        by_sandbox = sandboxes.get(record.sandbox_id, set()).intersection(whose) if record.sandbox_id else set()
        for identity in by_sandbox if len(by_sandbox) == 1 else whose:
            piles[identity].put(record, loose=len(by_sandbox) != 1)
    return piles


class _Claims:
    """Claims by what tells them apart, for static pods of one UID may be on every node of a fleet."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._claims = claims
        self._by_id: dict[str, list[Identity]] = {}
        self._by_name: dict[tuple[str, str], list[Claim]] = {}
        self._bare = [claim for claim in claims if claim.bare]
        for claim in claims:
            for identity in claim.ids:
                self._by_id.setdefault(identity, []).append(claim.identity)
            for name in {(claim.identity.namespace, claim.identity.name), *claim.before}:
                self._by_name.setdefault(name, []).append(claim)

    def whose(self, record: Record, node: str | None) -> tuple[Identity, ...]:
        """The pods that a record may be of; one is its own."""
        if isinstance(record, ContainerRecord):
            named = self._by_id.get(record.container_id, ())
            if len(named) == 1:
                return tuple(named)
        fitting = tuple(dict.fromkeys(claim.identity for claim in self._likely(record) if claim.fits(record, node)))
        return fitting or (Identity(node, record.pod_uid, record.pod_namespace, record.pod_name),)

    def torn(self, record: Record) -> tuple[Identity, ...]:
        """The pods of a record whose ID is in one's status, and whose name others have; none where it is not so."""
        by_id = self._by_id.get(record.container_id, ()) if isinstance(record, ContainerRecord) else ()
        named = [claim.identity for claim in self._by_name.get((record.pod_namespace, record.pod_name), ())]
        return tuple(dict.fromkeys((*by_id, *named))) if by_id and named and not set(by_id) & set(named) else ()

    def _likely(self, record: Record) -> Sequence[Claim]:
        if not record.pod_name:
            return self._claims
        return (*self._by_name.get((record.pod_namespace, record.pod_name), ()), *self._bare)


def nodes_of_dumps(
    dumps: Iterable[Dump], named: Iterable[tuple[Dump, str]], nodes: frozenset[str], live: Mapping[str, str]
) -> Mapping[Dump, str]:
    """The node of each dump, where it can be told.

    named: dumps that list a container which the status of a pod on a node names. nodes: all that are known. live: by name, what was read
    of a runtime that was asked now. A dump that two nodes would fit is several that were put together, and has none.
    """
    found: dict[Dump, set[str]] = {}
    for dump, node in named:
        found.setdefault(dump, set()).add(node)
    for dump in dumps:
        if dump[0] in live:
            found[dump] = {live[dump[0]]}
        elif (in_name := node_in_name(dump[0], nodes)) is not None:
            found.setdefault(dump, set()).add(in_name)
    return {dump: next(iter(told)) for dump, told in found.items() if len(told) == 1}


def dumps_of_node(sandboxes: Iterable[SandboxRecord], node: str, told: Mapping[Dump, str], *, alone: bool) -> frozenset[Dump]:
    """The lists that were made on a node: those known to be, and where it is the only one those of which nothing says otherwise.

    told: the nodes of lists. A static pod that is not named after the node runs on another one.
    """
    found: dict[Dump, bool] = {}
    for one in sandboxes:
        dump = dump_of(one.origin)
        if dump in told:
            found[dump] = told[dump] == node
        else:
            static = one.source in (PodSource.FILE, PodSource.HTTP)
            found[dump] = found.get(dump, alone) and (not static or one.pod_name.endswith(f"-{node.lower()}"))
    return frozenset(dump for dump, its in found.items() if its)


def node_in_name(source: str, nodes: frozenset[str]) -> str | None:
    """The node after which a file is named, or a directory that it is in: ``NODE-crictl.json`` is what reports ask for.

    Of names that stand in one another the longest counts; of two that do not, neither.
    """
    for part in reversed(source.split("/")):
        found = nodes.intersection(_words(part))
        longest = [one for one in found if not any(one != other and one in other for other in found)]
        if longest:
            return longest[0] if len(longest) == 1 else None
    return None


def _words(part: str) -> Iterator[str]:
    """What stands in a name between marks, with the marks inside."""
    marks = [index for index, letter in enumerate(part) if letter in "-._"][:_MOST_MARKS]
    starts, ends = [0, *(index + 1 for index in marks)], [*marks, len(part)]
    return (part[start:end] for start in starts for end in ends if start < end)
