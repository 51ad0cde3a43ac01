"""``override hold`` by the proxy between kubelet and runtime: a new map for it. Nothing restarts, and no record is written.

The map is on the disk, whole, before anything shows it; whoever is killed leaves the old one or the new one. The one before stays beside
it: it is what the kubelet before was shown, and if that one comes back, it is right for it again, whatever else is known by then. So it is
put in place before anything else is done, and a hold that is killed or runs out of time leaves that kubelet no worse than nobody would.
"""

from __future__ import annotations

import time

from upgradecheck.commands.hold_kubelet import endpoint_of
from upgradecheck.commands.hold_request import RUNTIME_SECONDS, By, Held, HoldRequest, OutOfTime, told_of
from upgradecheck.commands.holding import Holdable, NothingToHold, as_json, in_words, served
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.decode.guard import guarded
from upgradecheck.machine.runtime import Host
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.pod import Recorded
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.hold.place import MAP, MAP_BEFORE, MAP_GIVEN_BACK, keep, kept
from upgradecheck.override.hold.standing_proxy import StandingProxy, standing_proxy
from upgradecheck.override.planned import read_plan
from upgradecheck.sources.node import read_node

_PROXY_SECONDS = 10.0
_SHOWN_SECONDS = 5.0
_PAUSE = 0.1


class ByProxy:
    """The proxy that stands, with its map as it is."""

    name = By.PROXY.value

    def __init__(self, request: HoldRequest, proxy: StandingProxy) -> None:
        self._request = request
        self._proxy = proxy
        self._in_force = read_plan(proxy.map_file, "map")
        self._stood = proxy.map_file

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

    def prepare(self, version: KubeletVersion) -> None:
        """A kubelet comes back: before anything else it is shown again what it was shown, whatever happens to us afterwards."""
        standing, before = kept(self._proxy.map_file), self._of_before(version)
        if standing is None or before is None:
            return
        self._stood = self._request.file(MAP_GIVEN_BACK)
        keep(self._stood, standing)
        keep(self._proxy.map_file, before)

    def _of_before(self, version: KubeletVersion) -> bytes | None:
        """The map that the kubelet of this version was shown, where it comes back from the one that the standing map was made for."""
        shown = self._in_force
        if not shown.overrides or shown.from_version != version.release:
            return None
        before = kept(self._request.file(MAP_BEFORE))
        try:
            guarded(lambda: overrides_of(before or b""))
        except SpecRefused:
            return None
        return before

    def require(self, *, dry: bool) -> None:
        """That anything runs.

        Raises:
            NothingToHold, UpgradecheckError: nothing does, or the runtime does not answer.
        """
        require_something_runs(self.runtime)

    def carry_out(self, found: Holdable) -> Held:
        """Puts the map in place and waits until the proxy shows it; what it does not show is told, and the map stays."""
        plan = served(found.plan, self._in_force)
        before = kept(self._stood)
        if before is not None:
            keep(self._request.file(MAP_BEFORE), before)
        missing = self._put(as_json(plan))
        if missing == 0:
            held = Held(f"held {in_words(found)}, by proxy", found.count, len(found.left_out), done=True)
        else:
            told = f"{in_words(found)}, by proxy: the map is in place, and the proxy {_why(missing)}"
            held = Held(f"held perhaps {told}", found.count, len(found.left_out), done=True)
        return told_of(found, self.name, held)

    def otherwise(self, version: KubeletVersion, why: str) -> Held | None:
        """The kubelet before comes back, and no plan can be made: the map that it was shown then is the right one."""
        shown, before = self._in_force, self._of_before(version)
        if before is None:
            return None
        missing = self._put(before)
        step = f"{shown.from_version} -> {shown.to_version}"
        seen = "" if missing == 0 else f", and the proxy {_why(missing)}"
        return Held(
            f"nothing held: {why}; the map of {step} is taken back, and the one before it is in place{seen}", done=True, by=self.name
        )

    def _put(self, plan: bytes) -> int | None:
        """Puts a map in place; how many of its hashes the proxy does not show in time, None if it does not answer."""
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
    return None if found is None else ByProxy(request, found)
