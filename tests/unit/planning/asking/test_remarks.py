"""What is said of flags, fields and defaults with which the new kubelet starts."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.kinds import Value
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.starting import OptionRemark, RemarkKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.remarks import with_remarks
from upgradecheck.planning.asking.steps import plan_steps

PLACE = "kubeadm-flags.env"


def remarks(*words: str, config: KubeletConfig | None = None, new: KubeletConfig | None = None, **steps: str) -> list[OptionRemark]:
    """What is said of a node's words, and of its configuration, where it was told; from and to: as options have them."""
    start, to = steps["start"], steps["to"]
    configs = Configs(config or KubeletConfig(), new or config or KubeletConfig(), config is not None, new is not None)
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    arguments = [KubeletArguments(words, PLACE)] if words else []
    return list(with_remarks(plan_steps(facts, None, to, CATALOG), configs, arguments, ("worker-1",), CATALOG.options).remarks)


def kinds(found: list[OptionRemark]) -> list[tuple[str, str]]:
    return [(one.kind.value, one.name) for one in found]


@pytest.mark.parametrize(
    ("start", "to", "expected"),
    [
        pytest.param("1.32.13", "1.33.13", [("flag-old", "--pod-infra-container-image")], id="two minors before it goes"),
        pytest.param("1.33.13", "1.34.10", [("flag-ends", "--pod-infra-container-image")], id="the last that takes it"),
        pytest.param("1.34.10", "1.35.8", [], id="the first that does not: that is UC032's"),
        pytest.param("1.23.17", "1.24.17", [("flag-deprecated", "--pod-infra-container-image")], id="the first that calls it so"),
        pytest.param("1.22.17", "1.23.17", [], id="before"),
    ],
)
def test_a_flag_on_its_way_out(start: str, to: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(remarks("--pod-infra-container-image=pause:3.9", "--v=2", start=start, to=to)) == expected


def test_what_is_told_of_a_flag() -> None:
    (found,) = remarks("--container_runtime_endpoint=x", "--container-runtime-endpoint", start="1.26.15", to="1.27.16")
    assert found == OptionRemark(
        RemarkKind.FLAG_DEPRECATED,
        "--container-runtime-endpoint",
        PLACE,
        Minor(1, 27),
        None,
        "containerRuntimeEndpoint in the configuration",
        node="worker-1",
    )


@pytest.mark.parametrize(
    ("given", "start", "to", "expected"),
    [
        pytest.param(("failCgroupV1",), "1.30.14", "1.31.14", [("field-counts", "failCgroupV1")], id="the first that has it"),
        pytest.param(("failCgroupV1",), "1.31.14", "1.32.13", [], id="both have it"),
        pytest.param(("failCgroupV1",), "1.31.14", "1.30.14", [("field-ignored", "failCgroupV1")], id="on the way back"),
        pytest.param(("maxpods",), "1.31.14", "1.32.13", [("field-of-nobody", "maxpods")], id="a typing error"),
        pytest.param(("memorySwap", "memorySwap.x"), "1.31.14", "1.32.13", [("field-of-nobody", "memorySwap.x")], id="in a field"),
        pytest.param(
            ("crashLoopBackOff", "crashLoopBackOff.x"), "1.30.14", "1.31.14", [("field-of-nobody", "crashLoopBackOff")], id="above"
        ),
        pytest.param(("logging", "logging.x"), "1.31.14", "1.32.13", [("field-of-nobody", "logging.x")], id="in one of another package"),
        pytest.param(
            ("registerWithTaints", "registerWithTaints[0].x", "registerWithTaints[0].key"),
            "1.31.14",
            "1.32.13",
            [("field-of-nobody", "registerWithTaints[0].x")],
            id="in a list",
        ),
        pytest.param(("failCgroupV1",), "1.8.15", "1.9.11", [], id="no configuration is known"),
    ],
)
def test_fields_of_a_configuration_that_stays(given: tuple[str, ...], start: str, to: str, expected: list[tuple[str, str]]) -> None:
    config = KubeletConfig(given=(*given, "evictionHard"))
    found = remarks(config=config, start=start, to=to)
    assert [one for one in kinds(found) if not one[0].startswith("default")] == expected


def test_what_kubeadm_writes_out_though_it_sets_nothing() -> None:
    values: dict[str, Value] = {"imageMaximumGCAge": "0s", "containerRuntimeEndpoint": "", "nodeStatusReportFrequency": "0s"}
    config = KubeletConfig(given=(*values, "evictionHard"), values=values)
    assert kinds(remarks(config=config, start="1.26.15", to="1.29.15")) == [
        ("default-of-nodes", "eventRecordQPS"),
        ("default-of-nodes", "kubeAPIQPS"),
    ]
    values = {"failCgroupV1": False}
    assert kinds(remarks(config=KubeletConfig(given=tuple(values), values=values), start="1.30.14", to="1.31.14")) == [
        ("field-counts", "failCgroupV1")
    ]


def test_a_field_of_another_configuration_that_the_new_kubelet_lacks_is_set_by_a_flag() -> None:
    new = KubeletConfig(given=("containerRuntimeEndpoint", "nonsense"))
    found = remarks(new=new, start="1.23.17", to="1.24.17")
    assert [(one.kind, one.name, one.since, one.instead) for one in found] == [
        (RemarkKind.FIELD_IGNORED, "containerRuntimeEndpoint", Minor(1, 27), "--container-runtime-endpoint"),
        (RemarkKind.FIELD_IGNORED, "nonsense", None, ""),
    ]


@pytest.mark.parametrize(
    ("words", "config", "start", "to", "expected"),
    [
        pytest.param((), KubeletConfig(), "1.29.15", "1.30.14", ["evictionHard"], id="it moved"),
        pytest.param((), KubeletConfig(), "1.30.14", "1.31.14", [], id="it did not"),
        pytest.param((), KubeletConfig(), "1.30.14", "1.29.15", ["evictionHard"], id="and back"),
        pytest.param((), KubeletConfig(given=("evictionHard",)), "1.29.15", "1.30.14", [], id="it is set"),
        pytest.param(("--eviction-hard=x",), KubeletConfig(), "1.29.15", "1.30.14", [], id="by a flag"),
        pytest.param((), KubeletConfig(whole=True), "1.29.15", "1.30.14", [], id="configz does not tell what is set"),
        pytest.param((), None, "1.29.15", "1.30.14", [], id="the configuration was not seen"),
        pytest.param((), KubeletConfig(), "1.26.15", "1.27.16", ["eventRecordQPS", "kubeAPIQPS"], id="several"),
    ],
)
def test_defaults(words: tuple[str, ...], config: KubeletConfig | None, start: str, to: str, expected: list[str]) -> None:
    found = remarks(*words, config=config, start=start, to=to)
    assert [one.name for one in found if one.kind in (RemarkKind.DEFAULT_OF_PODS, RemarkKind.DEFAULT_OF_NODES)] == expected


def test_what_is_told_of_a_default() -> None:
    found = remarks(config=KubeletConfig(), start="1.26.15", to="1.27.16")[0]
    assert found == OptionRemark(
        RemarkKind.DEFAULT_OF_NODES,
        "eventRecordQPS",
        "the configuration",
        Minor(1, 27),
        old="5",
        new="50",
        matters="how many events a node may write",
    )
