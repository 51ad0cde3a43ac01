"""A node whose kubelet reaches its runtime through a proxy of ours: a bundle of it tells records and what is shown apart, as the node itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.bundles import written
from tests.unit.machine.test_which_kubelet import process
from tests.unit.sources.test_node import container_json, container_wire, message, runtime, serving
from upgradecheck.commands import behind_proxy as behind
from upgradecheck.commands.behind_proxy import behind_proxy
from upgradecheck.commands.collecting import CollectRequest, collect, machine_of
from upgradecheck.commands.here import ask_node, asked_in_force
from upgradecheck.commands.holding import as_json
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text, read_bundle
from upgradecheck.model.bundle import Bundle, BundledKubelet
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.errors import InputError
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Rewrite
from upgradecheck.model.plan import OverrideRefusal, Plan, Verdict
from upgradecheck.model.pod import Recorded
from upgradecheck.override.hold.standing_proxy import StandingProxy
from upgradecheck.sources.files import open_inputs
from upgradecheck.sources.node import read_node

RECORDED = Path(__file__).parents[2] / "lab/recorded-hold/records"
DUMPS = (str(RECORDED / "crictl-ps.json"), str(RECORDED / "crictl-pods.json"))
DOCKER = RECORDED.parents[1] / "recorded-dockershim/1.20.15-to-1.22.17"
NODE = "node-1"
HASH = "io.kubernetes.container.hash"


def listing(text: str) -> Any:
    told = container_json(0)
    return lambda _: message((1, container_wire(told | {"annotations": told["annotations"] | {HASH: text}})))


@contextmanager
def standing(folder: Path, *, upstream: bool = True) -> Iterator[Path]:
    """The root of a node on which a proxy of ours stands, which shows b0 where the runtime has a0."""
    root = folder / "h"
    for below in ("proc/sys/kernel/random", "run"):
        (root / below).mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text("boot-1\n")
    process(machine_of(str(root)), 8, "/usr/bin/kubelet", "--hostname-override=node-1", "--container-runtime-endpoint=unix:///run/p.sock")
    words = ("override", "proxy", "--listen", "/run/p.sock", "--upstream", "/run/c.sock", "--map", "/m.json")
    process(machine_of(str(root)), 9, "/usr/bin/python3", "/usr/bin/upgradecheck", *words)
    with serving(root / "run/p.sock", runtime(1, ListContainers=listing("b0"))):
        if not upstream:
            yield root
            return
        with serving(root / "run/c.sock", runtime(1, ListContainers=listing("a0"))):
            yield root


@pytest.mark.parametrize("cri", [None, "run/p.sock", "run/c.sock"], ids=["the kubelet's endpoint", "the proxy", "the runtime"])
def test_a_bundle_has_the_record_and_what_is_shown_in_its_place(tmp_path: Path, cri: str | None) -> None:
    with standing(tmp_path) as root:
        bundle = collect(CollectRequest(host_root=str(root), cri=None if cri is None else str(root / cri)))
    read = read_bundle(bundle_text(bundle), "x")
    (record,) = read.containers
    assert record.hash == Recorded(Hash.parse("a0"))
    assert read.shown == {record.container_id: Rewrite(Hash.parse("a0"), Hash.parse("b0"))}


def test_without_the_runtime_behind_it_there_is_no_bundle(tmp_path: Path) -> None:
    with standing(tmp_path, upstream=False) as root, pytest.raises(InputError, match=r"c\.sock: cannot be reached"):
        collect(CollectRequest(host_root=str(root)))


def test_another_runtime_than_the_one_behind_it_is_left_as_it_is(tmp_path: Path) -> None:
    with standing(tmp_path) as root, serving(tmp_path / "other", runtime(1, ListContainers=listing("c0"))):
        records = read_node(str(tmp_path / "other"))
        found = behind_proxy(records, "unix:///run/p.sock", machine_of(str(root)), str(root))
    assert (found.records, found.shown) == (records, {})


@pytest.mark.parametrize("named", ["p", "c"], ids=["the proxy", "the runtime"])
def test_a_plan_on_the_node_tells_them_apart_likewise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """What counts is what the kubelet is shown, whichever of the two is asked."""
    proxy = StandingProxy(str(tmp_path / "p"), str(tmp_path / "c"), "/m.json")
    monkeypatch.setattr(behind, "running_proxy", lambda machine, endpoint: proxy)
    with (
        serving(tmp_path / "p", runtime(1, ListContainers=listing("b0"))),
        serving(tmp_path / "c", runtime(1, ListContainers=listing("a0"))),
        open_inputs(DUMPS, recursive=False) as source,
    ):
        asked = ask_node(source, str(tmp_path / named), None)
    assert asked is not None
    (record,) = asked.told.live.containers
    in_force = asked_in_force(asked, NODE)
    (seen,) = in_force.seen((record,))
    assert (record.hash, seen.hash, seen.kept) == (Recorded(Hash.parse("a0")), Recorded(Hash.parse("b0")), record.hash)
    assert in_force.shown[record.container_id].container == record.name


def of_dumps(start: str, target: str, in_force: tuple[str, ...] = ()) -> Plan:
    return make_plan(
        PlanRequest(
            DUMPS,
            from_version=start,
            to_version=target,
            nodes=(NODE,),
            static_pods=str(RECORDED / "manifests"),
            override=True,
            in_force=in_force,
            exit_zero=True,
        )
    )


def bundled(shown: dict[str, Rewrite], **changes: Any) -> Bundle:
    with open_inputs(DUMPS, recursive=False) as inputs:
        facts = inputs.facts()
    kubelet = BundledKubelet(parse_kubelet_version("v1.31.0"), runs=True)
    made = Bundle("", NodeIdentity(NODE), 1, "containerd://1.6.20", kubelet=kubelet, containers=facts.containers, sandboxes=facts.sandboxes)
    return replace(made, shown=shown, **changes)


@pytest.mark.parametrize("target", ["1.30.14", "1.31.0", "1.32.10", "1.34.1"])
def test_a_plan_of_such_a_bundle_is_that_of_the_node_with_the_map_in_force(tmp_path: Path, target: str) -> None:
    """What is shown decides what restarts; what an override would have to find is what stands in the record."""
    shows = as_json(of_dumps("1.30.14", "1.31.0"))
    (tmp_path / "map.json").write_bytes(shows)
    shown = {key: one.hash for key, one in overrides_of(shows).overrides.items()}
    assert len(shown) == 22
    there = of_dumps("1.31.0", target, (str(tmp_path / "map.json"),))
    name = written(bundled(shown), tmp_path / "b.json.gz")
    request = PlanRequest((name,), from_version="1.31.0", to_version=target, nodes=(NODE,), static_pods=str(RECORDED / "manifests"))
    here = make_plan(replace(request, override=True, exit_zero=True))
    assert here.pods == there.pods
    assert (here.plan_hash, here.calibration, here.overrides) == (there.plan_hash, there.calibration, there.overrides)
    assert any("A proxy of ours shows kubelets other hashes" in one and "22 containers" in one for one in here.notices)
    records = {one["id"]: one["annotations"][HASH] for one in json.loads(Path(DUMPS[0]).read_text())["containers"]}
    for key, one in (here.overrides or {}).items():
        assert one.hash.before is not None
        assert one.hash.before.hex == records[key]


def test_of_a_bundle_alone_what_the_record_holds_is_not_safe_where_another_hash_is_shown(tmp_path: Path) -> None:
    """On the way back the record fits the older kubelet, which is shown the newer one's hash all the same."""
    shows = overrides_of(as_json(of_dumps("1.30.14", "1.31.0"))).overrides
    request = PlanRequest((), from_version="1.31.0", to_version="1.30.14", nodes=(NODE,), static_pods=str(RECORDED / "manifests"))
    verdicts = {}
    for name, shown in (("bare", {}), ("shown", {key: one.hash for key, one in shows.items()})):
        plan = make_plan(replace(request, files=(written(bundled(shown), tmp_path / f"{name}.json.gz"),), exit_zero=True))
        verdicts[name] = {one.verdict for pod in plan.pods for one in pod.containers if one.container_id in shows}
    assert verdicts["shown"] == {Verdict.RESTART}
    assert verdicts["bare"] != verdicts["shown"]


