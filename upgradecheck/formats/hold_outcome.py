"""What a start of the kubelet was told by ``override hold``: as JSON, and as metrics in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from upgradecheck.model.times import SECOND, rfc3339


class Numbers(NamedTuple):
    """How many containers were held, may have restarted all the same, and carried already what the kubelet computes."""

    held: int
    left_out: int
    fitting: int


def outcome(said: str, numbers: Numbers, *, done: bool, seconds: float, time: int, step: Mapping[str, str] | None = None) -> bytes:
    """One object on one line; time is in nanoseconds. step: the way, the versions and the plan, as far as there were any."""
    told = {"kind": "HoldOutcome", "time": rfc3339(time // SECOND * SECOND), "said": said, "done": done, "held": numbers.held}
    known = {key: value for key, value in (step or {}).items() if value}
    counted = {"left_out": numbers.left_out, "fit_already": numbers.fitting}
    return msgspec.json.encode({**told, **counted, **known, "seconds": round(seconds, 3)}) + b"\n"


def hold_metrics(numbers: Numbers, *, done: bool, seconds: float, time: int) -> str:
    """The metrics of the last start. No timestamps behind the values: the collector refuses them."""
    return "".join((*_lines(numbers, done=done, seconds=seconds, time=time), _unfinished(value=0)))


def begun_metrics(time: int) -> str:
    """The metrics of a start that has begun: they stay where hold is killed."""
    return f"{_when(time)}{_unfinished(value=1)}"


def _lines(numbers: Numbers, *, done: bool, seconds: float, time: int) -> Iterator[str]:
    yield _gauge(
        "done", "1 if the last start of the kubelet put something in place (a map, records, pins), 0 if nothing was held.", int(done)
    )
    yield _gauge("containers_held", "Containers that it held.", numbers.held)
    yield _gauge("containers_left_out", "Containers that may have restarted all the same.", numbers.left_out)
    yield _gauge("containers_fit_already", "Containers that carried already what that kubelet computes.", numbers.fitting)
    yield _gauge("seconds", "How long it took.", f"{seconds:.3f}")
    yield _when(time)


def _when(time: int) -> str:
    return _gauge("timestamp_seconds", "When the last start of the kubelet was.", time // SECOND)


def _unfinished(*, value: int) -> str:
    return _gauge("unfinished", "1 if the last start of the kubelet came to no end here: hold was killed, or is at work.", value)


def _gauge(name: str, what: str, value: int | str) -> str:
    whole = f"upgradecheck_hold_{name}"
    return f"# HELP {whole} {what}\n# TYPE {whole} gauge\n{whole} {value}\n"
