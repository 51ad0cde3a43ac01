"""Values of the configuration with which a kubelet does not start."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.kinds import Form, Kind, Value, Written
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.feature_gates import NO_FEATURE_GATES, FeatureGates
from upgradecheck.planning.asking.refused import values_that_stop
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import Steps, plan_steps

BOTH = {"imageGCLowThresholdPercent": 75, "imageGCHighThresholdPercent": 75}
SWAP, LOGS, THROTTLING = "memorySwap.swapBehavior", "containerLogMaxFiles", "memoryThrottlingFactor"


def steps_of(config: KubeletConfig, *words: str, start: str, to: str, gates: FeatureGates = NO_FEATURE_GATES, told: bool = False) -> Steps:
    configs = Configs(config, config, old_told=True, new_told=told)
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    arguments = [KubeletArguments(words, "kubeadm-flags.env")] if words else []
    return with_troubles(plan_steps(facts, None, to, CATALOG, gates, configs), configs, arguments, ("worker-1",), CATALOG.options)


def after(old: KubeletConfig, new: KubeletConfig) -> Steps:
    """The step from 1.29 to 1.30 with another configuration."""
    configs = Configs(old, new, old_told=True, new_told=True)
    facts = [NodeFacts("worker-1", parse_kubelet_version("v1.29.15"), None, {}, Origin("nodes.json"))]
    steps = plan_steps(facts, None, "1.30.14", CATALOG, NO_FEATURE_GATES, configs)
    return with_troubles(steps, configs, (), ("worker-1",), CATALOG.options)


def test_a_new_configuration_that_nothing_is_known_against_may_be_refused_yet() -> None:
    held = [
        one for one in after(KubeletConfig(), KubeletConfig(given=("maxPods",), values={"maxPods": 5})).notices if "held against" in one
    ]
    assert len(held) == 1
    assert steps_of(KubeletConfig(given=("maxPods",), values={"maxPods": 5}), start="1.29.15", to="1.30.14").notices == ()


AS_IT_SHOULD = {
    Kind.LIST: Written(Form.LIST, (Form.TEXT,)),
    Kind.RECORDS: Written(Form.LIST, (Form.MAP,)),
    Kind.MAP: Written(Form.MAP, (Form.TEXT,)),
}
"""How lists and maps are written that are told as flags have them."""


def of(**values: Value) -> KubeletConfig:
    """A configuration with these fields; one that is no word or number is None."""
    kinds = {path: states[0].kind for path, states in CATALOG.options().fields.items()}
    forms = {
        path: AS_IT_SHOULD[kind]
        for path, value in values.items()
        if isinstance(value, str) and (kind := kinds.get(path)) is not None and kind in AS_IT_SHOULD
    }
    return KubeletConfig(given=tuple(values), values={path: value for path, value in values.items() if value is not None}, forms=forms)


def setting(path: str, value: Value = None) -> KubeletConfig:
    return of(**{path: value})


def shown(path: str, value: Value) -> KubeletConfig:
    return replace(setting(path, value), whole=True)


@pytest.mark.parametrize(
    ("config", "start", "to", "expected"),
    [
        pytest.param(setting(LOGS, 1), "1.32.13", "1.33.13", [(LOGS, 1)], id="the first minor that refuses it"),
        pytest.param(setting(LOGS, 1), "1.31.14", "1.32.13", [], id="the last that does not"),
        pytest.param(setting(LOGS, 1), "1.33.13", "1.34.10", [], id="the running one refuses it, too: it runs with another"),
        pytest.param(setting(LOGS, 2), "1.32.13", "1.33.13", [], id="another number"),
        pytest.param(setting(LOGS), "1.32.13", "1.33.13", [], id="no number"),
        pytest.param(setting("runOnce", True), "1.31.14", "1.32.13", [("runOnce", True)], id="a switch"),
        pytest.param(setting("runOnce", 1), "1.31.14", "1.32.13", [], id="1 is no switch, and the running one does not decode it"),
        pytest.param(setting(SWAP, "NoSwap"), "1.30.14", "1.29.15", [(SWAP, "NoSwap")], id="on the way back"),
        pytest.param(setting("tracing"), "1.27.16", "1.26.15", [("tracing", None)], id="whatever it is, while a gate is off"),
        pytest.param(shown(LOGS, 1), "1.32.13", "1.33.13", [(LOGS, 1)], id="configz shows what is set"),
        pytest.param(shown("runOnce", True), "1.31.14", "1.32.13", [("runOnce", True)], id="and switches"),
        pytest.param(shown("containerLogMaxWorkers", 1), "1.32.13", "1.33.13", [], id="and defaults"),
        pytest.param(shown(THROTTLING, 0.9), "1.36.4", "1.37.1", [], id="one that is a number with a point"),
        pytest.param(
            shown("imagePullCredentialsVerificationPolicy", "NeverVerifyPreloadedImages"), "1.35.8", "1.34.10", [], id="one of a gate"
        ),
        pytest.param(setting(THROTTLING, 0.8), "1.36.4", "1.37.1", [], id="its gate is on by default"),
        pytest.param(
            replace(setting(THROTTLING, 0.8), feature_gates={"MemoryQoS": False}), "1.36.4", "1.37.1", [(THROTTLING, 0.8)], id="and is off"
        ),
        pytest.param(
            replace(setting(THROTTLING, 0.9), feature_gates={"MemoryQoS": False}), "1.36.4", "1.37.1", [], id="the default of before"
        ),
    ],
)
def test_configurations(config: KubeletConfig, start: str, to: str, expected: list[tuple[str, Value]]) -> None:
    found = steps_of(config, start=start, to=to)
    assert [(one.name, one.value) for one in found.troubles] == expected


@pytest.mark.parametrize(
    ("config", "start", "to", "stops"),
    [
        (of(evictionSoft="memory.available<150%", evictionSoftGracePeriod="memory.available=1m"), "1.19.16", "1.20.15", False),
        (of(evictionHard="imagefs.available<150%"), "1.20.15", "1.21.14", True),
        (of(evictionSoft="memory.available<101%", evictionSoftGracePeriod="memory.available=1m"), "1.20.15", "1.21.14", True),
        (of(kubeReserved="pid=100"), "1.14.10", "1.13.12", True),
        (of(kubeReserved="pid=100"), "1.13.12", "1.14.10", False),
    ],
)
def test_what_was_read_by_hand_is_dated_by_the_functions_that_changed(config: KubeletConfig, start: str, to: str, *, stops: bool) -> None:
    """parseThresholdStatement took a share for a hundredth of it up to 1.20; parseResourceList knows pid from 1.14 on."""
    assert bool(steps_of(config, start=start, to=to).troubles) is stops


@pytest.mark.parametrize("share", ["memory.available<150%", "memory.available<100.5%", "nodefs.available<101%"])
@pytest.mark.parametrize("to", ["1.10.13", "1.20.15", "1.21.14", "1.37.1"])
def test_no_kubelet_keeps_more_free_than_there_is(to: str, share: str) -> None:
    """Up to 1.20 it is no threshold that is refused, but what cannot be reserved; a real 1.20.15 ends at it, and starts with 100%."""
    known, end = CATALOG.options(), KubeletEnd(as_version(to), CATALOG.builds(as_version(to)))
    assert any(values_that_stop(end, known, {"evictionHard": share}, ""))
    assert not any(values_that_stop(end, known, {"evictionHard": f"{share.partition('<')[0]}<100%"}, ""))


@pytest.mark.parametrize("value", [-1, "-5s", "-1m"])
def test_logs_are_flushed_after_no_time_below_zero(value: Value) -> None:
    """Real 1.30.14, 1.32.10 and 1.34.1 end with a panic of their ticker, from 1.24 on by the sources; 0 is the default to them."""

    def stops(value: Value, to: str) -> bool:
        end = KubeletEnd(as_version(to), CATALOG.builds(as_version(to)))
        return any(values_that_stop(end, CATALOG.options(), {"logging.flushFrequency": value}, ""))

    assert [stops(value, to) for to in ("1.23.17", "1.24.17", "1.30.14", "1.37.1")] == [False, True, True, True]
    assert not any(stops(good, "1.34.1") for good in (0, "0s", "5s", 5_000_000_000))


@pytest.mark.parametrize(("text", "expected"), [("0", True), ("0s", True), ("-5s", True), ("5s", False)])
def test_by_its_flag_they_are_not_flushed_after_none_either(text: str, *, expected: bool) -> None:
    """As real 1.22.17, 1.30.14 and 1.34.1 take it: a flag is set after the defaults."""
    words = KubeletArguments((f"--log-flush-frequency={text}",), "kubeadm-flags.env")
    configs, facts = Configs(KubeletConfig(), KubeletConfig()), (NodeFacts("node-1", None, None, {}, Origin("nodes.json")),)
    found = with_troubles(plan_steps(facts, "1.22.17", "1.24.17", CATALOG), configs, (words,), ("node-1",), CATALOG.options)
    assert len(found.troubles) == expected


@pytest.mark.parametrize("to", ["1.14.10", "1.30.14", "1.37.1"])
def test_storage_is_nothing_that_can_be_reserved(to: str) -> None:
    known, build = CATALOG.options(), CATALOG.builds(as_version(to))
    assert any(values_that_stop(KubeletEnd(as_version(to), build), known, {"kubeReserved": "storage=1Gi"}, ""))


def test_what_is_told_of_one() -> None:
    assert steps_of(setting(LOGS, 1), start="1.32.13", to="1.33.13").troubles == (
        StartTrouble(TroubleKind.VALUE_REFUSED, LOGS, "the configuration", since=Minor(1, 33), instead="2 or more", value=1),
    )


def test_one_that_the_running_kubelet_refuses_is_not_what_it_runs_with_but_may_be_what_the_new_one_gets() -> None:
    found = steps_of(setting(LOGS, 1), start="1.33.13", to="1.34.10")
    why = f"{LOGS} is nothing to the running kubelet either, so it does not run with it; if the new one gets it, it does not start"
    assert found.missing == (Missing("what the new kubelet is started with, instead of the configuration", why),)
    assert found.troubles == ()


@pytest.mark.parametrize(
    ("words", "gates", "stops"),
    [
        pytest.param((), NO_FEATURE_GATES, True, id="off by default"),
        pytest.param(("--feature-gates=NodeSwap=true",), NO_FEATURE_GATES, False, id="on by the command line"),
        pytest.param(("--feature-gates=NodeSwap=false",), NO_FEATURE_GATES, True, id="off by the command line"),
        pytest.param((), FeatureGates(target={"NodeSwap": True}), False, id="on, as the user says"),
    ],
)
def test_a_gate_that_lets_it(words: tuple[str, ...], gates: FeatureGates, stops: bool) -> None:
    found = steps_of(setting(SWAP, "LimitedSwap"), *words, start="1.30.14", to="1.28.15", gates=gates, told=True)
    assert bool(found.troubles) is stops


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("--container-log-max-files=1",), [("--container-log-max-files", 1)], id="with ="),
        pytest.param(("--container_log_max_files", "1"), [("--container-log-max-files", 1)], id="with a blank"),
        pytest.param(("--container-log-max-files=1", "--container-log-max-files=5"), [], id="the last counts"),
        pytest.param(("--runonce", "--v=2"), [("--runonce", True)], id="a switch"),
        pytest.param(("--runonce=false",), [], id="a switch that is off"),
    ],
)
def test_flags(words: tuple[str, ...], expected: list[tuple[str, Value]]) -> None:
    found = steps_of(KubeletConfig(), *words, start="1.31.14", to="1.33.13")
    assert [(one.flag, one.value) for one in found.troubles] == expected


@pytest.mark.parametrize("taints", ["a:NoSchedule-", "a-", "a=b:NoExecute,c-", "a=b:NoExecute"])
def test_taints_that_are_taken_away_are_none_that_the_field_has(taints: str) -> None:
    found = steps_of(KubeletConfig(), f"--register-with-taints={taints}", start="1.31.14", to="1.32.13")
    assert (found.troubles, found.missing) == ((), ())


def test_a_number_in_place_of_a_list_is_one_only_in_a_file() -> None:
    assert steps_of(KubeletConfig(), "--cluster-dns=5", start="1.29.15", to="1.30.14").troubles == ()


def written(path: str, form: Form, *members: Form) -> KubeletConfig:
    return KubeletConfig(given=(path,), forms={path: Written(form, members)})


def gated(config: KubeletConfig, **gates: bool) -> KubeletConfig:
    return replace(config, feature_gates=gates)


@pytest.mark.parametrize(
    ("config", "start", "to", "stops"),
    [
        pytest.param(of(showHiddenMetricsForVersion="1.29"), "1.30.14", "1.31.14", True, id="metrics hidden since the minor before"),
        pytest.param(of(showHiddenMetricsForVersion="1.30"), "1.29.15", "1.31.14", False, id="that the running one would not have taken"),
        pytest.param(of(showHiddenMetricsForVersion=""), "1.30.14", "1.31.14", False, id="that are not asked for"),
        pytest.param(of(containerLogMonitorInterval="2.9s"), "1.29.15", "1.30.14", True, id="too short"),
        pytest.param(of(containerLogMonitorInterval="3000ms"), "1.29.15", "1.30.14", False, id="just long enough, in another unit"),
        pytest.param(of(imageMinimumGCAge="-1h"), "1.35.8", "1.36.4", True, id="less than nothing"),
        pytest.param(of(imageMaximumGCAge="48h"), "1.28.15", "1.29.15", True, id="a field of a gate that is off"),
        pytest.param(of(imageMaximumGCAge="48h"), "1.28.15", "1.30.14", False, id="and is on"),
        pytest.param(of(imageMaximumGCAge="0s"), "1.28.15", "1.29.15", False, id="what is as good as not set"),
        pytest.param(of(imageMaximumGCAge="1m"), "1.28.15", "1.30.14", True, id="less than another field has by default"),
        pytest.param(of(imageMaximumGCAge="1h", imageMinimumGCAge="2h"), "1.28.15", "1.30.14", True, id="less than it is set to"),
        pytest.param(of(imageMaximumGCAge="1h", imageMinimumGCAge=None), "1.28.15", "1.30.14", False, id="than nobody knows what"),
        pytest.param(of(**BOTH), "1.11.10", "1.12.10", True, id="two that are equal"),
        pytest.param(of(imageGCHighThresholdPercent=70), "1.11.10", "1.12.10", True, id="below the other's default"),
        pytest.param(of(maxParallelImagePulls=5, serializeImagePulls=True), "1.26.15", "1.27.16", True, id="with another field set"),
        pytest.param(of(maxParallelImagePulls=5), "1.26.15", "1.27.16", False, id="which, left alone, follows it"),
        pytest.param(of(enforceNodeAllocatable="pods,kube-reserved"), "1.14.10", "1.15.12", True, id="a word of a list, without its field"),
        pytest.param(
            of(enforceNodeAllocatable="pods,kube-reserved", kubeReservedCgroup="/a"), "1.14.10", "1.15.12", False, id="and with it"
        ),
        pytest.param(of(enforceNodeAllocatable="pods"), "1.14.10", "1.15.12", False, id="a list without the word"),
        pytest.param(of(cpuCFSQuotaPeriod="10ms"), "1.19.16", "1.20.15", True, id="passed over up to 1.19 while its gate is off"),
        pytest.param(of(cpuCFSQuotaPeriod="0.1s"), "1.19.16", "1.20.15", False, id="the default in other words"),
        pytest.param(
            gated(of(cpuCFSQuotaPeriod="500us"), CustomCPUCFSQuotaPeriod=True), "1.25.16", "1.26.15", True, id="while its gate is on"
        ),
        pytest.param(
            gated(of(cpuCFSQuotaPeriod="500us"), CustomCPUCFSQuotaPeriod=True),
            "1.24.17",
            "1.25.16",
            False,
            id="as the minor before takes it",
        ),
        pytest.param(of(topologyManagerPolicy="preferred"), "1.26.15", "1.30.14", False, id="what both refuse, the gate gone in one"),
        pytest.param(of(enableSystemLogQuery=True), "1.26.15", "1.27.16", True, id="known for the first time, its gate off"),
        pytest.param(
            gated(of(enableSystemLogQuery=True, enableSystemLogHandler=False), NodeLogQuery=True), "1.29.15", "1.30.14", False, id="in both"
        ),
        pytest.param(of(enableSystemLogQuery=True, enableSystemLogHandler=False), "1.26.15", "1.36.4", True, id="without another"),
        pytest.param(of(preloadedImagesVerificationAllowlist=None), "1.32.13", "1.33.13", True, id="a list of what are no words"),
        pytest.param(of(preloadedImagesVerificationAllowlist=""), "1.32.13", "1.33.13", False, id="an empty list"),
        pytest.param(of(preloadedImagesVerificationAllowlist=None), "1.34.10", "1.35.8", False, id="the running one refuses it, too"),
        pytest.param(of(defaultPodSysctls=None), "1.36.4", "1.37.1", True, id="a map"),
        pytest.param(of(**{"userNamespaces.idsPerPod": 4294967296}), "1.32.13", "1.33.13", True, id="above the largest"),
        pytest.param(of(cpuManagerPolicyOptions=None), "1.21.14", "1.22.17", True, id="options while their gate is off"),
        pytest.param(of(cpuManagerPolicyOptions=None), "1.21.14", "1.23.17", True, id="and is on, but without the policy that has any"),
        pytest.param(
            of(cpuManagerPolicyOptions="full-pcpus-only=true", cpuManagerPolicy="static", reservedSystemCPUs="0"),
            "1.21.14",
            "1.23.17",
            False,
            id="and with it",
        ),
        pytest.param(of(cpuManagerPolicyOptions=""), "1.21.14", "1.22.17", False, id="no options"),
        pytest.param(of(topologyManagerPolicyOptions=None), "1.25.16", "1.26.15", True, id="those of another manager"),
        pytest.param(of(seccompDefault=True), "1.21.14", "1.22.17", True, id="a profile for all while its gate is off"),
        pytest.param(of(podLogsDir="/var/log/../pods"), "1.29.15", "1.30.14", True, id="a path that is not clean"),
        pytest.param(of(podLogsDir="log/../pods"), "1.29.15", "1.30.14", False, id="a relative one: it is made absolute and clean"),
        pytest.param(of(podLogsDir="/var/log/pods"), "1.29.15", "1.30.14", False, id="a path that is"),
    ],
)
def test_kinds_of_refusals(config: KubeletConfig, start: str, to: str, stops: bool) -> None:
    assert bool(steps_of(config, start=start, to=to).troubles) is stops


def test_what_flags_set_counts_and_not_what_the_configuration_says() -> None:
    config = of(containerLogMaxFiles=1, maxParallelImagePulls=5)
    words = ("--container-log-max-files=5", "--serialize-image-pulls=true")
    found = steps_of(config, *words, start="1.26.15", to="1.33.13").troubles
    assert [(one.name, one.value, one.node) for one in found] == [("maxParallelImagePulls", 5, None)]


@pytest.mark.parametrize(
    ("words", "start", "to", "stops"),
    [
        pytest.param(("--container-runtime-endpoint=",), "1.25.16", "1.26.15", True, id="an empty one"),
        pytest.param(("--container-runtime-endpoint=unix:///run/a.sock",), "1.25.16", "1.26.15", False, id="one"),
        pytest.param(("--container-runtime-endpoint=",), "1.26.15", "1.30.14", False, id="the running one would not have started"),
    ],
)
def test_the_runtime_s_endpoint(words: tuple[str, ...], start: str, to: str, stops: bool) -> None:
    assert bool(steps_of(KubeletConfig(), *words, start=start, to=to).troubles) is stops


NODES = ("worker-1", "worker-2")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(None, [("maxParallelImagePulls", None)], id="a unit of all nodes"),
        pytest.param("worker-2", [(LOGS, "worker-1"), ("maxParallelImagePulls", "worker-2")], id="of one of them"),
    ],
)
def test_whose_flags_they_are(node: str | None, expected: list[tuple[str, str | None]]) -> None:
    config = of(containerLogMaxFiles=1, maxParallelImagePulls=5)
    configs = Configs(config, config, old_told=True)
    facts = [NodeFacts(name, parse_kubelet_version("v1.26.15"), None, {}, Origin("nodes.json")) for name in NODES]
    arguments = [KubeletArguments(("--container-log-max-files=5", "--serialize-image-pulls=true"), "a unit", node)]
    steps = plan_steps(facts, None, "1.33.13", CATALOG, NO_FEATURE_GATES, configs)
    found = with_troubles(steps, configs, arguments, NODES, CATALOG.options).troubles
    assert [(one.name, one.node) for one in found] == expected


CLOUD, RUNTIME = "--cloud-provider", "--container-runtime"


@pytest.mark.parametrize(
    ("words", "start", "to", "expected"),
    [
        pytest.param(("--cloud-provider=aws",), "1.26.15", "1.27.16", [(CLOUD, "aws")], id="the first minor without it"),
        pytest.param(("--cloud_provider", "aws"), "1.25.16", "1.26.15", [], id="the last minor with it"),
        pytest.param(("--cloud-provider=openstack",), "1.25.16", "1.26.15", [(CLOUD, "openstack")], id="openstack"),
        pytest.param(("--cloud-provider=azure",), "1.29.15", "1.30.14", [(CLOUD, "azure")], id="azure"),
        pytest.param(("--cloud-provider=gce",), "1.29.15", "1.30.14", [], id="gce stays longest"),
        pytest.param(("--cloud-provider=gce",), "1.30.14", "1.31.0", [(CLOUD, "gce")], id="gce"),
        pytest.param(("--cloud-provider=gce",), "1.30.14", "1.34.1", [], id="nobody looks at it any more"),
        pytest.param(("--cloud-provider=external",), "1.30.14", "1.31.0", [], id="of elsewhere"),
        pytest.param(("--cloud-provider=$CLOUD",), "1.30.14", "1.31.0", [], id="what is not known"),
        pytest.param(("--container-runtime=docker",), "1.23.17", "1.24.17", [(RUNTIME, "docker")], id="docker"),
        pytest.param(("--container-runtime=remote",), "1.23.17", "1.24.17", [], id="remote"),
        pytest.param(
            ("--log-json-split-stream",), "1.24.17", "1.25.16", [("--log-json-split-stream", True)], id="a stream whose gate is off"
        ),
        pytest.param(("--log-json-split-stream=false",), "1.24.17", "1.25.16", [], id="and not asked for"),
        pytest.param(("--container-runtime=$RUNTIME",), "1.23.17", "1.24.17", [], id="one that is not known"),
    ],
)
def test_values_of_flags_that_set_no_field(words: tuple[str, ...], start: str, to: str, expected: list[tuple[str, Value]]) -> None:
    assert [(one.flag, one.value) for one in steps_of(KubeletConfig(), *words, start=start, to=to).troubles] == expected


@pytest.mark.parametrize(
    ("config", "stops"),
    [
        pytest.param(of(imageGCHighThresholdPercent=101), True, id="more than all"),
        pytest.param(of(port=0), False, id="the default"),
        pytest.param(of(readOnlyPort=70000), True, id="no port"),
        pytest.param(of(evictionHard="memory.available<foo"), True, id="no quantity"),
        pytest.param(of(evictionHard="memory.free<1Gi"), True, id="no signal"),
        pytest.param(of(evictionHard="memory.available<100Mi,nodefs.available<10%,imagefs.inodesFree<5e2"), False, id="thresholds"),
        pytest.param(of(evictionSoft="memory.available<1Gi"), True, id="a soft one that is not told how long"),
        pytest.param(of(evictionSoft="memory.available<1Gi", evictionSoftGracePeriod="memory.available=1m"), False, id="and is"),
        pytest.param(of(cpuManagerPolicy="foo"), True, id="no policy"),
        pytest.param(of(cpuManagerPolicy="static"), True, id="static with no CPU kept back"),
        pytest.param(of(cpuManagerPolicy="static", kubeReserved="cpu=1"), False, id="and with one"),
        pytest.param(of(cpuManagerPolicy="static", reservedSystemCPUs="0"), False, id="and with one by its number"),
        pytest.param(of(memoryManagerPolicy="Static"), True, id="no memory kept back"),
        pytest.param(of(kubeReserved="foo=1"), True, id="nothing that can be kept back"),
        pytest.param(of(enforceNodeAllocatable="pods,foo"), True, id="no such enforcement"),
        pytest.param(of(enforceNodeAllocatable="none,pods"), True, id="none and another one"),
        pytest.param(of(cgroupsPerQOS=False), True, id="no cgroups for pods, and pods held to them by default"),
        pytest.param(of(cgroupsPerQOS=False, enforceNodeAllocatable=""), False, id="and not held"),
        pytest.param(replace(of(cgroupsPerQOS=False), whole=True), False, id="a running kubelet shows no list of nothing"),
        pytest.param(of(reservedSystemCPUs="3-1"), True, id="a range the wrong way round"),
        pytest.param(of(reservedSystemCPUs="0-1,7"), False, id="CPUs"),
        pytest.param(of(registerWithTaints="a=:NoScheduleX"), True, id="no effect"),
        pytest.param(of(registerWithTaints="x.io/a=b:NoExecute,c=:NoSchedule"), False, id="taints"),
        pytest.param(of(reservedMemory="0:cpu=1"), True, id="no memory"),
        pytest.param(of(reservedMemory="0:memory=1Gi;1:memory=1Gi;0:memory=2Gi"), True, id="one node's twice"),
        pytest.param(of(reservedMemory="0:memory=1Gi;1:memory=1Gi;0:hugepages-2Mi=2Gi"), False, id="of nodes"),
        pytest.param(of(**{"logging.format": "foo"}), True, id="no way to log"),
        pytest.param(of(**{"logging.options.json.infoBufferSize": "1Ki"}), True, id="a gate is off"),
        pytest.param(of(**{"logging.options.json.splitStream": True}), False, id="what the flag's default takes back"),
        pytest.param(gated(of(**{"logging.options.json.infoBufferSize": "1Ki"}), LoggingAlphaOptions=True), False, id="and is on"),
        pytest.param(of(**{"logging.options.text.infoBufferSize": "0"}), False, id="as good as not set"),
        pytest.param(of(tlsMinVersion="VersionSSL"), True, id="no version of TLS"),
        pytest.param(of(tlsCipherSuites="TLS_AES_128_GCM_SHA256,FOO"), True, id="no cipher"),
        pytest.param(of(serializeImagePulls=3), True, id="a number in place of a switch"),
        pytest.param(of(syncFrequency="10x"), True, id="no duration"),
        pytest.param(of(syncFrequency="0"), False, id="one of nothing, without a unit"),
        pytest.param(of(syncFrequency=10), True, id="a number in place of a duration"),
        pytest.param(of(clusterDomain=5), True, id="a number in place of a text"),
        pytest.param(of(clusterDNS="192.0.2.1"), False, id="a list of texts"),
        pytest.param(of(evictionHard="memory.available<150%"), True, id="a share of more than all"),
        pytest.param(of(evictionHard="nodefs.available<10%,memory.available<100.5%"), True, id="a little more, the second"),
        pytest.param(of(evictionHard="memory.available<100%,nodefs.available<0%"), False, id="all and none, which are passed over"),
        pytest.param(of(evictionHard="memory.available<0Mi"), True, id="a quantity of zero"),
        pytest.param(of(evictionHard="memory.available<"), True, id="nothing"),
        pytest.param(of(kubeReserved="cpu="), True, id="nothing kept back"),
        pytest.param(of(evictionHard="memory.available<-1Gi"), True, id="one below"),
        pytest.param(of(evictionHard="memory.available<0.5Gi,pid.available<1k"), False, id="quantities"),
        pytest.param(of(evictionSoft="memory.available<5%"), True, id="soft, and no grace at all"),
        pytest.param(
            of(evictionSoft="memory.available<5%,nodefs.available<9%", evictionSoftGracePeriod="memory.available=1m"),
            True,
            id="grace for one signal of two",
        ),
        pytest.param(
            of(evictionSoft="memory.available<5%,nodefs.available<0%", evictionSoftGracePeriod="memory.available=1m,pid.available=1m"),
            False,
            id="for each that counts, and another",
        ),
        pytest.param(
            of(tlsCipherSuites="TLS_RSA_WITH_RC4_128_SHA,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), False, id="cipher suites, as HTTP/2 wants"
        ),
        pytest.param(of(tlsCipherSuites="TLS_AES_128_GCM_SHA256,TLS_RSA_WITH_RC4_128_SHA"), True, id="with none that HTTP/2 wants"),
        pytest.param(
            of(tlsCipherSuites="TLS_AES_128_GCM_SHA256", tlsMinVersion="VersionTLS13"), False, id="which it does not want of TLS 1.3"
        ),
        pytest.param(of(tlsCipherSuites="TLS_AES_128_GCM_SHA256,TLS_FOO"), True, id="one that nobody has"),
        pytest.param(of(allowedUnsafeSysctls="net.*,kernel.msg*,kernel.sem,fs.mqueue.msg_max"), False, id="sysctls of a namespace"),
        pytest.param(of(allowedUnsafeSysctls="net.core.somaxconn,vm.swappiness"), True, id="one of none"),
        pytest.param(of(allowedUnsafeSysctls="kernel.*"), True, id="some of none"),
        pytest.param(of(**{"tracing.endpoint": "http://a:4317"}), True, id="spans to where none go"),
        pytest.param(of(**{"tracing.endpoint": "a:4317"}), False, id="an address"),
        pytest.param(of(**{"tracing.endpoint": "unix:///run/a"}), False, id="a socket"),
        pytest.param(of(**{"tracing.samplingRatePerMillion": 1000001}), True, id="more of a million than it has"),
        pytest.param(of(**{"tracing.samplingRatePerMillion": 1000000}), False, id="all of it"),
        pytest.param(KubeletConfig(given=("clusterDNS",), values={"clusterDNS": "192.0.2.1"}), True, id="a text in place of a list"),
        pytest.param(written("clusterDNS", Form.LIST, Form.NUMBER), True, id="a number in a list of texts"),
        pytest.param(written("clusterDNS", Form.LIST), False, id="a list of nothing"),
        pytest.param(written("clusterDNS", Form.MAP, Form.TEXT), True, id="a map in place of a list"),
        pytest.param(written("evictionHard", Form.MAP, Form.TEXT), False, id="a map of texts"),
        pytest.param(written("evictionHard", Form.MAP, Form.NUMBER, Form.TEXT), True, id="a number in a map of texts"),
        pytest.param(written("evictionHard", Form.TEXT), True, id="a text in place of a map"),
        pytest.param(written("featureGates", Form.MAP, Form.TEXT), True, id="a text in place of a switch"),
        pytest.param(written("featureGates", Form.MAP, Form.SWITCH), False, id="a map of switches"),
        pytest.param(written("tracing", Form.LIST), True, id="a list in place of fields"),
        pytest.param(written("tracing", Form.MAP, Form.NUMBER), False, id="fields"),
        pytest.param(written("registerWithTaints", Form.LIST, Form.TEXT), True, id="texts in place of records"),
        pytest.param(written("staticPodURLHeader", Form.MAP, Form.TEXT), True, id="a text in place of a list in a map"),
        pytest.param(written("syncFrequency", Form.NULL), True, id="null in place of a duration"),
        pytest.param(written("containerLogMonitorInterval", Form.NULL), False, id="of one that may be"),
        pytest.param(written("maxPods", Form.NULL), False, id="null in place of a number"),
        pytest.param(of(maxPods="110"), True, id="a number in quotes"),
        pytest.param(of(maxPods=1.5), True, id="a part of one"),
        pytest.param(of(maxPods=2**31), True, id="more than 32 bits hold"),
        pytest.param(of(maxOpenFiles=2**31), False, id="which 64 do"),
        pytest.param(of(failSwapOn=""), True, id="nothing in place of a switch"),
        pytest.param(of(clusterDNS=True), True, id="a switch in place of a list"),
        pytest.param(of(memoryThrottlingFactor=0.9), False, id="a number with a point"),
        pytest.param(of(fieldOfNobody=3), False, id="a field of which nobody knows"),
        pytest.param(of(imagePullCredentialsVerificationPolicy=3), False, id="a field of later kubelets"),
        pytest.param(of(apiVersion="kubelet.config.k8s.io/v1"), True, id="a version of configurations that no kubelet reads"),
        pytest.param(of(**{"authorization.mode": "RBAC"}), True, id="a mode of authorization that is an API server's"),
        pytest.param(of(**{"authorization.mode": "Webhook"}), False, id="a mode that kubelets have"),
        pytest.param(of(**{"authorization.mode": ""}), False, id="none, which is the default"),
        pytest.param(of(containerLogMaxSize="10 Mi"), True, id="a size with a blank"),
        pytest.param(of(containerLogMaxSize="10MB"), True, id="a size that is no quantity"),
        pytest.param(of(containerLogMaxSize="-1"), False, id="logs that are not rotated"),
        pytest.param(of(containerLogMaxSize="1.5Gi"), False, id="a quantity"),
        pytest.param(of(configMapAndSecretChangeDetectionStrategy="watch"), True, id="a strategy in other letters"),
        pytest.param(of(configMapAndSecretChangeDetectionStrategy="Cache"), False, id="a strategy"),
    ],
)
def test_what_kubelets_always_refused_stops_one_that_is_given_it_anew(config: KubeletConfig, stops: bool) -> None:
    assert bool(after(KubeletConfig(), config).troubles) is stops
    assert steps_of(config, start="1.29.15", to="1.30.14").troubles == ()


@pytest.mark.parametrize(
    ("config", "start", "to", "stops"),
    [
        pytest.param(
            of(**{"logging.options.json.infoBufferSize": "1Ki"}), "1.24.17", "1.25.16", True, id="how to log, of a gate that came"
        ),
        pytest.param(of(**{"logging.options.text.infoBufferSize": "1Ki"}), "1.28.15", "1.29.15", False, id="and does not ask yet"),
        pytest.param(of(**{"logging.options.text.infoBufferSize": "1Ki"}), "1.29.15", "1.30.14", True, id="of text later"),
        pytest.param(of(**{"userNamespaces.idsPerPod": 100000}), "1.32.13", "1.33.13", True, id="no multiple"),
        pytest.param(of(**{"userNamespaces.idsPerPod": 131072}), "1.32.13", "1.33.13", False, id="a multiple"),
        pytest.param(of(reservedSystemCPUs="3-1"), "1.21.14", "1.22.17", True, id="a range the wrong way round, which older ones took"),
        pytest.param(of(registerWithTaints="a=:NoScheduleX"), "1.22.17", "1.23.17", True, id="a field that came"),
        pytest.param(of(reservedMemory="0:memory=1Gi;0:memory=1Gi"), "1.20.15", "1.21.14", True, id="one that came before"),
        pytest.param(of(enforceNodeAllocatable="pods,pods"), "1.30.14", "1.31.14", True, id="a word twice"),
        pytest.param(of(enforceNodeAllocatable="pods,pods"), "1.29.15", "1.30.14", False, id="and does not matter yet"),
        pytest.param(gated(of(defaultPodSysctls="kernel.foo=1"), DefaultPodSysctls=True), "1.36.4", "1.37.1", True, id="of no namespace"),
        pytest.param(gated(of(defaultPodSysctls="net.ipv4.x=1"), DefaultPodSysctls=True), "1.36.4", "1.37.1", False, id="of the network's"),
    ],
)
def test_what_kubelets_refuse_from_a_minor_on(config: KubeletConfig, start: str, to: str, stops: bool) -> None:
    assert bool(steps_of(config, start=start, to=to).troubles) is stops


@pytest.mark.parametrize(
    ("old", "stops"),
    [
        pytest.param(of(memoryManagerPolicy="Static"), False, id="the running one has memory kept back by flags that were not shown"),
        pytest.param(of(memoryManagerPolicy="None"), True, id="nothing tells of any"),
    ],
)
def test_what_is_missing_in_a_new_configuration_may_be_set_by_what_is_missing_in_the_old_one(old: KubeletConfig, stops: bool) -> None:
    assert bool(after(old, of(cpuManagerPolicy="static")).troubles) is stops


@pytest.mark.parametrize(
    ("start", "to", "stops"),
    [
        pytest.param("1.27.16", "1.28.15", True, id="the first that has them"),
        pytest.param("1.29.15", "1.30.14", False, id="the first that does not look"),
        pytest.param("1.30.14", "1.31.14", False, id="nor the next"),
        pytest.param("1.31.14", "1.32.13", True, id="the first that wants one"),
        pytest.param("1.32.13", "1.33.13", False, id="the running one wants it, too"),
    ],
)
def test_a_drop_in_without_apiversion(start: str, to: str, stops: bool) -> None:
    found = steps_of(KubeletConfig(given=("apiVersion of a drop-in",)), start=start, to=to).troubles
    assert [one.name for one in found] == ["apiVersion of a drop-in"] * stops


def test_how_it_is_written_is_told() -> None:
    config = written("evictionHard", Form.MAP, Form.NUMBER)
    assert steps_of(config, start="1.29.15", to="1.30.14", told=True).troubles == (
        StartTrouble(
            TroubleKind.VALUE_REFUSED,
            "evictionHard",
            "the new configuration",
            since=Minor(1, 10),
            instead="a map of texts, numbers in quotes",
            written=Written(Form.MAP, (Form.NUMBER,)),
        ),
    )


BOTH_KINDS = of(enforceNodeAllocatable="system-reserved,system-reserved-compressible", systemReservedCgroup="/a")
COMPRESSIBLE = of(enforceNodeAllocatable="system-reserved-compressible", systemReservedCgroup="/a")


@pytest.mark.parametrize(
    ("config", "start", "to", "stops"),
    [
        pytest.param(BOTH_KINDS, "1.30.14", "1.31.14", True, id="a word that is not known yet"),
        pytest.param(BOTH_KINDS, "1.31.14", "1.32.13", True, id="both, the first that knows them"),
        pytest.param(BOTH_KINDS, "1.36.4", "1.37.1", True, id="both, the last"),
        pytest.param(COMPRESSIBLE, "1.32.13", "1.31.14", True, id="one, on the way back"),
        pytest.param(COMPRESSIBLE, "1.31.14", "1.32.13", False, id="one, the first that knows it"),
        pytest.param(of(**{"tracing.samplingRatePerMillion": -1}), "1.23.17", "1.24.17", False, id="no tracing yet"),
        pytest.param(of(**{"tracing.samplingRatePerMillion": -1}), "1.26.15", "1.27.16", True, id="the first with its gate on"),
        pytest.param(of(**{"tracing.samplingRatePerMillion": -1}), "1.36.4", "1.37.1", True, id="the last"),
    ],
)
def test_what_a_new_configuration_may_not_say(config: KubeletConfig, start: str, to: str, stops: bool) -> None:
    assert bool(steps_of(config, start=start, to=to, told=True).troubles) is stops


@pytest.mark.parametrize(
    ("value", "to", "on_v1", "stops"),
    [
        pytest.param(False, "1.31.14", True, False, id="not yet"),
        pytest.param(False, "1.32.13", True, True, id="the first"),
        pytest.param(False, "1.34.10", True, True, id="later ones"),
        pytest.param(False, "1.32.13", False, False, id="version 2"),
        pytest.param(True, "1.32.13", True, False, id="what it does there anyway"),
    ],
)
def test_what_cgroup_v1_cannot_do(value: bool, to: str, on_v1: bool, stops: bool) -> None:
    config = of(singleProcessOOMKill=value)
    configs = Configs(config, config, old_told=True)
    version = parse_kubelet_version("v1.30.14")
    facts = [NodeFacts(name, version, None, {}, Origin("nodes.json")) for name in ("worker-1", "worker-2")]
    steps = plan_steps(facts, None, to, CATALOG, NO_FEATURE_GATES, configs)
    seen = {"worker-1": on_v1, "worker-2": False}
    found = with_troubles(steps, configs, (), ("worker-1", "worker-2"), CATALOG.options, seen).troubles
    assert [(one.name, one.node) for one in found] == [("singleProcessOOMKill", "worker-1")] * stops


@pytest.mark.parametrize(
    ("words", "start", "to", "expected"),
    [
        pytest.param(("--v=-1",), "1.22.17", "1.23.17", ["--v"], id="a sign, from 1.23 on"),
        pytest.param(("--v", "+1"), "1.22.17", "1.30.14", ["--v"], id="the other sign"),
        pytest.param(("--vmodule=kubelet=+2,pod*=1",), "1.22.17", "1.23.17", ["--vmodule"], id="a sign in a list"),
        pytest.param(("--v=2", "--vmodule=kubelet=2,,pod*=1,"), "1.22.17", "1.23.17", [], id="neither"),
        pytest.param(("--v=-1",), "1.21.14", "1.22.17", [], id="the last minor that takes it"),
        pytest.param(("--v=$(LEVEL)",), "1.22.17", "1.23.17", [], id="not known"),
    ],
)
def test_flags_with_a_grammar_of_their_own(words: tuple[str, ...], start: str, to: str, expected: list[str]) -> None:
    assert [one.flag for one in steps_of(KubeletConfig(), *words, start=start, to=to).troubles] == expected


def test_a_level_that_neither_kubelet_takes_was_not_started_with() -> None:
    steps = steps_of(KubeletConfig(), "--vmodule=kubelet", start="1.22.17", to="1.23.17")
    assert steps.troubles == ()
    assert [one.reason.partition(" is ")[0] for one in steps.missing] == ["--vmodule"]


def flagged(word: str, start: str, to: str) -> Steps:
    words, facts = KubeletArguments((word,), "kubeadm-flags.env"), (NodeFacts("node-1", None, None, {}, Origin("nodes.json")),)
    configs = Configs(KubeletConfig(), KubeletConfig())
    return with_troubles(plan_steps(facts, start, to, CATALOG), configs, (words,), ("node-1",), CATALOG.options)


@pytest.mark.parametrize(
    ("word", "start", "to", "stops"),
    [
        ("--logging-format=", "1.20.15", "1.22.17", True),
        ("--logging-format=", "1.20.15", "1.21.14", False),
        ("--logging-format=text", "1.20.15", "1.22.17", False),
        ("--topology-manager-policy=", "1.15.12", "1.16.15", True),
        ("--topology-manager-scope=", "1.19.16", "1.20.15", True),
        ("--topology-manager-scope=pod", "1.30.14", "1.31.14", False),
        ("--port=10250", "1.30.14", "1.31.14", False),
        ("--version=false", "1.30.14", "1.31.14", False),
    ],
)
def test_a_flag_set_to_nothing_gets_no_default(word: str, start: str, to: str, *, stops: bool) -> None:
    """As real 1.20.15, 1.22.17, 1.30.14, 1.34.1 and 1.35.4 take them (the last ones: tests/lab/recorded-drop-ins.json)."""
    assert bool(flagged(word, start, to).troubles) is stops


@pytest.mark.parametrize(
    "word", ["--hairpin-mode=", "--topology-manager-policy=", "--port=0", "-h", "--help", "-h=false", "--version", "--version=raw"]
)
@pytest.mark.parametrize("start", ["1.20.15", "1.30.14"])
def test_with_what_no_kubelet_goes_on_the_running_one_does_not_run(word: str, start: str) -> None:
    found = flagged(word, start, "1.34.1")
    assert not found.troubles
    assert ["is nothing to the running kubelet either" in one.reason for one in found.missing] == [True]


def test_levels_of_logs_are_of_32_bits_with_a_sign() -> None:
    end = KubeletEnd(as_version("1.34.1"), CATALOG.builds(as_version("1.34.1")))
    levels = (2**31 - 1, 2**31, 2**32 - 1)
    assert [any(values_that_stop(end, CATALOG.options(), {"logging.verbosity": one}, "")) for one in levels] == [False, True, True]


def test_a_member_of_a_list_is_refused_where_it_is() -> None:
    end = KubeletEnd(as_version("1.34.1"), CATALOG.builds(as_version("1.34.1")))
    given = {"logging.vmodule[0].verbosity": 5, "logging.vmodule[1].verbosity": 2**31}
    assert [one.name for one in values_that_stop(end, CATALOG.options(), given, "")] == ["logging.vmodule[1].verbosity"]


STATIC = {"cpuManagerPolicy": "static", "reservedSystemCPUs": "0"}
NEAR = {"topologyManagerPolicy": "best-effort"}


@pytest.mark.parametrize(
    ("fields", "gates", "refused"),
    [
        pytest.param({"cpuManagerPolicyOptions": "x=true"}, {}, "cpuManagerPolicyOptions", id="options without the policy that has any"),
        pytest.param(
            {**STATIC, "cpuManagerPolicyOptions": "full-pcpus-only=x"}, {}, "cpuManagerPolicyOptions", id="neither true nor false"
        ),
        pytest.param({**STATIC, "cpuManagerPolicyOptions": "align-by-socket=true"}, {}, "cpuManagerPolicyOptions", id="one of alpha"),
        pytest.param(
            {**STATIC, "cpuManagerPolicyOptions": "align-by-socket=true"}, {"CPUManagerPolicyAlphaOptions": True}, "", id="and its gate"
        ),
        pytest.param({**STATIC, "cpuManagerPolicyOptions": "strict-cpu-reservation=true"}, {}, "", id="one of beta"),
        pytest.param(
            {**STATIC, "cpuManagerPolicyOptions": "strict-cpu-reservation=1"},
            {"CPUManagerPolicyBetaOptions": False},
            "cpuManagerPolicyOptions",
            id="and its gate off",
        ),
        pytest.param({"topologyManagerPolicyOptions": "x=true"}, {}, "", id="nobody asks for these without a policy"),
        pytest.param({**NEAR, "topologyManagerPolicyOptions": "x=true"}, {}, "topologyManagerPolicyOptions", id="with one"),
        pytest.param({**NEAR, "topologyManagerPolicyOptions": "max-allowable-numa-nodes=4"}, {}, "topologyManagerPolicyOptions", id="few"),
        pytest.param({**NEAR, "topologyManagerPolicyOptions": "max-allowable-numa-nodes=8"}, {}, "", id="as many as it wants"),
        pytest.param({"qosReserved": "memory=150%"}, {}, "qosReserved", id="more than there is"),
        pytest.param({"qosReserved": "memory=100%"}, {}, "", id="all that there is"),
        pytest.param({"syncFrequency": "-5s"}, {}, "syncFrequency", id="below zero"),
        pytest.param({"syncFrequency": "0s"}, {}, "", id="zero gets the default"),
        pytest.param({"address": "x"}, {}, "address", id="no address"),
        pytest.param({"address": "::1"}, {}, "", id="an address"),
        pytest.param({"readOnlyPort": 10250}, {}, "readOnlyPort", id="the port that the kubelet has by default"),
        pytest.param({"readOnlyPort": 10255, "port": 10255}, {}, "readOnlyPort", id="and one that is set"),
        pytest.param({"readOnlyPort": 10250, "port": 10251}, {}, "", id="another one"),
    ],
)
def test_what_ends_a_kubelet_behind_its_validation(fields: dict[str, Value], gates: dict[str, bool], refused: str) -> None:
    """As a real 1.34.1 took them."""
    end = KubeletEnd(as_version("1.34.1"), (replace(CATALOG.builds(as_version("1.34.1"))[0], feature_gates=gates),))
    assert [one.name for one in values_that_stop(end, CATALOG.options(), fields, "")] == ([refused] if refused else [])


@pytest.mark.parametrize(
    ("start", "v1", "found"),
    [
        pytest.param("1.29.15", {"worker-1": True}, ("memorySwap.swapBehavior", ""), id="version 1"),
        pytest.param("1.29.15", {"worker-1": False}, ("", ""), id="version 2"),
        pytest.param("1.29.15", {}, ("", "which version cgroups of nodes have"), id="nobody saw"),
        pytest.param("1.31.14", {}, ("", ""), id="the running one would not start on version 1 either"),
    ],
)
def test_swap_of_pods_wants_cgroups_of_version_2(start: str, v1: dict[str, bool], found: tuple[str, str]) -> None:
    config = of(**{"memorySwap.swapBehavior": "LimitedSwap"})
    configs = Configs(config, config, old_told=True)
    facts = [NodeFacts("worker-1", as_version(start), None, {}, Origin("nodes.json"))]
    to = "1.30.14" if start == "1.29.15" else "1.32.13"
    steps = plan_steps(facts, None, to, CATALOG, FeatureGates({"NodeSwap": True}), configs)
    told = with_troubles(steps, configs, (), ("worker-1",), CATALOG.options, v1)
    assert ("".join(one.name for one in told.troubles), "".join(one.what for one in told.missing)) == found
