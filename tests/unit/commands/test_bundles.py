"""A plan with bundles of nodes: what they prove is recorded, and what is contradicted is set aside by name, which makes the plan partial."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.bundles import DUMPS, NODES, PODS, example_bundle, of_others, some_bundle, some_pods, written
from upgradecheck.commands import collecting
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.commands.plan import planned as whole_plan
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.bundle import Bundle, BundledJournal, BundledKubelet
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Mode, NodeIdentity, Problem, ProblemKind
from upgradecheck.model.credentialproviders import ProviderTexts
from upgradecheck.model.exit_codes import EXIT_UNDETERMINED
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import Rewrite
from upgradecheck.model.plan import Grade, Plan, Severity, Verdict
from upgradecheck.model.pod import Recorded, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.usernamespaces import SubordinateIDs
from upgradecheck.planning.asking.here import Here

DAY = 24 * 3600 * 1_000_000_000
NODE = example_bundle().name


def planned(*files: str, **more: object) -> Plan:
    return make_plan(PlanRequest(files=files, to_version="1.30.14", **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pods_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Some of the example's pods."""
    path = tmp_path_factory.mktemp("pods") / "pods.json"
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": some_pods()}))
    return str(path)


def grades(plan: Plan) -> set[Grade]:
    return {one.evidence.grade for pod in plan.pods for one in pod.containers if one.verdict is not Verdict.NOT_COMPARED}


def weak(plan: Plan) -> list[str]:
    """Containers of which something is said that hangs on a hash which nobody has read."""
    told = (one for pod in plan.pods for one in pod.containers if one.reason in (Reason.HASH_EQUAL, Reason.HASH_CHANGED))
    return [one.name for one in told if one.evidence.grade is not Grade.RECORDED]


def verdicts(plan: Plan) -> list[tuple[object, ...]]:
    return [
        (pod.uid, pod.verdict, pod.reason, one.name, one.verdict, one.reason, one.evidence) for pod in plan.pods for one in pod.containers
    ]


def test_a_plan_with_the_bundle_is_that_of_the_dumps(tmp_path: Path) -> None:
    bundled = planned(str(PODS), str(NODES), written(example_bundle(), tmp_path / "a.json.gz"))
    dumped = make_plan(PlanRequest(example=True))
    assert verdicts(bundled) == verdicts(dumped)
    assert (bundled.plan_hash, bundled.calibration, bundled.coverage) == (dumped.plan_hash, dumped.calibration, dumped.coverage)
    assert bundled.complete
    assert grades(bundled) == {Grade.RECORDED}


