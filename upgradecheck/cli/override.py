"""``upgradecheck override``: what a plan overrides, brought into effect on a node. Each sub-command has a file of its own."""

from __future__ import annotations

from typing import Any

import typer

_EPILOG = """\
\b
Examples:
  On the node, as root, with a plan made by "upgradecheck plan --override -o json=plan.json":
    upgradecheck override apply plan.json                          # shows what it would do, and the hash to confirm
    systemctl stop kubelet
    upgradecheck override apply plan.json --confirm HASH --restart-runtime
    upgradecheck override status
    systemctl start kubelet                                        # the new one
  And back, again with the kubelet stopped; without --confirm it only shows what it would do:
    upgradecheck override undo 0001-3f2a9c81d04e.journal --confirm HASH --restart-runtime

\b
Exit codes: 0 done (status: all is in effect); 1 not, or not all; 64 usage error.
"""


def override_group() -> Any:
    """The sub-commands, as a typer application."""
    from upgradecheck.cli.override_apply import apply_command
    from upgradecheck.cli.override_patch import EPILOG as PATCH_EPILOG
    from upgradecheck.cli.override_patch import patch_command
    from upgradecheck.cli.override_proxy import EPILOG as PROXY_EPILOG
    from upgradecheck.cli.override_proxy import proxy_command
    from upgradecheck.cli.override_status import status_command
    from upgradecheck.cli.override_undo import undo_command

    group = typer.Typer(
        help="Keeps containers whose spec did not change running over an upgrade, as a plan made with --override says.",
        short_help="On a node: keep unchanged containers running over an upgrade.",
        epilog=_EPILOG,
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("apply", short_help="Write a plan's overrides into containerd's records.")(apply_command)
    group.command("status", short_help="What is in effect, pending, gone or drifted.")(status_command)
    group.command("undo", short_help="Put the exact old records back.")(undo_command)
    group.command("proxy", short_help="Answer the kubelet in the runtime's place; nothing restarts.", epilog=PROXY_EPILOG)(proxy_command)
    group.command("patch", short_help="The same for a kubelet that you build yourself: a diff.", epilog=PATCH_EPILOG)(patch_command)
    return group
