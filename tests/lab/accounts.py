"""Who asks a real API server: accounts, the roles they are bound to, tokens that have run out, and what the audit log says they asked."""

import base64
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.lab.apiserver import ApiServer, Json

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [{"level": "Metadata"}]}


@dataclass(frozen=True, slots=True)
class Audit:
    """The server's audit log; it is written before a request is answered."""

    path: Path

    def flags(self, policy: Path) -> tuple[str, ...]:
        """What makes the server write it."""
        policy.write_text(json.dumps(AUDIT_POLICY))
        return (f"--audit-policy-file={policy}", f"--audit-log-path={self.path}", "--audit-log-mode=blocking-strict")

    def asked_by(self, user: str) -> list[Json]:
        """What this user has asked, oldest first."""
        events = map(json.loads, self.path.read_text().splitlines())
        return [event for event in events if event["user"].get("username") == user]


def what(event: Json) -> str:
    """Verb and resource (or path) of an event, with what is more than a plain resource: ``list pods``, ``get /version``."""
    target = event.get("objectRef")
    if target is None:
        return f"{event['verb']} {event['requestURI']}"
    group = f".{target['apiGroup']}" if target.get("apiGroup") else ""
    below = f"/{target['subresource']}" if target.get("subresource") else ""
    return f"{event['verb']} {target['resource']}{group}{below}"


def grant(server: ApiServer, printed: str, user: str) -> None:
    """Creates the printed roles under names of this user's own, and binds them to the user, as the printed hint says."""
    for role in yaml.safe_load_all(printed):
        name, namespace = user.replace(":", "-"), role["metadata"].get("namespace")
        role["metadata"]["name"] = name
        kind = role["kind"]
        base = f"{_RBAC}/namespaces/{namespace}" if namespace else _RBAC
        server.create(f"{base}/{kind.lower()}s", role)
        binding = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        }
        server.create(f"{base}/{kind.lower()}bindings", binding)


def service_account(server: ApiServer, namespace: str, name: str) -> str:
    """Creates it; its token."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    server.create(path, {"metadata": {"name": name}})
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    return str(server.create(f"{path}/{name}/token", asked)["status"]["token"])


def run_out(token: str, key: Path) -> str:
    """The same token, signed by the server's own key, as it would stand an hour after its end."""
    head, body, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    now = int(time.time())
    claims |= {"exp": now - 3600, "iat": now - 7200, "nbf": now - 7200}
    signed = f"{head}.{_coded(json.dumps(claims).encode())}"
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(key)], input=signed.encode(), capture_output=True, check=True)
    return f"{signed}.{_coded(done.stdout)}"


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
