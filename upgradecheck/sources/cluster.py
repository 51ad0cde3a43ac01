"""Source: a live cluster, read by its API server. Nodes first, which are few; then pods page by page, never more than one page held.

Namespaces and selectors go to the server. What it does not give is named as missing, so a list is never silently short: a place that
expired begins anew (pods already seen are passed over), a refused namespace or a list that breaks off makes the report partial.
Only when no list of pods gave anything is there no report.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.events import KUBELET
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kube.objects import OBJECTS, ApiObject, Named
from upgradecheck.decode.text.typed import typed
from upgradecheck.logs import Log
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import ClusterRead, Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.progress import Progress, Watch
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.times import SECOND
from upgradecheck.model.version import ReportedVersion
from upgradecheck.model.wording import count
from upgradecheck.reading.identity import Identity
from upgradecheck.reading.pod import ReadPod
from upgradecheck.transport.errors import AccessRefused, ClusterError, NotConfigured, Unreachable
from upgradecheck.transport.kube import KubeApi
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.paging import Listing, ListPage, pages
from upgradecheck.transport.server import server_version
from upgradecheck.transport.waiting import Limits

NAME = "the live cluster"
_LOG = Log(__name__)
_NODES = Listing("/api/v1/nodes", "NodeList", "list nodes")


class ClusterQuery(msgspec.Struct, frozen=True, gc=False):
    """What of the cluster is wanted; no namespaces: all of them. node narrows on the server only where it is a single one."""

    namespaces: tuple[str, ...] = ()
    selector: str | None = None
    node: str | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.namespaces or self.selector)


class Cluster(msgspec.Struct):
    """A cluster that has been reached. What is missing, and what is to be said, grows while pods are read."""

    query: ClusterQuery
    _api: KubeApi
    _watch: Watch
    _facts: Facts = Facts(names=(NAME,))

    def __repr__(self) -> str:
        """Without _api and _watch."""
        return f"Cluster(query={self.query!r}, _facts={self._facts!r})"

    def facts(self) -> Facts:
        """The nodes and the server's version."""
        return self._facts

    def all_facts(self) -> Facts:
        """With objects other than pods and nodes, which are asked for now."""
        found = {one.fact: self._objects(one) for one in OBJECTS}
        for one in OBJECTS:
            _LOG.info(f"read {count(len(found[one.fact]), one.kind)}")
        return replace(self._facts, **found)

    def read_nodes(self) -> None:
        """Takes all Nodes, or the only one in question, the server's version, and which cluster is read, and when.

        Nodes that are not given are named as missing: the pods may be read all the same.

        Raises:
            ClusterError: it cannot be reached, or accepts no credentials.
        """
        found: dict[str, NodeFacts] = {}
        begun = int(time.time())
        try:
            for page in self._pages(self._listed_nodes(), "Nodes", lambda: None):
                for raw in page.items:
                    self._node(raw, found)
                self._told("nodes", len(found), page.remaining, last=page.last)
        except ClusterError as error:
            if _nothing_else_works(error):
                raise
            if not (_is_forbidden(error) and self._one_node(found)):
                what = f"nodes after the first {len(found)}" if found else "nodes"
                remedy = "; allow list on nodes" if _is_forbidden(error) else ""
                self._miss(what, f"{_reason(error, _NODES)}; their kubelet versions are not seen{remedy}")
        read = ClusterRead(self._api.context, self._api.host, begun * SECOND)
        self._facts = replace(self._facts, cluster=read, nodes=tuple(found.values()), server=self._server_version())
        _LOG.info(f"read {self._api.host}: {count(len(found), 'node')}, server version {self._facts.server or 'not told'}")
        if self._api.insecure:
            self._note("The cluster's certificate was not checked: the kubeconfig says insecure-skip-tls-verify.")
        if self._api.proxy is not None:
            self._note(f"The cluster was read through the proxy {self._api.proxy}.")
        if self.query.narrows:
            self._note("Only the pods in scope were asked of the server; admission is examined without the others on their nodes.")

    def _listed_nodes(self) -> Listing:
        """The only node in question is asked for alone: who may list no others may list that one, as a kubelet from 1.32 on."""
        if self.query.node is None:
            return _NODES
        return replace(_NODES, selectors=(("fieldSelector", f"metadata.name={self.query.node}"),))

    def _one_node(self, found: dict[str, NodeFacts]) -> bool:
        """Whether the only node in question may be read by its name, where it may not be listed; it is added."""
        name = self.query.node
        if name is None:
            return False
        try:
            raw = self._api.get(f"/api/v1/nodes/{quote(name, safe='')}", {}, f"read node {name}", bytes)
        except ClusterError:
            return False
        self._node(raw, found)
        return name in found

    def pods(self) -> Iterator[ReadPod]:
        """Every pod once, with its exact bytes.

        Raises:
            ClusterError: not one list of pods gave anything.
        """
        seen = _Seen()
        failures: list[ClusterError] = []
        listings = [*_listings(self.query)]
        for words, listing in listings:
            before = len(seen)
            try:
                yield from self._new(listing, words, seen)
            except ClusterError as error:
                failures.append(error)
                read = len(seen) - before
                what = f"{words} after the first {read}" if read else words
                self._miss(what, _reason(error, listing))
            _LOG.info(f"read {words}: {count(len(seen) - before, 'pod')}")
        if failures and len(failures) == len(listings) and not len(seen):
            raise failures[0]

    def beforehand(self) -> None:
        """No: the server would list them twice."""

    def events(self) -> Iterator[bytes]:
        """The events of kubelets in scope.

        Raises:
            ClusterError: they cannot be had.
        """
        for namespace in dict.fromkeys(self.query.namespaces) or (None,):
            for page in self._pages(_event_listing(namespace), "events", lambda: None):
                yield from page.items

    def _server_version(self) -> ReportedVersion | None:
        try:
            return server_version(self._api)
        except ClusterError:
            return None

    def _objects(self, kind: ApiObject) -> tuple[Named, ...]:
        """Every object of a kind in scope, if they can be had; a server that does not know the kind has none."""
        found: dict[tuple[str, str], Named] = {}
        for namespace in dict.fromkeys(self.query.namespaces) or (None,):
            try:
                self._add_objects(kind, namespace, found)
            except (ClusterError, SpecRefused) as error:
                if isinstance(error, AccessRefused) and error.status == HTTPStatus.NOT_FOUND:
                    return ()
                reason = error.reason if isinstance(error, (AccessRefused, SpecRefused)) else str(error).rstrip(".")
                self._note(f"{kind.plural} were not read ({reason}): {kind.question.format('one')} is not examined.")
                return ()
        return tuple(found.values())

    def _add_objects(self, kind: ApiObject, namespace: str | None, found: dict[tuple[str, str], Named]) -> None:
        """Of the newest version that the server knows."""
        for version in kind.versions:
            try:
                for page in self._pages(_object_listing(kind, version, namespace), kind.plural, found.clear):
                    for raw in page.items:
                        one = guarded(partial(kind.decode, raw, version))
                        found[one.namespace, one.name] = one
            except AccessRefused as error:
                if error.status != HTTPStatus.NOT_FOUND or version == kind.versions[-1]:
                    raise
            else:
                return

    def close(self) -> None:
        """Ends the connections."""
        self._api.close()

    def _new(self, listing: Listing, words: str, seen: _Seen) -> Iterator[ReadPod]:
        for number, page in enumerate(self._pages(listing, words, seen.may_come_again), start=1):
            origin = Origin(NAME, f"{words}, page {number}")  # one for all of them, as 150,000 are kept
            for raw in page.items:
                pod = ReadPod(raw, origin)
                if seen.add(_key(pod)):
                    yield pod
            self._told("pods", len(seen), page.remaining, last=page.last)

    def _told(self, stage: str, done: int, remaining: int | None, *, last: bool) -> None:
        """How far a list is; a server that chooses by selectors does not say how many follow."""
        total = done if last else None if remaining is None else done + remaining
        self._watch(Progress(stage, done, total, self._api.host))

    def _pages(self, listing: Listing, words: str, begun_anew: Callable[[], None]) -> Iterator[ListPage]:
        def restarted() -> None:
            begun_anew()
            self._note(f"The list of {words} expired while it was read (410) and was begun anew; changes meanwhile may be seen in part.")

        return pages(self._api, listing, restarted)

    def _node(self, raw: bytes, found: dict[str, NodeFacts]) -> None:
        try:
            node = guarded(lambda: node_facts(raw, Origin(NAME, f"node {len(found) + 1}")))
        except SpecRefused as error:
            self._miss("a node", str(error))
            return
        found[node.name] = node

    def _miss(self, what: str, reason: str) -> None:
        self._facts = replace(self._facts, missing=tuple(dict.fromkeys((*self._facts.missing, Missing(what, reason)))))

    def _note(self, text: str) -> None:
        self._facts = replace(self._facts, notices=tuple(dict.fromkeys((*self._facts.notices, text))))


