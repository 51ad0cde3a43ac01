"""Whom a target of explain means."""

from __future__ import annotations

import pytest

from tests.builders_plan import container as planned_container
from tests.builders_plan import pod as planned_pod
from tests.builders_plan import restarting
from upgradecheck.commands.targets import resolve, sought
from upgradecheck.model.errors import UsageError
from upgradecheck.model.plan import PlannedPod, Verdict
from upgradecheck.model.reasons import Reason


def several(*pods: tuple[str, str]) -> tuple[PlannedPod, ...]:
    """Pods by namespace and name, with containers app and web."""
    made = (planned_container("app"), planned_container("web"))
    return tuple(planned_pod(name, *made, namespace=namespace, uid=f"uid-{number}") for number, (namespace, name) in enumerate(pods))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("web-1", ("shop", "web-1", None), id="a name that only one pod has"),
        pytest.param("shop/web-1", ("shop", "web-1", None), id="with its namespace"),
        pytest.param("web-1/web", ("shop", "web-1", "web"), id="with a container"),
        pytest.param("shop/web-1/app", ("shop", "web-1", "app"), id="with both"),
        pytest.param("bank/db/app", ("bank", "db", "app"), id="one of two of a name"),
        pytest.param("bank/db", ("bank", "db", None), id="one of two of a name, whole"),
        pytest.param("uid-2", ("bank", "db", None), id="by its UID"),
        pytest.param("uid-2/web", ("bank", "db", "web"), id="by its UID, a container"),
        pytest.param("web-1/db", ("web-1", "db", None), id="a namespace named as a pod is; that pod has no such container"),
    ],
)
def test_whom_a_target_means(target: str, expected: tuple[str, str, str | None]) -> None:
    found, container, _ = resolve(target, several(("shop", "web-1"), ("shop", "db"), ("bank", "db"), ("web-1", "db")))
    assert (found.namespace, found.name, container) == expected


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param("db", "'db' means more than one thing: shop/db (UID uid-1 on node-a), bank/db (UID uid-2 on node-a). Name one of them.", id="two namespaces"),
        pytest.param("api/app", "'api/app' means more than one thing: api/app (UID uid-3 on node-a), shop/api/app (UID uid-4 on node-a). Name one of them.",
                     id="a pod of a namespace, and a container of a pod"),
        pytest.param("twin/twin", "Name one of them by its UID, or narrow down with --node.", id="two of one name"),
        pytest.param("web-1/wbe", "'web-1/wbe': pod shop/web-1 has no container 'wbe'; it has app, web.", id="no such container"),
        pytest.param("web-2", "'web-2': no such pod or workload in the inputs and the scope. Near to it: shop/web-1, api/Deployment/web, bank/Deployment/web, shop/Deployment/web, twin/Deployment/web.", id="a name nearly right"),
        pytest.param("zzzzzz", "They hold 6: api/app, bank/db, shop/api, shop/db, shop/web-1, twin/twin.", id="nothing like it"),
        pytest.param("", "no name of a pod. Write POD", id="nothing"),
        pytest.param("a/b/c/d/e", "no name of a pod. Write POD", id="too much"),
        pytest.param("a//b", "no name of a pod. Write POD", id="an empty part"),
    ],
)  # fmt: skip
def test_a_target_that_means_nobody_or_several(target: str, message: str) -> None:
    pods = several(("shop", "web-1"), ("shop", "db"), ("bank", "db"), ("api", "app"), ("shop", "api"), ("twin", "twin"), ("twin", "twin"))
    with pytest.raises(UsageError) as raised:
        resolve(target, pods)
    assert message in str(raised.value)


def test_a_pod_that_has_ended_gives_way_to_its_successor() -> None:
    """The runtime still lists what the pod of this name before it left behind."""
    left = planned_pod("db-0", uid="old", verdict=Verdict.NOT_COMPARED, reason=Reason.NOT_RUNNING)
    (now,) = several(("shop", "db-0"))
    assert resolve("shop/db-0", (left, now)) == (now, None, 1)
    assert resolve("old", (left, now)) == (left, None, 1)


def test_nobody_at_all_is_said() -> None:
    with pytest.raises(UsageError, match="They hold no pod at all"):
        resolve("web", ())


