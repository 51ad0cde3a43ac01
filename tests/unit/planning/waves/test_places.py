"""Where labels and static pods say that a node belongs."""

from __future__ import annotations

import pytest

from tests.builders_plan import container, pod
from tests.unit.planning.waves.worlds import node
from upgradecheck.model.pod import PodSource
from upgradecheck.planning.waves.places import Places, placed, places_of, pool_of


@pytest.mark.parametrize(
    ("labels", "by", "pool"),
    [
        pytest.param({}, None, None, id="no label, no pool"),
        pytest.param({"eks.amazonaws.com/nodegroup": "a", "pool": "b"}, None, "a", id="a cloud's label"),
        pytest.param({"eks.amazonaws.com/nodegroup": "a", "pool": "b"}, "pool", "b", id="--wave-by goes first"),
        pytest.param({"eks.amazonaws.com/nodegroup": "a"}, "pool", None, id="and alone"),
        pytest.param({"agentpool": "old", "kubernetes.azure.com/agentpool": "new"}, None, "new", id="the first that is known"),
        pytest.param({"eks.amazonaws.com/nodegroup": "", "karpenter.sh/nodepool": "k"}, None, "k", id="an empty one is none"),
        pytest.param(
            {"node-role.kubernetes.io/infra": "", "node-role.kubernetes.io/worker": ""}, None, "infra", id="a role that is not ordinary"
        ),
        pytest.param({"node-role.kubernetes.io/gpu": "", "node-role.kubernetes.io/edge": ""}, None, "edge,gpu", id="roles together"),
        pytest.param({"node-role.kubernetes.io/control-plane": ""}, None, None, id="the control plane is no pool"),
    ],
)
def test_pools(labels: dict[str, str], by: str | None, pool: str | None) -> None:
    assert pool_of(labels, by) == pool


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({"topology.kubernetes.io/zone": "a"}, (None, "a", False, False), id="zone"),
        pytest.param({"failure-domain.beta.kubernetes.io/zone": "a"}, (None, "a", False, False), id="zone before 1.17"),
        pytest.param({"node-role.kubernetes.io/control-plane": ""}, (None, None, True, False), id="kubeadm's control plane"),
        pytest.param({"node-role.kubernetes.io/master": "true"}, (None, None, True, False), id="before 1.20"),
        pytest.param({"node-role.kubernetes.io/master": "false"}, (None, None, False, False), id="a role that is denied"),
        pytest.param({"kubernetes.io/role": "master"}, (None, None, True, False), id="kops' before"),
        pytest.param(
            {"node-role.kubernetes.io/etcd": "true", "node-role.kubernetes.io/controlplane": "true"}, (None, None, True, True), id="RKE's"
        ),
    ],
)
def test_by_labels(labels: dict[str, str], expected: tuple[str | None, str | None, bool, bool]) -> None:
    assert places_of(labels) == Places(*expected, labels)


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        pytest.param("kube-apiserver", PodSource.FILE, (True, False), id="an API server from a manifest"),
        pytest.param("etcd", PodSource.FILE, (False, True), id="an etcd from a manifest"),
        pytest.param("etcd-manager-main", PodSource.FILE, (False, True), id="kops' etcd"),
        pytest.param("etcd", PodSource.API, (False, False), id="an etcd that is a workload like others"),
        pytest.param("kube-proxy", PodSource.FILE, (False, False), id="another static pod"),
    ],
)
def test_by_static_pods(name: str, source: PodSource, expected: tuple[bool, bool]) -> None:
    """So also of a plan that an older program saved, which tells neither."""
    here = pod(f"{name}-node-a", container(), workload=f"StaticPod/{name}", source=source)
    told, other = placed([node("node-a", pool="p"), node("node-b")], [here], None)
    assert (told.control_plane, told.etcd, told.pool) == (*expected, "p")
    assert (other.control_plane, other.etcd) == (False, False)
