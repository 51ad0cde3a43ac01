"""A node's bundle as bytes, both ways: JSON with a checksum at its end, packed by gzip without time or name, so that it comes out the same.

Whoever reads one gets it as ``-f`` gets any document, unpacked and measured (decode.text.gzipped); what was cut off, edited, or is of
another format is refused with words that name that, never with what stands in it.
"""

from __future__ import annotations

import gzip
import hashlib

import msgspec

from upgradecheck.contract.parts import FORMAT_VERSION
from upgradecheck.contract.v1.bundle import BundledNodeJson, BundleJson
from upgradecheck.contract.v1.checkpoint import CheckpointJson, body_of
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.text.typed import typed
from upgradecheck.formats.bundle_journals import journal_in, journal_json, rewrites_in, rewrites_json
from upgradecheck.formats.bundle_parts import (
    checkpoint_in,
    kubelet_in,
    kubelet_json,
    problem_in,
    problem_json,
    state_file_in,
    state_file_json,
)
from upgradecheck.formats.bundle_records import pods_json, records_in
from upgradecheck.formats.bundle_statics import statics_in, statics_json
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.packed import Containers, Sandboxes
from upgradecheck.model.times import from_rfc3339, rfc3339

KIND = "NodeBundle"
SUFFIX = ".bundle.json.gz"
_SEAL = b',"sha256":"'
_LEVEL = 9
_MAJOR = "1."
_AGAIN = "collect it again on the node"


class _Versioned(msgspec.Struct):
    format_version: str = ""
    kind: str = ""


_VERSIONED = msgspec.json.Decoder(_Versioned)
_BUNDLE = msgspec.json.Decoder(BundleJson)
_ENCODER = msgspec.json.Encoder(order="deterministic")


def bundle_text(bundle: Bundle) -> bytes:
    """The JSON of a bundle, compactly, with its digest and its checksum."""
    whole = _json_of(bundle)
    whole = msgspec.structs.replace(whole, digest=_digest(whole))
    head = _ENCODER.encode(whole)[:-1]
    return head + _SEAL + hashlib.sha256(head).hexdigest().encode() + b'"}'


def packed(text: bytes) -> bytes:
    """The bytes of its file: the same for the same text."""
    return gzip.compress(text, _LEVEL, mtime=0)


def digest_of(bundle: Bundle) -> str:
    """What tells two bundles apart that differ in more than their time."""
    return _digest(_json_of(bundle))


def read_bundle(raw: bytes, source: str) -> Bundle:
    """The bundle of a document. source: the input, as the user named it.

    Raises:
        SpecRefused: it is none, was changed, or is of a format that is not known here.
    """
    told = typed(_VERSIONED, raw)
    if told.kind != KIND:
        raise SpecRefused(f"expected {KIND}, found another kind")
    if not told.format_version.startswith(_MAJOR):
        raise SpecRefused(f"it is a bundle of format {_shown(told.format_version)}, and this program reads {FORMAT_VERSION}: {_AGAIN}")
    head, seal, end = raw.rpartition(_SEAL)
    if not seal or end[-2:] != b'"}' or hashlib.sha256(head).hexdigest().encode() != end[:-2]:
        raise SpecRefused(f"its checksum is not that of its content, so it was changed since it was collected: {_AGAIN}")
    return guarded(lambda: _bundle_of(typed(_BUNDLE, raw), source))


def _shown(version: str) -> str:
    return version if version.replace(".", "").isdigit() and len(version) < 12 else "that is none"


def _json_of(bundle: Bundle) -> BundleJson:
    checkpoint, problem, node = bundle.checkpoint, bundle.checkpoint_problem, bundle.node
    return BundleJson(
        format_version=FORMAT_VERSION,
        kind="NodeBundle",
        node=BundledNodeJson(node.name, node.machine_id, node.system_uuid, bundle.boot_id),
        collected_at=rfc3339(bundle.collected_at),
        runtime=bundle.runtime,
        kubelet=kubelet_json(bundle.kubelet),
        digest="",
        pods=pods_json(bundle.containers, bundle.sandboxes),
        writer=bundle.writer,
        state_files=tuple(map(state_file_json, bundle.state_files)),
        checkpoint=None if checkpoint is None else body_of(checkpoint),
        checkpoint_problem=None if problem is None else problem_json(problem),
        journals=tuple(map(journal_json, bundle.journals)),
        journals_problem=bundle.journals_problem,
        shown=rewrites_json(bundle.shown),
        in_swarm=bundle.in_swarm,
        polled=None if bundle.polled is None else body_of(bundle.polled),
        static_pods=None if bundle.static_pods is None else statics_json(bundle.static_pods),
    )


def _digest(whole: BundleJson) -> str:
    """The wall time of the kubelet's start is made anew of two clocks each time, and moves when a clock is set; since_boot_ms does not.

    That the same kubelet was seen again is nothing new.
    """
    kubelet = msgspec.structs.replace(whole.kubelet, started_at=None)
    polled = None if whole.polled is None else _without_looks(whole.polled)
    told = msgspec.structs.replace(whole, collected_at="", writer="", digest="", kubelet=kubelet, polled=polled)
    return hashlib.sha256(_ENCODER.encode(told)).hexdigest()


def _without_looks(polled: CheckpointJson) -> CheckpointJson:
    *before, newest = polled.history
    return msgspec.structs.replace(polled, serial=1, writer="", history=(*before, msgspec.structs.replace(newest, last_seen_time=None)))


def _bundle_of(found: BundleJson, source: str) -> Bundle:
    listed = records_in(found.pods, source, found.runtime)
    return Bundle(
        source=source,
        node=NodeIdentity(found.node.name, found.node.machine_id, found.node.system_uuid),
        collected_at=_time(found.collected_at),
        runtime=found.runtime,
        boot_id=found.node.boot_id,
        writer=found.writer,
        digest=found.digest,
        kubelet=kubelet_in(found.kubelet),
        containers=Containers((listed,)),
        sandboxes=Sandboxes((listed,)),
        state_files=tuple(state_file_in(one, found.node.name, source) for one in found.state_files),
        checkpoint=checkpoint_in(found.checkpoint),
        checkpoint_problem=problem_in(found.checkpoint_problem),
        journals=tuple(map(journal_in, found.journals)),
        journals_problem=found.journals_problem,
        shown=rewrites_in(found.shown, "what a proxy shows"),
        in_swarm=found.in_swarm,
        polled=checkpoint_in(found.polled),
        static_pods=None if found.static_pods is None else statics_in(found.static_pods),
    )


def _time(text: str) -> int:
    try:
        return from_rfc3339(text)
    except ValueError:
        raise SpecRefused("expected a time such as 2024-01-10T08:00:00Z", "collected_at") from None
