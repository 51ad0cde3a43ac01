"""Write a plan's overrides into containerd's records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import Outputs
from upgradecheck.cli.override_options import (
    DEFAULT_SOCKET,
    Alone,
    Confirm,
    DockerRoot,
    DockerSocket,
    RestartRuntime,
    SkipCheck,
    Socket,
    StateDir,
    ThisNode,
)
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.cli.override_node import Chosen, Node
    from upgradecheck.cli.override_report import Said
    from upgradecheck.model.override import OverrideMap
    from upgradecheck.override.applying import Outcome
    from upgradecheck.override.state import FoundJournal
    from upgradecheck.override.surveying import Surveyed


class Options(NamedTuple):
    """Override."""

    plan: Annotated[str, argument("PLAN", "The plan, as plan --override -o json=PLAN writes it.")]
    confirm: Confirm = None
    socket: Socket = DEFAULT_SOCKET
    state_dir: StateDir = None
    node: ThisNode = None
    skip_check: SkipCheck = ()
    restart_runtime: RestartRuntime = False
    alone: Alone = False
    docker: DockerSocket = None
    docker_root: DockerRoot = None
    outputs: Outputs = ()


SHOWS: Final = "override"


def run(session: Session, options: Options) -> int:
    """On a node: gives each container of the plan the hash that the new kubelet will compute of its spec, so that it keeps it.

    Without --confirm nothing is changed: it prints what would be done, and the hash to confirm. It can be broken off at any point, and run
    again to go on; a second run after the end does nothing.
    """
    from upgradecheck.cli.override_node import Chosen, reached, require_hash
    from upgradecheck.cli.override_report import saying
    from upgradecheck.commands.provisional import remarks_on_versions
    from upgradecheck.override.planned import read_plan

    _ = Chosen(options.socket, options.state_dir, options.skip_check).checks  # what is no check is told before anything is started
    wanted = read_plan(options.plan)
    if options.confirm is not None:
        require_hash(wanted.plan_hash, options.confirm, "this plan")
    for remark in remarks_on_versions((wanted.from_version, wanted.to_version)):
        session.tell(remark)
    with saying("apply", options.outputs, session) as said:
        with reached(options.socket, alone=options.alone, docker=options.docker, confirmed=options.confirm is not None) as socket:
            chosen = Chosen(socket, options.state_dir, options.skip_check, options.node, options.alone, options.docker, options.docker_root)
            code = _at(chosen, wanted, options, said)
        said.ended(code, _answer(code, said))
    return code


def _answer(code: int, said: Said) -> str:
    """How it ended, in a sentence."""
    if code:
        return "not all is as it should be: see the containers that are refused, missing or otherwise than planned."
    if said.report.confirm is not None:
        return "nothing was changed yet."
    if not said.report.changed:
        return "nothing was to be written."
    return "written, and proved after a restart." if said.report.restarted else "written; in effect once the runtime has restarted."


def _at(chosen: Chosen, wanted: OverrideMap, options: Options, said: Said) -> int:
    """What is done at a socket; containerd alone is restarted in any case, since the records are to be proved."""
    from upgradecheck.cli.override_node import met

    restart = options.restart_runtime or options.alone
    with met(chosen, chosen.patience) as node:
        said.about(wanted, node)
        if options.confirm is None:
            return _dry_run(options.plan, wanted, node, chosen, said, restart=restart)
        outcome = _applied(options.plan, wanted, node, chosen, said, restart=restart)
    code = _code(wanted, outcome.surveyed, chosen)
    if restart and outcome.journal is not None:
        from upgradecheck.cli.override_restart import restart_and_verify
        from upgradecheck.override.standing import Standing

        return max(code, restart_and_verify(chosen, Path(outcome.journal).name, Standing.APPLIED, said))
    return code


def _dry_run(plan: str, wanted: OverrideMap, node: Node, chosen: Chosen, said: Said, *, restart: bool) -> int:
    from upgradecheck.cli.override_node import plan_heading, restart_offered, unmet_on
    from upgradecheck.cli.override_words import surveyed_lines, unmet_lines

    found, known, work = _work(wanted, node, chosen)
    said.surveyed(found)
    lines = [plan_heading(wanted, node), *surveyed_lines(found, done=False)]
    if work:
        unmet = () if chosen.alone else unmet_on(node, chosen.checks, restart=restart or chosen.docker is not None)
        said.to_confirm(wanted.plan_hash, unmet)
        lines += [
            "journal: " + (f"a new one in {chosen.directory}" if known is None else f"goes on in {known.name}"),
            *(() if chosen.alone else (restart_offered(node), *unmet_lines(unmet))),
            "nothing was changed; this does it:",
            chosen.command("apply", plan, *chosen.restarting, confirm=wanted.plan_hash),
        ]
    else:
        lines.append(_nothing(wanted, found, chosen) or "there is nothing to do.")
    said.tell(lines)
    return _code(wanted, found, chosen)


def _work(wanted: OverrideMap, node: Node, chosen: Chosen) -> tuple[tuple[Surveyed, ...], FoundJournal | None, bool]:
    """What the plan meets here, its journal so far, and whether there is anything to do; nothing is locked for that."""
    from upgradecheck.cli.override_node import SYSTEM
    from upgradecheck.override.applying import has_work
    from upgradecheck.override.state import looked_at
    from upgradecheck.override.surveying import survey

    found = survey(wanted, node.runtime)
    held = looked_at(chosen.directory, SYSTEM)
    known = None if held is None else held.of_plan(wanted.plan_hash)
    return found, known, has_work(found, known)


def _applied(plan: str, wanted: OverrideMap, node: Node, chosen: Chosen, said: Said, *, restart: bool) -> Outcome:
    from upgradecheck.cli.override_node import SYSTEM, at_rest, is_stopped, operator, plan_heading, require, restart_commands
    from upgradecheck.cli.override_words import after_lines, surveyed_lines
    from upgradecheck.override.applying import apply
    from upgradecheck.override.state import locked

    work = _work(wanted, node, chosen)[2]
    if work or restart:
        require(node, chosen.checks, restart=restart)
    with locked(chosen.directory, SYSTEM) as held, at_rest(node, restart=restart and (work or is_stopped(node))):
        outcome = apply(wanted, node.runtime, held, operator())
    lines = [plan_heading(wanted, node), *surveyed_lines(outcome.surveyed, done=True)]
    nothing = _nothing(wanted, outcome.surveyed, chosen) or "nothing was to be written."
    lines.append(nothing if not outcome.written else f"journal: {outcome.journal}")
    if outcome.written and not restart:
        lines += after_lines(restart_commands(node), chosen.command("status", plan))
    said.surveyed(outcome.surveyed, outcome.written)
    said.journal(outcome.journal)
    said.tell(lines)
    return outcome


def _nothing(wanted: OverrideMap, found: Sequence[Surveyed], chosen: Chosen) -> str | None:
    """What is to be said where none of the plan's containers is here, though some should be."""
    from upgradecheck.cli.override_node import nothing_here
    from upgradecheck.override.surveying import nothing_is_here

    return nothing_here(chosen) if nothing_is_here(wanted, found, chosen.names()) else None


def _code(wanted: OverrideMap, found: Sequence[Surveyed], chosen: Chosen) -> int:
    from upgradecheck.override.surveying import Action

    refused = any(one.action is Action.REFUSE for one in found)
    return EXIT_NO_REPORT if refused or _nothing(wanted, found, chosen) is not None else 0
