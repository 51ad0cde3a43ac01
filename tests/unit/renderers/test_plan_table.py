"""The table on fleets with the names that clouds give: no row is wider than the terminal, no name is broken, what is alike is told once."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from tests.builders_plan import NEW_ALGORITHM, plan, pod, restarting, unknown
from upgradecheck.model.plan import Coverage, Missing, PlannedBudget, PlannedPod
from upgradecheck.renderers import Canvas, choose

NODES = {
    "eks": "ip-10-12-{0}-{1}.eu-central-1.compute.internal",
    "gke": "gke-prod-europe-west4-pool-n2-standard-16-{0}-d82c07cd-sx{1:03}",
    "aks": "aks-nodepool{0}-31415926-vmss{1:06x}",
}


def fleet(cloud: str, nodes: int, workloads: int) -> list[PlannedPod]:
    """A DaemonSet, a database, a Deployment that stands on one node, and many that are spread over six."""
    names = [NODES[cloud].format(number % 4, number) for number in range(nodes)]
    found = [pod(f"log-{at}", restarting("log", NEW_ALGORITHM), workload="DaemonSet/log", node=node) for at, node in enumerate(names)]
    found.append(pod("db-0", restarting("db", NEW_ALGORITHM), workload="StatefulSet/db", node=names[0], grace_seconds=3600))
    for number in range(workloads):
        who = f"Deployment/{'order-projection-rebuilder' if number % 5 == 0 else 'web'}-{number}"
        kept = ("web",) if number == 1 else ()
        for replica in range(min(6, nodes)):
            node = names[(number + 2 * replica) % nodes]
            one = restarting("app", NEW_ALGORITHM)
            found.append(pod(f"web-{number}-{replica}", one, workload=who, node=node, namespace=f"team-{number % 3}", budgets=kept))
    return [*found, *(pod(f"pay-{at}", restarting("pay", NEW_ALGORITHM), workload="Deployment/pay", node=names[-1]) for at in range(3))]


def table(pods: list[PlannedPod], width: int) -> list[str]:
    found = plan(*pods, budgets=(PlannedBudget("team-1", "web", 6, 5),))
    return "".join(choose("table", "plan").render(found, Canvas(width=width))).splitlines()


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("cloud", NODES)
def test_rows_fit_and_names_stay_whole(cloud: str, width: int) -> None:
    """But for a drain's command, which is to be copied."""
    lines = table(fleet(cloud, 12, 40), width)
    assert [line for line in lines if cell_len(line) > width and "kubectl drain" not in line] == []
    names = re.findall(rf"{NODES[cloud][:4]}\S*", " ".join(lines))
    assert {name.strip(",;:") for name in names} <= {NODES[cloud].format(number % 4, number) for number in range(12)}


def test_an_ordinary_fleet_is_one_screen() -> None:
    lines = table(fleet("eks", 12, 40), 100)
    assert len(lines) <= 44
    assert [line for line in lines if "more workloads" in line] == [
        "  … and 39 more workloads with 234 pods, each 1 of 6 on 6 nodes, no PDB (--all shows all)"
    ]


def test_a_row_that_takes_two_lines_has_no_empty_one_and_its_place_where_that_fits() -> None:
    """Of workloads on one node the section tells the node, and there is no place to tell."""
    alone = [
        pod(f"web-{at}", restarting(), workload=f"Deployment/web-{at}", node="node-1", budgets=("web",) if at == 0 else ())
        for at in range(4)
    ]
    spread = [pod(f"far-{at}", restarting(), workload="Deployment/far", node=f"node-{at}", budgets=("far",)) for at in range(6)]
    budgets = [PlannedBudget("shop", name, 6, 6) for name in ("web", "far")]
    lines = "".join(choose("table", "plan").render(plan(*alone, *spread, budgets=tuple(budgets)), Canvas(width=66))).splitlines()
    (whole,) = (number for number, line in enumerate(lines) if line.startswith("DOWN AS A WHOLE"))
    (budget,) = (number for number, line in enumerate(lines) if line.startswith("EXCEEDS A BUDGET"))
    assert [number for number in range(whole, budget) if not lines[number].strip()] == [budget - 1]
    assert "1 of 6 on 6 nodes" in " ".join(lines[budget + 1 : budget + 3])


