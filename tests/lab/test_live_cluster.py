"""A real kube-apiserver with thousands of pods: a live plan is the plan of its dump, and takes no more permissions than ``doctor --rbac`` prints.

The server authorizes by RBAC and writes an audit log, which tells all that was asked.
"""

import json
import re
import shutil
import socket
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab import crowd
from tests.lab.accounts import Audit, grant, run_out, service_account, what
from tests.lab.apiserver import TOKEN, VERSION, ApiServer, Setup, kubeconfig, started
from tests.lab.kubelets import API_SERVER, found
from upgradecheck.cli import main
from upgradecheck.transport.kube import KubeApi
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.paging import PAGE, Listing, pages
from upgradecheck.transport.waiting import Limits

pytestmark = pytest.mark.cluster
PODS, NODES = 2_400, 24
ACCOUNTS = {
    "least-token": "least",
    "doctor-token": "doctor",
    "narrow-token": "narrow",
    "podless-token": "podless",
    "verifier-token": "verifier",
    "nobody-token": "nobody",
}
DISCOVERY = "get /version"
"""Granted to every account by system:discovery."""
NARROWER = "Only the pods in scope were asked of the server; admission is examined without the others on their nodes."
REVIEW = "create selfsubjectaccessreviews.authorization.k8s.io"


@dataclass(frozen=True)
class Lab:
    """The server, what it wrote down, and where its files are."""

    server: ApiServer
    audit: Audit
    at: Path
    etcd: str

    def config(self, token: str) -> str:
        """A kubeconfig of whoever has that token."""
        return str(
            kubeconfig(
                self.at / f"config-{token[:12]}-{hash(token) & 0xFFFF}", self.server.url, token, self.at / "apiserver-pki" / "apiserver.crt"
            )
        )

    def asked(self, user: str) -> list[str]:
        """What the user asked."""
        return [what(event) for event in self.audit.asked_by(user)]


def free_ports() -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


@pytest.fixture(scope="module", name="lab")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    etcd, program = shutil.which("etcd"), found(VERSION, API_SERVER)
    if not (etcd and shutil.which("openssl")):
        pytest.skip("etcd (Debian: etcd-server) and openssl are wanted on the PATH")
    if program is None:
        pytest.skip(f"the API server is not built; python -m tests.lab.kubelets --api-server {VERSION} does it in 5 to 10 minutes")
    at = tmp_path_factory.mktemp("server")
    audit = Audit(at / "audit.log")
    flags = (*audit.flags(at / "policy.json"), "--service-account-lookup=true")
    port, etcd_port, peers_port = free_ports()
    setup = Setup(port, etcd_port, peers_port, accounts=ACCOUNTS, authorization="RBAC", flags=flags)
    with started(Path(etcd), program, at, resize=False, setup=setup) as server:
        crowd.created(server, PODS, NODES)
        yield Lab(server, audit, at, setup.etcd_url)


