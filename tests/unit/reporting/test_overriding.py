"""What is said of carrying an override out: it hangs on the runtime of each node."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import all_held, nothing_restarts
from upgradecheck.model.plan import Plan
from upgradecheck.reporting.overriding import override_steps

INTRO = "The override is planned, not made. Save the plan with -o json=plan.json, and on each node"
APPLY = "after the stop of the old kubelet and before the start of the new one: `upgradecheck override apply plan.json`."
ALONE = "after the stop of the old one and before the start of the new one: `upgradecheck override apply plan.json --alone`."
LABELS = (
    "after the stop of the old kubelet and before the start of the new one: `upgradecheck override apply plan.json --docker auto"
    " --restart-runtime`. Where cri-dockerd is in between, `upgradecheck override proxy` instead; where docker is part of a swarm, none."
)
PROXY = (
    "before the new kubelet starts, and point that at it: "
    "`upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream SOCKET --map plan.json`."
)


def on(*runtimes: str | None, version: str = "v1.22.17", target: str | None = None, over_cri: bool = False) -> Plan:
    """Something held on a node for each of these runtimes."""
    made = all_held()
    (one,) = made.nodes
    (override,) = (made.overrides or {}).values()
    names = [f"node-{number}" for number in range(len(runtimes))]
    start, to = as_version(version), one.to_version if target is None else as_version(target)
    nodes = tuple(
        replace(one, name=name, runtime=told, from_version=start, to_version=to, docker_over_cri=over_cri)
        for name, told in zip(names, runtimes, strict=True)
    )
    return replace(made, nodes=nodes, overrides={name: replace(override, node=name) for name in names})


@pytest.mark.parametrize(
    ("plan", "steps"),
    [
        pytest.param(nothing_restarts(), [], id="nothing is held"),
        pytest.param(on("containerd://1.7.2", "containerd://2.0.0"), [f"{INTRO}, {APPLY}"], id="containerd alone"),
        pytest.param(on("cri-o://1.30.0"), [f"{INTRO}, {PROXY}"], id="CRI-O"),
        pytest.param(on("docker://24.0.7"), [f"{INTRO}, {PROXY}"], id="cri-dockerd"),
        pytest.param(on("docker://20.10.24", version="v1.20.15", target="1.22.17"), [f"{INTRO}, {LABELS}"], id="dockershim"),
        pytest.param(
            on("docker://20.10.24", version="v1.20.15", target="1.22.17", over_cri=True),
            [f"{INTRO}, {PROXY}"],
            id="cri-dockerd before 1.24",
        ),
        pytest.param(on("docker://20.10.24", version="v1.23.17", target="1.24.17"), [f"{INTRO}, {PROXY}"], id="no dockershim any more"),
        pytest.param(on("containerd://1.7.2", version="v1.30.4+k3s1"), [f"{INTRO}, {ALONE}"], id="k3s"),
        pytest.param(on("docker://24.0.7", version="v1.30.4+k3s1"), [f"{INTRO}, {PROXY}"], id="k3s on docker"),
        pytest.param(
            on("cri-o://1.30.0", "containerd://1.7.2"),
            [f"{INTRO} with containerd, {APPLY}", f"{INTRO} with CRI-O or cri-dockerd, {PROXY}"],
            id="both",
        ),
    ],
)
def test_each_runtime_has_its_way(plan: Plan, steps: list[str]) -> None:
    assert list(override_steps(plan)) == steps


@pytest.mark.parametrize("plan", [on(None), replace(on("containerd://1.7.2"), nodes=())], ids=["no runtime", "no node"])
def test_where_the_runtime_was_not_seen_every_way_is_named(plan: Plan) -> None:
    (step,) = override_steps(plan)
    assert step.startswith(
        f"{INTRO}, with containerd `upgradecheck override apply plan.json` while no kubelet runs, with CRI-O or cri-dockerd"
    )
    assert step.endswith("with dockershim `override apply plan.json --docker auto`.")
