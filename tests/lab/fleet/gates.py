"""The gates of deploy/examples as the pods that their controllers make of them, run by a real kubelet: what follows the gate starts where it opens.

system-upgrade-controller makes `prepare` a first container that has to end before the one that upgrades, in the node's namespaces; a Job's
initContainers are as they stand there; Argo makes a pod of a step. What follows the gate is another image's, so the program itself stands for it.
"""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
EXAMPLES = Path(__file__).parents[3] / "deploy" / "examples"
_FOLLOWS = {"image": "upgradecheck:0.1.0", "args": ["--version"]}


def documents(name: str) -> list[Json]:
    """The objects of an example."""
    return list(yaml.safe_load_all((EXAMPLES / f"{name}.yaml").read_text()))


def of_k3s() -> Json:
    """The pod of a node's Job."""
    spec = documents("k3s")[0]["spec"]
    env = [{"name": "SYSTEM_UPGRADE_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    mounts = [{"name": "host-root", "mountPath": "/host"}]
    prepare = {"name": "prepare", **spec["prepare"], "env": env, "volumeMounts": mounts}
    upgrade = {"name": "upgrade", **_FOLLOWS, "securityContext": {"privileged": True}}
    of_host = dict.fromkeys(("hostIPC", "hostPID", "hostNetwork"), True)
    volumes = [{"name": "host-root", "hostPath": {"path": "/", "type": "Directory"}}]
    made = {
        **of_host,
        "serviceAccountName": spec["serviceAccountName"],
        "initContainers": [prepare],
        "containers": [upgrade],
        "volumes": volumes,
    }
    return _pod("k3s", "system-upgrade", made)


def of_cluster_api() -> Json:
    """The pod of the Job."""
    job = documents("cluster-api")[0]
    spec = job["spec"]["template"]["spec"]
    (follows,) = spec["containers"]
    kept = {name: value for name, value in follows.items() if name not in ("image", "command", "args")}
    return _pod("cluster-api", job["metadata"]["namespace"], {**spec, "containers": [{**kept, **_FOLLOWS}]})


def of_argo() -> Json:
    """The pod of the step `plan`."""
    workflow = documents("argo")[0]
    spec = workflow["spec"]
    (plan,) = (one["container"] for one in spec["templates"] if one["name"] == "plan")
    text = json.dumps(plan).replace("{{workflow.parameters.to}}", spec["arguments"]["parameters"][0]["value"])
    made = {name: spec[name] for name in ("serviceAccountName", "automountServiceAccountToken", "securityContext")}
    volumes = [{"name": "report", "emptyDir": {}}]
    return _pod(
        "argo", workflow["metadata"]["namespace"], {**made, "containers": [{"name": "main", **json.loads(text)}], "volumes": volumes}
    )


GATES: tuple[Callable[[], Json], ...] = (of_k3s, of_cluster_api, of_argo)


def _pod(name: str, namespace: str, spec: Json) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"gate-{name}", "namespace": namespace},
        "spec": {**spec, "restartPolicy": "Never"},
    }


def to(pod: Json, version: str) -> Json:
    """The same, of an upgrade to another version than the example's."""
    changed: Json = json.loads(json.dumps(pod).replace("1.31.4", version))
    return changed


def around(kubeconfig: Json, authority: bytes) -> Iterator[Json]:
    """What stands in those namespaces beside what the examples have: accounts of the controllers, the kubeconfig of a workload cluster."""
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "system-upgrade", "namespace": "system-upgrade"}}
    cluster = {**kubeconfig["clusters"][0]["cluster"], "certificate-authority-data": base64.b64encode(authority).decode()}
    cluster.pop("certificate-authority", None)
    told = {**kubeconfig, "clusters": [{**kubeconfig["clusters"][0], "cluster": cluster}]}
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "prod-kubeconfig", "namespace": "clusters"}, "stringData": {"value": json.dumps(told)}}  # fmt: skip
    for name in ("k3s", "cluster-api", "argo"):
        yield from (one for one in documents(name) if one["kind"] in ("ServiceAccount", "Role", "RoleBinding", "ClusterRoleBinding"))


def outcome(pod: Json) -> Json:
    """How the gate ended, and whether what follows it ran; None where nothing does."""
    status, kinds = pod["status"], ("initContainerStatuses", "containerStatuses")
    assert status.get("containerStatuses"), f"{status.get('reason')}: {status.get('message')}"
    ends = [one["state"].get("terminated") for kind in kinds for one in status.get(kind) or ()]
    follows = None if len(ends) == 1 else ends[1] is not None and ends[1]["exitCode"] == 0
    return {"phase": status["phase"], "gate": ends[0]["exitCode"], "follows": follows}
