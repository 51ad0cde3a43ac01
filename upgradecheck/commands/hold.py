"""``override hold``: before each start of the kubelet, what is provably unchanged is held over its change of version; then it starts.

It holds by the proxy that stands between kubelet and runtime: nothing restarts, and nothing is written into records. Whenever something is
not known, or not as it must be, nothing is held and the reason is told: the kubelet starts as it would have. One process, and no child that
writes; the map is on the disk, whole, before anything shows it, and whoever is killed leaves the old one or the new one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import msgspec

from upgradecheck.commands.holding import Holdable, NothingToHold, Wanted, holdable, in_words, served
from upgradecheck.commands.provisional import remarks_on_versions
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.kubelet_unit import unit_programs
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.recognising import recognised
from upgradecheck.machine.runtime import Host
from upgradecheck.machine.start_pre import why_not_held_back
from upgradecheck.machine.which_kubelet import find_binary
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.plan import Plan
from upgradecheck.model.pod import Recorded
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.hold.place import DEFAULT_DIRECTORY, LAST, NODE, PODS, SWITCHED_OFF, keep, kept
from upgradecheck.override.hold.standing_proxy import StandingProxy, standing_proxy
from upgradecheck.override.planned import read_plan
from upgradecheck.override.state import DEFAULT_DIRECTORY as JOURNALS
from upgradecheck.override.state import looked_at
from upgradecheck.renderers.json.stream import json_object
from upgradecheck.sources.node import read_node

BESIDE = 15.0
"""Seconds by which the unit's own limit must be longer than ours."""
_PROXY_SECONDS = 10.0
_SHOWN_SECONDS = 5.0
_RUNTIME_SECONDS = 3.0
_API_SECONDS = 6.0
_PAUSE = 0.1


class HoldRequest(msgspec.Struct, frozen=True, gc=False):
    """What hold was told. checkpoint, kubeconfig and directory as given; to_version: of a dry run beside a kubelet that runs."""

    directory: str = DEFAULT_DIRECTORY
    checkpoint: str = "/var/lib/upgradecheck/checkpoint"
    kubeconfig: str | None = None
    node: str | None = None
    seconds: float = 50.0
    dry_run: bool = False
    to_version: str | None = None
    at_once: bool = False

    def file(self, name: str) -> str:
        """The path of a file that is kept."""
        return f"{self.directory.rstrip('/')}/{name}"


class Held(msgspec.Struct, frozen=True, gc=False):
    """What a run did: said is its line; held and left_out count containers, of a dry run those that would be. done: a map was put in place.

    at_start: it ran where systemd held the kubelet back.
    """

    said: str
    held: int = 0
    left_out: int = 0
    done: bool = False
    at_start: bool = True


class NotAtStart(NothingToHold):
    """Nobody holds the kubelet back."""


class OutOfTime(BaseException):
    """The deadline of the whole run; nothing that catches errors may take it for one."""


def hold(request: HoldRequest, host: Host, switched_off: str = SWITCHED_OFF) -> Held:
    """What the kubelet's start is prepared by. Never raises for what is wrong on the node: then nothing is held, and the line says why."""
    if os.path.exists(switched_off):  # noqa: PTH110 - never raises
        return Held(f"nothing held: {switched_off} is there", at_start=False)
    try:
        return _held(request, host)
    except NotAtStart as why:
        return Held(f"nothing held: {why}", at_start=False)
    except NothingToHold as why:
        return Held(f"nothing held: {why}")
    except OutOfTime:
        return Held(f"nothing held, or not shown yet: not ready within {request.seconds:g} s")
    except UpgradecheckError as error:
        return Held(f"nothing held: {str(error).splitlines()[0]}")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with us, the kubelet starts, and it is told
        return Held(f"nothing held: {type(error).__name__} in upgradecheck itself ({error})")


