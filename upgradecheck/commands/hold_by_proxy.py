"""``override hold`` by the proxy between kubelet and runtime: a new map for it. Nothing restarts, and no record is written.

The map is on the disk, whole, before anything shows it; whoever is killed leaves the old one or the new one. Of each kubelet's program the
map that it was shown is kept beside (override.proxy.programs), by which the proxy itself knows one that comes back: it is right for it,
whatever becomes of us, and whatever else is known by then. A hold that goes on puts it in place before anything else.
"""

from __future__ import annotations

import time

from upgradecheck.commands.hold_kubelet import endpoint_of
from upgradecheck.commands.hold_request import RUNTIME_SECONDS, By, Held, HoldRequest, OutOfTime, told_of
from upgradecheck.commands.holding import Holdable, NothingToHold, as_json, in_words, kept_on, served
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.decode.guard import guarded
from upgradecheck.machine.kubelet_unit import unit_programs
from upgradecheck.machine.runtime import Host
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.plan import Plan
from upgradecheck.model.pod import Recorded
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.hold.place import MAP, MAP_GIVEN_BACK, contents, keep, keep_newest, kept
from upgradecheck.override.hold.standing_proxy import StandingProxy, standing_proxy
from upgradecheck.override.planned import read_plan
from upgradecheck.override.proxy.programs import is_program, maps_beside, name_of
from upgradecheck.sources.node import read_node

_PROXY_SECONDS = 10.0
_SHOWN_SECONDS = 5.0
_PAUSE = 0.1
_MOST_PROGRAMS = 8
"""Of so many kubelets what they were shown is kept."""


class ByProxy:
    """The proxy that stands, with its map as it is."""

    name = By.PROXY.value

    def __init__(self, request: HoldRequest, proxy: StandingProxy, program: str | None = None) -> None:
        self._request = request
        self._proxy = proxy
        self._in_force = read_plan(proxy.map_file, "map")
        self._stood = proxy.map_file
        self._own_file = None if program is None else f"{maps_beside(proxy.map_file)}/{program}"
        self._given_back: bytes | None = None

    @property
    def runtime(self) -> str:
        """The socket of the runtime behind it."""
        return self._proxy.upstream

    @property
    def map_file(self) -> str | None:
        """The map that it served until now."""
        return self._stood

    @property
    def in_force(self) -> OverrideMap | None:
        """What that map shows."""
        return self._in_force

    def note(self) -> None:
        """Of a kubelet that was never seen here: what stands is what it is shown, until something better is known."""
        standing = kept(self._proxy.map_file)
        if self._own_file is not None and standing is not None and self._own() is None:
            keep(self._own_file, standing)
            keep_newest(maps_beside(self._proxy.map_file), _MOST_PROGRAMS)

    def prepare(self) -> None:
        """A kubelet comes back: before anything else it is shown again what it was shown. What was put in place by hand stays."""
        standing, own = kept(self._proxy.map_file), self._own()
        if own is None:
            self.note()
        elif standing is not None and standing != own and standing in contents(maps_beside(self._proxy.map_file)):
            self._stood, self._given_back = self._request.file(MAP_GIVEN_BACK), own
            keep(self._stood, standing)
            keep(self._proxy.map_file, own)

    def _own(self) -> bytes | None:
        """The map that the program which is about to start was shown."""
        found = None if self._own_file is None else kept(self._own_file)
        try:
            guarded(lambda: overrides_of(found or b""))
        except SpecRefused:
            return None
        return found

    def require(self, *, dry: bool) -> None:
        """That anything runs.

        Raises:
            NothingToHold, UpgradecheckError: nothing does, or the runtime does not answer.
        """
        require_something_runs(self.runtime)

    def carry_out(self, found: Holdable) -> Held:
        """Puts the map in place and waits until the proxy shows it; what it does not show is told, and the map stays."""
        plan = served(found.plan, self._in_force)
        missing = self._put(as_json(plan))
        if missing == 0:
            held = Held(f"held {in_words(found)}, by proxy", found.count, len(found.left_out), done=True)
        else:
            told = f"{in_words(found)}, by proxy: the map is in place, and the proxy {_why(missing)}"
            held = Held(f"held perhaps {told}", found.count, len(found.left_out), done=True)
        return told_of(found, self.name, held)

    def otherwise(self, version: KubeletVersion, why: str, plan: Plan | None = None) -> Held | None:
        """The kubelet comes back, and no plan can be made: the map that it was shown is the right one, and was put in place.

        Where a plan was made, what is right by the map that stood is shown by it still: that one knows what was made since.
        """
        if self._given_back is None:
            return None
        if plan is not None:
            self._put(as_json(kept_on(plan, self._in_force, overrides_of(self._given_back))))
            return None
        missing = self._put(self._given_back)
        step = f"{self._in_force.from_version} -> {self._in_force.to_version}"
        seen = "" if missing == 0 else f", and the proxy {_why(missing)}"
        told = f"the map of {step} is taken back, and the one that this kubelet was shown is in place{seen}"
        return Held(f"nothing held: {why}; {told}", done=True, by=self.name)

    def _put(self, plan: bytes) -> int | None:
        """Puts a map in place; how many of its hashes the proxy does not show in time, None if it does not answer."""
        if self._own_file is not None:
            keep(self._own_file, plan)
        keep(self._proxy.map_file, plan)
        wanted, until = overrides_of(plan), time.monotonic() + _SHOWN_SECONDS
        missing: int | None = None
        try:
            while missing := not_shown(wanted, self._in_force, self._proxy):
                if time.monotonic() >= until:
                    break
                time.sleep(_PAUSE)
        except (OutOfTime, UpgradecheckError):  # the map stands all the same
            return None
        return missing


