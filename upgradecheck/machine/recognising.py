"""Which distribution's node this machine is: by the kubelet that runs, else by the units that are here, else by what lies on the disk.

A kubelet that runs is told by its unit, and where none is known by its program (rke2 starts a process of the kubelet's own name). Two
may be installed, as where one was tried before another: what runs goes before what could, and the others are named. Where none runs and we
are in a unit of one of them, that one is being started, or was stopped just now.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.decode.kubelet.units import FOLDERS
from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import RunningKubelet, running_kubelets, unit_of
from upgradecheck.machine.unit_files import unit_texts
from upgradecheck.model.distributions import DISTRIBUTIONS, PLAIN, Distribution

_RECORDS, _AFTER_START = "checkpoint record", "ExecStartPost"
"""What a drop-in of ours runs, and when."""


class NodeSetup(msgspec.Struct, frozen=True, gc=False):
    """A node as its distribution has made it.

    unit: the service that runs the kubelet, or would; None where none is here. kubelet: the process, None where none runs.
    socket, manifests, configuration, kubeconfig: those of the distribution's places that are here. records: a drop-in of the unit records
    its starts. beside: the names of other distributions whose units or files are here, too.
    """

    distribution: Distribution
    unit: str | None = None
    kubelet: RunningKubelet | None = None
    socket: str | None = None
    manifests: str | None = None
    configuration: tuple[str, ...] = ()
    kubeconfig: str | None = None
    records: bool = False
    beside: tuple[str, ...] = ()


def recognised(machine: Machine) -> NodeSetup | None:
    """What this machine is; None where it is no node, as far as anything tells."""
    running = next(iter(running_kubelets(machine)), None)
    here = tuple(_here(machine))
    if running is None and not here:
        return None
    found = _of_running(machine, running) if running is not None else _of_our_unit(machine, here) or here[0]
    unit = _unit(machine, found, running)
    return NodeSetup(
        distribution=found,
        unit=unit,
        kubelet=running,
        socket=_there(machine, found.socket),
        manifests=_there(machine, found.manifests),
        configuration=tuple(one for one in found.configuration if _there(machine, one)),
        kubeconfig=_there(machine, found.kubeconfig),
        records=unit is not None and any(_records_starts(text) for _, text in unit_texts(machine.root, unit)),
        beside=tuple(one.name for one in here if one is not found),
    )


def _of_running(machine: Machine, running: RunningKubelet) -> Distribution:
    by_unit = (one for one in DISTRIBUTIONS if one.inside and running.unit in one.services)
    by_program = (one for one in DISTRIBUTIONS if running.inside and running.program in one.programs)
    found = next(by_unit, None) or next(by_program, None)
    return found or next((one for one in DISTRIBUTIONS if not one.inside and _is_marked(machine, one)), PLAIN)


def _of_our_unit(machine: Machine, here: Iterable[Distribution]) -> Distribution | None:
    own = unit_of(machine, os.getpid())
    return None if own is None else next((one for one in here if own in one.services), None)


def _here(machine: Machine) -> Iterator[Distribution]:
    """Those of which a unit is here, then those of which there are files alone, as of one that was taken away."""
    with_unit = [one for one in (*DISTRIBUTIONS, PLAIN) if any(_has_unit(machine, name) for name in one.services)]
    special = any(one is not PLAIN and one.services == PLAIN.services and _is_marked(machine, one) for one in with_unit)
    for one in with_unit:
        of_plain_unit = one.services == PLAIN.services
        if not of_plain_unit or (_is_marked(machine, one) if one is not PLAIN else not special):
            yield one
    yield from (one for one in DISTRIBUTIONS if one not in with_unit and _is_marked(machine, one))


def _unit(machine: Machine, found: Distribution, running: RunningKubelet | None) -> str | None:
    if running is not None and running.unit is not None:
        return running.unit
    return next((name for name in found.services if _has_unit(machine, name)), None)


def _is_marked(machine: Machine, one: Distribution) -> bool:
    return any(_there(machine, place) for place in one.marks)


def _there(machine: Machine, place: str | None) -> str | None:
    return place if place is not None and os.path.exists(machine.root / place.lstrip("/")) else None  # noqa: PTH110 - never raises


def _has_unit(machine: Machine, name: str) -> bool:
    return any(os.path.isfile(machine.root / folder / name) for folder in FOLDERS)  # noqa: PTH113 - never raises


def _records_starts(text: str) -> bool:
    """Whether a unit's text has a command of ours at its start."""
    commands = (line.strip().partition("=") for line in text.splitlines())
    return any(key.strip() == _AFTER_START and _RECORDS in value and "--stopped" not in value for key, _, value in commands)
