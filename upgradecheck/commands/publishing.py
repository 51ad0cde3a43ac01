"""A node's bundle, brought to its cluster: ConfigMaps of one namespace, by server-side apply, and only where they are to change.

An API server that cannot be reached costs an agent one round, never its life: what stands there grows old, and whoever plans is told so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from upgradecheck.commands.collecting import CollectRequest, collect, remark, with_polled
from upgradecheck.commands.sighting import looked, with_seen
from upgradecheck.decode.text.typed import typed
from upgradecheck.formats.bundle import bundle_text, digest_of, packed, read_bundle
from upgradecheck.formats.bundle_configmaps import configmaps, part_in, whole
from upgradecheck.logs import Log
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.checkpoint import Checkpoint
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError
from upgradecheck.model.fleet import LONGEST_NODE, MANAGER, BundlePart, part_name
from upgradecheck.model.times import SECOND, from_rfc3339
from upgradecheck.model.wording import count
from upgradecheck.sources.fleet import unpacked
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


class Kept:
    """What an agent keeps from round to round: the history of kubelets, with its last looks, which are not all published."""

    def __init__(self) -> None:
        self.history: Checkpoint | None = None


def publish(wanted: Publishing, kept: Kept | None = None) -> str:
    """Collects this node's bundle and brings it to the cluster; what was done, in words.

    Raises:
        UpgradecheckError: it was not collected, or not published.
    """
    bundle = collect(wanted.collected)
    if len(bundle.name) > LONGEST_NODE:
        raise InputError(f"node {bundle.name}: its name has more than {LONGEST_NODE} signs, so no ConfigMap can be named after it.")
    api = KubeApi(wanted.target, wanted.limits)
    try:
        return _published(api, bundle, wanted, kept or Kept())
    except AccessRefused as error:
        raise _refused(error, wanted.namespace) from error
    finally:
        api.close()


def _refused(error: AccessRefused, namespace: str) -> UpgradecheckError:
    """Why the server does not take it, with what an agent's way out of that is: all that it writes is in one namespace."""
    said = f"{str(error).partition(error.reason)[0]}{error.reason}"
    if error.status == HTTPStatus.FORBIDDEN:
        return InputError(f'{said}. Allow it: "upgradecheck doctor --rbac --fleet" prints the role of those who publish.')
    if error.status == HTTPStatus.NOT_FOUND:
        return InputError(f"{said}: namespace {namespace} is not there. Make it, or name the one of the fleet with --fleet-namespace.")
    return error


def publish_again(wanted: Publishing, every: float, tell: Callable[[str], None], complain: Callable[[str], None]) -> int:
    """The same, again and again, until the program is ended; a round that fails is told, and the next one comes all the same."""
    kept = Kept()
    while True:
        begun = time.monotonic()
        try:
            tell(publish(wanted, kept))
        except UpgradecheckError as error:
            complain(f"{error} The next round is in {every:g} s.")
        if _wait(max(1.0, every - (time.monotonic() - begun))):
            return 0


def _wait(seconds: float) -> bool:
    """Lets so much time pass; whether it is over then."""
    time.sleep(seconds)
    return False


def _published(api: KubeApi, bundle: Bundle, wanted: Publishing, kept: Kept) -> str:
    place = f"ConfigMap {wanted.namespace}/{part_name(bundle.name, 0)}"
    known, node = _known(api, bundle.name, wanted.namespace), _node(api, bundle.name)
    before = kept.history or _history(api, known, wanted.namespace)
    kept.history = with_seen(before, bundle, looked(node, wanted.collected.host_root))
    bundle = with_polled(bundle, kept.history, wanted.collected)
    digest = digest_of(bundle)
    if known is not None and known.digest == digest and _age(known, bundle.collected_at) < wanted.renew:
        return f"{place}: nothing new since {known.collected_at}, left as it is."
    content = packed(bundle_text(bundle))
    objects = configmaps(bundle, digest, content, wanted.namespace, _owner(node, bundle.name))
    for number in reversed(range(len(objects))):  # the first part last: it says which the others must be
        name = part_name(bundle.name, number)
        api.apply(_path(wanted.namespace, name), MANAGER, objects[number], f"apply ConfigMap {wanted.namespace}/{name}")
    told = f"{place}: published {len(content):,} bytes in {count(len(objects), 'part')}, of {count(len(bundle.containers), 'container')}."
    return f"{told} {remark(bundle)}".rstrip()


def _history(api: KubeApi, first: BundlePart | None, namespace: str) -> Checkpoint | None:
    """The history in what was published last; None where there is none, or it is damaged, so that another one begins.

    Raises:
        ClusterError: it cannot be had now.
    """
    if first is None:
        return None
    names = [part_name(first.node, number) for number in range(1, first.parts)]
    try:
        more = [api.get(_path(namespace, name), {}, f"get ConfigMap {namespace}/{name}", _part) for name in names]
        return read_bundle(unpacked(whole([first, *more]), first.name), first.name).polled
    except AccessRefused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        problem = str(error)
    except SpecRefused as error:
        problem = error.reason
    _LOG.info(f"what was published last cannot be read, so another history of kubelets begins: {problem}")
    return None


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


def _node(api: KubeApi, node: str) -> bytes | None:
    """The Node object; None where it may not be read, or there is none."""
    try:
        return api.get(f"/api/v1/nodes/{quote(node, safe='')}", {}, f"get node {node}", bytes)
    except ClusterError as error:
        _LOG.info(f"without an owner, and without what the Node object tells: {error}")
        return None


def _owner(raw: bytes | None, node: str) -> Mapping[str, str] | None:
    """The reference to the Node, with which the bundle goes when that does; None where it is not known."""
    try:
        uid = "" if raw is None else typed(_NODE, raw).metadata.uid
    except SpecRefused as error:
        _LOG.info(f"without an owner: {error}")
        return None
    return {"apiVersion": "v1", "kind": "Node", "name": node, "uid": uid} if uid else None


def _path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps/{quote(name, safe='')}"