def test_any_number_of_bundles_in_any_order(tmp_path: Path) -> None:
    """Of nodes that nothing else tells of, too: then they tell which kubelet runs there."""
    own = written(some_bundle(), tmp_path / "a.json.gz")
    other = written(of_others(some_bundle(), "node-2"), tmp_path / "b.json.gz")
    pods: dict[str, Any] = {"kind": "List", "apiVersion": "v1", "items": some_pods()}
    for one in list(pods["items"]):
        if not one["metadata"].get("annotations", {}).get("kubernetes.io/config.mirror"):
            copy = json.loads(json.dumps(one).replace("containerd://", "containerd://other-"))
            copy["metadata"].update(uid=f"other-{one['metadata']['uid']}", name=f"{one['metadata']['name']}-2")
            copy["spec"]["nodeName"] = "node-2"
            pods["items"].append(copy)
    (tmp_path / "pods.json").write_text(json.dumps(pods))
    forth = planned(str(tmp_path / "pods.json"), own, other)
    back = planned(other, own, str(tmp_path / "pods.json"))
    assert {node.name: str(node.from_version) for node in forth.nodes} == {NODE: "v1.22.17", "node-2": "v1.22.17"}
    assert sorted(verdicts(forth), key=repr) == sorted(verdicts(back), key=repr)
    assert Grade.RECORDED in grades(forth)
    assert forth.coverage.nodes_with_evidence == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda one: replace(one, node=NodeIdentity("node-9")), "not among those that are known", id="another node's"),
        pytest.param(lambda one: replace(one, boot_id="another"), "another boot", id="another boot"),
        pytest.param(
            lambda one: replace(one, kubelet=BundledKubelet(parse_kubelet_version("v1.21.1"), runs=True)), "kubelet v1.21.1 ran there", id="another kubelet"
        ),
        pytest.param(lambda one: replace(one, runtime="docker://20.10.7"), "runtime docker://20.10.7 ran there", id="another runtime"),
        pytest.param(lambda one: replace(one, collected_at=one.collected_at - 3 * DAY), "72 hours older", id="older than the dump"),
        pytest.param(lambda one: replace(one, collected_at=one.collected_at + 3 * DAY), "72 hours newer", id="newer than the dump"),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_and_what_hangs_on_it_is_unknown(
    change: Callable[[Bundle], Bundle], words: str, tmp_path: Path, pods_file: str
) -> None:
    name = written(change(some_bundle()), tmp_path / "x.json.gz")
    plan = planned(pods_file, str(NODES), name)
    (found,) = [one for one in plan.coverage.missing if name in one.what]
    assert words in found.reason
    assert not plan.complete
    assert Verdict.SAFE not in {one.verdict for pod in plan.pods for one in pod.containers}
    assert weak(plan) == []
    assert Reason.EVIDENCE_SET_ASIDE in {one.reason for pod in plan.pods for one in pod.containers}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"containers": ()}, "it lists none of the", id="sandboxes alone"),
        pytest.param({"sandboxes": ()}, "it lists no sandbox, beside", id="containers alone"),
        pytest.param({"containers": (), "sandboxes": ()}, "it lists none of the", id="nothing"),
    ],
)
def test_a_bundle_is_both_lists_of_its_runtime(changes: dict[str, Any], words: str, tmp_path: Path, pods_file: str) -> None:
    name = written(some_bundle(**changes), tmp_path / "x.json.gz")
    plan = planned(pods_file, str(NODES), name)
    assert [one.what for one in plan.coverage.missing if words in one.reason] == [f"{name} (bundle of node node-1)"]
    assert not plan.complete
    if "containers" in changes:  # nothing that runs is in it, so it is no more worth than one of another boot
        told = {(one.verdict, one.reason) for pod in plan.pods for one in pod.containers if one.verdict is not Verdict.NOT_COMPARED}
        assert told == {(Verdict.UNKNOWN, Reason.EVIDENCE_SET_ASIDE), (Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY)}


def test_a_partial_plan_that_restarts_nothing_ends_with_3(tmp_path: Path, pods_file: str) -> None:
    name = written(replace(some_bundle(), boot_id="another"), tmp_path / "x.json.gz")
    plan = make_plan(PlanRequest(files=(pods_file, str(NODES), name), to_version="1.22.17", fail_on=frozenset()))
    assert plan.exit_code == EXIT_UNDETERMINED


def test_how_old_is_too_old_is_for_the_user_to_say(tmp_path: Path, pods_file: str) -> None:
    name = written(replace(some_bundle(), collected_at=some_bundle().collected_at - 3 * DAY), tmp_path / "x.json.gz")
    assert planned(pods_file, str(NODES), name, max_bundle_age=80 * 3600.0).complete


def test_of_two_of_one_second_that_differ_none_is_taken(tmp_path: Path, pods_file: str) -> None:
    """Whichever is given last: nobody knows which is right. A newer one settles it."""
    one, other = some_bundle(), some_bundle(containers=tuple(some_bundle().containers)[1:])
    newer = replace(one, collected_at=one.collected_at + 60 * 1_000_000_000, containers=tuple(one.containers)[:-1])
    names = written(one, tmp_path / "one.json.gz"), written(other, tmp_path / "other.json.gz")
    for files in (names, names[::-1]):
        plan = planned(pods_file, str(NODES), *files)
        assert ["in the same second" in each.reason for each in plan.coverage.missing[:2]] == [True, True]
        assert Grade.RECORDED not in grades(plan)
        settled = planned(pods_file, str(NODES), *files, written(newer, tmp_path / "newer.json.gz"))
        assert sum("newer.json.gz is a newer bundle" in each.reason for each in settled.coverage.missing) == 2
        assert Grade.RECORDED in grades(settled)