def _why(missing: int | None) -> str:
    return "does not answer" if missing is None else f"does not show {missing} of its hashes yet"


def not_shown(wanted: OverrideMap, before: OverrideMap, proxy: StandingProxy) -> int:
    """Of how many containers that are there the proxy shows another hash than the map's, or still the one of a map before.

    Raises:
        UpgradecheckError: the proxy does not answer.
    """
    shown = {one.container_id: one.hash for one in read_node(f"unix://{proxy.listen}", RUNTIME_SECONDS).containers}
    new = {key: one.hash.after for key, one in wanted.overrides.items()}
    gone = {key: one.hash.after for key, one in before.overrides.items() if key not in new and one.hash.before != one.hash.after}
    missing = sum(shown[key] != Recorded(after) for key, after in new.items() if key in shown)
    return missing + sum(shown[key] == Recorded(after) for key, after in gone.items() if key in shown)


def require_something_runs(runtime: str) -> None:
    """That the runtime answers, and any pod runs.

    Raises:
        NothingToHold, UpgradecheckError: not so.
    """
    if not read_node(f"unix://{runtime}", RUNTIME_SECONDS).running:
        raise NothingToHold("no pod runs")


def proxy_here(request: HoldRequest, host: Host, kubelet: LocalKubelet) -> ByProxy | None:
    """The proxy of ours at the kubelet's endpoint; waited for where one is meant, since it may be starting. None where there is none.

    Raises:
        InputError: its map cannot be read, or was changed by hand.
        NothingToHold: the kubelet is told no endpoint.
    """
    meant = request.by is By.PROXY or kept(request.file(MAP)) is not None
    found = standing_proxy(host, endpoint_of(kubelet), _PROXY_SECONDS if meant else 0.0)
    return None if found is None else ByProxy(request, found, None if kubelet.runs else _map_of(host, kubelet))


def _map_of(host: Host, kubelet: LocalKubelet) -> str | None:
    """How the map of the kubelet that is about to start is called: after the one program that its unit starts.

    A script that starts one is the same for each version, and not what the proxy will see: then after the version, for hold alone.
    """
    found = unit_programs(host.machine.root)
    if len(found) != 1:
        return None
    program = str(host.machine.root / found[0].lstrip("/"))
    try:
        if is_program(program):
            return name_of(program)
    except OSError:
        return None
    return None if kubelet.version is None else f"{kubelet.version.text.replace('/', '_')}.json"
