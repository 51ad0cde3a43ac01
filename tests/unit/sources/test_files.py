"""Opening inputs: what is read, what is left out with a notice, and each refusal in one message."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.model.errors import InputError
from upgradecheck.model.plan import Missing
from upgradecheck.sources.files import open_inputs

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": []}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "v"},
    "spec": {"nfs": {}, "claimRef": {"namespace": "a", "name": "b"}},
}
CONTAINER = {"id": "c", "podSandboxId": "s", "state": "CONTAINER_RUNNING"}
WANTED = "Wanted pods or nodes as kubectl -o json prints them, or crictl ps -a -o json or crictl pods -o json."


def node(version: str) -> dict[str, Any]:
    return {"kind": "Node", "metadata": {"name": "n"}, "status": {"nodeInfo": {"kubeletVersion": version}}}


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *documents: object) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(item if isinstance(item, str) else json.dumps(item) for item in documents))


def origins(*paths: str, recursive: bool = False) -> list[str]:
    with open_inputs(paths, recursive=recursive) as inputs:
        return [str(pod.origin) for pod in inputs.pods()]


def _to_plan_it(runtime: str, later: str, word: str) -> str:
    return f"; or, to plan a change to {runtime}, leave out {later} and add --to-runtime {word}"


def refusal(*paths: str, recursive: bool = False, lenient: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        open_inputs(paths, recursive=recursive, lenient=lenient)
    return str(caught.value)


class TestPaths:
    def test_files_come_in_the_order_in_which_they_are_named(self) -> None:
        write("b.json", POD, POD)
        write("a.json", [POD])
        assert origins("b.json", "a.json", "b.json") == ["b.json", "b.json document 2", "a.json item 1", "b.json", "b.json document 2"]

    def test_where_each_begins(self) -> None:
        write("a.json", POD, "\n\n", [POD], "\n")
        write("b.yaml", "# ours\n", POD, "\n---\n# another\n", POD, "\n")
        with open_inputs(("a.json", "b.yaml"), recursive=False) as inputs:
            assert [(pod.origin.source, pod.origin.line) for pod in inputs.pods()] == [
                ("a.json", 1), ("a.json", 3), ("b.yaml", 1), ("b.yaml", 4),
            ]  # fmt: skip

    def test_a_directory_gives_its_json_and_yaml_files_in_name_order(self) -> None:
        for name in (
            "d/b.json",
            "d/a.json",
            "d/.hidden.json",
            "d/pod.yaml",
            "d/pod.yml.gz",
            "d/a.json.bak",
            "d/README.md",
            "d/deeper/c.json",
        ):
            write(name, POD)
        Path("d/link.json").symlink_to("a.json")
        Path("d/dir.json").mkdir()
        assert origins("d") == ["d/a.json", "d/b.json", "d/link.json", "d/pod.yaml", "d/pod.yml.gz"]

    def test_with_recursive_its_sub_directories_too(self) -> None:
        for name in ("d/z.json", "d/a/x.json", "d/b/x.json", "d/.git/x.json"):
            write(name, POD)
        Path("d/loop").symlink_to(".")
        assert origins("d", recursive=True) == ["d/z.json", "d/a/x.json", "d/b/x.json"]

    def test_names_are_kept_as_the_user_gave_them(self) -> None:
        write("d/a.json", POD)
        with open_inputs(["d", "./d/a.json"], recursive=False) as inputs:
            assert inputs.facts().names == ("d", "./d/a.json")


class TestNotices:
    def test_in_a_directory_what_is_not_recognised_is_skipped_with_a_notice(self) -> None:
        write("d/a.json", POD)
        write("d/observed.json", {"containers": [{"container": "x", "kind": "app"}]})
        write("d/service.json", SERVICE)
        with open_inputs(["d"], recursive=False) as inputs:
            assert inputs.facts().notices == ("d: 2 files: not recognised (an object of no Kubernetes kind, kind Service), skipped",)
            assert [str(document.origin) for document in inputs.documents()] == ["d/a.json"]

    def test_beside_pods_other_objects_are_counted(self) -> None:
        write("all.json", {"kind": "List", "items": [SERVICE, POD, SERVICE, 5]})
        with open_inputs(["all.json"], recursive=False) as inputs:
            assert inputs.facts().notices == ("all.json: left out what is neither pod, node nor record of the runtime: kind Service (2)",)
            told = "a number in place of an object: it is no object of Kubernetes"
            assert inputs.facts().missing == (Missing("all.json item 4", f"it is set aside: {told} (line 1)"),)

    @pytest.mark.parametrize(
        ("pages", "missing"),
        [
            pytest.param(["next"], 1, id="the first page alone"),
            pytest.param(["next", "next"], 1, id="the last page is not there"),
            pytest.param(["next", None], 0, id="all pages"),
            pytest.param([None], 0, id="a list in one page"),
        ],
    )
    def test_a_list_whose_last_page_is_not_there_is_missing_something(self, pages: list[str | None], missing: int) -> None:
        write("pods.json", *({"kind": "PodList", "items": [POD], "metadata": {"continue": page}} for page in pages))
        what = Missing("the rest of a PodList", "it was listed in pages (metadata.continue is set), and its last page was not given")
        with open_inputs(["pods.json"], recursive=False) as inputs:
            assert inputs.facts().missing == (what,) * missing

    @pytest.mark.parametrize("text", ['{"items":[]}', '{"kind":"PodList","items":null}', '{"containers":[]}', "[]"])
    def test_an_empty_list_is_recognised_and_holds_no_pod(self, text: str) -> None:
        write("pods.json", text)
        with open_inputs(["pods.json"], recursive=False) as inputs:
            assert (list(inputs.pods()), inputs.facts().notices) == ([], ())


class TestRepeats:
    def test_a_record_given_twice_is_there_once(self) -> None:
        write("ps.json", {"containers": [CONTAINER, CONTAINER]})
        write("later.json", {"containers": [{**CONTAINER, "state": "CONTAINER_EXITED"}]})
        with open_inputs(["ps.json", "later.json", "ps.json"], recursive=False) as inputs:
            assert [str(record.origin) for record in inputs.facts().containers] == ["ps.json item 1", "later.json item 1"]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"state": "CONTAINER_EXITED"}, id="one container in two states"),
            pytest.param({"labels": {"io.kubernetes.container.name": "other"}}, id="two containers of one ID"),
        ],
    )
    def test_a_list_that_gives_an_id_twice_is_set_aside(self, other: dict[str, object]) -> None:
        write("ps.json", {"containers": [CONTAINER, {**CONTAINER, **other}]})
        write("pods.json", POD)
        with open_inputs(["pods.json", "ps.json"], recursive=False) as inputs:
            facts = inputs.facts()
        told = "it is set aside: the container ID 'c' stands in it twice, with different content; take it again"
        assert (facts.containers, facts.missing) == ((), (Missing("ps.json", told),))

    def test_a_node_given_twice_in_one_version_is_there_once(self) -> None:
        write("nodes.json", [node("v1.30.1"), node("v1.30.1")])
        with open_inputs(["nodes.json", "nodes.json"], recursive=False) as inputs:
            assert [str(facts.origin) for facts in inputs.facts().nodes] == ["nodes.json item 1"]

    def test_a_node_of_two_versions_is_refused_and_both_are_named(self) -> None:
        write("old.json", node("v1.29.0"))
        write("new.json", [POD, node("v1.30.1")])
        assert refusal("old.json", "new.json") == (
            "node 'n': old.json says kubelet 'v1.29.0', new.json item 2 says 'v1.30.1'. "
            "Wanted one state of the node; leave out the older one."
        )

    @pytest.mark.parametrize(("first", "second"), [("before.json", "after.json"), ("after.json", "before.json")])
    def test_of_two_kubelets_and_runtimes_the_newer_is_the_one_to_plan_for(self, first: str, second: str) -> None:
        for name, version, runtime in (("before.json", "v1.23.17", "docker://20.10.24"), ("after.json", "v1.24.0", "containerd://1.7.0")):
            one = node(version)
            one["status"]["nodeInfo"]["containerRuntimeVersion"] = runtime
            write(name, [POD, one])
        assert refusal(first, second).endswith(
            f"leave out the older one{_to_plan_it('containerd://1.7.0', 'after.json item 2', 'containerd/1.7')}."
        )

    @pytest.mark.parametrize(
        ("before", "after", "told"),
        [
            pytest.param("docker://20.10.24", "containerd://1.7.0", "containerd/1.7", id="another runtime"),
            pytest.param("containerd://1.7.0", "docker://20.10.24", "cri-dockerd", id="docker's shim has no version that a Node tells"),
            pytest.param("cri-o://1.30.4", "cri-o://1.31.0", "cri-o/1.31", id="CRI-O of another minor, which removes what runs"),
            pytest.param("docker://20.10.24", "rkt://1.30.0", "none", id="one that --to-runtime does not take"),
            pytest.param("containerd://1.7.0", "containerd://2.1.4", "", id="containerd, which keeps it"),
            pytest.param("containerd://1.7.0", "", "", id="one state does not say"),
        ],
    )
    def test_a_node_of_two_runtimes_is_refused(self, before: str, after: str, told: str) -> None:
        for name, runtime in (("old.json", before), ("new.json", after)):
            one = node("v1.29.0")
            one["status"]["nodeInfo"]["containerRuntimeVersion"] = runtime
            write(name, [POD, one])
        said = (
            f"node 'n': old.json item 2 says runtime {before!r}, new.json item 2 says {after!r}. Wanted one state of the node; leave out the "
            f"older one{'' if told == 'none' else _to_plan_it(after, 'new.json item 2', told)}."
        )
        if told:
            assert refusal("old.json", "new.json") == said
        else:
            with open_inputs(["old.json", "new.json"], recursive=False) as inputs:
                assert len(inputs.facts().nodes) == 1


@pytest.mark.parametrize(
    ("prepare", "paths", "message"),
    [
        pytest.param(
            lambda: None,
            ["gone.json"],
            "gone.json: cannot be read (No such file or directory). Check the name given with -f.",
            id="no file",
        ),
        pytest.param(
            lambda: write("a.json", ""),
            ["a.json"],
            "a.json: is empty. Wanted JSON as kubectl -o json or crictl -o json print it; did the command that wrote it fail?",
            id="an empty file",
        ),
        pytest.param(
            lambda: write("a.json", SERVICE),
            ["a.json"],
            f"a.json: holds kind Service, no pods, nodes or records of the runtime. {WANTED}",
            id="a Service",
        ),
        pytest.param(
            lambda: write("a.json", VOLUME),
            ["a.json"],
            f"a.json: holds kind PersistentVolume, no pods, nodes or records of the runtime. {WANTED}",
            id="a volume alone, though it is read beside pods",
        ),
        pytest.param(
            lambda: Path("d/deeper").mkdir(parents=True),
            ["d"],
            "d: holds no *.json or *.yaml file, so no pods. Wanted dumps as kubectl -o json or crictl -o json print them. "
            "Its sub-directories are read only with -R.",
            id="a directory without files",
        ),
        pytest.param(
            lambda: write("d/a.json", SERVICE),
            ["d"],
            f"d: no pods, nodes or records of the runtime in any of its *.json and *.yaml files. {WANTED}",
            id="a directory without anything known",
        ),
        pytest.param(
            lambda: write("d/a.json", '{"items":['),
            ["d"],
            "d/a.json: byte 10, line 1: ends in the middle of the document that begins at byte 0, line 1: truncated, or still being written."
            " Take the dump again.",
            id="a truncated file in a directory is no file to skip",
        ),
        pytest.param(
            lambda: write("a.json", [{**CONTAINER, "id": None}, {"kind": "Node", "metadata": {}}]),
            ["a.json"],
            f"a.json item 1 (line 1): id: expected an ID, found none. {WANTED}\n"
            f"a.json item 2 (line 1): metadata.name: expected a node's name, found none. {WANTED}",
            id="all broken records of a file together",
        ),
        pytest.param(
            lambda: write("a.json", '{"kind":tru}'),
            ["a.json"],
            f"a.json (line 1): no valid JSON (invalid character (byte 9)). {WANTED}",
            id="a document that is no JSON inside",
        ),
        pytest.param(
            lambda: write("a.json", "NAME  READY"),
            ["a.json", "gone.json"],
            "a.json: looks like a table; take it again with -o json. Wanted JSON as kubectl -o json or crictl -o json print it.\n"
            "gone.json: cannot be read (No such file or directory). Check the name given with -f.",
            id="the problems of all files together",
        ),
        pytest.param(
            lambda: write("a.json", POD), ["a\0b"], "a\0b: cannot be read (embedded null byte). Check the name given with -f.", id="NUL"
        ),
    ],
)
def test_refusals(prepare: Callable[[], None], paths: list[str], message: str) -> None:
    prepare()
    assert refusal(*paths) == message


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root, as whom tests may run, may read everything: so the system's refusal is played."""
    write("a.json", POD)

    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.open", refuse)
    assert refusal("a.json") == "a.json: cannot be read (Permission denied). Check its permissions; runtime dumps are often root's."


