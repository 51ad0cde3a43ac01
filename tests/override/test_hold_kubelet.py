"""``override hold``: the kubelet whose start is prepared is known, or nothing is held."""

from __future__ import annotations

import pytest

from tests.unit.machine.test_local_kubelet import binary, machine, written
from tests.unit.machine.test_which_kubelet import process
from upgradecheck.commands.hold_kubelet import endpoint_of, known_kubelet, require_known
from upgradecheck.commands.holding import NothingToHold
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.node import Machine
from upgradecheck.machine.runtime import Host
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.here import LocalKubelet

__all__ = ["machine"]
UNIT = "usr/lib/systemd/system/kubelet.service"


class OnMachine(Host):
    """A host with a machine in miniature."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine  # type: ignore[misc]


@pytest.fixture
def host(machine: Machine) -> OnMachine:
    """A node whose kubelet, stopped, is known."""
    words = "--config=/etc/k.yaml --container-runtime-endpoint=unix:///run/c.sock"
    written(machine, UNIT, f"[Service]\nExecStart=/usr/bin/kubelet {words}\n")
    written(machine, "etc/k.yaml", "featureGates: {A: true}\n")
    binary(machine, "usr/bin/kubelet", "v1.31.0")
    return OnMachine(machine)


def test_one_that_is_known(host: OnMachine) -> None:
    found = known_kubelet(host, running=False)
    assert (found.version, found.runs) == (parse_kubelet_version("v1.31.0"), False)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param("no unit", "no kubelet runs here, and no unit starts one", id="nothing starts one"),
        pytest.param("no version", "version is not known", id="it tells no version"),
        pytest.param("anyone's", "version is not known", id="others can write it"),
        pytest.param("beside", "the unit's own program does not tell its version, can be written by others", id="one beside it tells"),
        pytest.param("two", "is not understood", id="a unit of two texts"),
        pytest.param("lost", "configuration cannot be read, and a gate could change a hash", id="its file is lost"),
        pytest.param("strange", "configuration cannot be read, and a gate could change a hash", id="its file is none"),
        pytest.param("script", "a gate could change a hash", id="its unit is not understood"),
        pytest.param("runs", "a kubelet runs", id="it runs"),
        pytest.param("several", r"2 run here \(7, 8\), one was wanted. End those that are not this node's, or run this in", id="two run"),
    ],
)
def test_one_of_which_not_all_is_known(host: OnMachine, spoil: str, said: str) -> None:
    machine = host.machine
    if spoil == "no unit":
        (machine.root / UNIT).unlink()
    elif spoil == "no version":
        written(machine, "usr/bin/kubelet", "#!/bin/sh\nexit 1\n", 0o755)
    elif spoil in ("anyone's", "beside"):
        binary(machine, "usr/bin/kubelet", "v1.31.0", 0o777)
        if spoil == "beside":
            binary(machine, "opt/bin/kubelet", "v1.31.0")
    elif spoil == "two":
        written(
            machine, f"etc/systemd/system/{UNIT.rpartition('/')[2]}.d/10.conf", "[Service]\nExecStart=/opt/kubelet --config=/etc/k.yaml\n"
        )
    elif spoil == "lost":
        (machine.root / "etc/k.yaml").unlink()
    elif spoil == "strange":
        written(machine, "etc/k.yaml", "featureGates: [\n")
    elif spoil == "script":
        written(machine, UNIT, "[Service]\nExecStart=/bin/sh -c 'exec kubelet $$(cat /etc/flags)'\n")
    else:
        for pid in (7, 8) if spoil == "several" else (7,):
            process(machine, pid, "/usr/bin/kubelet", "--config=/etc/k.yaml")
    with pytest.raises(NothingToHold, match=said):
        known_kubelet(host, running=False)


def test_one_that_is_told_no_endpoint() -> None:
    with pytest.raises(NothingToHold, match="is told no endpoint of its runtime"):
        endpoint_of(LocalKubelet("n"))


@pytest.mark.parametrize("version", ["v1.99.0", "v1.39.0-alpha.1"])
def test_a_version_of_which_nobody_knows_how_it_hashes(version: str) -> None:
    with pytest.raises((NothingToHold, UpgradecheckError)):
        require_known(parse_kubelet_version(version))
