"""Whether ``checkpoint record`` has noted what it was run for, as metrics in Prometheus' text format.

They are for the textfile collector of a node exporter. No timestamps behind the values: the collector refuses them.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.checkpoint import Checkpoint
from upgradecheck.model.times import SECOND


def record_metrics(checkpoint: Checkpoint | None, time: int) -> str:
    """The metrics of one run at a time in nanoseconds; checkpoint is None where nothing could be noted."""
    return "".join(_lines(checkpoint, time))


def _lines(checkpoint: Checkpoint | None, time: int) -> Iterator[str]:
    yield from _gauge("success", "1 if the last run noted a start or stop, 0 if it failed.", int(checkpoint is not None))
    yield from _gauge("timestamp_seconds", "When that run was.", time // SECOND)
    if checkpoint is not None:
        yield from _gauge("starts", "Starts of kubelets in the checkpoint.", len(checkpoint.history))
        yield from _gauge("newest_start_timestamp_seconds", "The newest of them.", checkpoint.newest.start_time // SECOND)


def _gauge(name: str, what: str, value: int) -> Iterator[str]:
    whole = f"upgradecheck_checkpoint_record_{name}"
    yield f"# HELP {whole} {what}\n# TYPE {whole} gauge\n{whole} {value}\n"
