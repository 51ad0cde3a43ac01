"""What the command line asks of the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

import upgradecheck.commands.hash as hash_listing
import upgradecheck.commands.plan as pipeline
from tests.builders_plan import mixed, nothing_restarts, plan
from upgradecheck.cli import main
from upgradecheck.commands.hash import HashRequest
from upgradecheck.commands.plan import PlanRequest
from upgradecheck.commands.request import target_of
from upgradecheck.model.gate import Gate
from upgradecheck.model.hash import Hash
from upgradecheck.model.hashlist import HashError, HashItem
from upgradecheck.model.schema import ContainerKind, Era
from upgradecheck.model.waves import WaveRules

BASE = PlanRequest(files=("pods.json",), to_version="1.31")
ITEM = HashItem("shop", "web", "uid", "app", ContainerKind.APP, "1.30", Era.JSON, Hash(1))
REFUSED = HashError(None, None, None, "1.30", "", "a Service is no Pod")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    requests: list[Any] = []

    def make_plan(request: PlanRequest) -> Any:
        requests.append(request)
        return nothing_restarts()

    def make_hashes(request: HashRequest, tell: Callable[[str], None]) -> Iterator[Any]:
        requests.append(request)
        yield ITEM

    monkeypatch.setattr(pipeline, "make_plan", make_plan)
    monkeypatch.setattr(hash_listing, "make_hashes", make_hashes)
    return requests


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("", BASE, id="defaults"),
        pytest.param("--from v1.30.2 -R", replace(BASE, from_version="v1.30.2", recursive=True), id="texts stay as given"),
        pytest.param("-f nodes.json -f -", replace(BASE, files=("pods.json", "nodes.json", "-")), id="several files"),
        pytest.param("-n shop -n pay --exclude-namespace test", replace(BASE, namespaces=("shop", "pay"), excluded_namespaces=("test",)), id="namespaces"),
        pytest.param("-n shop,pay -n pay-2 --exclude-namespace test,dev --node a,b",
                     replace(BASE, namespaces=("shop", "pay", "pay-2"), excluded_namespaces=("test", "dev"), nodes=("a", "b")), id="lists with commas"),
        pytest.param("--feature-gate A=true,to:B=false", replace(BASE, feature_gates=("A=true", "to:B=false")), id="gates, as kubelets take them"),
        pytest.param("-f a,b.json", replace(BASE, files=("pods.json", "a,b.json")), id="a file's name may hold a comma"),
        pytest.param("-A", BASE, id="all namespaces, as by default"),
        pytest.param("--owner-label team", replace(BASE, owner_label="team"), id="whose pods are"),
        pytest.param("-l app=web --node a --node b --node-selector pool=x",
                     replace(BASE, selector="app=web", nodes=("a", "b"), node_selector="pool=x"), id="labels and nodes"),
        pytest.param("--fail-on restart,hazard --fail-on estimated", replace(BASE, fail_on=frozenset({"restart", "hazard", "estimated"})), id="conditions"),
        pytest.param("--fail-on none", replace(BASE, fail_on=frozenset()), id="no condition"),
        pytest.param("--max-restarts 5% --min-coverage 90 --min-calibration 99.5% --exit-zero",
                     replace(BASE, max_restarts="5%", min_coverage=90.0, min_calibration=99.5, exit_zero=True), id="thresholds"),
        pytest.param("--max-per-wave 10% --wave-by pool", replace(BASE, waves=WaveRules("pool", "10%")), id="waves"),
    ],
)  # fmt: skip
def test_plan_request(arguments: str, expected: PlanRequest, asked: list[Any]) -> None:
    assert main(["plan", "--to", "1.31", "-f", "pods.json", *arguments.split()]) == 0
    assert asked == [expected]


def test_example_has_a_target_of_its_own(asked: list[Any]) -> None:
    assert main(["plan", "--example"]) == 0
    assert asked == [PlanRequest(example=True)]
    assert target_of(asked[0]) == "1.30.14"


def test_flag_wins_over_environment_and_environment_over_default(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPGRADECHECK_TO", "1.29")
    monkeypatch.setenv("UPGRADECHECK_MAX_RESTARTS", "7")
    monkeypatch.setenv("UPGRADECHECK_FILENAME", "a.json b.json")
    monkeypatch.setenv("UPGRADECHECK_EXIT_ZERO", "1")
    assert main(["plan", "--max-restarts", "8"]) == 0
    assert asked == [PlanRequest(files=("a.json", "b.json"), to_version="1.29", max_restarts="8", exit_zero=True)]


def test_hash_request(asked: list[Any]) -> None:
    assert main(["hash", "-f", "pod.json", "--kubelet", "1.30,v1.31.2", "--kubelet", "1.29", "--pod-source", "file"]) == 0
    assert asked == [HashRequest(files=("pod.json",), kubelets=("1.30", "v1.31.2", "1.29"), pod_source="file")]


@pytest.mark.parametrize("code", [0, 2, 3, 4])
def test_the_plan_says_the_exit_code(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: replace(mixed(), gate=Gate(code)))
    assert main(["plan", "--example"]) == code


@pytest.mark.parametrize(("entries", "code"), [((ITEM,), 0), ((ITEM, REFUSED), 3), ((), 0)])
def test_hash_exits_3_if_a_pod_was_refused(entries: tuple[Any, ...], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_listing, "make_hashes", lambda request, tell: iter(entries))
    assert main(["hash", "--example", "--kubelet", "1.30", "-o", "json"]) == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("-f", "nowhere.json", "--kubelet", "1.30.14"), 1, id="a file that is not there"),
        pytest.param(("--example", "--kubelet", "1.7.3"), 64, id="a kubelet that is not known"),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "yaml", "csv", "markdown"])
def test_no_half_list_of_hashes_where_none_can_be_made(
    form: str, arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hash", *arguments, "-o", form]) == code
    assert capsys.readouterr().out == ""


def test_an_empty_plan_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: plan(complete=False))
    assert main(["plan", "--example"]) == 3
    assert capsys.readouterr().out.startswith("NOTHING EXAMINED")


@pytest.mark.parametrize("option", ["--kubeconfig", "--context"])
def test_a_cluster_that_would_not_be_read_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", "--example", option, "k"]) == 64
    assert f"{option} and --example exclude each other: with --example no cluster is read." in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["-f a.json --kubeconfig k", "--static-pods d --context c"])
def test_a_cluster_that_the_command_line_names_is_read_beside_files(
    arguments: str, asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--to", "1.31", *arguments.split(), "-o", "name"]) == 0
    (one,) = asked
    assert one.cluster is not None
    assert (one.cluster.kubeconfig, one.cluster.context, one.files, one.static_pods) in (
        ("k", None, ("a.json",), None),
        (None, "c", (), "d"),
    )


def test_a_cluster_that_the_environment_names_is_said_not_to_be_read(
    asked: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPGRADECHECK_KUBECONFIG", "k")
    assert main(["plan", "--to", "1.31", "-f", "pods.json", "-o", "name"]) == 0
    assert asked == [BASE]
    assert "UPGRADECHECK_KUBECONFIG: is not used, since with -f no cluster is read." in capsys.readouterr().err
