"""Kubelet starts out of journals and out of Prometheus."""

from __future__ import annotations

import json
import re

import pytest

from tests.builders import as_version
from upgradecheck.decode.kubelet.log import is_kubelet_log, read_kubelet_log
from upgradecheck.decode.kubelet.prometheus_history import read_prometheus
from upgradecheck.model.checkpoint import Clock, KubeletStart, Mode
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.times import SECOND, rfc3339

OLD = "I0110 08:00:01.280973    5395 server.go:412] Version: v1.19.16"
NEW = 'I0602 21:30:00.547789    5630 server.go:489] "Kubelet version" kubeletVersion="v1.30.14"'
NEWER = 'I0602 21:30:00.547789    5630 server.go:545] "Kubelet version" logger="" kubeletVersion="v1.36.4"'
BETWEEN = 'I0602 21:30:02.0 5630 x.go:1] "Adding" podVersion="v1.99.0" Version: no'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            f"-- Logs begin\n2024-01-10T08:00:01+0000 node kubelet[5395]: {OLD}\n{BETWEEN}\n2024-06-02T23:30:00.547+0200 node kubelet[1]: {NEW}\n",
            [("v1.19.16", "2024-01-10T08:00:01Z", None), ("v1.30.14", "2024-06-02T21:30:00.547Z", None)],
            id="journalctl -o short-iso",
        ),
        pytest.param(f"1704873601.500000 node kubelet[5395]: {OLD}", [("v1.19.16", "2024-01-10T08:00:01.5Z", None)], id="journalctl -o short-unix"),
        pytest.param(
            json.dumps({"MESSAGE": NEW, "__REALTIME_TIMESTAMP": "1717363800000000", "_BOOT_ID": "0123456789abcdef0123456789abcdef"})
            + "\n"
            + json.dumps({"MESSAGE": list(OLD.encode()), "__REALTIME_TIMESTAMP": "1717363900000000"}),
            [("v1.30.14", "2024-06-02T21:30:00Z", "01234567-89ab-cdef-0123-456789abcdef"), ("v1.19.16", "2024-06-02T21:31:40Z", None)],
            id="journalctl -o json",
        ),
    ],
)  # fmt: skip
def test_journal(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert is_kubelet_log(text)
    assert [(start.kubelet_version.text, rfc3339(start.start_time), start.boot_id) for start in read_kubelet_log(text)] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(OLD, "line 1: has a time without year and zone", id="the kubelet's own log"),
        pytest.param(f"Jan 10 08:00:01 node kubelet[1]: {NEW}", "line 1: has a time without year and zone", id="journalctl -o short"),
        pytest.param("2024-01-10T08:00:01+0000 node kubelet[1]: nothing", "found none", id="no version told"),
        pytest.param('{"__REALTIME_TIMESTAMP":"x","MESSAGE":"Version"}', "line 1: is no entry of journalctl -o json", id="another JSON"),
        pytest.param(f"9999-12-31T23:59:59-2300 node kubelet[1]: {NEW}", "line 1: has a time before 1970 or after 9999", id="a time after all years"),
        pytest.param(f"0001-01-01T00:00:00+2300 node kubelet[1]: {NEW}", "line 1: has a time before 1970 or after 9999", id="a time before all kubelets"),
        pytest.param(json.dumps({"MESSAGE": NEW, "__REALTIME_TIMESTAMP": "9" * 400}), "line 1: has a time before 1970", id="a number of 400 digits"),
        pytest.param(json.dumps({"MESSAGE": NEW, "__REALTIME_TIMESTAMP": "9" * 5000}), "line 1: is no entry", id="more digits than are read"),
        pytest.param('{"__REALTIME_TIMESTAMP":"1","MESSAGE":' + "[" * 100_000, "line 1: is no entry", id="brackets without end"),
    ],
)  # fmt: skip
def test_journal_that_tells_nothing(text: str, message: str) -> None:
    assert is_kubelet_log(text)
    with pytest.raises(SpecRefused, match=re.escape(message)):
        read_kubelet_log(text)


def answer(*series: tuple[dict[str, str], list[tuple[float, str]]]) -> bytes:
    result = [{"metric": dict(metric, job="kubelet"), "values": values} for metric, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def build(version: str, node: str = "worker-1", label: str = "git_version") -> dict[str, str]:
    return {"__name__": "kubernetes_build_info", label: version, "node": node, "git_commit": "abc"}


def seen(version: str, first: int, last: int) -> KubeletStart:
    return KubeletStart(as_version(version), first * SECOND, Mode.POLLED, Clock.PROMETHEUS, 300, "abc", last_seen_time=last * SECOND)


def test_prometheus() -> None:
    document = answer(
        (build("v1.19.16"), [(1000, "1"), (1060, "1")]),
        (build("v1.20.15"), [(1120, "1"), (1180, "1"), (1240, "1")]),
        (build("v1.99.9", "worker-10"), [(1000, "1")]),
        ({"__name__": "process_start_time_seconds", "instance": "worker-1:10250"}, [(1000, "990.5"), (1120, "1100.25"), (1240, "1230")]),
    )
    assert read_prometheus(document, "worker-1") == (
        seen("v1.19.16", 1000, 1060),
        seen("v1.20.15", 1120, 1180),
        seen("v1.20.15", 1240, 1240),
    )


def test_prometheus_of_kubelets_before_1_16_and_by_instance() -> None:
    metric = build("v1.14.10", label="gitVersion")
    metric["instance"] = f"{metric.pop('node')}:10250"
    assert [start.kubelet_version.text for start in read_prometheus(answer((metric, [(5, "1")])), "worker-1")] == ["v1.14.10"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(answer((build("v1.20.1", "other"), [(1, "1")])), "found none", id="another node's"),
        pytest.param(b'{"status":"error","errorType":"x"}', "expected a successful answer", id="an error"),
        pytest.param(b'{"status":"success","data":{"resultType":"vector","result":[]}}', "resultType matrix", id="no range"),
        pytest.param(answer((build("latest"), [(1, "1")])), "no kubelet version", id="no version"),
        pytest.param(b"<html>", "no valid JSON", id="no JSON"),
        pytest.param(
            answer((build("v1.20.1"), [(1e308, "1")])), "kubernetes_build_info: a value is no time", id="a time beyond all numbers"
        ),
        pytest.param(answer((build("v1.20.1"), [(1e15, "1")])), "kubernetes_build_info: a value is no time", id="a time beyond all years"),
        pytest.param(
            answer((build("v1.20.1"), [(5, "1")]), ({"__name__": "process_start_time_seconds", "node": "worker-1"}, [(5, "nan")])),
            "no time",
            id="no number",
        ),
    ],
)
def test_prometheus_that_tells_nothing(document: bytes, message: str) -> None:
    with pytest.raises(SpecRefused, match=message):
        read_prometheus(document, "worker-1")
