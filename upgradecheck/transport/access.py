"""What the account may do, asked of the API server itself, and the least role for what plan and verify ask.

The review is the one request that is no GET; it changes nothing in the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.decode.kube.objects import OBJECTS
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.transport.kube import Garbled, KubeApi

ROLE = "upgradecheck"
VERBS = ("list",)
"""Single objects are never asked for."""
EVENTS = "events"
"""Only verify asks for them, and does without where it may not have them."""
AGENT, READER = f"{ROLE}-collect", f"{ROLE}-fleet"
"""Roles of who publishes nodes' bundles, and who reads them."""
_BUNDLES = "configmaps"


class Access(msgspec.Struct, frozen=True, gc=False):
    """A verb on a resource of a group (that of the core has no name); no namespace: in all of them, or of the cluster itself."""

    verb: str
    resource: str
    namespace: str | None = None
    group: str = ""

    @property
    def words(self) -> str:
        """``list pods in namespace shop``."""
        where = "" if self.namespace is None else f" in namespace {self.namespace}"
        return f"{self.verb} {self.resource}{where}"


class _Status(msgspec.Struct):
    allowed: bool = False


class _Review(msgspec.Struct):
    kind: str
    status: _Status | None = None


_REVIEW = msgspec.json.Decoder(_Review)


def needed(namespaces: tuple[str, ...], fleet: str | None = None) -> Iterator[Access]:
    """What plan and verify ask of the server; namespaces: those of its -n, none for all. fleet: the namespace of nodes' bundles."""
    yield Access("list", "nodes")
    for namespace in dict.fromkeys(namespaces) or (None,):
        yield Access("list", "pods", namespace)
        for one in OBJECTS:
            yield Access("list", one.resource, namespace, one.group)
        yield Access("list", EVENTS, namespace)
    if fleet is not None:
        yield Access("list", _BUNDLES, fleet)


def is_allowed(api: KubeApi, access: Access) -> bool:
    """Whether the account may do that.

    Raises:
        ClusterError: the server does not say.
    """
    attributes = {"verb": access.verb, "group": access.group, "resource": access.resource}
    if access.namespace is not None:
        attributes["namespace"] = access.namespace
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return api.review(msgspec.json.encode(review), f"ask whether the account may {access.words}", _allowed)


def _allowed(body: bytes) -> bool:
    try:
        found = typed(_REVIEW, body)
    except SpecRefused as error:
        raise Garbled("cut short, or no valid JSON") from error
    if found.kind != "SelfSubjectAccessReview" or found.status is None:
        raise Garbled("no SelfSubjectAccessReview")
    return found.status.allowed


def roles(namespaces: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """The least roles for a plan of these namespaces (none: all) and for its verification, as Kubernetes objects."""
    chosen, objects = tuple(dict.fromkeys(namespaces)), [_rule(one.group, one.resource) for one in OBJECTS]
    yield _role("ClusterRole", {}, *([_rule("", "nodes")] if chosen else [_rule("", "nodes", "pods", EVENTS), *objects]))
    for namespace in chosen:
        yield _role("Role", {"namespace": namespace}, _rule("", "pods", EVENTS), *objects)


def fleet_roles(namespace: str) -> Iterator[dict[str, object]]:
    """The least roles for bundles in a namespace: of who reads them, and of the agent on each node, which names its Node as their owner."""
    where = {"namespace": namespace}
    yield _role("Role", where, _rule("", _BUNDLES), name=READER)
    yield _role("Role", where, _rule("", _BUNDLES, verbs=("get", "create", "patch")), name=AGENT)
    yield _role("ClusterRole", {}, _rule("", "nodes", verbs=("get",)), name=AGENT)


def _rule(group: str, *resources: str, verbs: tuple[str, ...] = VERBS) -> dict[str, object]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _role(kind: str, where: dict[str, str], *rules: dict[str, object], name: str = ROLE) -> dict[str, object]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name, **where},
        "rules": [*rules],
    }