def _nothing_else_works(error: ClusterError) -> bool:
    """Whether another list would fail likewise."""
    if isinstance(error, AccessRefused):
        return error.status == 401
    return isinstance(error, NotConfigured) or (isinstance(error, Unreachable) and error.hopeless)


def _is_forbidden(error: ClusterError) -> bool:
    return isinstance(error, AccessRefused) and error.status == HTTPStatus.FORBIDDEN


def _object_listing(kind: ApiObject, version: str, namespace: str | None) -> Listing:
    within = "" if namespace is None else f"/namespaces/{quote(namespace, safe='')}"
    where = "" if namespace is None else f" in namespace {namespace}"
    path = f"/apis/{kind.group}/{version}{within}/{kind.resource}"
    return Listing(path, f"{kind.kind}List", f"list {kind.resource}{where}")


def _event_listing(namespace: str | None) -> Listing:
    within = "" if namespace is None else f"/namespaces/{quote(namespace, safe='')}"
    where = "" if namespace is None else f" in namespace {namespace}"
    return Listing(f"/api/v1{within}/events", "EventList", f"list events{where}", (("fieldSelector", f"source={KUBELET}"),))


def _reason(error: ClusterError, listing: Listing) -> str:
    """Why a list was not given, with what was asked; the errors of connections name that themselves."""
    return f"cannot {listing.what}: {error.reason}" if isinstance(error, AccessRefused) else str(error).rstrip(".")