def test_of_two_of_one_node_the_newer_is_taken(tmp_path: Path, pods_file: str) -> None:
    older = replace(some_bundle(), collected_at=some_bundle().collected_at - 3600 * 1_000_000_000, containers=())
    names = written(older, tmp_path / "old.json.gz"), written(some_bundle(), tmp_path / "new.json.gz")
    for files in (names, names[::-1]):
        plan = planned(pods_file, str(NODES), *files)
        (found,) = plan.coverage.missing
        assert "old.json.gz" in found.what
        assert "new.json.gz is a newer bundle of that node" in found.reason
        assert grades(plan) == {Grade.RECORDED}


def test_a_copy_of_a_bundle_is_only_told_of(tmp_path: Path, pods_file: str) -> None:
    names = [written(some_bundle(), tmp_path / f"{name}.json.gz") for name in "ab"]
    plan = planned(pods_file, str(NODES), *names)
    assert plan.complete
    assert any("says the same as" in notice for notice in plan.notices)


def test_a_copy_under_another_nodes_name_spoils_both(tmp_path: Path, pods_file: str) -> None:
    copy = replace(some_bundle(), node=NodeIdentity("node-2"), boot_id=None)
    names = written(some_bundle(), tmp_path / "a.json.gz"), written(copy, tmp_path / "b.json.gz")
    plan = planned(pods_file, *names, from_version="1.22.17")
    assert [one.reason.count("no two nodes run one") for one in plan.coverage.missing if "bundle of node" in one.what] == [1, 1]
    assert weak(plan) == []
    assert Grade.RECORDED not in grades(plan)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(lambda text: gzip.compress(text)[:-20], "truncated", id="truncated"),
        pytest.param(lambda text: gzip.compress(text.replace(b'"1.0"', b'"2.0"', 1)), "format 2.0", id="another version"),
        pytest.param(lambda text: gzip.compress(text.replace(b'"name":"', b'"name":"x', 1)), "checksum", id="edited"),
        pytest.param(lambda text: gzip.compress(text[:-1] + b" " * (11 << 20) + b"}"), "larger than 10 MiB", id="a bomb of one document"),
        pytest.param(lambda text: gzip.compress(text + b" " * (20 << 20)), "100 times", id="a bomb behind it"),
    ],
)
def test_what_cannot_be_used_is_set_aside_by_name(data: Callable[[bytes], bytes], words: str, tmp_path: Path, pods_file: str) -> None:
    (tmp_path / "bad.json.gz").write_bytes(data(bundle_text(some_bundle())))
    plan = planned(pods_file, str(NODES), str(tmp_path / "bad.json.gz"))
    (found,) = plan.coverage.missing
    assert "bad.json.gz" in found.what
    assert words in found.reason
    assert weak(plan) == []
    assert Grade.RECORDED not in grades(plan)


def test_a_bundle_tells_its_nodes_configuration_and_command_line(tmp_path: Path, pods_file: str) -> None:
    """Each node has its own; a flag that the new kubelet does not have stops that node's alone."""
    first = some_bundle()
    told = replace(first.kubelet, arguments=("kubelet", "--network-plugin=cni"), config=kubelet_config(b'{"kind":"KubeletConfiguration"}'))
    other = of_others(first, "node-2")
    nodes = json.loads(NODES.read_text())
    nodes["items"].append(json.loads(json.dumps(nodes["items"][0]).replace(NODE, "node-2")))
    nodes["items"][1]["status"]["nodeInfo"]["bootID"] = "two"
    (tmp_path / "nodes.json").write_text(json.dumps(nodes))
    names = written(replace(first, kubelet=told), tmp_path / "a.json.gz"), written(other, tmp_path / "b.json.gz")
    plan = planned(pods_file, str(tmp_path / "nodes.json"), *names)
    (found,) = [one for one in plan.findings if one.rule == "UC032"]
    assert "--network-plugin" in found.message
    assert NODE in found.message
    assert {pod.verdict for pod in plan.pods if pod.node == NODE} <= {Verdict.UNKNOWN, Verdict.NOT_COMPARED}


