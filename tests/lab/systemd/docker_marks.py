"""How far ``override apply --docker`` or ``undo`` has come when somebody is killed, and who there is to be killed then."""

from typing import NamedTuple

_WINDOW = ("dockerd is stopped", "one label is written", "half of them are written", "all are written")
ON = "live-restore is written"
_ALL = (ON, "docker.socket is stopped", *_WINDOW, "dockerd starts", "dockerd answers")
MARKS = {"itself": _ALL, "dockerd": (ON, "dockerd starts", "dockerd answers"), "containerd": _ALL}
"""By who is killed. With docker.socket systemd has stopped dockerd, which requires it."""


class Case(NamedTuple):
    """Who is killed, in what command, and where; or the disk, which fills up then."""

    victim: str
    what: str
    mark: str

    def __str__(self) -> str:
        done = "the disk fills up" if self.victim == "disk" else f"{self.victim} is killed"
        return f"{self.what}: {done} once {self.mark}"


CASES = tuple(
    Case(victim, what, mark)
    for victim, marks in MARKS.items()
    for mark in marks
    for what in ("apply", "undo")
    if (what, mark) != ("undo", ON)
)
"""All that there are; an undo has no live-restore to write, since it is on by then."""
FILLS = tuple(Case("disk", "apply", mark) for mark in ("dockerd is stopped", "one label is written", "all are written"))
"""Where the disk fills up meanwhile."""
