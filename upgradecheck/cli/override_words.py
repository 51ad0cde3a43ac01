"""What the override commands print: lists of containers under a heading each, nothing left out."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.override_journal import Journal
from upgradecheck.override.broken_off import LeftUndone
from upgradecheck.override.checks import Unmet
from upgradecheck.override.readiness import Readiness, Ready
from upgradecheck.override.standing import Standing, Stood
from upgradecheck.override.surveying import Action, Surveyed
from upgradecheck.override.undoing import Examined, UndoWay
from upgradecheck.renderers.media.safe_text import safe_text

_ACTIONS: Mapping[Action, tuple[str, str]] = {
    Action.WRITE: ("to be written", "written"),
    Action.NOTHING: ("already so", "so"),
    Action.REFUSE: ("refused, and left as they are", "refused, and left as they are"),
    Action.ENDED: ("not running any more, and left as they are", "not running any more, and left as they are"),
}
_DRIFTED = "changed since, by somebody else or a later override (undo that first), and left as they are"
_WAYS: Mapping[UndoWay, tuple[str, str]] = {
    UndoWay.RESTORE: ("to be put back", "put back"),
    UndoWay.NOTHING: ("already as before", "as before"),
    UndoWay.GONE: ("gone", "gone"),
    UndoWay.DRIFTED: (_DRIFTED, _DRIFTED),
}
_STANDINGS: Mapping[Standing, str] = {
    Standing.APPLIED: "applied: the record and the runtime carry the override's hash",
    Standing.PENDING: "pending: the record is written, and the runtime serves the old one until it restarts",
    Standing.RESTORED: "restored: the record and the runtime carry the hash before",
    Standing.UNWRITTEN: "not written: apply broke off before these; run it again",
    Standing.GONE: "gone: removed, or ended",
    Standing.TAKEN_OVER: "taken over: a later journal wrote these again",
    Standing.DRIFTED: "drifted: somebody else changed the record",
}


_READINESS: Mapping[Readiness, str] = {
    Readiness.HELD: "held: the record and the runtime carry the new kubelet's hash",
    Readiness.PENDING: "pending: the record is written, and the runtime serves the old one until it restarts",
    Readiness.UNWRITTEN: "not written: apply has not come to these",
    Readiness.REFUSED: "refused: nothing holds these",
    Readiness.DISTURBED: "disturbed: held, and NOT the same process as when it was written",
    Readiness.MISSING: "missing: gone since the plan was made, and what runs in their place is held by nothing; plan again",
    Readiness.ENDED: "not running any more, so there is nothing to hold",
}
NOTHING_IS_HERE = (
    "none of the plan's containers is in this runtime: it is not the kubelet's (name its socket with --containerd), this is not the plan's"
    " node (name it with --node), or all were made anew since (plan again)."
)


def surveyed_lines(found: Sequence[Surveyed], *, done: bool) -> Iterator[str]:
    """The containers of a plan by what is, or was, done about them."""
    for action, words in _ACTIONS.items():
        yield from _listed(words[done], [one for one in found if one.action is action], _surveyed)
    missing = [one.override for one in found if one.action is Action.ELSEWHERE]
    yield from _elsewhere(missing, "not in this runtime, so gone or on another node")


def _elsewhere(overrides: Sequence[Override], words: str) -> Iterator[str]:
    """How many there are of each node."""
    if overrides:
        nodes = Counter(each.node or "no node named" for each in overrides)
        yield f"{words}: {len(overrides)}"
        yield from (f"  {count} of {safe_text(name)}" for name, count in sorted(nodes.items()))


def examined_lines(found: Sequence[Examined], *, done: bool) -> Iterator[str]:
    """The containers of a journal by what is, or was, done about them."""
    for way, words in _WAYS.items():
        yield from _listed(words[done], [one for one in found if one.way is way], _examined)


def ready_lines(found: Sequence[Ready]) -> Iterator[str]:
    """The containers of a plan by whether the new kubelet may find them as they are."""
    for readiness, words in _READINESS.items():
        yield from _listed(words, [one for one in found if one.readiness is readiness], _ready)
    yield from _elsewhere([one.override for one in found if one.readiness is Readiness.ELSEWHERE], "of another node")


def stood_lines(found: Sequence[Stood]) -> Iterator[str]:
    """The containers of a journal by how they stand."""
    for standing, words in _STANDINGS.items():
        yield from _listed(words, [one for one in found if one.standing is standing], _stood)


def journal_line(path: str, journal: Journal, *, over: bool = False) -> str:
    """A journal in one line. over: it broke off, and nothing that it did not come to is left."""
    state = "undone" if journal.undone else "undo begun" if journal.undo_begun else "finished" if journal.finished else "broken off"
    state = f"{state}, and over: what it did not come to is gone, or another journal's" if over else state
    return f"{safe_text(path)}: {pair(journal.from_version, journal.to_version)}, plan {journal.plan_hash[:12]}, {state}"


def waiting_lines(undone: LeftUndone) -> Iterator[str]:
    """What a run that broke off did not come to, and that still runs."""
    if undone.waiting:
        yield f"not begun: apply broke off before these; run it again: {len(undone.waiting)}"
        yield from (f"  {one[:13]}" for one in undone.waiting)


def pair(start: str | None, target: str) -> str:
    """The step from one kubelet to another."""
    return f"{safe_text(start or 'several versions')} to {safe_text(target)}"


def unmet_lines(problems: Sequence[Unmet]) -> Iterator[str]:
    """What must change before it can be done."""
    if problems:
        yield "not yet as it must be:"
        yield from (f"  {one.message}" for one in problems)


def after_lines(restart: str, status: str) -> tuple[str, ...]:
    """What is left to do once records are written."""
    return (
        "the runtime serves the records of before until it restarts; the containers run on meanwhile. Now, in this order:",
        f"  {restart}",
        status,
        "and start the kubelet only when that exits with 0.",
    )


def command_line(*words: str, **options: str | Sequence[str] | None) -> str:
    """A command of ours as somebody can paste it; options by their long names, those that are None left out."""
    told = list(words)
    for name, value in options.items():
        for each in (value,) if isinstance(value, str) else value or ():
            told += [f"--{name.replace('_', '-')}", each]
    return "  " + safe_text(shlex.join(["upgradecheck", "override", *told]))


def text(lines: Iterable[str]) -> str:
    """The lines as they are written."""
    return "".join(f"{line}\n" for line in lines)


def _listed(words: str, found: Sequence[object], line: Callable[..., str]) -> Iterator[str]:
    if found:
        yield f"{words}: {len(found)}"
        yield from (f"  {line(one)}" for one in found)


def _surveyed(one: Surveyed) -> str:
    if one.action is Action.REFUSE:
        return safe_text(f"{one.name}: {one.reason}")
    return safe_text(f"{one.name}: {_hashes(one.override)}")


def _ready(one: Ready) -> str:
    return safe_text(f"{one.name}: {one.reason or _hashes(one.override)}")


def _examined(one: Examined) -> str:
    return safe_text(f"{one.name}: {_hashes(one.entry.override, back=True)}")


def _stood(one: Stood) -> str:
    served = "" if one.served is None else f", runtime serves {one.served}"
    process = ", NOT the same process as before" if one.same_process is False else ""
    return safe_text(f"{one.name}: {_hashes(one.entry.override)}{served}{process}")


def _hashes(override: Override, *, back: bool = False) -> str:
    beside = override.without_resources
    return _rewrite(override.hash, back=back) + ("" if beside is None else f"; without resources {_rewrite(beside, back=back)}")


def _rewrite(told: Rewrite, *, back: bool) -> str:
    before, after = told.before or "none", told.after
    return f"{after} -> {before}" if back else f"{before} -> {after}"
