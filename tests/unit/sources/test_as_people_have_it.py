"""Inputs as people have them: UTF-16 of PowerShell, templates, what kubectl describe prints, charts and kustomizations."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from upgradecheck.decode.kube.lookalikes import UNFILLED
from upgradecheck.model.errors import InputError
from upgradecheck.sources.files import gathering, open_inputs

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "a", "image": "i"}]}}
DESCRIBED = "Name:             web-1\nNamespace:        default\nPriority:         0\nContainers:\n  web:\n    Image:  nginx\n"
TEMPLATE = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n"
PEOPLE = "is what kubectl describe prints, for people; take it again with kubectl get -o json"


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(*paths: str, recursive: bool = False) -> tuple[list[str], dict[str, str], tuple[str, ...]]:
    """The names of the pods, what is missing and why, and the notices."""
    with open_inputs(paths, recursive=recursive) as inputs:
        facts = inputs.facts()
        return [pod.identity.name for pod in inputs.pods()], {one.what: one.reason for one in facts.missing}, facts.notices


def refusal(*paths: str, recursive: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        open_inputs(paths, recursive=recursive)
    return str(caught.value)


def test_much_yaml_is_told_with_what_is_read_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pods.yaml").write_text("kind: Pod\nmetadata: {name: web-0}\nspec: {containers: []}\n" + "#\n" * (1 << 19))
    assert told("pods.yaml") == (["web-0"], {}, ())
    monkeypatch.setattr(gathering, "MUCH_YAML", 1 << 19)
    slow = "which is read as Go reads it and takes many times as long as JSON: take kubectl -o json, which may be of any size"
    assert told("pods.yaml") == (["web-0"], {}, (f"pods.yaml: 1 MiB of YAML, {slow}",))


class TestUTF16:
    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
    def test_it_is_read_as_what_it_was(self, codec: str, *, packed: bool) -> None:
        raw = json.dumps(POD).encode(codec)
        Path("pods.json").write_bytes(gzip.compress(raw) if packed else raw)
        assert told("pods.json") == (["web-0"], {}, ())

    def test_yaml_in_it_too(self) -> None:
        Path("pod.yaml").write_bytes("kind: Pod\nmetadata: {name: web-0}\nspec: {containers: []}\n".encode("utf-16"))
        assert told("pod.yaml") == (["web-0"], {}, ())

    def test_letters_that_powershell_may_have_changed_are_told(self) -> None:
        Path("pods.json").write_bytes(json.dumps({**POD, "x": "é"}, ensure_ascii=False).encode("utf-16"))
        pods, _, (notice,) = told("pods.json")
        assert pods == ["web-0"]
        assert notice.startswith("pods.json: is UTF-16 and has letters beyond ASCII, which PowerShell may have changed; ")

    def test_one_that_breaks_off_is_set_aside(self) -> None:
        Path("pods.json").write_bytes(json.dumps(POD).encode("utf-16")[:-1])
        assert refusal("pods.json") == "pods.json: is UTF-16, and is damaged or breaks off. Take it again, as UTF-8 if you can."

    def test_under_another_ending_it_is_missed_as_json_is(self) -> None:
        Path("d").mkdir()
        Path("d/a.json").write_text(json.dumps(POD))
        Path("d/b.txt").write_bytes(json.dumps(POD).encode("utf-16"))
        assert [*told("d")[1]] == ["d: b.txt"]


class TestTemplates:
    @pytest.mark.parametrize(
        ("text", "where"),
        [
            pytest.param(TEMPLATE, " (line 1)", id="where a value belongs"),
            pytest.param("{{- if .Values.on }}\nkind: Pod\n{{- end }}\n", "", id="at the beginning"),
        ],
    )
    def test_what_is_no_yaml_until_it_is_rendered(self, text: str, where: str) -> None:
        Path("pod.yaml").write_text(text)
        assert refusal("pod.yaml").startswith(f"pod.yaml{where}: {UNFILLED}.")

    def test_a_mistake_beside_text_in_braces_stays_a_mistake(self) -> None:
        Path("pod.yaml").write_text('text: "{{ $value }}"\na: b: c\n')
        assert "YAML that Go refuses" in refusal("pod.yaml")

    def test_what_is_yaml_all_the_same_is_missing(self) -> None:
        Path("pod.json").write_text(json.dumps(POD).replace('"i"', '"${IMAGE}"'))
        assert told("pod.json") == (["web-0"], {"pod.json": UNFILLED}, ())

    def test_of_a_pod_that_a_cluster_has_it_is_the_name(self) -> None:
        Path("pod.json").write_text(json.dumps({**POD, "status": {"phase": "Pending"}}).replace('"i"', '"${IMAGE}"'))
        assert told("pod.json")[1] == {}


class TestForPeople:
    def test_what_describe_prints_is_no_yaml(self) -> None:
        Path("web.txt").write_text(DESCRIBED)
        Path("web.yaml").write_text(DESCRIBED)
        assert refusal("web.txt").startswith(f"web.txt: {PEOPLE}.")
        assert refusal("web.yaml").startswith(f"web.yaml: {PEOPLE}.")

    def test_in_a_directory_it_is_missing(self) -> None:
        Path("d").mkdir()
        Path("d/a.json").write_text(json.dumps(POD))
        Path("d/web.txt").write_text(DESCRIBED)
        assert told("d")[1] == {
            "d: web.txt": "it is what kubectl describe prints, and holds no whole specs; take it again with kubectl get -o json, or take it away"
        }


class TestWhatMakesObjects:
    CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
    RENDER = "Render a chart first: helm template DIRECTORY > rendered.yaml, then -f rendered.yaml"

    def test_a_chart_alone(self) -> None:
        Path("web/templates").mkdir(parents=True)
        Path("web/Chart.yaml").write_text(self.CHART)
        Path("web/templates/pod.yaml").write_text(TEMPLATE)
        nothing = "no pods, nodes or records of the runtime"
        assert refusal("web") == f"web: {nothing} in any of its *.json and *.yaml files. {self.RENDER}."
        assert refusal("web/Chart.yaml") == f"web/Chart.yaml: holds a Helm chart, {nothing}. {self.RENDER}."

    def test_beside_pods_it_is_told_with_what_helps(self) -> None:
        Path("d").mkdir()
        Path("d/a.json").write_text(json.dumps(POD))
        Path("d/kustomization.yaml").write_text("resources: [a.json]\n")
        build = "Build a kustomization first: kubectl kustomize DIRECTORY > built.yaml, then -f built.yaml"
        assert told("d") == (["web-0"], {}, (f"d/kustomization.yaml: not recognised (a kustomization), skipped. {build}",))

    def test_a_kubeconfig(self) -> None:
        Path("config").write_text("apiVersion: v1\nkind: Config\nclusters: []\n")
        assert refusal("config").endswith("A kubeconfig leads to a cluster: give it with --kubeconfig in place of -f.")