def test_the_gates_of_a_bundle_are_those_of_its_node(tmp_path: Path, pods_file: str) -> None:
    config = kubelet_config(b'{"kind":"KubeletConfiguration","featureGates":{"NoSuchGate":true}}')
    bundle = some_bundle()
    name = written(replace(bundle, kubelet=replace(bundle.kubelet, config=config)), tmp_path / "a.json.gz")
    steps = whole_plan(PlanRequest(files=(pods_file, str(NODES), name), to_version="1.30.14")).setting.steps
    step = steps.by_node[NODE].step
    assert step is not None
    assert step.configs.old == step.configs.new
    assert dict(step.configs.old.feature_gates) == {"NoSuchGate": True}


OF_V1BETA1 = '"apiVersion":"kubelet.config.k8s.io/v1beta1",'


def configured(head: str, **more: object) -> BundledKubelet:
    """The kubelet of the example with a configuration."""
    config = kubelet_config(f'{{{head}"kind":"KubeletConfiguration","cgroupDriver":"systemd","clusterDomain":"x"}}'.encode())
    return replace(some_bundle().kubelet, config=replace(config, **more))


@pytest.mark.parametrize(
    ("kubelet", "words"),
    [
        pytest.param(configured(OF_V1BETA1), "", id="as written"),
        pytest.param(configured(""), "apiVersion is nothing to the running kubelet either", id="without a version, with which none starts"),
        pytest.param(configured(OF_V1BETA1, names_alone=True), "told the names of fields and no values", id="of an older program"),
        pytest.param(replace(configured(OF_V1BETA1, names_alone=True), config=None), "", id="not seen"),
        pytest.param(
            replace(some_bundle().kubelet, config_refused=True, config_problem="x"), "is none that a kubelet reads", id="not understood"
        ),
    ],
)
def test_a_configuration_that_runs_makes_no_plan_partial_but_one_that_is_not_told(
    kubelet: BundledKubelet, words: str, tmp_path: Path, pods_file: str
) -> None:
    plan = planned(pods_file, str(NODES), written(replace(some_bundle(), kubelet=kubelet), tmp_path / "a.json.gz"))
    assert [one.reason for one in plan.coverage.missing if words in one.reason] == [one.reason for one in plan.coverage.missing]
    assert (plan.complete, len(plan.coverage.missing)) == (not words, 1 if words else 0)


def test_a_configuration_that_its_bundle_lacks_is_told_of_and_one_that_was_given_stands_for_it(tmp_path: Path, pods_file: str) -> None:
    lacking = replace(some_bundle().kubelet, config_problem="the kubelet's configuration file cannot be read")
    plan = planned(pods_file, str(NODES), written(replace(some_bundle(), kubelet=lacking), tmp_path / "a.json.gz"))
    assert f"Node {NODE}: the kubelet's configuration file cannot be read." in plan.notices
    (tmp_path / "k.json").write_text(f'{{{OF_V1BETA1}"kind":"KubeletConfiguration"}}')
    older = replace(configured(OF_V1BETA1, names_alone=True), config_problem="x")
    name = written(replace(some_bundle(), kubelet=older), tmp_path / "a.json.gz")
    assert planned(pods_file, str(NODES), name, str(tmp_path / "k.json"), nodes=(NODE,)).coverage.missing == ()


