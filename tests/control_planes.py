"""Control planes of many nodes as one dump of the API shows them: per node its Node, and the mirror pods of what kubeadm runs as static pods.

Their UIDs are what the kubelet of a version makes of the manifests, as computed (tests/goldens/static-uids.json holds that to the real code).
What a kubelet and the API server add on the way is added here: names, marks, times, a toleration, priority and status.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from tests.builders import STARTED, Document, node
from tests.unit.hashing.staticuid.making import uid_of
from upgradecheck.model.static_uid import ManifestFile

DIRECTORY = "/etc/kubernetes/manifests"
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def manifest(component: str, address: str) -> Document:
    """As kubeadm writes it, as far as its kinds of fields go. address: the node's own, which some have among their flags."""
    flags = [f"--advertise-address={address}"] if component in ("etcd", "kube-apiserver") else ["--leader-elect=true"]
    probe = {"httpGet": {"host": "127.0.0.1", "path": "/livez", "port": 6443, "scheme": "HTTPS"}, "failureThreshold": 8}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": component,
            "namespace": "kube-system",
            "creationTimestamp": None,
            "labels": {"component": component, "tier": "control-plane"},
        },
        "spec": {
            "hostNetwork": True,
            "priorityClassName": "system-node-critical",
            "priority": 2000001000,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": component,
                    "image": f"registry.k8s.io/{component}:1",
                    "command": [component, *flags],
                    "livenessProbe": probe,
                    "startupProbe": {**probe, "failureThreshold": 24},
                    "resources": {"requests": {"cpu": "100m"}},
                    "volumeMounts": [{"name": "pki", "mountPath": "/etc/kubernetes/pki", "readOnly": True}],
                }
            ],
            "volumes": [{"name": "pki", "hostPath": {"path": "/etc/kubernetes/pki", "type": "DirectoryOrCreate"}}],
        },
        "status": {},
    }


def mirrored(document: Document, name: str, uid: str, number: int) -> Document:
    """The mirror pod of a manifest on a node, whose kubelet gave it a UID. number: one of its own."""
    pod, component = deepcopy(document), document["metadata"]["name"]
    marks = {"hash": uid, "mirror": uid, "seen": STARTED, "source": "file"}
    pod["metadata"].update(
        name=f"{component}-{name}",
        uid=f"00000000-0000-4000-8000-{number:012d}",
        creationTimestamp=STARTED,
        annotations={f"kubernetes.io/config.{key}": value for key, value in marks.items()},
        ownerReferences=[{"apiVersion": "v1", "kind": "Node", "name": name, "uid": "n", "controller": True}],
    )
    pod["spec"].update(nodeName=name, preemptionPolicy="PreemptLowerPriority", tolerations=[{"operator": "Exists", "effect": "NoExecute"}])
    state = {"running": {"startedAt": STARTED}}
    status = {
        "name": component,
        "containerID": f"containerd://{number:064d}",
        "ready": True,
        "restartCount": 0,
        "started": True,
        "state": state,
    }
    pod["status"] = {"phase": "Running", "containerStatuses": [status]}
    return pod


def dump(versions: Sequence[str], *, directory: str = DIRECTORY, **more: object) -> list[Document]:
    """The objects of control planes, a node for each version, which its kubelet reports. directory: where it has the manifests.

    more: what each manifest's container has besides.
    """
    items: list[Document] = []
    for place, version in enumerate(versions):
        name = f"cp-{place}"
        items.append(node(name, f"v{version}"))
        for component in COMPONENTS:
            document = manifest(component, f"10.0.{place // 250}.{place % 250}")
            document["spec"]["containers"][0].update(more)
            uid = str(uid_of(document, version, name, ManifestFile(f"{directory}/{component}.yaml")))
            items.append(mirrored(document, name, uid, len(items)))
    return items
