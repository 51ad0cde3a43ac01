"""How far ``override apply --docker`` or ``undo`` has come when somebody is killed, and who there is to be killed then."""

_WINDOW = ("dockerd is stopped", "one label is written", "half of them are written", "all are written")
_ALL = ("live-restore is written", "docker.socket is stopped", *_WINDOW, "dockerd starts", "dockerd answers")
MARKS = {"itself": _ALL, "dockerd": tuple(one for one in _ALL if one not in _WINDOW), "containerd": _ALL}
"""By who is killed; an undo has no live-restore to write, since it is on by then."""


def cases(what: str) -> list[tuple[str, str]]:
    """Victim and mark of each."""
    skipped = () if what == "apply" else ("live-restore is written",)
    return [(victim, mark) for victim, marks in MARKS.items() for mark in marks if mark not in skipped]