FLEET = (
    planned_pod("web-7d9f-a", planned_container(), workload="Deployment/web"),
    planned_pod("web-7d9f-b", restarting(), workload="Deployment/web", node="node-b"),
    planned_pod("db-0", workload="StatefulSet/db", namespace="billing"),
    planned_pod("etcd-node-a", workload="StaticPod/etcd", namespace="kube-system"),
    planned_pod("etcd-node-b", restarting("etcd"), workload="StaticPod/etcd", namespace="kube-system", node="node-b"),
    planned_pod("tool", workload="Pod/tool"),
    planned_pod("sync-a", workload="CloneSet/sync", namespace="one"),
    planned_pod("sync-b", workload="Job/sync", namespace="one"),
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("deploy/web", ("web-7d9f-b", None, 2), id="kubectl's short name"),
        pytest.param("Deployment/web", ("web-7d9f-b", None, 2), id="a plan's row"),
        pytest.param("shop  Deployment/web", ("web-7d9f-b", None, 2), id="a plan's row with its namespace"),
        pytest.param(
            "  shop  Deployment/web  1 of 6 on 6 nodes  EXCEEDS web (1 at once, 0 may go)  [UC041]",
            ("web-7d9f-b", None, 2),
            id="a whole row",
        ),
        pytest.param("shop  Deployment/web  4 pods by its replicas", ("web-7d9f-b", None, 2), id="a whole row of a template"),
        pytest.param(
            "    shop  Deployment/web  app  2 pods, one each on 2 nodes", ("web-7d9f-b", "app", 2), id="a whole row of what is unknown"
        ),
        pytest.param("billing  StatefulSet/db  app  pod db-0 on node-a", ("db-0", "app", 1), id="a whole row of one pod's container"),
        pytest.param("billing  StatefulSet/db, StatefulSet/cache  2 of 2 on 2 nodes", ("db-0", None, 1), id="a whole row of several"),
        pytest.param("shop Deployment/web app", ("web-7d9f-b", "app", 2), id="a container of a row"),
        pytest.param("shop/deploy/web/app", ("web-7d9f-b", "app", 2), id="a container of it"),
        pytest.param("deploy/web/app", ("web-7d9f-b", "app", 2), id="a container, without the namespace"),
        pytest.param("web", ("web-7d9f-b", None, 2), id="its name alone"),
        pytest.param("shop/web", ("web-7d9f-b", None, 2), id="its name in a namespace"),
        pytest.param("sts/db", ("db-0", None, 1), id="a StatefulSet"),
        pytest.param("billing/statefulsets/db", ("db-0", None, 1), id="in the plural"),
        pytest.param("etcd", ("etcd-node-b", None, 2), id="a static pod without its node"),
        pytest.param("kube-system Pod/etcd", ("etcd-node-b", None, 2), id="a static pod by the kind that kubectl knows"),
        pytest.param("pod/etcd", ("etcd-node-b", None, 2), id="the same without its namespace"),
        pytest.param("kube-system/etcd/etcd", ("etcd-node-b", "etcd", 1), id="the one that has the container"),
        pytest.param("pod/tool", ("tool", None, 1), id="a pod as kubectl calls it"),
        pytest.param("po/web-7d9f-a", ("web-7d9f-a", None, 1), id="a pod by kubectl's short name"),
        pytest.param("one/CloneSet/sync", ("sync-a", None, 1), id="a kind of its own"),
    ],
)
def test_workloads(target: str, expected: tuple[str, str | None, int]) -> None:
    pod, container, among = resolve(target, FLEET)
    assert (pod.name, container, among) == expected


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param("one/sync", "means more than one thing: one/sync-a (UID uid-of-sync-a on node-a), one/sync-b", id="two kinds"),
        pytest.param("sts/web", "no such pod or workload in the inputs and the scope. Near to it: shop/web-7d9f-a, shop/web-7d9f-b, "
                     "shop/Deployment/web.", id="another kind"),
        pytest.param("deploy/wep", "They hold 8:", id="nearly right"),
        pytest.param("deploy/web/mesh", "has no container 'mesh'; it has app.", id="no such container"),
    ],
)  # fmt: skip
def test_workloads_that_are_not_found(target: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(target, FLEET)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("target", "texts"),
    [
        pytest.param("web", {b"web"}, id="the name of a workload begins that of its pods"),
        pytest.param("shop/web-0/app", {b"web-0", b"app"}, id="a pod, or what else it can mean"),
        pytest.param('w"eb', None, id="a name that is none is escaped"),
    ],
)
def test_what_stands_in_each_document_of_a_pod_that_is_meant(target: str, texts: set[bytes] | None) -> None:
    assert sought(target).texts == texts