def test_very_many_problems_are_cut() -> None:
    write("a.json", [{"kind": "Node"}] * 50)
    lines = refusal("a.json").splitlines()
    assert (len(lines), lines[-1]) == (21, "… and 30 more problems")


class TestLenient:
    """For commands that answer for each document by itself."""

    def test_every_document_is_given_in_order_with_what_it_is(self) -> None:
        write("a.json", [SERVICE, POD, None, {"kind": "Node"}], '{"kind":tru}', '{"items":[]}')
        with open_inputs(["a.json"], recursive=False, lenient=True) as inputs:
            documents = [(document.origin.place, document.recognition.shape, document.recognition.found) for document in inputs.documents()]
            assert documents == [
                ("item 1", Shape.OTHER, "kind Service"),
                ("item 2", Shape.POD, ""),
                ("item 3", Shape.OTHER, "null in place of an object"),
                ("item 4", Shape.NODE, ""),
                ("document 2", Shape.MALFORMED, "no valid JSON (invalid character (byte 9))"),
            ]
            assert inputs.facts().nodes == ()

    def test_a_named_file_may_hold_nothing_known(self) -> None:
        write("a.json", SERVICE)
        with open_inputs(["a.json"], recursive=False, lenient=True) as inputs:
            assert [document.recognition.found for document in inputs.documents()] == ["kind Service"]

    def test_what_is_no_stream_of_documents_is_refused_all_the_same(self) -> None:
        write("a.json", '{"kind":')
        assert refusal("a.json", lenient=True).startswith("a.json: byte 8, line 1: ends in the middle of the document")

    def test_among_others_it_is_one_document_in_its_place_which_is_none(self) -> None:
        write("a.json", POD)
        write("b.json", '{"kind":"PodList","items":[{"kind":"Pod"}')
        write("c.json", POD)
        with open_inputs(["a.json", "b.json", "c.json"], recursive=False, lenient=True) as inputs:
            documents = [(document.origin.source, document.recognition.shape) for document in inputs.documents()]
            (broken,) = [document.recognition.found for document in inputs.documents() if document.recognition.shape is Shape.MALFORMED]
        assert documents == [("a.json", Shape.POD), ("b.json", Shape.MALFORMED), ("c.json", Shape.POD)]
        assert broken.startswith("b.json: byte ")
        assert "ends in the middle of the document" in broken