@pytest.mark.parametrize("in_swarm", [True, False])
def test_a_docker_in_a_swarm_is_known_from_its_nodes_bundle(tmp_path: Path, *, in_swarm: bool) -> None:
    """dockerd in a swarm has no live-restore, so no override reaches what it runs."""
    dumps = tuple(str(DOCKER / name) for name in ("engine.json", "nodes.json"))
    with open_inputs(dumps, recursive=False) as inputs:
        facts = inputs.facts()
    (node,) = facts.nodes
    made = Bundle(
        "",
        NodeIdentity(node.name),
        node.seen_at,
        node.runtime or "",
        kubelet=BundledKubelet(parse_kubelet_version("v1.20.15"), runs=True),
        containers=facts.containers,
        sandboxes=facts.sandboxes,
        in_swarm=in_swarm,
    )
    inputs_of = (written(made, tmp_path / "b.json.gz"), str(DOCKER / "kubelet-pods.json"), str(DOCKER / "nodes.json"))
    plan = make_plan(PlanRequest(inputs_of, to_version="1.22.17", static_pods=str(DOCKER / "manifests"), override=True, exit_zero=True))
    containers = [one for pod in plan.pods for one in pod.containers]
    held = any(one.verdict is Verdict.OVERRIDDEN for one in containers)
    refused = any(one.override_refused is OverrideRefusal.IN_SWARM for one in containers)
    assert (held, refused, bool(plan.overrides)) == (not in_swarm, in_swarm, not in_swarm)
