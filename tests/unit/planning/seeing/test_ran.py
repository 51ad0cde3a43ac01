"""The static pods that run under UIDs that their kubelet made, where their manifests may be, and what proves a directory."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import Document, raw, read
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import uid_of
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.manifests.outcomes import Ran
from upgradecheck.decisions.manifests.places import KNOWN_DIRECTORIES, guessed_places, places_of_file, places_of_url
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.manifests import ManifestFile, ManifestSource
from upgradecheck.model.static_uid import ManifestFile as Place
from upgradecheck.model.static_uid import Source
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.ran import Found, Proof, proof_of, ran_of_manifest, ran_of_view
from upgradecheck.planning.seeing.statics import Running
from upgradecheck.reading.pod import ReadPod

NODE = "worker-1"
KUBEADM, ELSEWHERE = "/etc/kubernetes/manifests", "/opt/pods"
WEB: Document = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "app", "image": "app:1"}]},
}
EDITED: Document = {**WEB, "metadata": {"name": "web", "labels": {"tier": "edge"}}}


def end(version: str) -> KubeletEnd:
    build = build_of(version)
    return KubeletEnd(build.version, (build,))


def told(old: str = "", new: str = "") -> Configs:
    configs = replace(
        SAME_CONFIG, old=replace(SAME_CONFIG.old, static_pod_path=old), new=replace(SAME_CONFIG.new, static_pod_path=new or old)
    )
    return replace(configs, old_told=bool(old), new_told=bool(new))


def step(start: str | None = "1.31.0", configs: Configs = SAME_CONFIG) -> Step:
    return Step(None if start is None else end(start), end("1.31.14"), configs=configs)


def uid(document: Document = WEB, place: Source = Place(f"{KUBEADM}/web.yaml"), version: str = "1.31.0") -> str:  # noqa: B008 - frozen
    return str(uid_of(document, version, NODE, place))


def seen(made: str, *, source: str = "file", **marks: Any) -> ReadPod:
    """The kubelet's view of the pod."""
    annotations = {"kubernetes.io/config.source": source, "kubernetes.io/config.hash": made, **marks}
    metadata = {"name": f"web-{NODE}", "namespace": "default", "uid": made, "annotations": annotations}
    tolerations = [{"operator": "Exists", "effect": "NoExecute"}]
    return read(
        {**WEB, "metadata": metadata, "spec": {**WEB["spec"], "nodeName": NODE, "tolerations": tolerations}, "status": {"phase": "Running"}}
    )


def found(document: Document, made: str | None, name: str = "web.yaml", view: ReadPod | None = None, folder: str = "dump") -> Found:
    file = ManifestFile(f"{folder}/{name}", ManifestSource.FILE, raw(document))
    return Found(file, read(document), Running(made, asked=True, document=view))


GUESSED = guessed_places("web", KNOWN_DIRECTORIES)


@pytest.mark.parametrize(
    ("view", "at", "expected"),
    [
        pytest.param(seen(uid()), step(), Ran(uid(), NODE, GUESSED, viewed=True), id="in a file that is called like the pod, as a rule"),
        pytest.param(seen(uid()), step(configs=told(ELSEWHERE)), Ran(uid(), NODE, guessed_places("web", (ELSEWHERE, *KNOWN_DIRECTORIES)), viewed=True), id="in the directory that is told, first"),
        pytest.param(seen(uid()), step(configs=told(KUBEADM, ELSEWHERE)), Ran(uid(), NODE, GUESSED, moved_to=ELSEWHERE, viewed=True), id="the new kubelet has another one"),
        pytest.param(seen("5eed0000-0000-4000-8000-000000000001"), step(), None, id="its manifest gives the UID"),
        pytest.param(seen(uid(), source="api"), step(), None, id="a pod of the API"),
        pytest.param(seen(uid(), source="http"), step(), None, id="from a URL that nobody knows, which is in the UID from 1.21 on"),
        pytest.param(seen(uid(), source="http"), step("1.20.15"), Ran(uid(), NODE, places_of_url(""), viewed=True), id="and not before"),
        pytest.param(seen(uid()), step(None), None, id="nobody knows what runs"),
    ],
)  # fmt: skip
def test_what_a_view_shows_to_run(view: ReadPod, at: Step, expected: Ran | None) -> None:
    assert ran_of_view(view.view, at) == expected