def test_each_node_is_judged_by_the_configuration_of_its_own_bundle(tmp_path: Path, pods_file: str) -> None:
    """What stops one stops the other not; what stops both is told once, of all."""

    def kubelet(**fields: object) -> BundledKubelet:
        config = kubelet_config(
            json.dumps({"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **fields}).encode()
        )
        return replace(some_bundle().kubelet, config=config)

    nodes = json.loads(NODES.read_text())
    nodes["items"].append(json.loads(json.dumps(nodes["items"][0]).replace(NODE, "node-2")))
    nodes["items"][1]["status"]["nodeInfo"]["bootID"] = "two"
    (tmp_path / "nodes.json").write_text(json.dumps(nodes))
    gone = {"featureGates": {"CSIMigration": True}}
    own, other = kubelet(maxParallelImagePulls=2, serializeImagePulls=True, **gone), kubelet(containerLogMaxWorkers=-1, **gone)
    first = written(replace(some_bundle(), kubelet=own), tmp_path / "a.json.gz")
    second = written(replace(of_others(some_bundle(), "node-2"), kubelet=other), tmp_path / "b.json.gz")
    steps = whole_plan(PlanRequest(files=(pods_file, str(tmp_path / "nodes.json"), first, second), to_version="1.30.14")).setting.steps
    assert {(one.name, one.node) for one in steps.troubles} == {
        ("CSIMigration", None),
        ("maxParallelImagePulls", NODE),
        ("containerLogMaxWorkers", "node-2"),
    }
    obstacles = {name: one.step.obstacle for name, one in steps.by_node.items() if one.step is not None}
    assert obstacles == {NODE: Reason.KUBELET_WILL_NOT_START, "node-2": Reason.KUBELET_WILL_NOT_START}


def test_a_bundles_history_is_its_nodes_and_a_bad_one_spoils_that_node_alone(tmp_path: Path, pods_file: str) -> None:
    version = parse_kubelet_version("v1.22.17")
    history = Checkpoint("0" * 32, 1, NodeIdentity(NODE), (KubeletStart(version, 1_600_000_000_000_000_000),))
    bare = replace(some_bundle(), containers=(), sandboxes=())
    (tmp_path / "good").mkdir()
    good = planned(pods_file, str(NODES), written(replace(bare, checkpoint=history), tmp_path / "good" / "a.json.gz"))
    assert Grade.INFERRED in grades(good)
    problem = Problem(ProblemKind.CORRUPT, "is cut off", "Mend it.")
    bad = planned(pods_file, str(NODES), written(replace(bare, checkpoint_problem=problem), tmp_path / "a.json.gz"))
    assert any("is cut off" in one.reason and NODE in one.what for one in bad.coverage.missing)
    assert not bad.complete


def _seen(version: str, node: str = NODE, lineage: str = "1" * 32) -> Checkpoint:
    """What an agent has seen: one kubelet, since before any of the example's containers."""
    start = KubeletStart(
        parse_kubelet_version(version), 1_600_000_000_000_000_000, mode=Mode.POLLED, last_seen_time=some_bundle().collected_at
    )
    return Checkpoint(lineage, 1, NodeIdentity(node), (start,))


def test_what_an_agent_has_seen_is_evidence_where_no_record_is(tmp_path: Path, pods_file: str) -> None:
    whole = some_bundle()
    lost = next(one for one in whole.containers if one.state is RunState.RUNNING)
    bundle = replace(whole, kubelet=BundledKubelet(None, runs=True), containers=tuple(one for one in whole.containers if one is not lost))

    def grade(polled: Checkpoint | None) -> Grade:
        plan = planned(pods_file, written(replace(bundle, polled=polled), tmp_path / "a.json.gz"), from_version="1.22.17")
        (found,) = [one for pod in plan.pods for one in pod.containers if one.container_id == lost.container_id]
        return found.evidence.grade

    assert (grade(None), grade(_seen("v1.22.17"))) == (Grade.ESTIMATED, Grade.INFERRED)


@pytest.mark.parametrize("history", ["polled", "checkpoint"])
@pytest.mark.parametrize(("since_boot", "aside"), [(7000, True), (9000, False)])
def test_a_bundle_of_before_an_upgrade_is_told_by_the_process_that_its_history_names(
    history: str, since_boot: int, tmp_path: Path, pods_file: str, *, aside: bool
) -> None:
    """Its kubelet may not be asked; of another process than the one that ran then the history says nothing of that one."""
    base = some_bundle(kubelet=BundledKubelet(None, runs=True, since_boot_ms=7000))
    seen = _seen("v1.21.1")
    start = replace(seen.newest, boot_id=base.boot_id, since_boot_ms=since_boot, mode=Mode.POLLED if history == "polled" else Mode.EXACT)
    name = written(replace(base, **{history: replace(seen, history=(start,))}), tmp_path / "a.json.gz")
    found = [one.reason for one in planned(pods_file, str(NODES), name).coverage.missing if name in one.what]
    assert ["kubelet v1.21.1 ran there" in one for one in found] == [True] * aside


def test_recorded_hashes_test_what_an_agent_has_seen(tmp_path: Path, pods_file: str) -> None:
    plan = planned(pods_file, str(NODES), written(some_bundle(polled=_seen("v1.22.17")), tmp_path / "a.json.gz"))
    assert plan.complete
    assert plan.history is not None
    assert (plan.history.contradicts, plan.history.agrees > 0) == (0, True)
    assert verdicts(plan) == verdicts(planned(pods_file, str(NODES), written(some_bundle(), tmp_path / "b.json.gz")))


def test_what_an_agent_has_seen_stands_back_behind_a_history_that_is_kept_or_given(tmp_path: Path, pods_file: str) -> None:
    """Two histories of a node spoil each other; this one is no second."""
    start = KubeletStart(parse_kubelet_version("v1.22.17"), 1_600_000_000_000_000_000)
    kept = Checkpoint("0" * 32, 1, NodeIdentity(NODE), (start,))
    bare = replace(some_bundle(), containers=(), sandboxes=(), polled=_seen("v1.20.15"))
    own = written(replace(bare, checkpoint=kept), tmp_path / "a.json.gz")
    (tmp_path / "given.checkpoint").write_bytes(encode_checkpoint(kept))
    plans = (
        planned(pods_file, str(NODES), own),
        planned(pods_file, str(NODES), written(bare, tmp_path / "b.json.gz"), checkpoint=str(tmp_path / "given.checkpoint")),
    )
    assert [Grade.INFERRED in grades(one) for one in plans] == [True, True]
    assert [[one for one in plan.findings if one.rule == "UC050"] for plan in plans] == [[], []]


@pytest.mark.parametrize("member", ["polled", "checkpoint"])
def test_no_bundle_has_the_history_of_another_node(member: str, tmp_path: Path, pods_file: str) -> None:
    """Who has taken one node does not speak for another."""
    bundle = replace(some_bundle(), **{member: _seen("v1.20.15", node="node-2")})
    plan = planned(pods_file, str(NODES), written(bundle, tmp_path / "a.json.gz"))
    (told,) = [one for one in plan.coverage.missing if "history of another node" in one.reason]
    assert NODE in told.what
    assert not plan.complete


@pytest.mark.parametrize(("to", "stops"), [("1.32.13", False), ("1.33.13", True)])
def test_what_a_bundle_shows_of_its_nodes_user_stops_a_kubelet(pods_file: str, tmp_path: Path, to: str, stops: bool) -> None:
    """A user kubelet without getsubids, at which kubelets with gate UserNamespacesSupport end."""
    base = some_bundle()
    kubelet = replace(base.kubelet, user_ids=SubordinateIDs(user=True, place="/etc/passwd"))
    bundle = written(replace(base, kubelet=kubelet), tmp_path / "a.json.gz")
    plan = make_plan(PlanRequest(files=(pods_file, str(NODES), bundle), to_version=to))
    assert ({one.verdict for one in plan.pods} == {Verdict.UNKNOWN}) is stops
    told = [one.message for one in plan.findings if "getsubids" in one.message]
    assert [f"{tmp_path / 'a.json.gz'} (/etc/passwd): there is a user kubelet" in one for one in told] == [True] * stops


@pytest.mark.parametrize("given", [False, True])
def test_a_bundle_tells_of_credential_providers_what_a_start_hangs_on_and_no_secret(pods_file: str, tmp_path: Path, given: bool) -> None:
    """A field that 1.32 does not know; its value, images, arguments and variables are canaries. A better file that is given counts."""
    provider = {
        "name": "canary-name",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "matchImages": ["canary.example.com"],
        "defaultCacheDuration": "1h",
        "args": ["canary-argument"],
        "env": [{"name": "canary-variable", "value": "canary-value"}],
    }
    head = {"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig"}
    text = json.dumps({**head, "providers": [{**provider, "canary field": 1, "nope": "canary-nope"}]})
    base, texts = some_bundle(), ProviderTexts("/etc/p.json", (("", text.encode()),))
    kubelet = collecting.kubelet_of(LocalKubelet(NODE, providers=texts), CATALOG.options())
    bundle = written(replace(base, kubelet=replace(base.kubelet, providers=kubelet.providers)), tmp_path / "a.json.gz")
    assert b"canary" not in gzip.decompress(Path(bundle).read_bytes())
    (tmp_path / "p.json").write_text(json.dumps({**head, "providers": [provider]}))
    more = (str(tmp_path / "p.json"),) if given else ()
    plan = make_plan(PlanRequest(files=(pods_file, str(NODES), bundle, *more), to_version="1.32.13"))
    told = [one.message for one in plan.findings if one.rule == "UC032" and "p.json" in one.message]
    assert len(told) == (0 if given else 2)
    assert all(one.startswith(f"{bundle} (/etc/p.json) has providers[0].") for one in told)


@pytest.mark.parametrize("program", [("/usr/bin/kubelet",), ("/hyperkube", "kubelet")])
def test_the_program_of_a_command_line_is_no_word_of_it(pods_file: str, tmp_path: Path, program: tuple[str, ...]) -> None:
    base = some_bundle()
    words = (*program, "--v", "2")
    bundle = written(replace(base, kubelet=replace(base.kubelet, arguments=words)), tmp_path / "a.json.gz")
    assert planned(pods_file, str(NODES), bundle).complete
    assert Here(LocalKubelet(NODE, runs=True, command_line=words), NODE).arguments[0].words == ("--v", "2")


@pytest.mark.parametrize(("runs", "complete"), [(True, True), (False, False)])
def test_a_flag_of_a_vendor_is_told_where_a_kubelet_runs_with_it(tmp_path: Path, pods_file: str, *, runs: bool, complete: bool) -> None:
    """Of a unit alone nobody knows whether anything starts with it."""
    kubelet = replace(some_bundle().kubelet, arguments=("/usr/bin/kubelet", "--of-a-vendor="), runs=runs)
    plan = planned(pods_file, str(NODES), written(replace(some_bundle(), kubelet=kubelet), tmp_path / "a.json.gz"))
    found = [(one.severity, one.message.partition(": ")[2]) for one in plan.findings if one.rule == "UC035"]
    message = (
        "the command line of its kubelet sets --of-a-vendor, which no kubelet of Kubernetes has there, and the one that runs takes on "
    )
    told = f"{message}{NODE}: it is a vendor's build. That its build of 1.30.14 takes it, too, is taken on trust."
    assert found == ([(Severity.INFO, told)] if runs else [])
    assert plan.complete is complete


def to_131(*files: str) -> Plan:
    return make_plan(PlanRequest(files=files, to_version="1.31.0"))


def test_a_bundle_brings_its_nodes_overrides(pods_file: str, tmp_path: Path) -> None:
    """As the journals themselves do with --override-in-force: what stands in the records is told from what their creator wrote."""
    bundle = some_bundle()
    plain = to_131(pods_file, str(NODES), written(bundle, tmp_path / "plain.json.gz"))
    restarts = {one.container_id: one for pod in plain.pods for one in pod.containers if one.verdict is Verdict.RESTART}
    recorded = {one.container_id: one.hash.hash for one in bundle.containers if isinstance(one.hash, Recorded)}
    wrote = {key: Rewrite(recorded[key], one.computed.to_hash) for key, one in restarts.items() if key and one.computed.to_hash}
    assert len(wrote) > 3
    stamped = tuple(
        replace(one, hash=Recorded(wrote[one.container_id].after)) if one.container_id in wrote else one for one in bundle.containers
    )
    silent = to_131(pods_file, str(NODES), written(replace(bundle, containers=stamped), tmp_path / "a.json.gz"))
    journals = (BundledJournal(None, ("a" * 64,), wrote),)
    bundled = to_131(pods_file, str(NODES), written(replace(bundle, containers=stamped, journals=journals), tmp_path / "b.json.gz"))
    told = {one.container_id: one for pod in bundled.pods for one in pod.containers}
    assert {told[key].verdict for key in wrote} == {Verdict.OVERRIDDEN}
    assert (bundled.calibration.in_force, silent.calibration.in_force) == (len(wrote), 0)
    assert Verdict.OVERRIDDEN not in {one.verdict for pod in silent.pods for one in pod.containers}
    assert silent.calibration.reproduced < silent.calibration.recorded


def test_journals_that_cannot_be_read_are_named(pods_file: str, tmp_path: Path) -> None:
    name = written(some_bundle(journals_problem="0001.journal: was changed."), tmp_path / "a.json.gz")
    plan = planned(pods_file, str(NODES), name)
    assert [one.what for one in plan.coverage.missing] == [f"journals of overrides on node {NODE} ({name})"]
    assert not plan.complete


@pytest.mark.parametrize(("seconds", "words"), [(7200, "2 hours"), (7199, "119 minutes"), (119, "119 seconds"), (1, "1 second")])
def test_how_old_a_bundle_is_comes_in_a_unit_that_says_something(seconds: int, words: str, tmp_path: Path, pods_file: str) -> None:
    bundle = some_bundle()
    name = written(replace(bundle, collected_at=bundle.collected_at - seconds * 1_000_000_000), tmp_path / "a.json.gz")
    plan = planned(pods_file, str(NODES), name, max_bundle_age=0.5)
    (found,) = [one for one in plan.coverage.missing if name in one.what]
    assert f", {words} older than" in found.reason


def test_a_pod_that_only_a_bundle_shows_is_on_the_node_of_that_bundle(tmp_path: Path) -> None:
    """Beside another node, so that it is not the only one. Of a list and its copy in a bundle each says its own, so that then nobody does."""
    nodes = json.loads(NODES.read_text())
    nodes["items"].append(json.loads(json.dumps(nodes["items"][0]).replace(NODE, "node-2")))
    nodes["items"][1]["status"]["nodeInfo"]["bootID"] = "two"
    (tmp_path / "nodes.json").write_text(json.dumps(nodes))
    gone = next(one for one in some_pods() if not one["metadata"].get("annotations", {}).get("kubernetes.io/config.mirror"))
    shown = [one for one in some_pods() if one != gone]
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": shown}))
    inputs = [str(tmp_path / "pods.json"), str(tmp_path / "nodes.json"), written(some_bundle(), tmp_path / "a.json.gz")]
    for more, node in (((), NODE), (DUMPS[:2], None)):
        for files in ((*inputs, *more), (*more, *inputs)):
            (found,) = [one for one in planned(*files).pods if one.uid == gone["metadata"]["uid"]]
            assert (found.node, found.verdict) == (node, Verdict.UNKNOWN)