@pytest.fixture(name="run")
def _run(lab: Lab, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command as the owner of a token: exit code, stdout, stderr."""

    def run(token: str, command: str, *more: str) -> tuple[int, str, str]:
        code = main([command, "--kubeconfig", lab.config(token), *more])
        return code, *capsys.readouterr()

    return run


def role(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["doctor", "--rbac", *more]) == 0
    return capsys.readouterr().out


def without_scope(text: str) -> Any:
    return {key: value for key, value in json.loads(text).items() if key not in ("scope", "document_hash")}


def dumped(lab: Lab, folder: Path, namespaces: tuple[str, ...]) -> Path:
    """What kubectl get would have saved, of all namespaces or of these."""
    folder.mkdir()
    (folder / "nodes.json").write_text(json.dumps(lab.server.shown("/api/v1/nodes")))
    for namespace in namespaces or (None,):
        path = f"/api/v1/namespaces/{namespace}/pods" if namespace else "/api/v1/pods"
        (folder / f"pods-{namespace}.json").write_text(json.dumps(lab.server.shown(path)))
    return folder


@pytest.mark.parametrize(
    ("more", "namespaces", "narrower"),
    [
        pytest.param(("--to", "1.31.0"), (), False, id="all of it"),
        pytest.param(("--to", "1.31.0", "-n", "team-3", "-n", "team-4"), ("team-3", "team-4"), True, id="two namespaces"),
        pytest.param(("--to", "1.30.14", "--node", "node-003"), (), False, id="a node, and another version"),
    ],
)
def test_a_live_plan_is_the_plan_of_its_dump(
    more: tuple[str, ...],
    namespaces: tuple[str, ...],
    narrower: bool,
    lab: Lab,
    tmp_path: Path,
    run: Callable[..., tuple[int, str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, text, _ = run(TOKEN, "plan", *more, "-o", "json")
    live = without_scope(text)
    assert main(["plan", "-f", str(dumped(lab, tmp_path / "dump", namespaces)), *more, "-o", "json"]) == code
    expected = without_scope(capsys.readouterr().out)
    assert [each for each in live["notices"] if each not in expected["notices"]] == [NARROWER] * narrower
    assert {**live, "notices": [each for each in live["notices"] if each != NARROWER]} == expected
    assert len(live["pods"]) >= 100


def test_the_printed_role_is_enough_and_nothing_else_is_asked(
    lab: Lab, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    grant(lab.server, role(capsys), "least")
    code, text, _ = run("least-token", "plan", "--to", "1.31.0", "-o", "json")
    plan = json.loads(text)
    assert (code, plan["complete"], len(plan["pods"]), len(plan["nodes"])) == (2, True, PODS, NODES)
    asked = lab.asked("least")
    assert set(asked) <= {"list nodes", "list pods", "list poddisruptionbudgets.policy", DISCOVERY}
    assert asked.count("list pods") == -(-PODS // PAGE)
    assert asked.count("list nodes") == 1
    assert {event["responseStatus"]["code"] for event in lab.audit.asked_by("least")} == {200}


def test_verify_reads_the_events_of_kubelets_too(
    lab: Lab, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    grant(lab.server, role(capsys), "verifier")
    assert run("verifier-token", "plan", "--to", "1.31.0", "-o", f"json={tmp_path / 'plan.json'}", "-q")[0] == 2
    code, text, _ = run("verifier-token", "verify", str(tmp_path / "plan.json"), "-o", "json")
    told = json.loads(text)
    assert (code, told["notices"]) == (3, [])
    assert {one["state"] for one in told["nodes"]} == {"pending"}
    assert sum(told["summary"].values()) == told["summary"]["pending"] + told["summary"]["not_compared"]
    assert lab.asked("verifier").count("list events") == 1
    assert {event["responseStatus"]["code"] for event in lab.audit.asked_by("verifier")} == {200}


def test_doctor_asks_no_more_than_the_printed_role_allows(
    lab: Lab, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, states, _ = diagnosed(run)
    assert (code, states["list nodes"], states["list pods"]) == (1, "warning", "failed")
    grant(lab.server, role(capsys), "doctor")
    code, states, found = diagnosed(run)
    assert (code, states["list nodes"], states["list pods"], states["clock of the API server"]) == (0, "ok", "ok", "ok")
    assert found["API server"] == f"Kubernetes v{VERSION} answers at {lab.server.url}"
    mirrors = {"list pods", "list poddisruptionbudgets.policy"}  # a plan of kube-system, for the UIDs of static pods
    assert set(lab.asked("doctor")) == {DISCOVERY, REVIEW, "list nodes", *mirrors}


def diagnosed(
    run: Callable[..., tuple[int, str, str]], token: str = "doctor-token", *more: str
) -> tuple[int, dict[str, str], dict[str, str]]:
    """The exit code, and of each check its state and what it found."""
    code, text, _ = run(token, "doctor", "-o", "json", *more)
    checks = json.loads(text)["checks"]
    return code, {check["check"]: check["state"] for check in checks}, {check["check"]: check["found"] for check in checks}


def test_a_service_account_with_the_printed_role(
    lab: Lab, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    token, user = service_account(lab.server, "team-0", "planner"), "system:serviceaccount:team-0:planner"
    grant(lab.server, role(capsys), user)
    code, text, _ = run(token, "plan", "--to", "1.31.0", "-o", "json")
    assert (code, len(json.loads(text)["pods"])) == (2, PODS)
    code, out, err = run(run_out(token, lab.at / "accounts.key"), "plan", "--to", "1.31.0")
    assert (code, out) == (1, "")
    assert "cannot list nodes: the server does not accept the credentials (401). Log in again" in err
    assert set(lab.asked(user)) <= {"list nodes", "list pods", "list poddisruptionbudgets.policy", DISCOVERY}


def test_roles_of_namespaces(lab: Lab, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    grant(lab.server, role(capsys, "-n", "team-1", "-n", "team-2"), "narrow")
    code, text, _ = run("narrow-token", "plan", "--to", "1.31.0", "-n", "team-1", "-n", "team-2", "-o", "json")
    assert (code, json.loads(text)["complete"]) == (2, True)
    assert without_scope(text) == without_scope(run(TOKEN, "plan", "--to", "1.31.0", "-n", "team-1", "-n", "team-2", "-o", "json")[1])

    code, text, _ = run("narrow-token", "plan", "--to", "1.31.0", "-n", "team-1", "-n", "team-3", "-o", "json", "--fail-on", "none")
    plan = json.loads(text)
    refused = "cannot list pods in namespace team-3: this account may not do that (403)"
    assert (code, plan["complete"], plan["coverage"]["missing"]) == (3, False, [{"what": "pods of namespace team-3", "reason": refused}])
    assert {pod["namespace"] for pod in plan["pods"]} == {"team-1"}

    code, states, _ = diagnosed(run, "narrow-token", "-n", "team-1", "-n", "team-3")
    asked = ("list nodes", "list pods in namespace team-1", "list pods in namespace team-3")
    assert (code, [states[what] for what in asked]) == (1, ["ok", "ok", "failed"])

    code, out, err = run("narrow-token", "plan", "--to", "1.31.0")
    assert (code, out) == (1, "")
    assert "cannot list pods in all namespaces: this account may not do that (403)" in err


def test_nodes_denied(lab: Lab, run: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    grant(lab.server, re.sub(r"^ *- nodes\n", "", role(capsys), flags=re.MULTILINE), "podless")
    code, text, _ = run("podless-token", "plan", "--from", "1.22.17", "--to", "1.31.0", "-o", "json", "--fail-on", "none")
    plan = json.loads(text)
    assert (code, plan["complete"], len(plan["pods"])) == (3, False, PODS)
    assert [each["reason"] for each in plan["coverage"]["missing"] if each["what"] == "nodes"] == [
        "cannot list nodes: this account may not do that (403); their kubelet versions are not seen; allow list on nodes"
    ]


@pytest.mark.parametrize(
    ("token", "message"),
    [
        pytest.param(
            "nobody-token", "cannot list pods in all namespaces: this account may not do that (403)", id="an account without a role"
        ),
        pytest.param("no-such-token", "cannot list nodes: the server does not accept the credentials (401)", id="a token that nobody has"),
    ],
)
def test_denied(token: str, message: str, run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run(token, "plan", "--to", "1.31.0")
    assert (code, out) == (1, "")
    assert message in err
    assert token not in err


def test_a_place_in_a_list_that_expired_begins_anew(lab: Lab) -> None:
    """etcd is compacted between two pages: the real server's 410."""
    restarts: list[str] = []
    api = KubeApi(Target(lab.config(TOKEN)), Limits(60, 30))
    seen: dict[bytes, int] = {}
    for number, page in enumerate(pages(api, Listing("/api/v1/pods", "PodList", "list pods"), lambda: restarts.append("restarted"))):
        for raw in page.items:
            uid = json.loads(raw)["metadata"]["uid"].encode()
            seen[uid] = seen.get(uid, 0) + 1
        if number == 1:
            compact(lab)
    api.close()
    assert restarts == ["restarted"]
    assert len(seen) == PODS
    assert sum(count == 2 for count in seen.values()) == 2 * PAGE


def test_the_server_says_that_the_new_kubelet_would_be_newer(run: Callable[..., tuple[int, str, str]]) -> None:
    _, text, _ = run(TOKEN, "plan", "--to", "1.32", "-n", "team-5", "-o", "json")
    warnings = [found["message"] for found in json.loads(text)["findings"] if (found["rule"], found["severity"]) == ("UC040", "warning")]
    assert [message.partition(":")[0] for message in warnings] == [
        f"Kubelet 1.32.13 would be newer than the API server, which is v{VERSION}"
    ]


def compact(lab: Lab) -> None:
    """Writes something, and then makes etcd forget all revisions before."""
    lab.server.create("/api/v1/namespaces/team-0/configmaps", {"metadata": {"generateName": "x-"}})
    revision = told_by_etcd(lab, "maintenance/status")["header"]["revision"]
    told_by_etcd(lab, "kv/compaction", revision=revision, physical=True)


def told_by_etcd(lab: Lab, method: str, **asked: Any) -> Any:
    with urllib.request.urlopen(urllib.request.Request(f"{lab.etcd}/v3/{method}", json.dumps(asked).encode()), timeout=10) as answer:
        return json.load(answer)
