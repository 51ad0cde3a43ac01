"""YAML and gzip through the source: places, mistakes, what a directory of manifests gives, and when templates stand for pods."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.sources.files import open_inputs

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web-0}\nspec: {containers: []}\n"
LIVE_POD = POD + "status: {phase: Running}\n"
LIST = "kind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n- kind: Pod\n  metadata: {name: b}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: app}]}}}\n"
REPLICA_SET = (
    "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web-1, ownerReferences: [{kind: Deployment, name: web, controller: true}]}\n"
    "spec: {template: {spec: {containers: [{name: app}]}}}\n"
)
CONFIGURATION = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
MISTAKE = "YAML that Go refuses: has a : where no key stands before it; a text with a colon must be quoted"
WANTED = "Wanted pods or nodes as kubectl -o json prints them, or crictl ps -a -o json or crictl pods -o json."


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *documents: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n".join(documents))


def origins(*paths: str) -> list[str]:
    with open_inputs(paths, recursive=False) as inputs:
        return [str(pod.origin) for pod in inputs.pods()]


def notices(*paths: str) -> tuple[str, ...]:
    with open_inputs(paths, recursive=False) as inputs:
        return inputs.facts().notices


def refusal(*paths: str, lenient: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        open_inputs(paths, recursive=False, lenient=lenient)
    return str(caught.value)


class TestYAML:
    def test_places_name_the_document_and_the_item(self) -> None:
        write("a.yaml", POD, LIST, "# nothing\n", '{"kind": "Pod"}\n')
        assert origins("a.yaml") == ["a.yaml", "a.yaml document 2 item 1", "a.yaml document 2 item 2", "a.yaml document 4"]

    def test_the_pods_are_json_and_are_read_as_often_as_asked(self) -> None:
        write("a.yaml", POD, LIST)
        with open_inputs(["a.yaml"], recursive=False) as inputs:
            first, second = list(inputs.pods()), list(inputs.pods())
        assert [json.loads(pod.raw)["metadata"]["name"] for pod in first] == ["web-0", "a", "b"]
        assert second == first

    def test_a_file_without_a_name_for_it_is_yaml_if_it_looks_so(self) -> None:
        write("dump", "# of worker-1\n" + POD)
        write("quoted", POD.replace("apiVersion", '"apiVersion"'))
        write("odd.yml", "? kind\n: Pod\n")
        assert origins("dump", "quoted", "odd.yml") == ["dump", "quoted", "odd.yml"]

    def test_json_in_a_file_named_yaml_is_json(self) -> None:
        write("a.yaml", '{"kind":"Pod"}{"kind":"Pod"}')
        assert origins("a.yaml") == ["a.yaml", "a.yaml document 2"]

    def test_a_directory_of_manifests_holds_more_than_pods(self) -> None:
        write("d/a.yaml", POD, CONFIGURATION)
        write("d/b.yml", CONFIGURATION)
        write("d/c.yaml", "# kept for later\n")
        write("d/d.yaml.gz")
        Path("d/d.yaml.gz").write_bytes(gzip.compress(POD.encode()))
        write("d/values.txt", "a: b: c")
        assert origins("d") == ["d/a.yaml", "d/d.yaml.gz"]
        assert notices("d") == ("d: passed over 1 file of other endings: values.txt", "d/c.yaml: not recognised (nothing in it), skipped")
        with open_inputs(["d"], recursive=False) as inputs:
            assert [str(origin) for _, origin in inputs.facts().configs] == ["d/a.yaml document 2", "d/b.yml"]

    def test_many_files_keep_few_descriptors(self) -> None:
        for number in range(300):
            write(f"d/{number:03}.yaml", POD)
        before = len(list(Path("/proc/self/fd").iterdir()))
        with open_inputs(["d"], recursive=False) as inputs:
            assert len(list(inputs.pods())) == 300
            assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param(
                "# why\n---\nkind: Pod\na: b: c\n",
                f"a.yaml document 2 (line 4): {MISTAKE}. {WANTED}",
                id="a mistake is told with its line in the file",
            ),
            pytest.param(
                "just text\n",
                f"a.yaml (line 1): a string in place of an object: it is no object of Kubernetes. {WANTED}",
                id="text",
            ),
            pytest.param(
                "kind: Service\nmetadata: {labels: [a]}\n---\nkind: Node\n",
                f"a.yaml document 2 (line 4): metadata.name: expected a node's name, found none. {WANTED}",
                id="a Node without a name, by the line at which it begins",
            ),
            pytest.param(
                "error: You must be logged in to the server\n",
                "a.yaml: holds an error message of kubectl, no objects. Wanted JSON as kubectl -o json or crictl -o json print it.",
                id="an error in place of the output",
            ),
        ],
    )
    def test_refusals(self, text: str, message: str) -> None:
        write("a.yaml", text)
        assert refusal("a.yaml") == message

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(POD + "--- kind: Pod\n", id="a separator with something behind it"),
            pytest.param("kind: Pod\nx: " + "y" * (10 << 20), id="a document of more than 10 MiB"),
        ],
    )
    def test_what_cannot_be_split_is_told_in_the_reader_s_words(self, text: str) -> None:
        with pytest.raises(SpecRefused) as caught:
            list(goyaml.split_documents([text.encode()]))
        write("a.yaml", text)
        wanted = "Wanted YAML as kubectl -o yaml prints it; for a large cluster take -o json, which may be of any size."
        assert refusal("a.yaml") == f"a.yaml: {caught.value}. {wanted}"

    def test_where_each_document_answers_for_itself_a_mistake_is_one_of_them(self) -> None:
        write("a.yaml", "a: b: c\n", POD)
        with open_inputs(["a.yaml"], recursive=False, lenient=True) as inputs:
            found = [(document.origin.place, document.recognition.shape, document.recognition.found) for document in inputs.documents()]
        assert found == [("", Shape.MALFORMED, MISTAKE), ("document 2", Shape.POD, "")]


class TestGzip:
    def test_what_is_wrong_with_it_is_told_once(self) -> None:
        Path("a.json.gz").write_bytes(gzip.compress(b'{"kind":"Pod"}')[:-4])
        wanted = "a.json.gz: its gzip data end in the middle: truncated, or still being written. Take the dump again."
        assert refusal("a.json.gz") == wanted

    def test_compressed_twice(self) -> None:
        Path("a.json.gz").write_bytes(gzip.compress(gzip.compress(b"{}")))
        assert refusal("a.json.gz").startswith("a.json.gz: is gzip-compressed twice; decompress it once first (gunzip).")

    def test_an_archive(self) -> None:
        Path("a.tgz").write_bytes(gzip.compress(b"pods.json".ljust(257, b"\0") + b"ustar\0"))
        assert refusal("a.tgz").startswith("a.tgz: looks like a tar archive, which is not read yet; unpack it first (tar -x).")

    def test_nothing_in_it(self) -> None:
        Path("a.gz").write_bytes(gzip.compress(b""))
        assert refusal("a.gz").startswith("a.gz: is empty.")


class TestTemplates:
    def test_manifests_alone_stand_for_pods(self) -> None:
        write("a.yaml", DEPLOYMENT, POD)
        assert origins("a.yaml") == ["a.yaml", "a.yaml document 2"]
        assert notices("a.yaml") == (
            "a.yaml: took the templates of Deployment for pods, as they are written, without an API server's defaults",
        )

    def test_beside_running_pods_they_are_left_out_wherever_these_stand(self) -> None:
        write("a.yaml", DEPLOYMENT, DEPLOYMENT)
        write("b.yaml", LIVE_POD)
        assert origins("a.yaml", "b.yaml") == ["b.yaml"]
        assert notices("a.yaml", "b.yaml") == ("a.yaml: left out the templates of Deployment (2), since running pods are given",)

    def test_those_that_another_workload_made_repeat_it(self) -> None:
        write("a.yaml", REPLICA_SET, DEPLOYMENT)
        assert origins("a.yaml") == ["a.yaml document 2"]
        assert "a.yaml: left out ReplicaSet, made by another workload" in notices("a.yaml")


def test_a_file_of_very_much_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upgradecheck.sources.files.tables.MAX_OTHERS", 3)
    write("a.json", '[{"kind":"Event"},{},{"kind":"Event"},{}]')
    assert refusal("a.json", lenient=True) == (
        "a.json: holds more than 3 documents that are nothing known (kind Event (2), an object without a kind (2)). "
        "Take only what is wanted: kubectl get pods,nodes -A -o json."
    )
