"""For which plan containerd was restarted, in which boot: the mark is on the disk before the restart, and until somebody has seen that it
helped, that plan gets no second one.

With ``Requires=containerd.service`` systemd kills this very process with the restart, and starts another one in its place, which must
find that there is nothing left but to verify. Killed between mark and restart, the next run finds that the very containerd runs still
which was to be restarted. The mark is made ready before anything is written, and takes its place by a rename alone, which needs no room
on a disk that has filled up meanwhile.
"""

from __future__ import annotations

import os
from contextlib import suppress

import msgspec

from upgradecheck.override.hold.place import keep, kept
from upgradecheck.safekeeping.errors import NotSaved

_DONE, _READY = "restart.json", "restart-next.json"


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A restart: of which boot, for which plan. verified: somebody has looked at what came of it.

    process: the containerd that is to be restarted, by its number and start; empty where that is not known.
    """

    boot: str
    plan: str
    verified: bool = False
    process: str = ""

    def is_unseen(self, plan: str, boot: str) -> bool:
        """Whether it is for this plan in this boot, and nobody has looked at what came of it."""
        return (self.plan, self.boot, self.verified) == (plan, boot, False)

    def has_come(self, process: str) -> bool:
        """Whether containerd was restarted since, by the one that runs; where that is not known it was: twice would be for ever."""
        return not (process and process == self.process)


def mark_of(directory: str) -> Mark | None:
    """The last one; None where there is none that can be trusted."""
    content = kept(f"{directory}/{_DONE}")
    with suppress(msgspec.MsgspecError):
        return None if content is None else msgspec.json.decode(content, type=Mark)
    return None


def make_ready(directory: str, mark: Mark) -> None:
    """Puts the next one on the disk, where it says nothing yet.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it is not there.
    """
    keep(f"{directory}/{_READY}", msgspec.json.encode(mark))


def begun(directory: str) -> None:
    """From here on it says that containerd was restarted.

    Raises:
        NotSaved: it does not, or not for sure.
    """
    try:
        os.rename(f"{directory}/{_READY}", f"{directory}/{_DONE}")  # noqa: PTH104 - a rename within the directory, and no more
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NotSaved(f"{directory}/{_DONE}: cannot be put in place ({error.strerror}).") from error


def is_verified(directory: str, mark: Mark) -> None:
    """Notes that what came of it was looked at.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it is not noted, and the next start looks again.
    """
    keep(f"{directory}/{_DONE}", msgspec.json.encode(msgspec.structs.replace(mark, verified=True)))
