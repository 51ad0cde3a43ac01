"""Options that the override commands on a node share."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.options import option

Socket = Annotated[
    str,
    option("--containerd", metavar="SOCKET", help="The socket of containerd."),
]
StateDir = Annotated[
    str | None,
    option(
        "--state-dir",
        metavar="DIR",
        help="Where overrides keep their journals and audit log. [default: /var/lib/upgradecheck/override]",
        show_default=False,
    ),
]
SkipCheck = Annotated[
    list[str] | None,
    option(
        "--skip-check",
        metavar="CHECK",
        help="Go on although this does not hold or cannot be known: kubelet, kill-mode, config. Repeatable.",
        show_default=False,
    ),
]
RestartRuntime = Annotated[
    bool,
    typer.Option("--restart-runtime", help="Restart containerd's unit afterwards, and check that every container is as it was."),
]
Confirm = Annotated[
    str | None,
    typer.Option("--confirm", metavar="PLAN_HASH", help="Do it: the hash of the plan, as the dry run prints it.", show_default=False),
]
DEFAULT_SOCKET = "/run/containerd/containerd.sock"
