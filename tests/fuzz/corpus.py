"""What real inputs look like, by the kind of door they come to: the project's examples, cases of the field, and what tests make of the rest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from tests.builders_plan import container, pod
from tests.builders_plan import plan as plan_of
from tests.override import node as overridden
from tests.unit.checkpoint import samples
from tests.unit.cli.test_verify import POD, PROBED, restarted
from tests.unit.planning.evidence.test_in_force import WRITTEN
from tests.unit.renderers.test_verification_reports import mixed, rendered
from tests.unit.verifying.test_accuracy import entry
from upgradecheck.contract.v1.accuracy import line
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.decode.runtime.protowire import chunk, varint
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.plan import Verdict
from upgradecheck.renderers import Canvas, choose
from upgradecheck.sources.files import open_inputs

TESTS = Path(__file__).parents[1]
PLACES = (TESTS / "examples" / "sources", TESTS / "field" / "cases")
_LARGEST = 20_000
_MOST = 400

LOG = b"""\
-- Logs begin
2024-01-10T08:00:01+0000 node kubelet[5395]: I0110 08:00:01.280973    5395 server.go:412] Version: v1.19.16
2024-06-02T23:30:00.547+0200 node kubelet[1]: I0602 21:30:00.547789    5630 server.go:489] "Kubelet version" kubeletVersion="v1.30.14"
1704873601.500000 node kubelet[5395]: I0110 08:00:01.280973    5395 server.go:412] Version: v1.19.16
{"MESSAGE": "I0602 21:30:00.5 5630 server.go:489] \\"Kubelet version\\" kubeletVersion=\\"v1.30.14\\"", "__REALTIME_TIMESTAMP": "1717363800000000"}
"""
PROMETHEUS = json.dumps(
    {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {
                    "metric": {"__name__": "kubernetes_build_info", "git_version": "v1.19.16", "node": "worker-1"},
                    "values": [[1000, "1"], [1060, "1"]],
                },
                {
                    "metric": {"__name__": "process_start_time_seconds", "instance": "worker-1:10250"},
                    "values": [[1000, "990.5"], [1060.5, "1e3"]],
                },
            ],
        },
    }
).encode()


@lru_cache(maxsize=1)
def corpus() -> Mapping[str, tuple[bytes, ...]]:
    """All of it, by kind."""
    documents = tuple(islice(_documents(), _MOST))
    return {
        "document": documents,
        "pod": tuple(raw for raw in documents if b'"containers":' in raw.replace(b'": ', b'":') and b"podSandbox" not in raw) or documents,
        "stream": (*_files(".json"), *_files(".ndjson"), b"[" + b",".join(documents[:30]) + b"]", b"\n".join(documents[:30])),
        "yaml": tuple(_files(".yaml")),
        "log": (LOG,),
        "prometheus": (PROMETHEUS,),
        "checkpoint": (encode_checkpoint(samples.checkpoint()), samples.NEW_FORMAT_BODY),
        "history": (samples.BY_HAND,),
        "journal": (WRITTEN,),
        "plan": (_plan(),),
        "came": tuple(json.dumps(found).encode() for found in (restarted(POD), POD, PROBED)),
        "result": (rendered("json", mixed()).encode(), line(entry(mixed()))),
        "protobuf": tuple(_protobuf()),
        "record": (overridden.record().value, overridden.record(without="311670a", others={"\u202e": "\ufffd"}).value),
        "engine": tuple(_files(".json", TESTS / "examples" / "sources" / "docker-engine-api")),
        "gzip": tuple(gzip.compress(raw, mtime=0) for raw in (documents[0], b"", documents[1] * 50, b" " * 100_000)),
    }


def _files(ending: str, place: Path | None = None) -> Iterator[bytes]:
    for folder in PLACES if place is None else (place,):
        for path in sorted(folder.rglob(f"*{ending}")):
            if path.stat().st_size <= _LARGEST and path.name != "expected.json":
                yield path.read_bytes()


def _documents() -> Iterator[bytes]:
    """Every document of the examples and the field, in turn of the folders, so that a few of each are among the first."""
    folders = sorted({path.parent for folder in PLACES for path in folder.rglob("*") if path.suffix in (".json", ".yaml", ".ndjson")})
    found = [_in(folder) for folder in folders]
    while found:
        for documents in list(found):
            raw = next(documents, None)
            if raw is None:
                found.remove(documents)
            elif raw:
                yield raw


def _in(folder: Path) -> Iterator[bytes]:
    try:
        with open_inputs((str(folder),), recursive=False, lenient=True) as inputs:
            yield from (document.raw for document in inputs.documents() if len(document.raw) <= _LARGEST)
    except UpgradecheckError:
        return


def _plan() -> bytes:
    held = pod("web", container("app", Verdict.OVERRIDDEN, override="planned"), verdict=Verdict.OVERRIDDEN)
    plan = plan_of(held, pod("db", container("db", Verdict.RESTART)), overrides=dict(overridden.plan(1).overrides))
    plan = replace(plan, plan_hash=plan_digest(plan.to_version.release, plan.pods, plan.overrides or {}))
    return "".join(choose("json", "plan").render(plan, Canvas())).encode()


def _protobuf() -> Iterator[bytes]:
    """Containers, sandboxes, a version and a status as CRI's and containerd's answers hold them."""
    labels = b"".join(
        chunk(8, chunk(1, key) + chunk(2, value))
        for key, value in (
            (b"io.kubernetes.pod.uid", b"11111111"),
            (b"io.kubernetes.container.name", b"app"),
            (b"io.kubernetes.pod.name", b"web"),
        )
    )
    notes = chunk(9, chunk(1, b"io.kubernetes.container.hash") + chunk(2, b"8e45cbd0"))
    metadata = chunk(1, b"app") + b"\x10" + varint(2)
    one = (
        chunk(1, b"0a" * 32)
        + chunk(2, b"5a" * 32)
        + chunk(3, metadata)
        + b"\x30\x01"
        + b"\x38"
        + varint(1_709_287_200 * 10**9)
        + labels
        + notes
    )
    yield chunk(1, one) * 3
    told = (
        chunk(1, b"5a" * 32) + chunk(2, chunk(1, b"web") + chunk(2, b"uid") + chunk(3, b"shop") + b"\x20\x01") + b"\x18\x00" + b"\x20\x05"
    )
    yield chunk(1, told) * 3
    yield chunk(1, b"0.1.0") + chunk(2, b"containerd") + chunk(3, b"1.7.27")
    yield chunk(1, chunk(1, b"0a" * 32) + chunk(7, chunk(1, overridden.record().type_url.encode()) + chunk(2, overridden.record().value)))
    yield json.dumps({"config": {}, "x": 1}).encode()
