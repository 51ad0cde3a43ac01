"""``upgradecheck override``: what a plan overrides, brought into effect on a node. Each sub-command has a file of its own."""

from __future__ import annotations

from typing import Any

import typer


def override_group() -> Any:
    """The sub-commands, as a typer application."""
    from upgradecheck.cli.override_patch import EPILOG as PATCH_EPILOG
    from upgradecheck.cli.override_patch import patch_command
    from upgradecheck.cli.override_proxy import EPILOG as PROXY_EPILOG
    from upgradecheck.cli.override_proxy import proxy_command

    group = typer.Typer(
        help="Keeps containers whose spec did not change running over an upgrade, as a plan made with --override says.",
        short_help="On a node: keep unchanged containers running over an upgrade.",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("proxy", short_help="Answer the kubelet in the runtime's place; nothing restarts.", epilog=PROXY_EPILOG)(proxy_command)
    group.command("patch", short_help="The same for a kubelet that you build yourself: a diff.", epilog=PATCH_EPILOG)(patch_command)
    return group