def test_all_that_goes_down_as_a_whole_is_named_but_of_very_many() -> None:
    pods = [pod(f"db-{number}", restarting(), workload=f"StatefulSet/db-{number}", node=f"node-{number}") for number in range(100)]
    shown = set(re.findall(r"StatefulSet/(db-[0-9]+)", " ".join(table(pods[:75], 100))))
    assert shown == {f"db-{number}" for number in range(75)}
    lines = table(pods, 100)
    assert len(set(re.findall(r"StatefulSet/(db-[0-9]+)", " ".join(lines)))) == 75
    assert "  … and 25 more workloads with 25 pods (--all shows all)" in lines


def test_daemonsets_of_which_the_same_is_said_share_a_row() -> None:
    names = [f"agent-{number}" for number in range(9)]
    pods = [pod(f"{name}-{node}", restarting(), workload=f"DaemonSet/{name}", node=f"node-{node}") for name in names for node in (1, 2)]
    rows = [line for line in table([*pods, pod("odd", restarting(), workload="DaemonSet/odd", node="node-1")], 100) if "DaemonSet/" in line]
    assert re.findall(r"DaemonSet/(agent-[0-9])", " ".join(rows)) == names
    assert (len(rows), sum("2 of 2 on 2 nodes" in row for row in rows), "1 of 1" in rows[0]) == (4, 3, True)


@pytest.mark.parametrize("nodes", [1, 12, 100])
def test_the_report_does_not_grow_with_the_fleet(nodes: int) -> None:
    assert len(table(fleet("gke", nodes, 3 * nodes), 100)) <= 70


def test_nodes_of_what_cannot_be_told_are_counted_and_named_where_all_is_asked_for() -> None:
    names = [NODES["eks"].format(0, number) for number in range(3)]
    spread = [pod(f"web-{number}", unknown(), workload=f"Deployment/web-{number // 3}", node=names[number % 3]) for number in range(6)]
    uneven = [pod(f"db-{number}", unknown(), workload="Deployment/db", node=names[number // 2]) for number in range(3)]
    found = plan(*spread, *uneven)
    short, whole = ("".join(choose("table", "plan").render(found, Canvas(width=100, everything=all_))) for all_ in (False, True))
    told = " ".join(short.split())
    assert "shop Deployment/web-0 app 3 pods, one each on 3 nodes" in told
    assert f"shop Deployment/db app 3 pods on 2 nodes, 2 of them on {names[0]}" in told
    assert all(f"on {name}" in " ".join(whole.split()) for name in names)


def test_what_is_missing_for_one_reason_is_told_once_and_all_of_it_where_that_is_asked_for() -> None:
    unread = tuple(Missing(f"dump/node-{number}-crictl.json", "it is empty") for number in range(200))
    alike = tuple(Missing(f"kubelet version of node n-{number}", "the node was not given") for number in range(4))
    others = tuple(Missing(f"thing {number}", f"reason {number}") for number in range(12))
    found = plan(pod("web", restarting()), complete=False, coverage=Coverage(1, 1, 0, (*unread[:100], *alike, *others, *unread[100:])))
    short, whole = ("".join(choose("table", "plan").render(found, Canvas(width=160, everything=all_))) for all_ in (False, True))
    told = "dump/node-0-crictl.json, dump/node-1-crictl.json, dump/node-2-crictl.json, … and 197 more: it is empty"
    assert [line for line in short.splitlines() if "crictl.json" in line and "dump" in line] == [f"  - {told}"]
    assert "  - kubelet version of node n-0, n-1, n-2, … and 1 more: the node was not given" in short.splitlines()
    assert "  … and 4 more things (--all shows all)" in short.splitlines()
    assert all(one.what.rpartition(" ")[2] in whole for one in (*unread, *alike, *others))


def test_on_a_narrow_screen_words_stay_whole() -> None:
    lines = table([pod("web", restarting()), pod("db-0", restarting(), workload="StatefulSet/db", node="node-b")], 40)
    assert [line.split() for line in lines if line.startswith("RESTART ")] == [["RESTART", "2", "2"]]
    assert "    killed and recreated by the new" in lines
    assert [line for line in lines if cell_len(line) > 40 and "kubectl drain" not in line] == []