FILE = ManifestFile("dump/web.yaml", ManifestSource.FILE)
URL = ManifestFile("https://boot/pods", ManifestSource.HTTP)
RUNS = Running(uid(), asked=True)


@pytest.mark.parametrize(
    ("file", "running", "node", "proof", "expected"),
    [
        pytest.param(FILE, RUNS, NODE, None, Ran(uid(), NODE, places_of_file("web.yaml", KNOWN_DIRECTORIES)), id="it may be in any"),
        pytest.param(replace(FILE, path=f"{ELSEWHERE}/web.yaml"), RUNS, NODE, None, Ran(uid(), NODE, places_of_file("web.yaml", (*KNOWN_DIRECTORIES, ELSEWHERE))), id="or where it was read"),
        pytest.param(FILE, RUNS, NODE, Proof(KUBEADM), Ran(uid(), NODE, (Place(f"{KUBEADM}/web.yaml"),), proved=True), id="its directory is proved"),
        pytest.param(FILE, RUNS, NODE, Proof(), Ran(uid(), NODE, places_of_file("web.yaml", KNOWN_DIRECTORIES), proved=True), id="proved, and the place does not count"),
        pytest.param(URL, RUNS, NODE, None, Ran(uid(), NODE, places_of_url("https://boot/pods")), id="a URL is its own place"),
        pytest.param(FILE, Running(None, asked=True), NODE, None, None, id="nothing of it runs"),
        pytest.param(FILE, Running("5eed0000-0000-4000-8000-000000000001", asked=True), NODE, None, None, id="no kubelet made the UID"),
        pytest.param(FILE, RUNS, None, None, None, id="nobody names the node"),
    ],
)  # fmt: skip
def test_what_runs_of_a_manifest(file: ManifestFile, running: Running, node: str | None, proof: Proof | None, expected: Ran | None) -> None:
    assert ran_of_manifest(file, running, node, step(), proof) == expected


def test_where_the_new_directory_alone_is_told_the_proved_one_is_the_old() -> None:
    moved = step(configs=replace(told(new=ELSEWHERE), old=SAME_CONFIG.old))
    ran = ran_of_manifest(FILE, RUNS, NODE, moved, Proof(KUBEADM))
    assert ran is not None
    assert ran.moved_to == ELSEWHERE


THERE = uid(WEB, Place(f"{ELSEWHERE}/web.yaml"))
PINNED: Document = {**WEB, "metadata": {"name": "web", "uid": uid()}}


@pytest.mark.parametrize(
    ("given", "at", "expected"),
    [
        pytest.param([found(WEB, uid())], step(), Proof(KUBEADM), id="a manifest makes its UID in one of the directories"),
        pytest.param([found(WEB, THERE)], step(), None, id="in one that nobody knows"),
        pytest.param([found(WEB, THERE)], step(configs=told(ELSEWHERE)), Proof(ELSEWHERE), id="that is told"),
        pytest.param([found(WEB, THERE, folder=ELSEWHERE)], step(), Proof(ELSEWHERE), id="that is where it was read"),
        pytest.param([found(EDITED, uid()), found(WEB, uid())], step(), Proof(KUBEADM), id="the first that makes one, whatever the others do"),
        pytest.param([found(EDITED, uid())], step(), None, id="none does"),
        pytest.param([found(EDITED, uid(), view=seen(uid()))], step(), Proof(KUBEADM), id="what is seen to run of it does"),
        pytest.param([found(WEB, uid(), "10-web.yaml", seen(uid()))], step(), Proof(KUBEADM), id="under another file's name, too"),
        pytest.param([found(WEB, uid(version="1.20.15"))], step("1.20.15"), Proof(), id="up to 1.20 no place counts"),
        pytest.param([found(PINNED, uid())], step(), None, id="one that gives its own UID has it anywhere"),
        pytest.param([found(WEB, uid())], step("1.30.14"), None, id="another kubelet makes another one"),
        pytest.param([found(WEB, uid())], step(None), None, id="nobody knows what runs"),
        pytest.param([found({**WEB, "spec": {"containers": 1}}, uid())], step(), None, id="no kubelet can read it"),
    ],
)  # fmt: skip
def test_what_proves_a_directory(given: list[Found], at: Step, expected: Proof | None) -> None:
    assert proof_of(given, NODE, at) == expected
