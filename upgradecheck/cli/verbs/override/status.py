"""What is in effect, pending, gone or drifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import Outputs
from upgradecheck.cli.override_options import DEFAULT_SOCKET, Alone, DockerRoot, DockerSocket, Socket, StateDir, ThisNode
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.cli.override_node import Chosen
    from upgradecheck.cli.override_report import Said
    from upgradecheck.override.readiness import Ready
    from upgradecheck.override.standing import Stood
    from upgradecheck.override.state import FoundJournal, OverrideState
    from upgradecheck.override.surveying import RuntimeDatabase
    from upgradecheck.safekeeping.system import System

JOURNAL = ".journal"

_PATIENCE = 60.0
"""Seconds: whoever has just restarted containerd asks before it has read its containers."""


class Options(NamedTuple):
    """Override."""

    of: Annotated[
        str | None,
        argument("[PLAN]|[JOURNAL]", "A plan, or one journal. [default: pins and all journals not undone, or else the newest]"),
    ] = None
    socket: Socket = DEFAULT_SOCKET
    state_dir: StateDir = None
    node: ThisNode = None
    alone: Alone = False
    docker: DockerSocket = None
    docker_root: DockerRoot = None
    outputs: Outputs = ()


SHOWS: Final = "override"


def run(session: Session, options: Options) -> int:
    """On a node: may the new kubelet start? Of each container of a plan whether it is held here; what is not is named, with the reason.

    Without a plan it looks at the journals alone: what each record holds, what the runtime serves, whether it still runs as before. Exits
    with 0 if whatever should be in effect here is (or is put back), else with 1. Changes nothing.
    """
    from upgradecheck.cli.override_node import reached
    from upgradecheck.cli.override_report import saying

    alone = reached(options.socket, alone=options.alone, docker=options.docker, confirmed=False)
    with saying("status", options.outputs, session) as said, alone as socket:
        here = options._replace(socket=socket)
        by_plan = here.of is not None and not here.of.endswith(JOURNAL)
        return _of_plan(session, here.of or "", here, said) if by_plan else _of_journals(here, said)


def _of_journals(options: Options, said: Said) -> int:
    from msgspec.structs import replace

    from upgradecheck.cli.override_node import SYSTEM
    from upgradecheck.cli.verbs.override.undo import chosen_by, known_state
    from upgradecheck.override.state import PINS, looked_at
    from upgradecheck.renderers.media.safe_text import safe_text

    chosen, name = chosen_by(options.of or "", options.socket, options.state_dir)
    chosen = replace(chosen, alone=options.alone, docker=options.docker, docker_root=options.docker_root)
    held = known_state(chosen, SYSTEM) if name else looked_at(chosen.directory, SYSTEM)
    pins, pinned = _pins(held if name in ("", PINS) else None, SYSTEM, said)
    if held is not None and pins and (name == PINS or not held.journals):
        said.tell([*pins, _audit_line(held)])
        return _ended(said, good=pinned)
    if held is None or not held.journals:
        told = f"{safe_text(chosen.directory)}: no override was carried out here. Whether one should have been, the plan tells:"
        said.tell([told, chosen.command("status", "PLAN")])
        said.ended(EXIT_NO_REPORT, f"{told} {chosen.command('status', 'PLAN')}")
        return EXIT_NO_REPORT
    lines, good = _stood(chosen, [held.named(name)] if name else _shown(held), held, said)
    said.tell([*lines, *pins, _audit_line(held)])
    return _ended(said, good=good and pinned)


def _ended(said: Said, *, good: bool) -> int:
    code = 0 if good else EXIT_NO_REPORT
    said.ended(code, "whatever should be in effect here is." if good else "not all that should be in effect here is.")
    return code


def _stood(chosen: Chosen, shown: Sequence[FoundJournal], held: OverrideState, said: Said) -> tuple[list[str], bool]:
    """How the containers of journals stand, in lines, and whether all is as it should be."""
    from upgradecheck.cli.override_node import met
    from upgradecheck.cli.override_words import journal_line, stood_lines, waiting_lines
    from upgradecheck.override.broken_off import left_undone
    from upgradecheck.override.standing import stand

    lines, good = list[str](), True
    with met(chosen, _PATIENCE) as node:
        said.asked(node)
        for found in shown:
            path = held.directory.file(found.name)
            stood = stand(found.journal, node.runtime, held.taken_over(found))
            left_out = () if found.journal.undo_begun else tuple(_left_out(held, found, node.runtime))
            said.stood(stood, path)
            undone = left_undone(held, found, stood, node.runtime)
            lines += [journal_line(path, found.journal, over=undone.over), *stood_lines(stood), *waiting_lines(undone), *left_out]
            ended = found.journal.finished or found.journal.undone or undone.over
            good = good and ended and all(_is_good(one) for one in stood) and not left_out
    return lines, good


def _of_plan(session: Session, plan: str, options: Options, said: Said) -> int:
    from upgradecheck.cli.override_node import SYSTEM, Chosen, met, nothing_here, plan_heading
    from upgradecheck.cli.override_words import ready_lines
    from upgradecheck.commands.provisional import remarks_on_versions
    from upgradecheck.override.planned import read_plan
    from upgradecheck.override.readiness import readiness_of
    from upgradecheck.override.state import looked_at
    from upgradecheck.override.surveying import nothing_is_here, survey

    chosen = Chosen(options.socket, options.state_dir, node=options.node, docker=options.docker, docker_root=options.docker_root)
    wanted = read_plan(plan)
    for remark in remarks_on_versions((wanted.from_version, wanted.to_version)):
        session.tell(remark)
    held = looked_at(chosen.directory, SYSTEM)
    with met(chosen, _PATIENCE) as node:
        said.about(wanted, node)
        surveyed = survey(wanted, node.runtime)
        found = readiness_of(surveyed, node.runtime, chosen.names(), held)
        lines = [plan_heading(wanted, node), *ready_lines(found)]
    said.ready(found)
    pins, pinned = _pins(held, SYSTEM, said)
    told, good = _verdict(found, nothing_here(chosen) if nothing_is_here(wanted, surveyed, chosen.names()) else None)
    if good and not pinned:
        told, good = "do not start the new kubelet: not every static pod that was pinned is pinned still.", False
    said.tell([*lines, *pins, told])
    said.ended(0 if good else EXIT_NO_REPORT, told)
    return 0 if good else EXIT_NO_REPORT


def _pins(held: OverrideState | None, system: System, said: Said) -> tuple[list[str], bool]:
    """What stands of the pins, in lines, and whether all hold."""
    from upgradecheck.cli.pin_words import pin_standing_lines
    from upgradecheck.pinning.standing import HOLDS, stand_pins

    stood = () if held is None else stand_pins(held.pins.standing, system)
    said.pins(stood)
    return list(pin_standing_lines(stood)), all(one.standing in HOLDS for one in stood)


def _audit_line(held: OverrideState) -> str:
    return f"audit log: {len(held.audit.entries)} lines, unbroken"


def _verdict(found: Sequence[Ready], nowhere: str | None) -> tuple[str, bool]:
    """Whether the new kubelet may start, in words and as it is. nowhere: what is said where nothing of the plan is here."""
    from upgradecheck.override.readiness import HINDERS, Readiness

    hindering = sum(one.readiness in HINDERS for one in found)
    if nowhere is not None:
        return f"do not start the new kubelet: {nowhere}", False
    if hindering:
        return f"do not start the new kubelet: of the containers that the plan says are held, {hindering} would not be.", False
    if all(one.readiness is Readiness.ELSEWHERE for one in found):
        return "the plan overrides nothing on this node.", True
    return "the new kubelet may start: whatever the plan holds on this node, and runs, is held.", True


def _left_out(held: OverrideState, found: FoundJournal, runtime: RuntimeDatabase) -> Iterator[str]:
    """What the plan of a journal said is held, and its last run refused or did not find; the audit log knows it."""
    last = next((one for one in reversed(held.audit.entries) if (one.get("event"), one.get("journal")) == ("applied", found.name)), None)
    if last is None:
        return
    later = held.taken_over(found)
    refused = [one for one in last.get("refused", ()) if one not in later and _runs(runtime, one)]
    for words, left in (("refused, and held by nothing", refused), ("not found, and held by nothing", last.get("missing", ()))):
        if left:
            yield f"{words}: {len(left)}"
            yield from (f"  {one[:13]}" for one in left)


def _runs(runtime: RuntimeDatabase, container_id: str) -> bool:
    served = runtime.served(container_id)
    return served is not None and served.running


def _shown(held: OverrideState) -> tuple[FoundJournal, ...]:
    in_force = tuple(one for one in held.journals if not one.journal.undone)
    return in_force or held.journals[-1:]


def _is_good(one: Stood) -> bool:
    from upgradecheck.override.standing import EFFECTIVE

    return one.standing in EFFECTIVE and one.same_process is not False
