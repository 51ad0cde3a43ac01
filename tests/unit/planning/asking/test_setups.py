"""Configurations in several files, as minors read them, and nodes that are set up otherwise than others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import CATALOG, as_version
from upgradecheck.decode.kube.shapes import Shape, recognise
from upgradecheck.decode.kubelet.config import Settings, kubelet_settings
from upgradecheck.decode.kubelet.dropins import FileSettings, as_drop_in
from upgradecheck.decode.kubelet.flags import flag_settings
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig, Nulls
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.starting import TroubleKind
from upgradecheck.planning.asking.setups import SetUps, in_parts, settled
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import Steps, plan_steps

KIND = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}


def settings(**fields: Any) -> Settings:
    return kubelet_settings(json.dumps({**KIND, **fields}).encode())


def files(main: dict[str, Any] | None, *drop_ins: dict[str, Any], flags: tuple[str, ...] = ()) -> KubeletConfig:
    over = tuple(as_drop_in(settings(**one)) for one in drop_ins)
    return FileSettings(None if main is None else settings(**main), over, flag_settings(flags) if flags else None).config()


def nodes(**versions: str) -> tuple[NodeFacts, ...]:
    return tuple(NodeFacts(name, as_version(f"v{version}"), None, {}, Origin("nodes.json")) for name, version in versions.items())


def judged(config: KubeletConfig, start: str, to: str, *flags: str) -> Steps:
    set_ups = settled(SetUps(Configs(config, config, old_told=True)), nodes(a=start), None, to, CATALOG.options)
    steps = plan_steps(nodes(a=start), None, to, CATALOG, configs=set_ups.common)
    words = (KubeletArguments(flags, "the command line", "a"),) if flags else ()
    return with_troubles(steps, set_ups.common, words, ("a",), CATALOG.options, {"a": True})


@pytest.mark.parametrize(
    ("main", "drop_ins", "expected"),
    [
        pytest.param({"maxPods": 5}, ({"maxPods": None},), (5, 5, 110), id="what the file says"),
        pytest.param({"maxPods": 5}, ({"maxPods": 6}, {"maxPods": None}), (6, 5, 110), id="what file and drop-in say"),
        pytest.param(None, ({"maxPods": 6}, {"maxPods": None}), (6, 110, 110), id="what a drop-in says, without a file"),
        pytest.param({"maxPods": 5}, ({"maxPods": None}, {"maxPods": 6}), (6, 6, 6), id="before it is said"),
    ],
)
def test_what_null_takes_back(main: dict[str, Any] | None, drop_ins: tuple[dict[str, Any], ...], expected: tuple[int, ...]) -> None:
    found = files(main, *drop_ins)
    assert tuple(found.under(nulls).max_pods for nulls in Nulls) == expected


def test_null_reaches_into_maps_and_fields() -> None:
    main = {
        "logging": {"format": "json", "flushFrequency": "5s"},
        "kubeReserved": {"cpu": "1", "memory": "1Gi"},
        "featureGates": {"A": True},
    }
    found = files(main, {"logging": {"format": None}, "kubeReserved": {"cpu": None}, "featureGates": None})
    back, usual = found.under(Nulls.BACK), found.under(Nulls.AMONG_DROP_INS)
    assert (back.values["logging.flushFrequency"], "logging.format" in back.given, back.kube_reserved) == ("5s", False, {"memory": "1Gi"})
    assert back.values["kubeReserved"] == "memory=1Gi"
    assert (back.feature_gates, usual.feature_gates, usual.values["logging.format"]) == ({}, {"A": True}, "json")
    assert Nulls.AMONG_DROP_INS not in found.by_nulls


def test_a_drop_ins_thresholds_are_beside_the_defaults_of_a_file_without_any() -> None:
    """loadConfigFile puts them in before drop-ins are read; null takes them out again, and nothing puts them in a second time."""
    assert dict(files({}, {"evictionHard": {"memory.available": "1Gi"}}).eviction_hard or {}) == {
        "imagefs.available": "15%",
        "memory.available": "1Gi",
        "nodefs.available": "10%",
        "nodefs.inodesFree": "5%",
    }
    assert files({"evictionHard": {"pid.available": "5%"}}, {"evictionHard": {"memory.available": "1Gi"}}).eviction_hard == {
        "memory.available": "1Gi",
        "pid.available": "5%",
    }
    assert files({}, {"evictionHard": None}).under(Nulls.BACK).eviction_hard == {}
    assert files({}, {"maxPods": 5}).eviction_hard is None


@pytest.mark.parametrize(
    ("start", "to", "stops"),
    [("1.34.1", "1.35.4", True), ("1.30.14", "1.31.14", False), ("1.35.4", "1.35.8", False)],
)
def test_null_over_what_lets_cgroup_v1(start: str, to: str, *, stops: bool) -> None:
    """1.35 runs there no more; a kubelet of 1.35 that does run was let by something that nobody showed."""
    found = judged(files({"failCgroupV1": False}, {"failCgroupV1": None}), start, to)
    assert [one.kind for one in found.troubles] == ([TroubleKind.CGROUP_V1] if stops else [])


@pytest.mark.parametrize(
    ("drop_ins", "flags", "start", "to", "stops"),
    [
        (({"featureGates": {"AppArmor": True}},), (), "1.31.14", "1.32.10", True),
        (({"featureGates": {"AppArmor": True}},), (), "1.30.14", "1.31.14", False),
        (({"featureGates": {"AppArmor": None}},), (), "1.30.14", "1.32.10", True),
        ((), ("--feature-gates=AppArmor=true",), "1.31.14", "1.32.10", True),
        ((), ("--feature-gates=AppArmor=true",), "1.30.14", "1.31.14", False),
        ((), (), "1.30.14", "1.31.14", True),
    ],
)
def test_a_locked_gate_of_the_file_that_something_over_it_mends(
    drop_ins: tuple[dict[str, Any], ...], flags: tuple[str, ...], start: str, to: str, *, stops: bool
) -> None:
    """AppArmor is locked to true from 1.31 on; from 1.32 on the file's defaults are filled in by its own gates, before anything else."""
    config = files({"featureGates": {"AppArmor": False}}, *drop_ins, flags=flags)
    found = judged(config, start, to, *flags)
    assert [one.name for one in found.troubles] == (["AppArmor"] if stops else [])
    if stops:
        assert (found.troubles[0].kind, found.troubles[0].place, found.troubles[0].value) == (
            TroubleKind.GATE_LOCKED,
            "the configuration",
            False,
        )