def _held(request: HoldRequest, host: Host) -> Held:
    dry = request.dry_run
    if not dry and (why := why_not_held_back(host, os.getpid(), request.seconds + BESIDE)) is not None:
        raise NotAtStart(why)
    kubelet = _kubelet(host, running=dry)
    version = parse_kubelet_version(request.to_version) if request.to_version is not None else kubelet.version
    assert version is not None
    _require_known(version)
    proxy = _proxy(host, kubelet)
    _require_something_runs(proxy)
    in_force = read_plan(proxy.map_file, "map")
    wanted = _wanted(request, kubelet, version, proxy, in_force)
    found = holdable(wanted)
    if dry:
        return Held(f"would hold {in_words(found)}, by proxy; nothing was changed", found.count, len(found.left_out), at_start=False)
    if kept(request.file(LAST)) is None and not request.at_once:
        told = f"first start, a dry run: would have held {in_words(found)}, by proxy; nothing was changed, later starts hold"
        return Held(told, found.count, len(found.left_out))
    return _shown(found, served(found.plan, in_force), proxy)


def _shown(found: Holdable, plan: Plan, proxy: StandingProxy) -> Held:
    """Puts the map in place and waits until the proxy shows it; what it does not show is told, and the map stays."""
    keep(proxy.map_file, _json(plan))
    until = time.monotonic() + _SHOWN_SECONDS
    missing: int | None = None
    try:
        while missing := _not_shown(plan, proxy):
            if time.monotonic() >= until:
                break
            time.sleep(_PAUSE)
    except (OutOfTime, UpgradecheckError):  # the map stands all the same
        missing = None
    if missing == 0:
        return Held(f"held {in_words(found)}, by proxy", found.count, len(found.left_out), done=True)
    why = "does not answer" if missing is None else f"does not show {missing} of its hashes yet"
    told = f"{in_words(found)}, by proxy: the map is in place, and the proxy {why}"
    return Held(f"held perhaps {told}", found.count, len(found.left_out), done=True)


def _not_shown(plan: Plan, proxy: StandingProxy) -> int:
    """How many of the containers that are there the proxy shows with another hash than the map's.

    Raises:
        UpgradecheckError: the proxy does not answer.
    """
    wanted = {key: one.hash.after for key, one in (plan.overrides or {}).items()}
    shown = {one.container_id: one.hash for one in read_node(f"unix://{proxy.listen}", _RUNTIME_SECONDS).containers}
    return sum(shown[key] != Recorded(after) for key, after in wanted.items() if key in shown)


def _json(plan: Plan) -> bytes:
    from upgradecheck.renderers.json import members

    return "".join(json_object(members("plan", plan))).encode()


def _kubelet(host: Host, *, running: bool) -> LocalKubelet:
    """The kubelet that is about to start, or runs: its version, its configuration and how it is started are known.

    Raises:
        NothingToHold: one of them is not.
    """
    setup = recognised(host.machine)
    if setup is not None and setup.distribution.inside:
        raise NothingToHold(f"the kubelet is a part of {setup.distribution.name}, whose start is not understood")
    kubelet = local_kubelet(host.machine)
    if kubelet.version is None:
        raise NothingToHold(f"the kubelet's version is not known ({kubelet.why_unknown})")
    if kubelet.runs and not running:
        raise NothingToHold("a kubelet runs")
    if kubelet.config is None or kubelet.config_problem or not kubelet.command_line:
        why = kubelet.config_problem or "how it is started is not seen"
        raise NothingToHold(f"its configuration cannot be read, and a gate could change a hash ({why})")
    if not kubelet.runs:
        _require_the_units_binary(host)
    return kubelet


def _require_the_units_binary(host: Host) -> None:
    """That the version is of the one program that the unit starts, and not of another kubelet beside it."""
    programs, found = unit_programs(host.machine.root), find_binary(host.machine)
    if len(programs) != 1 or found is None or found[0] != programs[0]:
        raise NothingToHold("the unit's own program does not tell its version, can be written by others, or is not the only one")


