"""containerd without its kubelet, where a distribution has both in one unit (k3s, rke2, k0s), for as long as records are written.

The distribution is stopped, and its containerd with it; shims and containers go on, since its unit kills its own process alone. A record is
written by containerd itself, so that runs once more, as a transient unit: the same program, configuration and directories. That kills its
own process alone, too, and systemd stops it after a while should nobody else. A start of the distribution's unit would start a kubelet,
perhaps the old one.

A containerd with another root would take the shims that it finds for left over, and clear away what they run on. So its root must know
every one of them, and it is not started where the distribution may have been told another place. One process at a time has it: who ends
stops it, and only who began, or found it left behind by somebody who was killed, does.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from upgradecheck.entry import read_file
from upgradecheck.machine.recognising import recognised
from upgradecheck.machine.runtime import Host
from upgradecheck.machine.unit_files import unit_texts
from upgradecheck.model.distributions import DISTRIBUTIONS, Distribution, OwnContainerd, services
from upgradecheck.model.patterns import pattern
from upgradecheck.model.wording import listed
from upgradecheck.override.errors import OverrideRefused, OverrideStopped

UNIT = "upgradecheck-containerd.service"
_LONGEST = 1800
"""Seconds after which systemd stops it whatever became of this program."""
_AT_REST = ("inactive", "failed")
_LOCK = "run/upgradecheck-alone.lock"
_ELSEWHERE = pattern(r"data[-_]dir|(?:^|\s)-d[\s=]|container-runtime-endpoint|(?:^|[\s\"'])-{0,2}docker(?:[\s:=\"']|$)", re.IGNORECASE)
"""What tells a distribution of another place, or of another runtime: in a unit, its environment or its configuration, in any case."""
_TASKS = ("io.containerd.runtime.v2.task/k8s.io", "io.containerd.runtime.v1.linux/k8s.io")
"""Where each running container and sandbox has a directory, below the state directory and below the root alike."""
_MOST = 1 << 20


def own_containerd(host: Host) -> tuple[Distribution, OwnContainerd]:
    """The containerd of this node's distribution.

    Raises:
        OverrideRefused: this node's is not one that ends with its kubelet, or nobody can tell whose it is.
    """
    setup = recognised(host.machine)
    found = None if setup is None else setup.distribution
    if setup is None or found is None or found.containerd is None:
        what = "is not recognised" if found is None else f"is of {found.name}, whose containerd goes on without its kubelet"
        raise OverrideRefused(f"--alone: is for nodes of k3s, rke2 and k0s, and this one {what}. Leave it out.")
    rivals = [one.name for one in DISTRIBUTIONS if one.containerd is not None and one.name in setup.beside]
    if rivals:
        raise OverrideRefused(
            f"--alone: units or files of {found.name} and of {listed(rivals)} are here, so nobody can tell whose containers these are;"
            f" nothing was changed. Take away what is left of the other, or use {_PROXY}"
        )
    return found, found.containerd


_PROXY = '"upgradecheck override proxy".'


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
    with _alone(host), heard():
        try:
            if not _is_ours(host) and not host.start_alone(UNIT, _words(known, own), own.path, _LONGEST):
                raise OverrideRefused(f'--alone: systemd could not start {own.program}; nothing was changed. See "journalctl -u {UNIT}".')
            yield known.socket
        except BaseException as error:
            if not host.stop(UNIT):
                raise OverrideStopped(f"{error} Besides, {_stuck(known)}") from error
            raise
        if not host.stop(UNIT):
            raise OverrideStopped(_stuck(known))


def _stuck(known: Distribution) -> str:
    return f"{UNIT} does not stop, and {known.name} cannot start while it runs. Stop it before that: systemctl stop {UNIT}"


@contextmanager
def _alone(host: Host) -> Iterator[None]:
    """One process at a time, as long as it lives."""
    place = host.machine.root / _LOCK
    try:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise OverrideRefused(f"--alone: {place} cannot be opened ({error.strerror}); nothing was changed.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OverrideRefused(
                "--alone: another command has containerd run alone just now. Wait for its end; nothing was changed."
            ) from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def heard() -> Iterator[None]:
    """A terminal that goes away ends what was begun, as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = None
    with suppress(ValueError):  # not in the main thread: whoever runs us there handles signals
        before = signal.signal(signal.SIGHUP, end)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGHUP, before)


