"""A real kube-apiserver over etcd, in the node's own namespaces: what a kubelet registers with, and what `kubectl get` would show.

Loopback only, one token, everything allowed: nobody else lives in that network namespace. A Setup asks for other ports, for other accounts, and for
an authorizer that says no. The ServiceAccount admission plugin is off, or every pod
would wait for an account, a root certificate and a token that no controller is there to make.

Before 1.33 an API server drops `resizePolicy` unless its gate InPlacePodVerticalScaling is on; then it also writes that field into every pod with
requests. It is on where both kubelets know the field, since later ones act on it.
"""

import contextlib
import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
VERSION = "1.31.0"
"""Builds from public modules, keeps sidecars, and still knows the gate."""

URL, TOKEN, USER = "https://127.0.0.1:6443", "lab-token", "lab"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
NAMESPACES = ("default", "kube-system", "kube-node-lease")
"""Made by the server itself, some time after it is up."""


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running API server; `kubeconfig` is for kubelets."""

    kubeconfig: Path
    url: str = URL

    def get(self, path: str) -> Json:
        """The object or list at that path below the server's address."""
        return self._ask("GET", path)

    def create(self, path: str, thing: Json) -> Json:
        """The object as the server stored it. Raises RuntimeError with the server's own words."""
        return self._ask("POST", path, thing, "application/json")

    def patch(self, path: str, change: Json, kind: str = MERGE) -> Json:
        """The object after the change. Raises RuntimeError with the server's own words."""
        return self._ask("PATCH", path, change, kind)

    def shown(self, path: str) -> Json:
        """A list as `kubectl get -o json` prints it: each item with its kind, nobody's managed fields."""
        found = self.get(path)
        kind = str(found["kind"]).removesuffix("List")
        for item in found["items"]:
            item["metadata"].pop("managedFields", None)
        items = [{"apiVersion": found["apiVersion"], "kind": kind, **item} for item in found["items"]]
        return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}

    def wait_until_still(self, path: str, *, seconds: float = 5, at_most: float = 90) -> None:
        """Returns when no item of that list was written for so long (or at the end of our patience: a heartbeat is a write too)."""
        until, since, known = time.monotonic() + at_most, time.monotonic(), None
        while time.monotonic() < until and time.monotonic() - since < seconds:
            versions = [item["metadata"]["resourceVersion"] for item in self.get(path)["items"]]
            if versions != known:
                known, since = versions, time.monotonic()
            time.sleep(0.5)

    def _ask(self, method: str, path: str, body: Json | None = None, kind: str = "") -> Json:
        asked = urllib.request.Request(self.url + path, method=method, headers={"Authorization": f"Bearer {TOKEN}"})
        if body is not None:
            asked.data = json.dumps(body).encode()
            asked.add_header("Content-Type", kind)
        unsigned = ssl._create_unverified_context()  # its certificate was made a moment ago, by itself
        try:
            with urllib.request.urlopen(asked, timeout=30, context=unsigned) as answer:
                found: Json = json.load(answer)
        except urllib.error.HTTPError as refused:
            said = refused.read().decode(errors="replace")
            raise RuntimeError(f"API server, {method} {path}: {refused.code} {said[:1000]}") from refused
        return found


@dataclass(frozen=True, slots=True)
class Setup:
    """How a server differs from the lab's own: ports, further accounts (token to user name) and their groups, who authorizes, further flags.

    mounts_tokens: with the ServiceAccount admission plugin, for pods whose accounts somebody makes.
    """

    port: int = 6443
    etcd_port: int = 2379
    etcd_peers_port: int = 2380
    accounts: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    authorization: str = "AlwaysAllow"
    flags: tuple[str, ...] = ()
    mounts_tokens: bool = False

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def etcd_url(self) -> str:
        return f"http://127.0.0.1:{self.etcd_port}"


@contextlib.contextmanager
def started(etcd: Path, program: Path, at: Path, *, resize: bool, setup: Setup = Setup()) -> Iterator[ApiServer]:
    """etcd and the API server with all that they write in the folder `at`; answering when given, stopped at the end."""
    tokens = [f'{TOKEN},{USER},{USER},"system:masters"', *(_account(token, user, setup) for token, user in setup.accounts.items())]
    (at / "tokens.csv").write_text("\n".join(tokens) + "\n")
    subprocess.run(["openssl", "genrsa", "-out", str(at / "accounts.key"), "2048"], check=True, capture_output=True)
    server = ApiServer(kubeconfig(at / "kubeconfig", setup.url), setup.url)
    command = _command(program, at, setup, resize=resize)
    with _running(_etcd(etcd, at, setup), at / "etcd.log"), _running(command, at / "kube-apiserver.log") as process:
        _wait_until_up(server, process, at / "kube-apiserver.log")
        yield server


def _account(token: str, user: str, setup: Setup) -> str:
    group = setup.groups.get(user)
    return f"{token},{user},{user}" if group is None else f'{token},{user},{user},"{group}"'


def _etcd(program: Path, at: Path, setup: Setup) -> list[str]:
    peers = f"http://127.0.0.1:{setup.etcd_peers_port}"
    return [
        str(program),
        f"--data-dir={at / 'etcd'}",
        f"--listen-client-urls={setup.etcd_url}",
        f"--advertise-client-urls={setup.etcd_url}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
    ]


def _command(program: Path, at: Path, setup: Setup, *, resize: bool) -> list[str]:
    return [
        str(program),
        f"--etcd-servers={setup.etcd_url}",
        f"--cert-dir={at / 'apiserver-pki'}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={setup.port}",
        f"--token-auth-file={at / 'tokens.csv'}",
        f"--authorization-mode={setup.authorization}",
        "--anonymous-auth=false",
        "--allow-privileged=true",
        *(() if setup.mounts_tokens else ("--disable-admission-plugins=ServiceAccount",)),
        f"--feature-gates=InPlacePodVerticalScaling={str(resize).lower()}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none",
        "--service-account-issuer=https://lab.example",
        f"--service-account-key-file={at / 'accounts.key'}",
        f"--service-account-signing-key-file={at / 'accounts.key'}",
        *setup.flags,
    ]


def kubeconfig(path: Path, url: str = URL, token: str = TOKEN, authority: Path | None = None) -> Path:
    """Writes a kubeconfig for whoever has that token; its path. Without an authority nobody looks at the server's certificate."""
    checked: Json = {"insecure-skip-tls-verify": True} if authority is None else {"certificate-authority": str(authority)}
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "lab", "cluster": {"server": url, **checked}}],
                "users": [{"name": USER, "user": {"token": token}}],
                "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": USER}}],
                "current-context": "lab",
            }
        )
    )
    return path


@contextlib.contextmanager
def _running(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_up(server: ApiServer, process: "subprocess.Popen[bytes]", log: Path, at_most: float = 120) -> None:
    until = time.monotonic() + at_most
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError, RuntimeError):
            if {item["metadata"]["name"] for item in server.get("/api/v1/namespaces")["items"]} >= set(NAMESPACES):
                return
        time.sleep(0.5)
    said = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise RuntimeError(f"the API server did not come up (exit code {process.poll()}); its last words:\n{said}")
