"""By records with an API server, to which the kubelet shows a client certificate, or what a plugin prints: hold reads its own pods with it."""

import json
from pathlib import Path

from tests.lab.apiserver import URL
from tests.lab.systemd import units
from tests.lab.systemd.inside import NODE_TOKEN, NODE_USER
from tests.lab.systemd.node import Json, Node
from tests.lab.systemd.playing import HOLD, Play, Step, played, pods_made

_PKI, _CONF, _AUDIT = "/etc/kubernetes/pki", "/etc/kubernetes/kubelet.conf", "/var/log/audit.log"
_CURRENT = "/var/lib/kubelet/pki/kubelet-client-current.pem"
"""As a kubelet that renews its certificate has it: a link to certificate and key in one file."""
_PLUGIN = "/opt/bin/node-credential"
_MADE = f"""\
set -e; mkdir -p {_PKI} /var/lib/kubelet/pki; cd {_PKI}; umask 077
signed() {{ openssl req -newkey rsa:2048 -nodes -keyout $1.key -subj "$2" -out $1.csr
  printf "$3" > $1.ext; openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt; }}
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=lab -days 2 -out ca.crt
signed server /CN=kube-apiserver "subjectAltName=IP:127.0.0.1\\nextendedKeyUsage=serverAuth\\n"
signed node "/O=system:nodes/CN={NODE_USER}" "extendedKeyUsage=clientAuth\\n"
cat node.crt node.key > /var/lib/kubelet/pki/kubelet-client-2026-11-30.pem; ln -s kubelet-client-2026-11-30.pem {_CURRENT}
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -subj "/O=system:nodes/CN={NODE_USER}" -days 2 -out other.crt
cat other.crt other.key > /var/lib/kubelet/pki/of-another-cluster.pem
"""
_FLAGS = (
    f" --client-ca-file={_PKI}/ca.crt --tls-cert-file={_PKI}/server.crt --tls-private-key-file={_PKI}/server.key"
    f" --audit-log-path={_AUDIT} --audit-policy-file=/etc/kubernetes/audit.yaml"
)


def credentials(into: Path, step: Step) -> None:
    """Up by a client certificate, back by a plugin, and up once more by a certificate that the server does not take; no copy of the pods."""
    with played(step, proxy=False, api=True) as play:
        play.steps["pods"] = {"made": pods_made(play.node)}
        play.settled()
        _server_of_certificates(play.node)
        play.restarted("again", during=lambda: _shows(play.node, _certificate(_CURRENT)), watch=15)
        for name, user, version in (
            ("up, by a client certificate", _certificate(_CURRENT), play.new),
            ("back, by a plugin", _plugin(), play.old),
            ("up, by a certificate of another cluster", _certificate("/var/lib/kubelet/pki/of-another-cluster.pem"), play.new),
        ):
            _one(play, name, user, version)
        play.keep(into)


def _one(play: Play, name: str, user: Json, version: str) -> None:
    since = len(_asked(play.node))
    play.restarted(name, version, during=lambda: _shows(play.node, user))
    play.steps[name]["asked"] = _asked(play.node)[since:]
    play.steps[name]["kept"] = [one for one in play.node.run("ls", HOLD).out.split() if one in ("pods.json", "node.json")]
    play.told(f"{name}: status", "override", "hold", "status")


def _server_of_certificates(node: Node) -> None:
    """The server is told whose certificates it takes, and has one that they prove; what it was asked is kept."""
    node.ask("sh", "-c", _MADE)
    node.write(
        "/etc/kubernetes/audit.yaml", json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]})
    )
    unit = f"{units.AT}/kube-apiserver.service"
    text = node.read(unit).rstrip("\n").splitlines()
    at = next(number for number, line in enumerate(text) if line.startswith("StandardOutput"))
    text[at - 1] += _FLAGS
    node.write(unit, "\n".join(text) + "\n")
    token = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": NODE_TOKEN}}
    node.write(_PLUGIN, f"#!/bin/sh\necho '{json.dumps(token)}'\n")
    node.ask("chmod", "755", _PLUGIN)
    node.ask("systemctl", "daemon-reload")
    node.ask("systemctl", "restart", "kube-apiserver")


def _shows(node: Node, user: Json) -> None:
    """The kubelet is stopped, its copy of the pods removed, and it starts with other credentials."""
    node.ask("systemctl", "stop", "kubelet")
    node.run("rm", "-f", f"{HOLD}/pods.json", f"{HOLD}/node.json")
    node.write(_CONF, json.dumps(_kubeconfig(user)))
    node.ask("systemctl", "start", "--no-block", "kubelet")


def _kubeconfig(user: Json) -> Json:
    """As kubeadm writes it."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": URL, "certificate-authority": f"{_PKI}/ca.crt"}}],
        "users": [{"name": NODE_USER, "user": user}],
        "contexts": [{"name": f"{NODE_USER}@lab", "context": {"cluster": "lab", "user": NODE_USER}}],
        "current-context": f"{NODE_USER}@lab",
    }


def _certificate(path: str) -> Json:
    return {"client-certificate": path, "client-key": path}


def _plugin() -> Json:
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": _PLUGIN, "interactiveMode": "Never", "provideClusterInfo": False}}


def _asked(node: Node) -> list[str]:
    """What the node's user asked that was no kubelet: verb, address and answer."""
    lines = [json.loads(line) for line in node.read(_AUDIT).splitlines()]
    ended = [
        one
        for one in lines
        if one["stage"] == "ResponseComplete" and not one.get("userAgent", "").startswith(("kubelet/", "Python-urllib"))
    ]
    ours = [one for one in ended if one["user"]["username"] in (NODE_USER, "system:anonymous")]
    return [f"{one['user']['username']}: {one['verb']} {one['requestURI']} {one['responseStatus']['code']}" for one in ours]