def _require(host: Host, known: Distribution, own: OwnContainerd) -> None:
    if host.user() != 0:
        raise OverrideRefused("--alone: this is another user than root, who alone may start containerd. Run it as root.")
    states = {name: (host.unit(name) or {}).get("ActiveState", "") for name in services()}
    if not any(states.values()):
        raise OverrideRefused(f"--alone: systemd cannot be asked here whether {known.name} is stopped. Run it on the node itself.")
    running = [name for name, state in states.items() if state not in (*_AT_REST, "")]
    if running:
        stop = " ".join(name.removesuffix(".service") for name in running)
        raise OverrideRefused(f"--alone: {listed(running)} runs, and containerd with it. Stop it first: systemctl stop {stop}")
    if host.kubelets():
        raise OverrideRefused(f"--alone: a kubelet runs ({host.kubelets()[0].words}). Stop it first; nothing was changed.")
    if host.answers(known.socket) and not _is_ours(host):
        raise OverrideRefused(f"--alone: somebody else answers at {known.socket}, though {known.name} is stopped. Look who does.")
    _require_own_place(host, known, own)
    for path in (own.program, own.configuration):
        if (problem := _problem(host.machine.root, path)) is not None:
            raise OverrideRefused(f"--alone: {path} {problem}, so {known.name}'s containerd is not started from it; nothing was changed.")


def _require_own_place(host: Host, known: Distribution, own: OwnContainerd) -> None:
    """That what runs here is of this root: nobody told the distribution another one, and each task's directory is in both."""
    root = host.machine.root
    for place, text in _told(root, known):
        if _tells_another_place(text, own):
            raise OverrideRefused(
                f"--alone: {place} tells {known.name} of another place or runtime, so its containerd is not the one at its usual place;"
                f" nothing was changed. Use {_PROXY}"
            )
    for tasks in _TASKS:
        strange = sorted(set(_entries(root, f"{own.state}/{tasks}")) - set(_entries(root, f"{own.root}/{tasks}")))
        if strange:
            raise OverrideRefused(
                f"--alone: {own.state} has what runs here ({listed(one[:13] for one in strange)}), and {own.root} does not know it: it"
                f" is of another containerd, and this one would clear it away. Nothing was changed; use {_PROXY}"
            )


def _tells_another_place(text: str, own: OwnContainerd) -> bool:
    """Whether anything but a comment does; the usual place may be written out."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(("#", ";")))
    usual = pattern(rf"data[-_]dir[\s=:\"']+{re.escape(own.data)}/?(?=[\s\"']|$)", re.IGNORECASE)
    return any(_ELSEWHERE.search(usual.sub("", line)) for line in lines)


def _told(root: Path, known: Distribution) -> Iterator[tuple[str, str]]:
    """What its units and its configuration say, each with its place."""
    for name in known.services:
        yield from unit_texts(root, name)
    for path in known.configuration:
        place = root / path.lstrip("/")
        for file in sorted(place.iterdir()) if os.path.isdir(place) else [place]:  # noqa: PTH112 - never raises
            with suppress(FileNotFoundError):
                yield str(file), read_file(file, _MOST).decode(errors="replace")


def _entries(root: Path, folder: str) -> list[str]:
    try:
        return [one.name for one in (root / folder.lstrip("/")).iterdir()]
    except FileNotFoundError:
        return []


def _is_ours(host: Host) -> bool:
    """Whether one runs already, of a run that was broken off."""
    return (host.unit(UNIT) or {}).get("ActiveState") == "active"


def _problem(root: Path, path: str) -> str | None:
    """Why a file is not to be trusted: somebody else than root may write it, or put another one in its place."""
    try:
        file = (root / path.lstrip("/")).resolve(strict=True)
        if not file.is_file():
            return "is no file"
        above = [one for one in file.parents if one != root.parent and root in (one, *one.parents)]
        odd = next((one for one in (file, *above) if _can_be_written(one.stat())), None)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if odd is None else f"can be written by others than root ({odd})"


def _can_be_written(state: os.stat_result) -> bool:
    return state.st_uid not in (0, os.geteuid()) or bool(state.st_mode & 0o022 and not state.st_mode & stat.S_ISVTX)


def _words(known: Distribution, own: OwnContainerd) -> tuple[str, ...]:
    """As the distribution starts it: what its configuration may leave to flags is said in both ways."""
    places = ("--address", known.socket, "--root", own.root, "--state", own.state)
    return (own.program, "--config", own.configuration, *places)
