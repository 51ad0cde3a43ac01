"""The static pods of a kubelet: which files it takes, in which order, and what a URL may answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from upgradecheck.decode.yaml.documents import MAX_DOCUMENT
from upgradecheck.model.errors import InputError
from upgradecheck.model.manifests import ManifestFile, Manifests, ManifestSource
from upgradecheck.sources.manifests import read_manifests

POD = b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}'
YAML = b"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
FILE, HTTP = ManifestSource.FILE, ManifestSource.HTTP


def test_a_directory_gives_every_file_that_is_no_dot_file_in_the_order_of_bytes(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml.bak", ".hidden.yaml", "Z.json", "é"):
        (tmp_path / name).write_bytes(POD if name == "Z.json" else YAML)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.yaml").write_bytes(YAML)
    (tmp_path / "link.yaml").symlink_to(tmp_path / ".hidden.yaml")
    (tmp_path / "broken.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    place = str(tmp_path)
    assert read_manifests(place + "/") == Manifests(
        place + "/",
        tuple(ManifestFile(f"{place}/{name}", FILE, POD) for name in ("Z.json", "a.yaml.bak", "b.yaml", "link.yaml", "é")),
        (
            f"{place}/broken.yaml: passed over, it cannot be read (No such file or directory).",
            f"{place}/pipe: passed over, it is no regular file.",
            f"{place}/sub: passed over, it is a directory, which the kubelet does not enter.",
        ),
    )


@pytest.mark.parametrize(
    ("content", "json", "problem"),
    [
        pytest.param(YAML + b"---\nkind: Pod\n", POD, None, id="only the first document is read"),
        pytest.param(b"---\n" + YAML, POD, None, id="a separator may stand first"),
        pytest.param(b"", b"null", None, id="an empty file is null, for the decoder to refuse"),
        pytest.param(b"a: [", None, "YAML, line 1: ", id="no YAML"),
        pytest.param(b'{"a": 1} x', None, "unexpected text after the document", id="JSON and something behind it"),
        pytest.param(b"#" * MAX_DOCUMENT, None, "is 10485760 bytes", id="a file of 10 MiB"),
    ],
)
def test_a_file_alone_gives_its_pod_or_what_is_wrong_with_it(
    tmp_path: Path, content: bytes, json: bytes | None, problem: str | None
) -> None:
    path = tmp_path / "one.yaml"
    path.write_bytes(content)
    found = read_manifests(str(path))
    (file,) = found.files
    assert (found.each_alone, file.path, file.source, file.json) == (False, str(path), FILE, json)
    assert (file.problem is None) if problem is None else (problem in (file.problem or ""))


def test_a_place_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: cannot be read \(No such file or directory\). Wanted the static pods"):
        read_manifests(str(tmp_path / "nowhere"))


def test_a_directory_without_files_has_no_pods(tmp_path: Path) -> None:
    assert read_manifests(str(tmp_path)) == Manifests(str(tmp_path), ())


@contextmanager
def answering(status: int, body: bytes, delay: float = 0) -> Iterator[str]:
    """The URL of a server on loopback."""
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            done.wait(delay)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/pods"
        finally:
            done.set()
            server.shutdown()
            thread.join()


def test_a_url_gives_one_pod() -> None:
    with answering(200, YAML) as url:
        assert read_manifests(url) == Manifests(url, (ManifestFile(url, HTTP, POD),), each_alone=False)


def test_a_url_gives_the_pods_of_a_list() -> None:
    one, other = b'{"metadata":{"name":"a"}}', b'{"metadata":{"name":"b"},"spec":{}}'
    with answering(200, b'{"kind":"PodList","apiVersion":"v1","items":[' + one + b", " + other + b"]}") as url:
        listed = tuple(ManifestFile(url, HTTP, pod, listed=True) for pod in (one, other))
        assert read_manifests(url) == Manifests(url, listed, each_alone=False)


def test_a_url_that_answers_with_nothing_has_no_pods() -> None:
    with answering(200, b"") as url:
        assert read_manifests(url).files == ()


def test_a_url_that_answers_with_no_pods_has_a_problem() -> None:
    with answering(200, b"a: [") as url:
        (file,) = read_manifests(url).files
    assert file.problem is not None


def test_a_url_that_answers_otherwise_is_an_error() -> None:
    with answering(404, b"") as url, pytest.raises(InputError, match="answers with status 404, wanted 200"):
        read_manifests(url)


def test_a_url_that_does_not_answer_is_an_error() -> None:
    with answering(200, POD, delay=5) as url, pytest.raises(InputError, match="cannot be read"):
        read_manifests(url, timeout=0.05)
