"""What ``override hold`` is told, and what it tells; how it ends when its time is up."""

from __future__ import annotations

import time
from enum import Enum
from typing import Protocol

import msgspec

from upgradecheck.commands.holding import Holdable, NothingRestarts, NothingToHold, in_words
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.plan import Plan
from upgradecheck.model.version import KubeletVersion
from upgradecheck.override.hold.place import DEFAULT_DIRECTORY
from upgradecheck.override.state import DEFAULT_DIRECTORY as JOURNALS

RUNTIME_SECONDS = 3.0
"""For which a runtime, or a proxy, may take to list what it has."""


class By(str, Enum):
    """The way to hold. AUTO: the proxy where one stands, else the records."""

    AUTO = "auto"
    PROXY = "proxy"
    RECORDS = "records"


class HoldRequest(msgspec.Struct, frozen=True, gc=False):
    """What hold was told. checkpoint, kubeconfig and directories as given; to_version: of a dry run beside a kubelet that runs.

    until: when its time is up, on the clock of time.monotonic. pins: the UIDs of static pods may be written into their manifests.
    """

    directory: str = DEFAULT_DIRECTORY
    checkpoint: str = "/var/lib/upgradecheck/checkpoint"
    kubeconfig: str | None = None
    node: str | None = None
    seconds: float = 50.0
    until: float = float("inf")
    dry_run: bool = False
    to_version: str | None = None
    at_once: bool = False
    by: By = By.AUTO
    state_dir: str = JOURNALS
    pins: bool = False

    def file(self, name: str) -> str:
        """The path of a file that is kept."""
        return f"{self.directory.rstrip('/')}/{name}"

    def left(self) -> float:
        """How many seconds are left."""
        return self.until - time.monotonic()


class Held(msgspec.Struct, frozen=True, gc=False):
    """What a run did: said is its line; held and left_out count containers, of a dry run those that would be; fitting those that carry, or
    are shown with, what the kubelet computes already.

    done: something was put in place for the kubelet that starts. at_start: it ran where systemd held the kubelet back. fit: a dry run
    found nothing that hinders. by, start, target, plan: the way, the step and the plan's hash, where there was one.
    """

    said: str
    held: int = 0
    left_out: int = 0
    done: bool = False
    at_start: bool = True
    fit: bool = False
    by: str = ""
    start: str = ""
    target: str = ""
    plan: str = ""
    fitting: int = 0


def told_of(found: Holdable, way: str, held: Held) -> Held:
    """What a run did, with the way, the step and the plan."""
    start, target = found.start.removeprefix("v"), found.plan.to_version.release
    return msgspec.structs.replace(held, by=way, start=start, target=target, plan=found.plan.plan_hash, fitting=found.fitting)


def told_of_nothing(began: str, why: NothingToHold, *, at_start: bool) -> Held:
    """The outcome where nothing is held; of what a plan said so."""
    fit = isinstance(why, NothingRestarts)
    return Held(f"{began}: {why}", left_out=why.left_out, at_start=at_start, fit=fit, fitting=why.fitting)


def would_hold(found: Holdable, way: str, began: str, ends: str, *, at_start: bool) -> Held:
    """The outcome of a dry run."""
    told = f"{began} {in_words(found)}, by {way}; {ends}"
    return told_of(found, way, Held(told, found.count, len(found.left_out), at_start=at_start, fit=True))


class NotAtStart(NothingToHold):
    """Nobody holds the kubelet back."""


class NotSeen(NothingToHold):
    """Something was done, and nobody saw what came of it."""


class OutOfTime(BaseException):
    """The deadline of the whole run; nothing that catches errors may take it for one."""


class Way(Protocol):
    """By what it is held, on this node."""

    @property
    def name(self) -> str:
        """How it is called: ``proxy`` or ``records``."""

    @property
    def runtime(self) -> str:
        """The socket of the runtime itself."""

    @property
    def map_file(self) -> str | None:
        """The map that a proxy serves."""

    @property
    def in_force(self) -> OverrideMap | None:
        """What that map shows."""

    def note(self) -> None:
        """What the kubelet that starts is shown, if nothing else is done, can be known again when it comes back."""

    def prepare(self) -> None:
        """Whatever becomes of us, a kubelet that comes back is not shown what was meant for another one."""

    def require(self, *, dry: bool) -> None:
        """That all is as it must be; dry: beside a kubelet that runs.

        Raises:
            NothingToHold, UpgradecheckError: it is not.
        """

    def carry_out(self, found: Holdable) -> Held:
        """Holds it.

        Raises:
            NothingToHold, UpgradecheckError: nothing was changed.
        """

    def otherwise(self, version: KubeletVersion, why: str, plan: Plan | None = None) -> Held | None:
        """Where nothing new is to be held for this version, what is done all the same; None: nothing. plan: the one that says so."""
