"""``plan`` of several clusters: which are meant, what is written of them, and what cannot be asked of several."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import upgradecheck.commands.clusters as pipeline
from tests.builders_plan import nothing_restarts
from tests.cluster.large import EXAMPLE
from upgradecheck.cli import main
from upgradecheck.commands.request import PlanRequest
from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.plan import Plan

CLUSTERS = {"a": "https://a.example", "b": "https://b.example"}
CONTEXTS = {"prod-a": "a", "prod-b": "b", "prod-a-admin": "a", "arn:aws:eks/x": "b", "odd[1]": "a"}


@pytest.fixture(autouse=True)
def _at_a_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in CLUSTERS.items()],
        "users": [{"name": "me", "user": {"token": "secret"}}],
        "contexts": [{"name": name, "context": {"cluster": cluster, "user": "me"}} for name, cluster in CONTEXTS.items()],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[PlanRequest]:
    """What is asked of each cluster; that of b ends badly."""
    requests: list[PlanRequest] = []

    def make_plan(request: PlanRequest) -> Plan:
        requests.append(request)
        if request.cluster is not None and request.cluster.context == "prod-b":
            raise InputError("b.example: connection refused")
        return nothing_restarts()

    monkeypatch.setattr(pipeline, "make_plan", make_plan)
    return requests


def contexts(requests: list[PlanRequest]) -> list[tuple[str | None, bool]]:
    return [(one.cluster.context, one.cluster.by_pattern) for one in requests if one.cluster is not None]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["prod-a", "prod-b"], [("prod-a", False), ("prod-b", False)], id="names"),
        pytest.param(["prod-*"], [("prod-a", True), ("prod-b", True)], id="a pattern, each cluster once"),
        pytest.param(["prod-*", "prod-a-admin"], [("prod-a-admin", False), ("prod-b", True)], id="a name goes before a pattern"),
        pytest.param(["prod-a", "prod-a-admin"], [("prod-a", False), ("prod-a-admin", False)], id="both names are meant"),
        pytest.param(["arn:*"], [("arn:aws:eks/x", True)], id="a pattern of one is several"),
        pytest.param(["odd[1]", "prod-a"], [("odd[1]", False), ("prod-a", False)], id="a name that looks like a pattern"),
    ],
)
def test_contexts(given: list[str], expected: list[tuple[str, bool]], asked: list[PlanRequest], capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for text in given for word in ("--context", text)]
    assert main(["plan", "--to", "1.31", *words, "-o", "json"]) == (1 if any(name == "prod-b" for name, _ in expected) else 0)
    assert contexts(asked) == expected
    document = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in document["clusters"]] == [name for name, _ in expected]
    assert [one.get("trouble") for one in document["clusters"] if one["name"] == "prod-b"] in ([], ["b.example: connection refused"])


def test_what_a_pattern_leaves_out_is_told(asked: list[PlanRequest], capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--to", "1.31", "--context", "prod-*"])
    told = capsys.readouterr()
    assert "Context prod-a-admin leads to the cluster of context prod-a" in told.out.replace("\n", " ").replace("         ", "")
    assert "prod-b: no report was made: b.example: connection refused" in told.err
    assert told.err.endswith("upgradecheck: Exit code 1: no report could be made: conclude nothing.\n")


def test_one_name_is_one_plan(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import upgradecheck.commands.plan as single

    monkeypatch.setattr(single, "make_plan", lambda request: nothing_restarts())
    assert main(["plan", "--to", "1.31", "--context", "prod-a", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "Plan"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param("--context prod-a --context nope", 1, "--context nope: is no context of the kubeconfig", id="an unknown name"),
        pytest.param("--context x*", 1, "--context x*: matches no context", id="a pattern of nothing"),
        pytest.param("--dump nowhere", 1, "--dump nowhere: no such file", id="a dump that is not there"),
        pytest.param("--dump x*", 64, "--dump x*: matches nothing", id="a pattern of no dump"),
        pytest.param("--dump config --dump one=config --dump one=config", 64, "two clusters are called one", id="two of one name"),
        pytest.param("--dump config -f config", 64, "--dump and -f exclude each other", id="one and several"),
        pytest.param("--dump -", 64, "standard input is one dump", id="standard input"),
        pytest.param("--dump =config", 64, "the name is empty", id="no name"),
        pytest.param("--dump config --cri auto", 64, "--cri: tells of one node", id="a runtime"),
        pytest.param("--dump config --fleet", 64, "--fleet and --dump exclude each other", id="bundles of a cluster that is not read"),
        pytest.param("--dump config --context prod-a --fleet", 64, "Put the bundles of its nodes", id="the same beside one that is"),
        pytest.param("--dump config --kubeconfig config", 64, "--kubeconfig and --dump exclude each other", id="no context of it"),
        pytest.param("--context prod-* --checkpoint x", 64, "--checkpoint: tells of one node", id="a checkpoint"),
        pytest.param("--dump config -o html", 64, "output format 'html': not known here", id="a format of one cluster"),
    ],
)
def test_what_cannot_be_asked(arguments: str, code: int, told: str, asked: list[PlanRequest], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", *arguments.split()]) == code
    assert told in capsys.readouterr().err
    assert asked == []


def test_what_nobody_typed_beside_dumps_is_told(
    asked: list[PlanRequest], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPGRADECHECK_FLEET", "true")
    assert main(["plan", "--to", "1.31", "--dump", "config", "--context", "prod-a", "--kubeconfig", "config"]) == 0
    assert [one.fleet for one in asked] == [True, False]
    assert "UPGRADECHECK_FLEET: is not used, since of what --dump names no cluster is read." in capsys.readouterr().err


REFUSED = "a kubelet's configuration belongs to one node; name it with --node."


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        pytest.param(["config: " + REFUSED, None], 1, id="one has what an option is against"),
        pytest.param(["config: " + REFUSED, "other: " + REFUSED], 1, id="each has something of its own"),
        pytest.param(["--wave-by x: no node has it"] * 2, 64, id="the command line is wrong for each"),
    ],
)
def test_what_is_wrong_with_one_cluster_keeps_no_other_from_its_plan(
    refused: list[str | None], code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter(refused)

    def make_plan(request: PlanRequest) -> Plan:
        if (told := next(left)) is not None:
            raise UsageError(told)
        return nothing_restarts()

    monkeypatch.setattr(pipeline, "make_plan", make_plan)
    assert main(["plan", "--to", "1.31", "--dump", "one=config", "--dump", "two=config", "-o", "json", "-q"]) == code
    out, err = capsys.readouterr()
    if code == 64:
        assert (out, err) == ("", f"upgradecheck: {refused[0]}\n")
    else:
        assert [one.get("trouble") for one in json.loads(out)["clusters"]] == refused


def test_dumps_are_clusters_by_name(asked: list[PlanRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("prod", "test"):
        (tmp_path / "dumps" / name).mkdir(parents=True)
    (tmp_path / "dumps" / "old.json.gz").write_text("")
    (tmp_path / "a=b").write_text("")
    assert (
        main(["plan", "--to", "1.31", "-n", "shop", "--dump", "dumps/*", "--dump", "mine=dumps/prod", "--dump", "a=b", "-o", "json"]) == 0
    )
    assert [one.files for one in asked] == [("dumps/old.json.gz",), ("dumps/prod",), ("dumps/test",), ("dumps/prod",), ("a=b",)]
    assert {(one.namespaces, one.cluster) for one in asked} == {(("shop",), None)}
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["clusters"]] == ["old", "prod", "test", "mine", "a=b"]


def test_a_file_names_dumps_beside_itself(asked: list[PlanRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there" / "prod").mkdir(parents=True)
    (tmp_path / "there" / "config.yaml").write_text("commands: {plan: {dump: [mine=prod, prod], context: prod-a}}\n")
    assert main(["plan", "--to", "1.31", "--config", "there/config.yaml"]) == 0
    assert [one.files for one in asked] == [(str(tmp_path / "there" / "prod"),)] * 2


def test_each_cluster_writes_its_own(asked: list[PlanRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan-prod-b.json").write_text("of yesterday")
    words = [
        "--context",
        "prod-*",
        "--context",
        "prod-b",
        "--context",
        "arn:aws:eks/x",
        "-o",
        "json=plan-{cluster}.json",
        "-o",
        "html={cluster}.html",
    ]
    assert main(["plan", "--to", "1.31", *words]) == 1
    assert capsys.readouterr().out == ""
    assert sorted(one.name for one in tmp_path.glob("*.html")) == ["arn_aws_eks_x.html", "prod-a.html"]
    assert json.loads((tmp_path / "plan-prod-a.json").read_text())["kind"] == "Plan"
    assert (tmp_path / "plan-prod-b.json").read_text() == "of yesterday"  # as a run of that cluster alone leaves it
    assert not list(tmp_path.glob(".*.tmp"))


def test_saved_and_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--dump", str(EXAMPLE), "--dump", f"other={EXAMPLE / 'nodes.json'}", "-o", "json=all.json", "-o", "yaml=all.yaml"]
    assert main(["plan", "--to", "1.30.14", *words]) == 2
    for file in ("all.json", "all.yaml"):
        assert main(["show", file, "-q", "-o", "json=again.json"]) == 2
        assert (tmp_path / "again.json").read_bytes() == (tmp_path / "all.json").read_bytes()
    assert main(["show", "all.json", "--fail-on", "none", "-o", "name"]) == 3
    capsys.readouterr()
    assert main(["verify", "all.json", "-f", "config"]) == 1
    assert "several clusters, where one Plan is wanted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"format_version": "2.0"}, "format_version: is 2.0", id="another major"),
        pytest.param({"clusters": []}, "clusters: holds no cluster", id="none"),
        pytest.param({"notices": ["all is well"]}, "document_hash: is not that of", id="edited"),
        pytest.param({"clusters": 3}, "no document of clusters", id="no list"),
    ],
)
def test_a_damaged_document_is_refused(
    change: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: nothing_restarts())
    main(["plan", "--to", "1.31", "--context", "prod-*", "-q", "-o", "json=all.json"])
    document = {**json.loads((tmp_path / "all.json").read_text()), **change}
    (tmp_path / "all.json").write_text(json.dumps(document))
    assert main(["show", "all.json"]) == 1
    assert told in capsys.readouterr().err


def test_each_real_dump_is_planned_as_if_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        shutil.copytree(
            EXAMPLE, tmp_path / name, ignore=shutil.ignore_patterns("*.py", "*.md", "__pycache__", *(["crictl*"] if name == "two" else []))
        )
    main(["plan", "--to", "1.30.14", "--dump", "one", "--dump", "two", "-q", "-o", "json=all.json", "-o", "json=own-{cluster}.json"])
    for number, name in enumerate(("one", "two")):
        main(["plan", "--to", "1.30.14", "-f", name, "-q", "-o", "json=alone.json"])
        alone, own = (json.loads((tmp_path / file).read_text()) for file in ("alone.json", f"own-{name}.json"))
        within = json.loads((tmp_path / "all.json").read_text())["clusters"][number]["plan"]
        for document in (alone, own, within):
            del document["made_at"], document["document_hash"]
        assert alone == own == within
