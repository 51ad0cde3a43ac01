"""The systemd drop-in that runs ``override hold`` before each start of the kubelet, and has it keep pods at each stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from upgradecheck.cli.systemd import NO_CONFIGURATION, program, quoted

if TYPE_CHECKING:
    from upgradecheck.cli.verbs.override.hold import Options

_UNIT = """\
# Before each start of the kubelet: holds what is provably unchanged over its change of version.
# By the proxy at its endpoint, where one stands; else by containerd's records, for which containerd is restarted then.
# As /etc/systemd/system/kubelet.service.d/60-upgradecheck-hold.conf; then: systemctl daemon-reload
# The first start after that only tells what it would have held (--at-once: it holds). Beside it, which kubelet ran before is wanted:
# upgradecheck checkpoint record --print-unit. The dashes, and timeout: whatever fails, the kubelet starts.
[Service]
ExecStartPre=-/usr/bin/timeout -k 2 {limit} {program} override hold --seconds {seconds:g}s{first}{options}
ExecStop=-/usr/bin/timeout -k 1 15 {program} override hold --keep-pods{options}
"""
_AFTER = 10
"""Seconds after our own deadline when timeout(1) ends us."""


def hold_unit(options: Options) -> str:
    """Its text."""
    words = [
        *(["--kubeconfig", str(Path(options.kubeconfig).absolute())] if options.kubeconfig else []),
        *(["--node", options.node] if options.node else []),
        *(["--checkpoint", str(Path(options.checkpoint).absolute())] if options.checkpoint else []),
        *(["--by", options.by.value] if options.by.value != "auto" else []),
        *(["--pins"] if options.pins else []),
        *(["--state-dir", str(Path(options.state_dir).absolute())] if options.state_dir else []),
        *(["--hold-dir", str(Path(options.hold_dir).absolute())] if options.hold_dir else []),
        *(["--metrics", str(Path(options.metrics).absolute())] if options.metrics else []),
        *NO_CONFIGURATION,
    ]
    return _UNIT.format(
        limit=int(options.seconds) + _AFTER,
        program=quoted(program()),
        seconds=options.seconds,
        first=" --at-once" if options.at_once else "",
        options="".join(f" {quoted(word)}" for word in words),
    )
