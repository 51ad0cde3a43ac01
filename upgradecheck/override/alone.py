"""containerd without its kubelet, where a distribution has both in one unit (k3s, rke2, k0s), for as long as records are written.

The distribution is stopped, and its containerd with it; shims and containers go on, since its unit kills its own process alone. A
record is written by containerd itself, so that runs once more, as a transient unit: the same program, configuration and directories.
That kills its own process alone, too, and systemd stops it after a while should nobody else. A start of the distribution's unit would
start a kubelet, perhaps the old one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from upgradecheck.machine.recognising import recognised
from upgradecheck.machine.runtime import Host
from upgradecheck.model.distributions import Distribution, OwnContainerd
from upgradecheck.model.wording import listed
from upgradecheck.override.errors import OverrideRefused, OverrideStopped

UNIT = "upgradecheck-containerd.service"
_LONGEST = 1800
"""Seconds after which systemd stops it whatever became of this program."""
_AT_REST = ("inactive", "failed")


def own_containerd(host: Host) -> tuple[Distribution, OwnContainerd]:
    """The containerd of this node's distribution.

    Raises:
        OverrideRefused: this node's is not one that ends with its kubelet, or nobody can tell whose it is.
    """
    setup = recognised(host.machine)
    found = None if setup is None else setup.distribution
    if found is None or found.containerd is None:
        what = "is not recognised" if found is None else f"is of {found.name}, whose containerd goes on without its kubelet"
        raise OverrideRefused(f"--alone: is for nodes of k3s, rke2 and k0s, and this one {what}. Leave it out.")
    return found, found.containerd


@contextmanager
def containerd_alone(host: Host, *, begin: bool) -> Iterator[str]:
    """The socket of the distribution's containerd, which runs meanwhile. begin: it is to be started; else one that runs will do as well.

    Raises:
        OverrideRefused: the distribution has not been stopped, or its containerd cannot be started so; nothing was changed.
        OverrideStopped: it was started and does not stop again.
    """
    known, own = own_containerd(host)
    if not begin and host.answers(known.socket):
        yield known.socket
        return
    _require(host, known, own)
    if not _is_ours(host) and not host.start_alone(UNIT, _words(known, own), own.path, _LONGEST):
        raise OverrideRefused(f'--alone: systemd could not start {own.program}; nothing was changed. See "journalctl -u {UNIT}".')
    try:
        yield known.socket
    finally:
        if not host.stop(UNIT):
            raise OverrideStopped(
                f"{UNIT}: does not stop, and {known.name} cannot start while it runs. Stop it before that: systemctl stop {UNIT}"
            )


def _require(host: Host, known: Distribution, own: OwnContainerd) -> None:
    if host.user() != 0:
        raise OverrideRefused("--alone: this is another user than root, who alone may start containerd. Run it as root.")
    states = {name: (host.unit(name) or {}).get("ActiveState", "") for name in known.services}
    if not any(states.values()):
        raise OverrideRefused(f"--alone: systemd cannot be asked here whether {known.name} is stopped. Run it on the node itself.")
    running = [name for name, state in states.items() if state not in (*_AT_REST, "")]
    if running:
        stop = " ".join(name.removesuffix(".service") for name in running)
        raise OverrideRefused(f"--alone: {listed(running)} runs, and containerd with it. Stop it first: systemctl stop {stop}")
    if host.answers(known.socket) and not _is_ours(host):
        raise OverrideRefused(f"--alone: somebody else answers at {known.socket}, though {known.name} is stopped. Look who does.")
    for path in (own.program, own.configuration):
        if (problem := _problem(host.machine.root, path)) is not None:
            raise OverrideRefused(f"--alone: {path} {problem}, so {known.name}'s containerd is not started from it; nothing was changed.")


def _is_ours(host: Host) -> bool:
    """Whether one runs already, of a run that was broken off."""
    return (host.unit(UNIT) or {}).get("ActiveState") == "active"


def _problem(root: Path, path: str) -> str | None:
    try:
        state = (root / path.lstrip("/")).stat()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not stat.S_ISREG(state.st_mode):
        return "is no file"
    safe = state.st_uid in (0, os.geteuid()) and not state.st_mode & 0o022
    return None if safe else "can be written by others than root"


def _words(known: Distribution, own: OwnContainerd) -> tuple[str, ...]:
    """As the distribution starts it: what its configuration may leave to flags is said in both ways."""
    places = ("--address", known.socket, "--root", own.root, "--state", own.state)
    return (own.program, "--config", own.configuration, *places)
