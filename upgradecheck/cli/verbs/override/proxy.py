"""Answer the kubelet in the runtime's place; nothing restarts.

Stands between kubelet and runtime, and answers with the hashes that a plan overrides.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.declaring import default, option
from upgradecheck.cli.session import Session
from upgradecheck.cli.systemd import NO_CONFIGURATION, program, quoted
from upgradecheck.cli.texts import seconds
from upgradecheck.model.errors import UsageError

if TYPE_CHECKING:
    from upgradecheck.model.override import OverrideMap
    from upgradecheck.override.proxy.serving import ProxySettings

EPILOG = """\
Examples:
  On the node, as root: see it work, then have it start before the kubelet from now on:
    upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/containerd/containerd.sock --map plan.json
    upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/containerd/containerd.sock --map plan.json \\
      --print-unit > /etc/systemd/system/upgradecheck-proxy.service
  Then point the kubelet at it: --container-runtime-endpoint=unix:///run/upgradecheck/cri.sock

Exit codes: 0 stopped as asked; 1 the plan or a socket cannot be used; 64 usage error.
"""

_UNIT = """\
# Answers the kubelet with the hashes that {plan} overrides, in the place of {upstream}.
# As /etc/systemd/system/upgradecheck-proxy.service; then: systemctl daemon-reload; systemctl enable --now upgradecheck-proxy
# The kubelet{whose} needs: {endpoint}
[Unit]
Description=upgradecheck override proxy
After=containerd.service crio.service cri-docker.service
{before}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
Restart=always
RestartSec=1
TimeoutStopSec={timeout}
UMask=0177{directory}
OOMScoreAdjust=-999
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX

[Install]
WantedBy=kubelet.service multi-user.target
"""


class Options(NamedTuple):
    """Proxy."""

    listen: Annotated[str, option("--listen", metavar="SOCKET", help="The kubelet's new endpoint, made here.")]
    upstream: Annotated[str, option("--upstream", metavar="SOCKET", help="The runtime's socket.")]
    plan: Annotated[str, option("--map", metavar="PLAN", help="What plan --override -o json=PLAN wrote.")]
    metrics: Annotated[str | None, option("--metrics", metavar="FILE", help="Keep counters here, for a textfile collector.")] = None
    stop_timeout: Annotated[
        float, option("--stop-timeout", metavar="TIME", help="At a stop, wait this long for calls under way.", read=seconds)
    ] = default("10s")
    print_unit: Annotated[bool, option("--print-unit", help="Print the systemd unit that runs this; do nothing else.", variable=False)] = (
        False
    )


def run(session: Session, options: Options) -> int:
    """Relays the kubelet's calls to the runtime. Containers of the plan are shown with the hash that the new kubelet computes of them."""
    from upgradecheck.override.proxy.listening import socket_file
    from upgradecheck.override.proxy.serving import ProxySettings, serve

    sockets = socket_file("--listen", options.listen), socket_file("--upstream", options.upstream)
    settings = ProxySettings(*sockets, options.plan, options.metrics, options.stop_timeout)
    if Path(settings.listen).resolve() == Path(settings.upstream).resolve():
        raise UsageError(f"--listen {options.listen}: is the runtime's own socket. Listen on another path, and point the kubelet there.")
    if options.print_unit:
        from upgradecheck.cli.session import write_stdout

        write_stdout(_unit(settings))
        return 0
    with _stoppable() as stop:
        serve(settings, stop, session.tell, remarks_of)
    return 0


def remarks_of(plan: OverrideMap) -> Sequence[str]:
    from upgradecheck.commands.provisional import remarks_on_versions

    return remarks_on_versions((plan.from_version, plan.to_version))


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, instead of what they do to other commands."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _unit(settings: ProxySettings) -> str:
    plan = str(Path(settings.plan).absolute())
    words = ["--listen", settings.listen, "--upstream", settings.upstream, "--map", plan]
    words += ["--metrics", str(Path(settings.metrics).absolute())] if settings.metrics else []
    words += ["--stop-timeout", f"{settings.stop_seconds:.0f}s", *NO_CONFIGURATION]
    return _UNIT.format(
        plan=plan,
        upstream=settings.upstream,
        listen=settings.listen,
        command=" ".join(map(quoted, [program(), "override", "proxy", *words])),
        timeout=int(settings.stop_seconds) + 10,
        directory=_runtime_directory(settings.listen),
        **_of_this_node(settings.listen),
    )


def _of_this_node(listen: str) -> dict[str, str]:
    """Before which units it starts, and how the kubelet is pointed at it: as on this machine, if it is a node, else as on kubeadm's."""
    from upgradecheck.machine.node import Machine
    from upgradecheck.machine.recognising import recognised
    from upgradecheck.model.distributions import PLAIN, services

    setup = recognised(Machine())
    found = PLAIN if setup is None else setup.distribution
    return {
        "before": "\n".join(f"Before={unit}" for unit in services()),
        "whose": "" if found is PLAIN else f" of {found.name}",
        "endpoint": found.endpoint.format(f"unix://{listen}"),
    }


def _runtime_directory(listen: str) -> str:
    """Has systemd make the directory of a socket right below /run."""
    parent = Path(listen).parent
    if parent.parent != Path("/run"):
        return ""
    return f"\nRuntimeDirectory={quoted(parent.name)}\nRuntimeDirectoryMode=0700\nRuntimeDirectoryPreserve=yes"
