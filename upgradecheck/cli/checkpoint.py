"""``upgradecheck checkpoint``: record, show, verify, seal, restore and import a node's history of kubelets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from upgradecheck.cli.checkpoint_options import Checkpoint, File, Force, NodeName
from upgradecheck.cli.options import Color, ColorChoice, Debug, Outputs, Quiet, Verbose, many, option
from upgradecheck.model.errors import EXIT_NO_REPORT, UsageError

_EPILOG = """\
\b
Examples:
  On the node, as root: the systemd drop-in that records every start of the kubelet, and a first record now:
    upgradecheck checkpoint record --print-unit > /etc/systemd/system/kubelet.service.d/50-upgradecheck.conf
    upgradecheck checkpoint record
  What is recorded, whether it can be trusted, and a copy that a person can edit:
    upgradecheck checkpoint show
    upgradecheck checkpoint verify
    upgradecheck checkpoint show -o yaml > history.yaml
  A checkpoint out of a history written by hand, and a damaged one replaced by its backup or a copy:
    upgradecheck checkpoint seal history.yaml worker-1.checkpoint
    upgradecheck checkpoint restore
    upgradecheck checkpoint restore worker-1.checkpoint
  What happened before: the kubelet's journal, a saved answer of Prometheus:
    journalctl -u kubelet -o short-iso > kubelet.log
    upgradecheck checkpoint import kubelet.log

\b
Exit codes: 0 done (verify: it can be trusted); 1 not (record: the new state is not safely saved); 64 usage error.
"""


def checkpoint_group() -> Any:
    """The sub-commands, as a typer application."""
    from upgradecheck.cli.checkpoint_record import record_command

    group = typer.Typer(
        help="The record of which kubelets ran on a node: it tells who created a container.",
        short_help="Which kubelets ran on this node, kept safely.",
        epilog=_EPILOG,
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("record", short_help="On a node, at kubelet start: note which kubelet runs.")(record_command)
    group.command("show", short_help="A checkpoint as a table, as JSON, or as YAML to edit.")(show_command)
    group.command("verify", short_help="Whether a checkpoint can be trusted: exit 0 or 1.")(verify_command)
    group.command("seal", short_help="A checkpoint out of a history written by hand.")(seal_command)
    group.command("restore", short_help="Put the backup or a copy in the place of a damaged checkpoint.")(restore_command)
    group.command("import", short_help="Add what the journal or Prometheus knows.")(import_command)
    return group


def show_command(
    context: typer.Context,
    file: File = None,
    place: Checkpoint = None,
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """The kubelets that a checkpoint records. -o yaml prints the form that "checkpoint seal" reads; -o json all members of the file."""
    from upgradecheck.cli.checkpoint_files import loaded, path_of, refuse
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    wanted = parse_outputs(many(outputs), "checkpoint", color)
    context.obj.start_logging()
    path = path_of(file, place)
    found = loaded(path)
    if found.checkpoint is None:
        raise refuse(path, found)
    if found.problem is not None:
        context.obj.tell(f"checkpoint {path}: {found.problem.found}; this is its backup.")
    checkpoint = found.checkpoint
    with open_sinks(wanted, context.obj) as sinks:
        write_all([report.of(checkpoint) for report in wanted], sinks)
    return 0


def verify_command(
    context: typer.Context,
    file: File = None,
    place: Checkpoint = None,
    node: NodeName = None,
    minimum: Annotated[
        int | None, option("--min-serial", metavar="N", help="Refuse a state older than this one.", show_default=False, min=1)
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Whether a checkpoint can be trusted: checksum, format, order of its history, owner and mode of the file; exit 0 or 1."""
    from upgradecheck.cli.checkpoint_files import loaded, path_of, refuse, trouble
    from upgradecheck.cli.session import write_stdout

    context.obj.start_logging()
    path = path_of(file, place)
    found = loaded(path)
    if found.problem is not None or found.checkpoint is None:
        context.obj.complain(str(refuse(path, found)))
        if found.from_backup:
            context.obj.tell(f'checkpoint {path}: its backup is good; "upgradecheck checkpoint restore" puts it in its place.')
        return EXIT_NO_REPORT
    problem = trouble(path, found.checkpoint, node, minimum)
    if problem is not None:
        context.obj.complain(str(problem))
        return EXIT_NO_REPORT
    checkpoint = found.checkpoint
    if not quiet:
        from upgradecheck.renderers.media.safe_text import safe_text

        starts = f"{len(checkpoint.history)} kubelet start{'' if len(checkpoint.history) == 1 else 's'}"
        newest = checkpoint.newest.kubelet_version
        write_stdout(safe_text(f"{path}: valid, node {checkpoint.node.name}, state {checkpoint.serial}, {starts}, newest {newest}") + "\n")
    return 0


def seal_command(
    context: typer.Context,
    history: Annotated[str, typer.Argument(metavar="HISTORY", help="The history, YAML or JSON; - for standard input.", show_default=False)],
    file: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="The checkpoint to make of it.", show_default=False)],
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """A checkpoint out of a history written by hand; a checkpoint of the same node that is there is set aside."""
    from upgradecheck.cli.checkpoint_files import author, hand_written, store_of, tell_written

    context.obj.start_logging()
    node, starts = hand_written(history)

    from upgradecheck.checkpoint.operations import seal

    store = store_of(file)
    tell_written(context.obj, store.path, seal(store, starts, author(node, force=force)))
    return 0


def restore_command(
    context: typer.Context,
    copy: Annotated[str | None, typer.Argument(metavar="[COPY]", help="A sealed copy. [default: the backup]", show_default=False)] = None,
    place: Checkpoint = None,
    node: NodeName = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Puts the backup, or a copy of this node's checkpoint, in its place; what is there is set aside under another name."""
    from upgradecheck.checkpoint.operations import restore
    from upgradecheck.cli.checkpoint_files import author, copied, live_store, named_node, path_of, tell_written

    context.obj.start_logging()
    source = None if copy is None else copied(copy)
    store = live_store(path_of(None, place))
    tell_written(context.obj, store.path, restore(store, source, author(named_node(node, source), force=force)))
    return 0


def import_command(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...", help="A journal (-o short-iso, json) or an answer of Prometheus, JSON.", show_default=False),
    ] = None,
    place: Checkpoint = None,
    node: NodeName = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Adds kubelet starts that the journal or a saved range query tells of; what contradicts the history is told, and nothing is added."""
    from upgradecheck.cli.checkpoint_files import author, imported, named_node, path_of, store_of, tell_written

    if not files:
        raise UsageError("FILE is missing: name a saved journal (journalctl -u kubelet -o short-iso) or an answer of Prometheus.")
    context.obj.start_logging()

    from upgradecheck.checkpoint.operations import merge_starts

    identity = named_node(node, None)
    store = store_of(path_of(None, place))
    starts = [start for file in files for start in imported(file, identity.name)]
    tell_written(context.obj, store.path, merge_starts(store, starts, author(identity)))
    return 0
