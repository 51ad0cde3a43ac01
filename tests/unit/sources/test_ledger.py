"""Nothing that was given vanishes: what is not used is named, harmless in a notice, what may be pods as missing, what is broken as set aside."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.decode.text.streamed import Envelope, Page
from upgradecheck.model.snapshot import SetAside
from upgradecheck.sources.files import open_inputs
from upgradecheck.sources.files.pages import Pages

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": []}}
LIVE_POD = {**POD, "status": {"phase": "Running"}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
KAFKA = {"apiVersion": "kafka.strimzi.io/v1beta2", "kind": "Kafka", "metadata": {"name": "k"}, "spec": {"kafka": {"replicas": 3}}}
CONTAINER = {
    "id": "c",
    "podSandboxId": "s",
    "state": "CONTAINER_RUNNING",
    "labels": {"io.kubernetes.pod.uid": "u", "io.kubernetes.container.name": "app"},
}
NOT_UNDERSTOOD = "it may make pods, and in what shape is not known; give its pods (kubectl get pods -A -o json)"
OTHER_ENDING = "it looks like JSON or YAML, and its name does not end so; name it with -f itself, or take it away"
TABLE = "it is a table of what runs, and holds no specs and no hashes; take it again with -o json, or take it away"
PACKED = "it is not unpacked, and may hold pods or records; unpack it"


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *documents: object) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(item if isinstance(item, str) else json.dumps(item) for item in documents))


def told(*paths: str, recursive: bool = False) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """How many pods there are, what is missing and why, and the notices."""
    with open_inputs(paths, recursive=recursive) as inputs:
        facts = inputs.facts()
        return len(list(inputs.pods())), {each.what: each.reason for each in facts.missing}, facts.notices


class TestSetAside:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            pytest.param("", "is empty", id="an empty file"),
            pytest.param('{"kind":"PodList","items":[{"kind":"Pod"}', "ends in the middle of the document", id="a truncated one"),
            pytest.param("NAME   READY", "looks like a table", id="a foreign one"),
            pytest.param("\x00" * 600, "is neither UTF-8 nor UTF-16", id="nothing but NULs"),
            pytest.param("[" * 5000, "is nested deeper than 200 levels", id="lists in lists"),
            pytest.param('{"a":' * 5000, "is nested deeper than 200 levels", id="brackets without end"),
        ],
    )
    def test_a_file_costs_itself(self, content: str, reason: str) -> None:
        write("d/a.json", POD)
        write("d/b.json", content)
        pods, missing, _ = told("d")
        assert (pods, list(missing)) == (1, ["d/b.json"])
        assert missing["d/b.json"].startswith("it is set aside: ")
        assert reason in missing["d/b.json"]

    def test_what_a_broken_file_held_before_it_broke_is_not_used(self) -> None:
        write("a.json", POD)
        write("b.json", {"kind": "Node", "metadata": {"name": "n"}}, CONTAINER, POD, '{"kind":')
        with open_inputs(["a.json", "b.json"], recursive=False) as inputs:
            facts = inputs.facts()
            assert (len(list(inputs.pods())), facts.nodes, facts.containers) == (1, (), ())
            assert facts.set_aside == (SetAside("b.json", frozenset({"u"}), records=True, sandboxes=False),)

    def test_a_broken_list_of_pods_holds_no_records(self) -> None:
        write("a.json", POD)
        write("b.json", POD, '{"kind":')
        with open_inputs(["a.json", "b.json"], recursive=False) as inputs:
            assert inputs.facts().set_aside == (SetAside("b.json", records=False, sandboxes=False),)

    def test_a_document_that_is_refused_costs_itself(self) -> None:
        write("a.json", POD, '{"kind":tru}', CONTAINER, {**CONTAINER, "id": 5}, SERVICE)
        pods, missing, notices = told("a.json")
        assert (pods, list(missing)) == (1, ["a.json document 2", "a.json document 4"])
        assert missing["a.json document 4"] == "it is set aside: id: expected a string, found an integer (line 1)"
        assert notices == ("a.json: left out what is neither pod, node nor record of the runtime: kind Service",)

    def test_an_error_that_nobody_foresaw_costs_the_document(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(raw: bytes, origin: object) -> None:
            raise ZeroDivisionError("secret")

        monkeypatch.setattr("upgradecheck.sources.files.decoding.node_facts", fail)
        write("a.json", POD, {"kind": "Node", "metadata": {"name": "n"}})
        assert told("a.json")[1] == {
            "a.json document 2": "it is set aside: cannot be read: its decoder failed with ZeroDivisionError (line 1)"
        }

    def test_of_very_many_the_first_are_named(self) -> None:
        write("d/pod.json", POD)
        for number in range(30):
            write(f"d/{number:02}.json", "")
        missing = told("d")[1]
        assert (len(missing), list(missing)[-1]) == (21, "10 more inputs of d")

    def test_names_that_lead_nowhere_and_pipes_are_named_by_directory(self) -> None:
        write("d/a.json", POD)
        Path("d/link.json").symlink_to("nowhere")
        os.mkfifo("d/pipe.yaml")
        reason = "each is no file that can be read; name what it was to hold, or take it away"
        assert told("d")[1] == {"d: link.json, pipe.yaml": reason}

    def test_a_list_of_very_much_that_names_no_kind_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("upgradecheck.sources.files.tables.MAX_OTHERS", 3)
        write("a.json", POD)
        write("b.json", "[{},{},{},{},")
        assert "more than 3 documents that are nothing known (an object without a kind (4))" in told("a.json", "b.json")[1]["b.json"]


class TestOtherEndings:
    def test_archives_and_dumps_under_other_names_are_missing(self) -> None:
        write("d/a.json", POD)
        write("d/pods.json.bak", POD)
        write("d/pods", "apiVersion: v1\nkind: PodList\n")
        write("d/x.zip", "PK\x03\x04")
        with tarfile.open("d/all.tar", "w") as archive:
            archive.add("d/a.json")
        Path("d/all.tgz").write_bytes(gzip.compress(Path("d/all.tar").read_bytes()))
        Path("d/more.gz").write_bytes(gzip.compress(json.dumps(POD).encode()))
        assert told("d")[1] == {
            "d: all.tar, all.tgz, x.zip": PACKED.replace("it ", "each ", 1),
            "d: more.gz, pods, pods.json.bak": OTHER_ENDING.replace("it ", "each ", 1),
        }

    def test_tables_of_what_runs_are_missing(self) -> None:
        write("d/a.json", POD)
        write("d/pods.txt", "NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\nshop        web-0   1/1     Running   0          3d\n")
        write("d/ps", "CONTAINER           IMAGE               CREATED             STATE\n")
        write("d/docker.out", "CONTAINER ID   IMAGE     COMMAND\n")
        write("d/sandboxes.txt", "POD ID              CREATED             STATE\n")
        write("d/nodes.txt", "NAME   STATUS   ROLES   AGE\n")
        write("d/sets.txt", "NAME   READY   AGE\n")
        pods, missing, notices = told("d")
        assert (pods, missing) == (1, {"d: docker.out, pods.txt, ps, sandboxes.txt": TABLE.replace("it ", "each ", 1)})
        assert notices == ("d: passed over 2 files of other endings: nodes.txt, sets.txt",)

    def test_what_can_hold_nothing_is_counted_by_directory(self) -> None:
        write("d/a.json", POD)
        write("d/README.md", "# pods\n")
        write("d/kubelet.log", "I0101 x\n")
        write("d/old.log", "I0101 x\n")
        write("d/admin.conf", "apiVersion: v1\nkind: Config\n")
        Path("d/kubelet.log.1.gz").write_bytes(gzip.compress(b"I0101 x\n"))
        names = "README.md, admin.conf, kubelet.log, kubelet.log.1.gz, old.log"
        assert told("d") == (1, {}, (f"d: passed over 5 files of other endings: {names}",))

    def test_directories_that_are_not_entered_are_said(self) -> None:
        write("d/a.json", POD)
        write("d/node-1/a.json", POD)
        write("d/node-2/a.json", POD)
        notice = "d: its sub-directories node-1, node-2 were not read; -R reads all that is below"
        assert told("d") == (1, {}, (notice,))
        assert told("d", recursive=True) == (3, {}, ())

    def test_an_empty_directory_beside_others_is_missing(self) -> None:
        Path("e").mkdir()
        write("a.json", POD)
        assert list(told("a.json", "e")[1]) == ["e"]


class TestMakers:
    def test_what_makes_pods_is_missing_where_none_run(self) -> None:
        write("d/a.yaml", POD)
        write("d/b.json", KAFKA)
        write("d/c.json", KAFKA, SERVICE)
        pods, missing, _ = told("d")
        assert (pods, missing) == (1, {"d: the pods of kind Kafka of kafka.strimzi.io/v1beta2 (2)": NOT_UNDERSTOOD})

    def test_alone_there_is_a_report_that_says_so(self) -> None:
        write("a.json", KAFKA)
        assert told("a.json") == (0, {"a.json: the pods of kind Kafka of kafka.strimzi.io/v1beta2": NOT_UNDERSTOOD}, ())

    def test_beside_running_pods_it_is_left_out(self) -> None:
        write("a.json", LIVE_POD, KAFKA)
        notice = "a.json: left out kind Kafka of kafka.strimzi.io/v1beta2, which may make pods, since running pods are given"
        assert told("a.json") == (1, {}, (notice,))

    def test_pods_at_rest_do_not_stand_for_what_others_run(self) -> None:
        write("a.json", {**POD, "status": {"phase": "Succeeded"}}, KAFKA)
        assert told("a.json") == (1, {"a.json: the pods of kind Kafka of kafka.strimzi.io/v1beta2": NOT_UNDERSTOOD}, ())

    @pytest.mark.parametrize(
        ("name", "namespace", "status", "pods"),
        [
            pytest.param("import-x2x1z", "shop", {"phase": "Succeeded"}, 2, id="another's pod that has finished"),
            pytest.param("import-x2x1z", "shop", {"phase": "Failed"}, 2, id="one that has failed"),
            pytest.param("import-x2x1z", "shop", {"phase": "Pending"}, 2, id="one that waits"),
            pytest.param("web-6d4b-x2x1z", "shop", {"phase": "Pending"}, 1, id="its own, though it waits"),
            pytest.param("web-6d4b-x2x1z", "other", {"phase": "Pending"}, 2, id="one of its name in another namespace"),
            pytest.param("webshop-6d4b-x2x1z", "shop", {"phase": "Pending"}, 2, id="a name that only begins like its own"),
            pytest.param("import-x2x1z", "shop", {"phase": "Running"}, 1, id="one that runs: this is a cluster's list"),
            pytest.param("import-x2x1z", "other", {"phase": "Running"}, 2, id="one that runs in another namespace"),
            pytest.param(
                "import-x2x1z",
                "shop",
                {"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]},
                1,
                id="one of which an init container runs",
            ),
        ],
    )
    def test_a_template_counts_unless_its_pods_or_running_ones_are_given(
        self, name: str, namespace: str, status: dict[str, Any], pods: int
    ) -> None:
        template = {"template": {"spec": {"containers": [{"name": "c"}]}}}
        metadata = {"name": "web", "namespace": "shop"}
        write("a.json", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": template})
        write("b.json", {**POD, "metadata": {"name": name, "namespace": namespace}, "status": status})
        assert told("a.json", "b.json")[0] == pods

    def test_items_without_a_kind_take_that_of_their_list_wherever_it_stands(self) -> None:
        item = {"metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "c"}]}}}}
        write("a.json", f'{{"items":[{json.dumps(item)}],"apiVersion":"apps/v1","kind":"DeploymentList"}}')
        write("b.json", '{"kind":"NodeList","items":[{"metadata":{"name":"n"}}]}')
        write("c.yaml", "kind: PodList\nitems: [{metadata: {name: p}}]\n")
        with open_inputs(["a.json", "b.json", "c.yaml"], recursive=False) as inputs:
            views = [pod.view for pod in inputs.pods()]
            assert [(view.workload.kind if view.workload else "", view.name) for view in views] == [("Deployment", "web"), ("Pod", "p")]
            assert [node.name for node in inputs.facts().nodes] == ["n"]

    def owned(self, kind: str, name: str, owner: dict[str, Any] | None) -> dict[str, Any]:
        metadata = {"name": name, "namespace": "shop", "ownerReferences": [{**owner, "controller": True}] if owner else []}
        spec = {"template": {"spec": {"containers": [{"name": "c"}]}}}
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}

    @pytest.mark.parametrize(
        ("owner", "pods"),
        [
            pytest.param({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, 1, id="its maker was read"),
            pytest.param({"kind": "Deployment", "name": "web"}, 1, id="its maker's group is not told"),
            pytest.param({"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}, 2, id="another one was read"),
            pytest.param({"apiVersion": "example.com/v1", "kind": "Deployment", "name": "web"}, 2, id="its maker is of another group"),
            pytest.param({"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "name": "k8s"}, 2, id="an operator made it"),
        ],
    )
    def test_only_what_repeats_a_template_that_was_read_is_left_out(self, owner: dict[str, Any], pods: int) -> None:
        write("a.json", self.owned("ReplicaSet", "web-1", owner), self.owned("Deployment", "web", None))
        assert told("a.json")[0] == pods


def page(count: int, *, more: bool = False, remaining: int | None = None, version: str = "7", kind: str | None = "PodList") -> Envelope:
    return Envelope(kind, count, more, "", Page(version, remaining, f"after {count} of {version}" if more else ""))


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        pytest.param([page(5)], [], id="a list in one page"),
        pytest.param([page(5, more=True, remaining=3), page(3)], [], id="two pages that add up"),
        pytest.param([page(3), page(5, more=True, remaining=7), page(4, more=True, remaining=3)], [], id="three, in any order"),
        pytest.param([page(5, more=True, remaining=7), page(3)], ["the rest of a PodList"], id="the one in the middle is not there"),
        pytest.param([page(5, more=True, remaining=3)], ["the rest of a PodList"], id="the last is not there"),
        pytest.param([page(5, remaining=3)], ["the rest of a PodList"], id="items are announced, and no page"),
        pytest.param([page(5, more=True), page(3)], [], id="narrowed by a selector, which announces nothing"),
        pytest.param([page(5, more=True, remaining=3), page(3, version="8")], ["the rest of a PodList"], id="a page of another list"),
        pytest.param([page(5, more=True, remaining=3), page(3), page(9, version="8")], [], id="two lists"),
        pytest.param([page(5, more=True, kind=None)], ["the rest of a list"], id="a list that names no kind"),
        pytest.param([page(5, more=True, remaining=3)] * 2 + [page(3)] * 2, [], id="every page twice"),
    ],
)
def test_pages(given: list[Envelope], missing: list[str]) -> None:
    pages = Pages()
    for one in given:
        pages.add(one)
    assert [each.what for each in pages.missing()] == missing


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("version", '"1.30.4"\n'),
        ("clean.shutdown", ""),
        ("crio.conf", '[crio]\ninternal_wipe = true\nversion_file = "/run/crio/version"\n'),
    ],
)
def test_the_files_by_which_crio_decides_are_set_aside_by_name(name: str, text: str) -> None:
    write("pods.json", POD)
    write(name, text)
    with open_inputs([name, "pods.json"], recursive=False) as inputs:
        (missing,) = inputs.facts().missing
        assert (missing.what, missing.reason[:17]) == (name, "it is set aside: ")