def _require_known(version: KubeletVersion) -> None:
    from upgradecheck.catalog import Catalog

    Catalog().builds(version)
    if remarks := remarks_on_versions((version,)):
        raise NothingToHold(remarks[0])


def _proxy(host: Host, kubelet: LocalKubelet) -> StandingProxy:
    endpoint = (kubelet.endpoint or "") or (kubelet.config.runtime_endpoint if kubelet.config is not None else "")
    if not endpoint:
        raise NothingToHold("the kubelet is told no endpoint of its runtime, so no proxy stands between")
    found = standing_proxy(host, endpoint, _PROXY_SECONDS)
    if found is None:
        raise NothingToHold(f'no "upgradecheck override proxy" listens at {endpoint}, the kubelet\'s endpoint')
    return found


def _require_something_runs(proxy: StandingProxy) -> None:
    if not read_node(f"unix://{proxy.upstream}", _RUNTIME_SECONDS).running:
        raise NothingToHold("no pod runs")


def _wanted(request: HoldRequest, kubelet: LocalKubelet, version: KubeletVersion, proxy: StandingProxy, in_force: OverrideMap) -> Wanted:
    node = request.node or kubelet.name
    return Wanted(
        node=node,
        version=version,
        runtime=proxy.upstream,
        files=pods_of(request, kubelet, node),
        checkpoint=request.checkpoint,
        map_file=proxy.map_file,
        in_force=in_force,
        journals=tuple(_journals()),
        running=kubelet.version if kubelet.runs else None,
    )


def _journals() -> Iterator[str]:
    """The journals of override apply that are in force: what they wrote is not natural."""
    held = looked_at(JOURNALS)
    for one in () if held is None else held.journals:
        if one.journal.in_force:
            yield held.directory.path + "/" + one.name if held is not None else ""


def pods_of(request: HoldRequest, kubelet: LocalKubelet, node: str) -> tuple[str, ...]:
    """The files with this node's pods and Node: asked for now, else as they were kept before; none where neither is to be had.

    A copy is safe: what is held is what the new kubelet makes of the spec as it was copied, and it compares that with the spec as it is.
    """
    with suppress(UpgradecheckError):
        keep_pods(request, kubelet, node)
    files = (request.file(PODS), request.file(NODE))
    return tuple(one for one in files if kept(one) is not None)


def keep_pods(request: HoldRequest, kubelet: LocalKubelet, node: str) -> None:
    """Asks with the kubelet's own rights for its own pods, by field selector, and its own Node, by name; keeps both.

    Raises:
        UpgradecheckError: one of them is not given; what was kept before stays.
    """
    from upgradecheck.transport.kube import KubeApi
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    kubeconfig = request.kubeconfig or last(kubelet.command_line, "kubeconfig")
    if not kubeconfig:
        raise SpecRefused("the kubelet is told no kubeconfig, so there is no API server to ask")
    api = KubeApi(Target(kubeconfig), Limits(_API_SECONDS, _API_SECONDS))
    try:
        pods = api.get("/api/v1/pods", {"fieldSelector": f"spec.nodeName={node}"}, "list pods of this node", bytes)
        own = api.get(f"/api/v1/nodes/{node}", {}, f"read node {node}", bytes)
    finally:
        api.close()
    for body, kind in ((pods, "PodList"), (own, "Node")):
        guarded(partial(_require_kind, body, kind))
    keep(request.file(PODS), pods)
    keep(request.file(NODE), own)


class _Kind(msgspec.Struct, gc=False):
    kind: str = ""


def _require_kind(body: bytes, kind: str) -> None:
    if msgspec.json.decode(body, type=_Kind).kind != kind:
        raise SpecRefused(f"the API server answers with another object than {kind}")


def line_of(held: Held, seconds: float) -> str:
    """What stands in the journal."""
    return f"{held.said}; {seconds:.1f} s"
