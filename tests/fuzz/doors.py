"""The doors: each decoder and reader that bytes from outside come to, called as the program calls it but without its guard.

A door may refuse (UpgradecheckError, and what its own contract names); any other exception is foreign.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import NamedTuple

import pytest

from tests.builders import CATALOG
from upgradecheck.contract.v1.accuracy import entry_of, is_log
from upgradecheck.contract.v1.plan_reading import overrides_of, plan_of
from upgradecheck.contract.v1.verification import verification_of
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.manifests.documents import pod_of_file, pods_of_answer
from upgradecheck.decode.kube.aftermath import pod_now
from upgradecheck.decode.kube.budgets import budget
from upgradecheck.decode.kube.events import kubelet_event
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kube.shapes import Shape, recognise
from upgradecheck.decode.kube.templates import controller, identity, template_pods
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.log import is_kubelet_log, read_kubelet_log
from upgradecheck.decode.kubelet.prometheus_history import read_prometheus
from upgradecheck.decode.kubelet.version import parse_kubelet_version, reported_version
from upgradecheck.decode.runtime import containerd_record, containerd_wire, cri_wire, crictl, crictl_inspect, docker, docker_engine
from upgradecheck.decode.text.gzipped import decompressed
from upgradecheck.decode.text.jsonstream import split
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.yaml.documents import split_documents, to_json
from upgradecheck.formats.checkpoint import _header, read_checkpoint
from upgradecheck.formats.checkpoint_history import read_history
from upgradecheck.formats.override_journal import read_journal
from upgradecheck.hashing.containers import hash_container, hash_container_without_resources
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.pod import Origin
from upgradecheck.planning.evidence.in_force import read_in_force
from upgradecheck.planning.seeing.examine import Examiner, Reading
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.reading.pod import ReadPod, Taken

ORIGIN = Origin("fuzz")
_ENDS = [
    KubeletEnd(version, CATALOG.builds(version)) for version in map(parse_kubelet_version, ("1.15.12", "1.22.17", "1.30.14", "1.36.2"))
]
_STEPS = [Step(start, target) for start, target in pairwise(_ENDS)]
_EXAMINER = Examiner(CATALOG)
_DOCUMENT_DECODERS = (
    node_facts,
    crictl.container_record,
    crictl.sandbox_record,
    crictl_inspect.inspected_container,
    crictl_inspect.inspected_sandbox,
    docker.summary_record,
    docker.inspection_record,
    docker.line_record,
)


_GUARDS = ("upgradecheck.reading.pod.guarded",)


@contextmanager
def unguarded() -> Iterator[None]:
    """Meanwhile what a decoder fails with gets out of it, so that it is seen here."""
    with pytest.MonkeyPatch.context() as patch:
        for guard in _GUARDS:
            patch.setattr(guard, lambda read: read())
        yield


class Door(NamedTuple):
    """A door: the kind of inputs that come to it, and whether they are no text."""

    kind: str
    enter: Callable[[bytes], object]
    binary: bool = False


def _document(raw: bytes) -> None:
    """A document as files and clusters give it: told apart, and decoded as what it is."""
    found = recognise(raw)
    if found.shape is Shape.TEMPLATE:
        identity(raw, found.found)
        controller(raw)
        for made in template_pods(raw, found.found):
            made.raw.decode("utf-8", "replace")
    elif found.shape is Shape.OBJECT:
        budget(raw)
    elif found.shape is Shape.KUBELET_CONFIG:
        kubelet_config(raw)


def _any_decoder(raw: bytes) -> None:
    """The same document to decoders of others, as a wrong shape would bring it."""
    for decode in (*_DOCUMENT_DECODERS, lambda raw, _: budget(raw), lambda raw, _: kubelet_config(raw)):
        with suppress(UpgradecheckError):
            decode(raw, ORIGIN)


def _pod(raw: bytes) -> None:
    """A pod from its bytes to hashes, in four eras, and to all that planning asks of its spec."""
    pod = ReadPod(raw, ORIGIN)
    view = pod.view
    assert pod.digest
    assert pod.names is not None
    builds = [build for end in _ENDS for build in end.builds]
    pod.expect(builds)
    for build in builds:
        for taken in Taken:
            with suppress(SpecRefused):
                for container in pod.under(build, taken).containers:
                    hash_container(container, build.hash_class)
                    hash_container_without_resources(container, build.hash_class)
    for step in _STEPS:
        for from_api in (True, False):
            with suppress(SpecRefused):
                _EXAMINER.examine(pod, step, lambda name: None, Reading(view.uid, from_api=from_api, own_uid=False))


def _yaml(raw: bytes) -> None:
    for document in split_documents([raw]):
        with suppress(SpecRefused):
            to_json(document.raw)


def _manifest(raw: bytes) -> None:
    with suppress(SpecRefused):
        pods_of_answer(raw)
    _pod(pod_of_file(raw))


def _stream(raw: bytes) -> None:
    size = 1 + len(raw) % 700
    list(split([raw[at : at + size] for at in range(0, len(raw), size)], "fuzz", by_line=len(raw) % 2 == 0))


def _texts(raw: bytes) -> None:
    """Texts that stand in a document: versions and times."""
    for text in raw.decode("utf-8", "replace").split('"')[:40]:
        reported_version(text)
        with suppress(UpgradecheckError):
            nanoseconds(text, "at")


def _log(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    is_kubelet_log(text)
    read_kubelet_log(text)


def _records(raw: bytes) -> None:
    for read in (cri_wire.container_records, cri_wire.sandbox_records):
        with suppress(UpgradecheckError):
            read(raw, ORIGIN)
    for told in (
        cri_wire.sandbox_network,
        cri_wire.runtime_version,
        containerd_wire.records_of,
        containerd_wire.record_of,
        containerd_wire.pids_of,
    ):
        with suppress(UpgradecheckError):
            told(raw)
    containerd_wire.cri_status_of(raw)


def _stamps(raw: bytes) -> None:
    containerd_record.stamps(raw)


def _engine(raw: bytes) -> None:
    with suppress(UpgradecheckError):
        docker_engine.engine_version(raw)
    docker_engine.engine_records(raw, ORIGIN)


def _plan(raw: bytes) -> None:
    with suppress(UpgradecheckError):
        plan_of(raw)
    with suppress(UpgradecheckError):
        overrides_of(raw)
    read_in_force(raw)


def _journal(raw: bytes) -> None:
    with suppress(UpgradecheckError):
        read_in_force(raw)
    read_journal(raw)


def _sealed_checkpoint(raw: bytes) -> None:
    """What stands behind the checksum: a body that was damaged, and sealed again."""
    body = raw.partition(b"\n")[2]
    read_checkpoint(_header(1, body) + body)


def _sealed_journal(raw: bytes) -> None:
    """Each line sealed again, so that what it says is reached; the lines no longer follow each other."""
    for line in raw.split(b"\n"):
        body = line.partition(b" ")[2]
        with suppress(UpgradecheckError):
            read_journal(hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n")


def _came(raw: bytes) -> None:
    """A pod and an event as verify reads them, whatever they are."""
    with suppress(UpgradecheckError):
        pod_now(ReadPod(raw, ORIGIN).view, raw)
    kubelet_event(raw)


def _result(raw: bytes) -> None:
    is_log(raw)
    with suppress(UpgradecheckError):
        entry_of(raw)
    verification_of(raw)


DOORS = {
    "document": Door("document", _document),
    "any decoder": Door("document", _any_decoder),
    "pod": Door("pod", _pod),
    "stream": Door("stream", _stream),
    "yaml": Door("yaml", _yaml),
    "manifest": Door("yaml", _manifest),
    "texts": Door("document", _texts),
    "kubelet's log": Door("log", _log),
    "prometheus": Door("prometheus", lambda raw: read_prometheus(raw, "worker-1")),
    "checkpoint": Door("checkpoint", read_checkpoint),
    "history by hand": Door("history", read_history),
    "checkpoint sealed again": Door("checkpoint", _sealed_checkpoint),
    "journal": Door("journal", _journal),
    "journal sealed again": Door("journal", _sealed_journal),
    "plan": Door("plan", _plan),
    "what came": Door("came", _came),
    "result": Door("result", _result),
    "protobuf": Door("protobuf", _records, binary=True),
    "containerd's record": Door("record", _stamps),
    "docker's engine": Door("engine", _engine),
    "gzip": Door("gzip", lambda raw: list(decompressed([raw], "fuzz")), binary=True),
}