class TestReadingTwice:
    def test_standard_input_is_read_as_often_as_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("in", [POD, POD])
        with Path("in").open() as file:
            monkeypatch.setattr("sys.stdin", file)
            with open_inputs(["-"], recursive=False) as inputs:
                first, second = list(inputs.pods()), list(inputs.pods())
        assert [(json.loads(pod.raw), str(pod.origin)) for pod in first] == [(POD, "standard input item 1"), (POD, "standard input item 2")]
        assert second == first

    def test_a_pipe_is_kept_to_be_read_again(self) -> None:
        os.mkfifo("pipe")
        writer = threading.Thread(target=Path("pipe").write_text, args=(json.dumps([POD] * 3000),))
        writer.start()
        with open_inputs(["pipe"], recursive=False) as inputs:
            writer.join()
            assert [len(list(inputs.pods())) for _ in range(2)] == [3000, 3000]

    def test_standard_input_that_is_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", None)
        assert refusal("-") == "standard input: cannot be read (it is closed, or no stream of bytes). Check the file and the disk."

    def test_the_copy_has_no_name_and_ends_with_the_inputs(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "spool").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(POD).encode())))
        with open_inputs(["-"], recursive=False) as inputs:
            assert list((tmp_path / "spool").iterdir()) == []
            assert [str(pod.origin) for pod in inputs.pods()] == ["standard input"]
        with pytest.raises(ValueError, match="closed file"):
            list(inputs.pods())

    def test_standard_input_named_twice_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("in", POD)
        with Path("in").open() as file:
            monkeypatch.setattr("sys.stdin", file)
            with open_inputs(["-", "-"], recursive=False) as inputs:
                twice = Missing("standard input", "named twice with -f -, and it can be read once only. Name it once")
                assert (len(list(inputs.pods())), inputs.facts().missing) == (1, (twice,))

    @pytest.mark.parametrize(
        ("change", "how"),
        [
            pytest.param(lambda: write("a.json", [POD, POD]), "is not the file it was (size, time or inode differ)", id="written again"),
            pytest.param(lambda: os.utime("a.json", (1, 1)), "is not the file it was (size, time or inode differ)", id="touched"),
            pytest.param(lambda: Path("a.json").unlink(), "cannot be opened again (No such file or directory)", id="removed"),
        ],
    )
    def test_a_file_that_changed_in_between_is_told(self, change: Callable[[], None], how: str) -> None:
        write("a.json", [POD])
        with open_inputs(["a.json"], recursive=False) as inputs:
            change()
            with pytest.raises(InputError) as caught:
                list(inputs.pods())
        assert str(caught.value) == f"a.json: changed while it was read: {how}. Run again when nothing writes to it."
