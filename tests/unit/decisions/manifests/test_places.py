"""Where a manifest may be for its kubelet."""

from __future__ import annotations

import pytest

from upgradecheck.decisions.manifests.places import (
    KNOWN_DIRECTORIES,
    directories,
    directory_of,
    guessed_places,
    places_of_file,
    places_of_url,
)
from upgradecheck.model.static_uid import ManifestFile, ManifestURL, Source

KUBEADM = "/etc/kubernetes/manifests"


@pytest.mark.parametrize(
    ("told", "named", "expected"),
    [
        pytest.param((), (), KNOWN_DIRECTORIES, id="nobody tells: those of distributions"),
        pytest.param(("/opt/pods",), (), ("/opt/pods", *KNOWN_DIRECTORIES), id="a configuration tells, and comes first"),
        pytest.param((), ("/srv/copy",), (*KNOWN_DIRECTORIES, "/srv/copy"), id="what the user names comes last: it may be a copy"),
        pytest.param(("/etc//kubernetes/./manifests/",), (), KNOWN_DIRECTORIES, id="a kubelet cleans what it is told"),
        pytest.param((f"{KUBEADM}/",), (KUBEADM,), KNOWN_DIRECTORIES, id="each once"),
        pytest.param(("pods", ""), ("manifests",), KNOWN_DIRECTORIES, id="what does not start at the root is no place of a kubelet's"),
    ],
)
def test_directories(told: tuple[str, ...], named: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert directories(told, named) == expected


@pytest.mark.parametrize(
    ("path", "candidates", "expected"),
    [
        pytest.param("dump/web.yaml", (KUBEADM, "/opt"), (f"{KUBEADM}/web.yaml", "/opt/web.yaml"), id="its name in each"),
        pytest.param("web.yaml", ("/",), ("/web.yaml",), id="in the root"),
        pytest.param("dump/web.yaml", ("/opt/web.yaml",), ("/opt/web.yaml",), id="a kubelet can be told one file"),
        pytest.param("web.yaml", ("/opt", "/opt"), ("/opt/web.yaml",), id="each once"),
    ],
)
def test_places_of_a_file(path: str, candidates: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert places_of_file(path, candidates) == tuple(map(ManifestFile, expected))


def test_the_place_of_what_a_url_gives_is_the_url() -> None:
    assert places_of_url("https://boot/pods") == (ManifestURL("https://boot/pods"),)


def test_a_pod_without_its_manifest_is_looked_for_by_the_usual_endings() -> None:
    """kubeadm and most others write .yaml; kOps, kube-up and GKE write .manifest."""
    names = [place.path for place in guessed_places("web", (KUBEADM,)) if isinstance(place, ManifestFile)]
    assert names == [f"{KUBEADM}/web{ending}" for ending in (".yaml", ".yml", ".json", ".manifest", "")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [(ManifestFile(f"{KUBEADM}/web.yaml"), KUBEADM), (ManifestFile("/web.yaml"), "/"), (ManifestURL("https://boot/pods"), None)],
)
def test_the_directory_of_a_place(source: Source, expected: str | None) -> None:
    assert directory_of(source) == expected