def _listings(query: ClusterQuery) -> Iterator[tuple[str, Listing]]:
    """One list for all namespaces or one for each that is named, with words for what it holds."""
    chosen = (("labelSelector", query.selector), ("fieldSelector", f"spec.nodeName={query.node}" if query.node else None))
    selectors = tuple((name, value) for name, value in chosen if value)
    if not query.namespaces:
        yield "pods of all namespaces", Listing("/api/v1/pods", "PodList", "list pods in all namespaces", selectors)
    for namespace in dict.fromkeys(query.namespaces):
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods"
        yield f"pods of namespace {namespace}", Listing(path, "PodList", f"list pods in namespace {namespace}", selectors)


class _Seen:
    """Which pods have been given: eight bytes for each, and a set of them only once a list begins anew."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._known: set[int] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def may_come_again(self) -> None:
        """From now on pods come that have been given."""
        self._known = set(self._keys)

    def add(self, key: int) -> bool:
        """Whether the pod is a new one. Within one list, which is a picture of one moment, each is."""
        if self._known is not None:
            if key in self._known:
                return False
            self._known.add(key)
        self._keys.append(key)
        return True


class _Named(msgspec.Struct, gc=False):
    uid: str | None = None
    namespace: str | None = None
    name: str | None = None


class _Object(msgspec.Struct, gc=False):
    metadata: _Named | None = None


_OBJECT = msgspec.json.Decoder(_Object)
_OF_A_KUBELET = (b"kubernetes.io/config", b'"Node"')
"""What stands in a static pod's picture, whose UID is not the one that it was made with."""


def _key(pod: ReadPod) -> int:
    """Tells pods apart: by identity, or by all that it is where that cannot be read."""
    try:
        told = _names(pod)
        identity = f"{told.uid} {told.namespace or 'default'} {told.name or ''}".encode() if told.uid else pod.raw
    except SpecRefused:
        identity = pod.raw
    return int.from_bytes(blake2b(identity, digest_size=8).digest(), "big")


def _names(pod: ReadPod) -> _Named | Identity:
    """Whose it is, without the node, which it gets meanwhile: of most pods what stands there, and nothing else of them is looked at.

    Raises:
        SpecRefused: that cannot be read.
    """
    if any(one in pod.raw for one in _OF_A_KUBELET):
        return pod.identity
    return guarded(lambda: typed(_OBJECT, pod.raw)).metadata or _Named()


def open_cluster(target: Target, limits: Limits, query: ClusterQuery, watch: Watch) -> Cluster:
    """The cluster, reached, its nodes and version read.

    Raises:
        ClusterError: it cannot be reached or will not be read.
    """
    cluster = Cluster(query, KubeApi(target, limits), watch)
    try:
        cluster.read_nodes()
    except BaseException:
        cluster.close()
        raise
    return cluster


SOURCE = open_cluster
