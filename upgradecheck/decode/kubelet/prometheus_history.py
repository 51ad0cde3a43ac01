"""Sightings of kubelets out of a saved answer of Prometheus to /api/v1/query_range.

    {__name__=~"kubernetes_build_info|process_start_time_seconds",job="kubelet"}

kubernetes_build_info says which version was scraped when (label git_version, gitVersion before 1.16), process_start_time_seconds when that
process began. Both are samples: a kubelet that lived between two scrapes is not there, so every entry is *polled*, and the inference
allows for any version in between. A sample of a range query may be as old as Prometheus looks back (five minutes by default), which is the
uncertainty of what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.checkpoint import Clock, KubeletStart, Mode
from upgradecheck.model.errors import InvalidVersion, SpecRefused
from upgradecheck.model.times import LATEST, SECOND, is_told
from upgradecheck.model.version import KubeletVersion

LOOK_BACK = 300
_NODE_LABELS = ("node", "nodename", "kubernetes_node", "kubernetes_io_hostname", "instance")
_BUILD = "kubernetes_build_info"
_STARTED = "process_start_time_seconds"


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Data(msgspec.Struct):
    result: list[_Series]
    kind: str = msgspec.field(name="resultType", default="")


class _Answer(msgspec.Struct):
    status: str
    data: _Data | None = None


class _Sample(msgspec.Struct, frozen=True, gc=False):
    time: int
    version: KubeletVersion
    commit: str | None


_DECODER = msgspec.json.Decoder(_Answer)


def read_prometheus(document: bytes, node: str, look_back: int = LOOK_BACK) -> tuple[KubeletStart, ...]:
    """The kubelets that one node was seen with, oldest first.

    Raises:
        SpecRefused: it is no answer to a range query, or has nothing of this node.
    """
    answer = typed(_DECODER, document)
    if answer.status != "success" or answer.data is None or answer.data.kind != "matrix":
        raise SpecRefused("expected a successful answer to query_range (resultType matrix)")
    of_node = [series for series in answer.data.result if _is_of(series.metric, node)]
    samples = sorted(_versions(of_node), key=lambda sample: sample.time)
    if not samples:
        raise SpecRefused(f"expected series of {_BUILD} with a label that names the node, found none")
    return _sightings(samples, _starts(of_node), look_back)


def _is_of(metric: dict[str, str], node: str) -> bool:
    if "kubelet" not in metric.get("job", "kubelet"):
        return False
    return any(metric.get(label, "").rpartition(":")[0] == node or metric.get(label) == node for label in _NODE_LABELS)


def _versions(series: Iterable[_Series]) -> Iterable[_Sample]:
    for each in series:
        version = each.metric.get("git_version") or each.metric.get("gitVersion")
        if each.metric.get("__name__", _BUILD) != _BUILD or version is None:
            continue
        try:
            known = parse_kubelet_version(version)
        except InvalidVersion as error:
            raise SpecRefused("a label git_version is no kubelet version", _BUILD) from error
        commit = each.metric.get("git_commit") or each.metric.get("gitCommit")
        yield from (_Sample(_time(time), known, commit) for time, _ in each.values)


def _starts(series: Iterable[_Series]) -> list[int]:
    """Every start of a process, each once."""
    texts = {value for each in series if each.metric.get("__name__") == _STARTED for _, value in each.values}
    try:
        return sorted(int(float(text) * 1000) * 1_000_000 for text in texts)
    except (ValueError, OverflowError) as error:
        raise SpecRefused("a value is no time", _STARTED) from error


def _time(seconds: float) -> int:
    time = int(seconds * 1000) * 1_000_000 if 0 < seconds <= LATEST // SECOND else 0
    if not is_told(time):
        raise SpecRefused("a value is no time", _BUILD)
    return time


def _sightings(samples: list[_Sample], starts: list[int], look_back: int) -> tuple[KubeletStart, ...]:
    """One entry for every run of one version under one process, from its first sample to its last."""
    runs: list[tuple[_Sample, int, int | None]] = []
    for sample in samples:
        began = max((start for start in starts if start <= sample.time), default=None)
        if runs and runs[-1][0].version == sample.version and runs[-1][2] == began:
            runs[-1] = (runs[-1][0], sample.time, began)
        else:
            runs.append((sample, sample.time, began))
    return tuple(_entry(first, last, look_back) for first, last, _ in runs)


def _entry(first: _Sample, last: int, look_back: int) -> KubeletStart:
    return KubeletStart(
        first.version,
        first.time,
        mode=Mode.POLLED,
        clock=Clock.PROMETHEUS,
        uncertainty=look_back,
        git_commit=first.commit,
        last_seen_time=last,
    )
