"""A node's bundle, brought to its cluster: ConfigMaps of one namespace, by server-side apply, and only where they are to change.

An API server that cannot be reached costs an agent one round, never its life: what stands there grows old, and whoever plans is told so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from upgradecheck.commands.collecting import CollectRequest, collect, remark
from upgradecheck.decode.text.typed import typed
from upgradecheck.formats.bundle import bundle_text, digest_of, packed
from upgradecheck.formats.bundle_configmaps import configmaps, part_in
from upgradecheck.logs import Log
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError
from upgradecheck.model.fleet import LONGEST_NODE, MANAGER, BundlePart, part_name
from upgradecheck.model.times import SECOND, from_rfc3339
from upgradecheck.model.wording import count
from upgradecheck.transport.errors import AccessRefused, ClusterError
from upgradecheck.transport.kube import Garbled, KubeApi
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.waiting import Limits

_LOG = Log(__name__)


class Publishing(msgspec.Struct, frozen=True):
    """What is published, and where. renew: after how many seconds what has not changed is written again, to show that it holds."""

    collected: CollectRequest
    target: Target
    limits: Limits
    namespace: str
    renew: float


class _Metadata(msgspec.Struct):
    uid: str = ""


class _Node(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_NODE = msgspec.json.Decoder(_Node)


def publish(wanted: Publishing) -> str:
    """Collects this node's bundle and brings it to the cluster; what was done, in words.

    Raises:
        UpgradecheckError: it was not collected, or not published.
    """
    bundle = collect(wanted.collected)
    if len(bundle.name) > LONGEST_NODE:
        raise InputError(f"node {bundle.name}: its name has more than {LONGEST_NODE} signs, so no ConfigMap can be named after it.")
    api = KubeApi(wanted.target, wanted.limits)
    try:
        return _published(api, bundle, wanted)
    finally:
        api.close()


def publish_again(wanted: Publishing, every: float, tell: Callable[[str], None], complain: Callable[[str], None]) -> int:
    """The same, again and again, until the program is ended; a round that fails is told, and the next one comes all the same."""
    while True:
        begun = time.monotonic()
        try:
            tell(publish(wanted))
        except UpgradecheckError as error:
            complain(f"{error} The next round is in {every:g} s.")
        if _wait(max(1.0, every - (time.monotonic() - begun))):
            return 0


def _wait(seconds: float) -> bool:
    """Lets so much time pass; whether it is over then."""
    time.sleep(seconds)
    return False


def _published(api: KubeApi, bundle: Bundle, wanted: Publishing) -> str:
    digest, place = digest_of(bundle), f"ConfigMap {wanted.namespace}/{part_name(bundle.name, 0)}"
    known = _known(api, bundle.name, wanted.namespace)
    if known is not None and known.digest == digest and _age(known, bundle.collected_at) < wanted.renew:
        return f"{place}: nothing new since {known.collected_at}, left as it is."
    content = packed(bundle_text(bundle))
    objects = configmaps(bundle, digest, content, wanted.namespace, _owner(api, bundle.name))
    for number in reversed(range(len(objects))):  # the first part last: it says which the others must be
        name = part_name(bundle.name, number)
        api.apply(_path(wanted.namespace, name), MANAGER, objects[number], f"apply ConfigMap {wanted.namespace}/{name}")
    told = f"{place}: published {len(content):,} bytes in {count(len(objects), 'part')}, of {count(len(bundle.containers), 'container')}."
    return f"{told} {remark(bundle)}".rstrip()


def _known(api: KubeApi, node: str, namespace: str) -> BundlePart | None:
    """What is there already, without its data; None where there is nothing.

    Raises:
        ClusterError: it cannot be had.
        InputError: somebody else's is there.
    """
    name = part_name(node, 0)
    try:
        return api.get(_path(namespace, name), {}, f"get ConfigMap {namespace}/{name}", _part)
    except AccessRefused as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    except SpecRefused as error:
        raise InputError(
            f"ConfigMap {namespace}/{name}: {error.reason}. It is left as it is, and nothing was published; look whose it is, delete it."
        ) from error


def _part(body: bytes) -> BundlePart:
    try:
        typed(_NODE, body)
    except SpecRefused as error:
        raise Garbled("cut short, or no valid JSON") from error
    return part_in(body)


def _age(known: BundlePart, now: int) -> float:
    """Seconds since it was collected; of a time that is none, or still to come, more than any."""
    try:
        age = (now - from_rfc3339(known.collected_at)) / SECOND
    except ValueError:
        return float("inf")
    return age if age >= 0 else float("inf")


def _owner(api: KubeApi, node: str) -> Mapping[str, str] | None:
    """The reference to the Node, with which the bundle goes when that does; None where it may not be read, or there is none."""
    try:
        uid = api.get(f"/api/v1/nodes/{quote(node, safe='')}", {}, f"get node {node}", lambda body: typed(_NODE, body).metadata.uid)
    except ClusterError as error:
        _LOG.info(f"without an owner: {error}")
        return None
    return {"apiVersion": "v1", "kind": "Node", "name": node, "uid": uid} if uid else None


def _path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps/{quote(name, safe='')}"