@pytest.mark.parametrize("kind", ["kubeletConfiguration", "Kubeletconfiguration", "KubeletConfiguration"])
def test_a_kind_in_other_letters_is_none_that_a_kubelet_reads(kind: str) -> None:
    """What the running kubelet does not read it was not started with: that is told, and of a new configuration the kubelet stops."""
    raw = json.dumps({**KIND, "kind": kind, "maxPods": 5}).encode()
    assert recognise(raw).shape is Shape.KUBELET_CONFIG
    config = FileSettings(kubelet_settings(raw)).config()
    found = judged(config, "1.30.14", "1.31.14")
    assert [one.reason.partition(" is ")[0] for one in found.missing] == ([] if kind == "KubeletConfiguration" else ["kind"])
    steps = plan_steps(nodes(a="1.30.14"), None, "1.31.14", CATALOG)
    new = with_troubles(steps, Configs(KubeletConfig(), config, new_told=True), (), ("a",), CATALOG.options)
    assert [one.name for one in new.troubles] == ([] if kind == "KubeletConfiguration" else ["kind"])


def test_each_node_reads_null_as_its_version_does() -> None:
    config = files({"maxPods": 5}, {"maxPods": None})
    found = settled(SetUps(Configs(config, config, old_told=True)), nodes(a="1.31.14", b="1.32.10"), None, "1.33.13", CATALOG.options)
    assert {name: (found.of(name).old.max_pods, found.of(name).new.max_pods) for name in "ab"} == {"a": (5, 110), "b": (110, 110)}
    given = settled(SetUps(Configs(config, config, old_told=True)), nodes(a="1.31.14"), "1.32.10", "1.33.13", CATALOG.options)
    assert given.of("a").old.max_pods == 110


def test_what_concerns_all_parts_is_told_once_and_the_rest_of_its_nodes() -> None:
    bad = files({"containerLogMonitorInterval": "2s", "featureGates": {"ExpandedDNSConfig": True}})
    worse = files({"containerLogMaxWorkers": -1, "featureGates": {"ExpandedDNSConfig": True}})
    own = {"b": Configs(worse, worse, old_told=True), "c": Configs(worse, worse, old_told=True)}
    set_ups = SetUps(Configs(bad, bad, old_told=True), {**own, "c": own["b"]})
    steps = plan_steps(nodes(a="1.29.15", b="1.29.15", c="1.29.15"), None, "1.30.14", CATALOG, own=set_ups.own)
    words = (KubeletArguments(("--network-plugin=cni",), "kubeadm-flags.env"), KubeletArguments(("--v=2",), "x", "b"))
    seen: list[tuple[str, ...]] = []

    def judge(part: Any) -> Steps:
        seen.append((*sorted(part.steps.by_node), *(one.place for one in part.arguments)))
        return with_troubles(part.steps, part.configs, part.arguments, part.steps.by_node, CATALOG.options)

    found = in_parts(steps, set_ups, words, judge)
    assert seen == [("a", "kubeadm-flags.env"), ("b", "c", "kubeadm-flags.env", "x")]
    assert [(one.name, one.node) for one in found.troubles] == [
        ("ExpandedDNSConfig", None),
        ("containerLogMonitorInterval", "a"),
        ("containerLogMaxWorkers", "b"),
        ("containerLogMaxWorkers", "c"),
    ]
    assert [one.what for one in found.missing].count("what the new kubelet is started with, instead of kubeadm-flags.env") == 1
