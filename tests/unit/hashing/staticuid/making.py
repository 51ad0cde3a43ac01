"""UIDs of documents, as a kubelet of some version makes them."""

from __future__ import annotations

from tests.builders import Document, raw
from tests.unit.decisions.manifests.corpus import build_of
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import parse_pod, pod_value
from upgradecheck.hashing.defaulting.pods import default_pod
from upgradecheck.hashing.staticuid.printing import internal_text
from upgradecheck.hashing.staticuid.uids import static_uid
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.static_uid import ManifestFile, NoUID, Source

NODE, SOURCE = "node1", ManifestFile("/etc/kubernetes/manifests/pod.yaml")
"""What the oracle is told (tests/oracle/staticpods.py)."""


def defaulted(document: Document | bytes, build: KubeletBuild) -> GoValue:
    """The pod as this kubelet decodes and defaults it."""
    text = document if isinstance(document, bytes) else raw(document)
    return default_pod(pod_value(parse_pod(text), build.schema), build)


def uid_of(document: Document | bytes, kubelet: str | KubeletBuild, node: str = NODE, source: Source = SOURCE) -> str | NoUID:
    """The UID of the pod in a manifest."""
    build = build_of(kubelet) if isinstance(kubelet, str) else kubelet
    return static_uid(defaulted(document, build), build, node, source)


def uid_and_text(document: Document | bytes, build: KubeletBuild, node: str = NODE, source: Source = SOURCE) -> tuple[str, bytes]:
    """The UID, which there is, and what is hashed, of one decoding."""
    value = defaulted(document, build)
    uid = static_uid(value, build, node, source)
    assert isinstance(uid, str), uid
    return uid, internal_text(value, build.schema)


def text_of(document: Document | bytes, build: KubeletBuild) -> bytes:
    """What is hashed of it."""
    return internal_text(defaulted(document, build), build.schema)
