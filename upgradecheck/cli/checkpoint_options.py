"""Options that the checkpoint commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.options import option

Checkpoint = Annotated[
    str | None,
    option(
        "--checkpoint",
        metavar="FILE",
        help="The node's own checkpoint. [default: /var/lib/upgradecheck/checkpoint]",
        show_default=False,
    ),
]
File = Annotated[str | None, typer.Argument(metavar="[FILE]", help="The checkpoint. [default: the node's own]", show_default=False)]
Force = Annotated[
    bool, typer.Option("--force", help="Also if it is of another node, or older than what is there; the file keeps a note of that.")
]
NodeName = Annotated[
    str | None,
    option(
        "--node",
        metavar="NAME",
        help="The node, by its name in the cluster. [default: the kubelet's --hostname-override, else the host's name]",
        show_default=False,
    ),
]
