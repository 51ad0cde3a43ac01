"""Options that the checkpoint commands share."""

from __future__ import annotations

from typing import Annotated

from upgradecheck.cli.declaring import argument, option

Checkpoint = Annotated[
    str | None,
    option("--checkpoint", metavar="FILE", help="The node's own checkpoint. [default: /var/lib/upgradecheck/checkpoint]", aside=True),
]
File = Annotated[str | None, argument("[FILE]", "The checkpoint. [default: the node's own]")]
Force = Annotated[
    bool,
    option("--force", help="Also if it is of another node, or older than what is there; the file keeps a note of that.", variable=False),
]
NodeName = Annotated[
    str | None,
    option(
        "--node",
        metavar="NAME",
        help="The node, by its name in the cluster. [default: the kubelet's --hostname-override, else the host's name]",
    ),
]
