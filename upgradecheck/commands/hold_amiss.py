"""What is amiss on a node that ``override hold`` works on: for whoever finds its kubelet not running, or containers ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from upgradecheck.commands.hold_kubelet import endpoint_of
from upgradecheck.commands.holding import NothingToHold
from upgradecheck.decode.kubelet.systemd import directives, words_of
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.node import Machine, boot_id
from upgradecheck.machine.processes import seen_processes
from upgradecheck.machine.running_kubelets import unit_of
from upgradecheck.machine.same_process import Life
from upgradecheck.machine.unit_files import unit_texts
from upgradecheck.override.hold.place import LAST, kept
from upgradecheck.override.hold.restarts import mark_of
from upgradecheck.override.hold.stand_in import UNIT
from upgradecheck.override.hold.standing_proxy import StandingProxy, proxy_of, running_proxy
from upgradecheck.override.hold.unfinished import unfinished

_PROXY = "upgradecheck-proxy"


class Amiss(msgspec.Struct, frozen=True, gc=False):
    """What it is about, what was found, and what to do."""

    what: str
    found: str
    remedy: str


class LastOutcome(msgspec.Struct, frozen=True, gc=False):
    """What the last start that came to an end was told, and when."""

    time: str
    said: str


def last_outcome(directory: str) -> LastOutcome | None:
    """None where there is none that can be trusted, or it is damaged."""
    content = kept(f"{directory}/{LAST}")
    with suppress(msgspec.MsgspecError):
        return None if content is None else msgspec.json.decode(content, type=LastOutcome)
    return None


def amiss(machine: Machine, directory: str) -> Iterator[Amiss]:
    """All of it; directory: where hold keeps what it knows, as a path of this process."""
    yield from _proxy_away(machine)
    yield from _stand_in(machine)
    begun = unfinished(directory, machine)
    if begun is not None and begun.life is Life.RUNS:
        return  # nobody can have looked yet
    if begun is not None:
        remedy = "What it had begun goes on at the next start; what restarted is told by verify, or kubectl."
        yield Amiss("override hold", f"a start of the kubelet at {begun.time} {begun.said}", remedy)
    mark = mark_of(directory)
    if mark is not None and not mark.verified and mark.boot == boot_id(machine):
        found = f"containerd's restart for plan {mark.plan[:12]} was begun, and nobody has looked at what came of it"
        yield Amiss("override hold", found, 'See "upgradecheck override status"; the next start of the kubelet looks, and goes on.')


def _proxy_away(machine: Machine) -> Iterator[Amiss]:
    """The kubelet is to reach its runtime through a proxy of ours, which does not run."""
    try:
        endpoint = endpoint_of(local_kubelet(machine)).removeprefix("unix://")
    except NothingToHold:
        return
    told = _proxy_of_unit(machine, endpoint)
    if told is not None and running_proxy(machine, endpoint) is None:
        found = f"the kubelet reaches its runtime through {_PROXY}, which does not run: no kubelet starts, and containers run on"
        back = f"or point the kubelet at unix://{told.upstream}: then what was held by the proxy restarts"
        yield Amiss("override proxy", found, f'"journalctl -u {_PROXY}" says why. Then systemctl start {_PROXY}; {back}.')


def _proxy_of_unit(machine: Machine, endpoint: str) -> StandingProxy | None:
    """The proxy that its unit would start at an endpoint."""
    lines = (one for _, text in unit_texts(machine.root, f"{_PROXY}.service") for one in directives(text))
    commands = (words_of(value) for name, value in lines if name == "ExecStart")
    return next((found for words in commands if (found := proxy_of(words, endpoint)) is not None), None)


def _stand_in(machine: Machine) -> Iterator[Amiss]:
    """A containerd that hold started in the place of one whose unit did not start it again."""
    if any(unit_of(machine, pid) == UNIT for pid in seen_processes(machine)):
        remedy = f"See why it did not; then systemctl stop {UNIT.removesuffix('.service')}, and start its own unit. Containers run on."
        yield Amiss("containerd", f"runs as {UNIT}, since its own unit did not start it again", remedy)
