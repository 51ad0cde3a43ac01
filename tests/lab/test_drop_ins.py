"""A configuration with drop-ins, as real kubelets take it, recorded and live: each stops, or does not, as a plan says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.lab import dropins
from tests.lab.kubelets import found
from tests.lab.needing import need_kubelets
from upgradecheck.decode.kubelet.config import kubelet_settings
from upgradecheck.decode.kubelet.dropins import FileSettings, as_drop_in
from upgradecheck.decode.kubelet.flags import flag_settings
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.setups import SetUps, settled
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import plan_steps
from upgradecheck.planning.asking.tracing import untold_endpoint

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-drop-ins.json").read_bytes())
CASES = {one.about: one for one in dropins.ALL}
OF_V1 = (
    "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release"
)
"""What 1.35 says beside all else, on the machine where these were recorded."""


UNTOLD = tuple(f"tracing.endpoint {one!r}" for one in ("local host:4317", "%zz", "a%20b:1", "?x", "#", "[::1"))
"""Addresses with letters that are not read, or that are cut off: real kubelets end at these, and a plan is partial."""


ELSEWHERE = ("a flag without its value", "no kind")
"""What is told of where it is read: planning.asking.idle_words, sources.files."""


def configured(case: dropins.Case) -> Configs:
    """Its file, and the drop-ins over it, given to the new kubelet."""
    file, *drop_ins = (kubelet_settings(json.dumps({**dropins.KIND, **one}).encode()) for one in (case.file, *case.drop_ins))
    flags = None if case.about in ELSEWHERE else flag_settings(case.flags)
    config = FileSettings(file, tuple(map(as_drop_in, drop_ins)), flags).config()
    return Configs(config, config, new_told=True)


def foreseen(version: str, case: dropins.Case) -> bool:
    """Whether a plan says that the kubelet does not start; on a node with cgroup v1, as ours was, where it is about that."""
    node = NodeFacts("node-1", None, None, {}, Origin("nodes.json"))
    set_ups = settled(SetUps(configured(case)), (node,), None, version, CATALOG.options)
    steps = plan_steps((node,), None, version, CATALOG, configs=set_ups.common)
    words = (KubeletArguments(case.flags, "the command line", "node-1"),) if case.flags else ()
    steps = with_troubles(steps, set_ups.common, words, ("node-1",), CATALOG.options, {"node-1": True} if _is_of_v1(case) else {})
    step = steps.of("node-1").step
    return step is not None and step.obstacle is Reason.KUBELET_WILL_NOT_START


def _is_of_v1(case: dropins.Case) -> bool:
    return any("failCgroupV1" in one for one in (case.file, *case.drop_ins))


def told(starts: list[dict[str, Any]]) -> Mapping[str, bool]:
    """Whether each stopped, for another reason than cgroup v1 where it is not about that."""
    return {one["about"]: _stops(one) for one in starts}


def _stops(start: Mapping[str, Any]) -> bool:
    if _is_of_v1(CASES[start["about"]]):
        return bool(start["stops"])
    return bool(start["said"].replace(OF_V1, "").strip(' ,[]\\"'))


@pytest.mark.parametrize("version", dropins.VERSIONS)
def test_recorded_starts_are_foreseen(version: str) -> None:
    tried = [one for one in RECORDED if one["version"] == version]
    expected = {about: foreseen(version, case) for about, case in CASES.items()}
    assert {
        about: stops for about, stops in told(tried).items() if stops is not expected[about] and about not in (*UNTOLD, *ELSEWHERE)
    } == {}


def test_of_what_is_not_foreseen_it_is_said_that_nobody_knows() -> None:
    for about in UNTOLD:
        assert list(untold_endpoint(configured(CASES[about]), CATALOG.options(), (), Minor(1, 34))), about


def test_minors_differ() -> None:
    """Null takes more back from 1.32 on, and the gates of the file are looked at by themselves."""
    by_version = {version: told([one for one in RECORDED if one["version"] == version]) for version in dropins.VERSIONS}
    other = {about for about in CASES if by_version["1.31.0"][about] is not by_version["1.32.10"][about]}
    assert {"null over it", "a drop-in mends a locked gate"} <= other
    for one in (*dropins.CASES, *dropins.HEADS):
        assert by_version["1.30.14"][one.about] is by_version["1.31.0"][one.about]


@pytest.mark.node
@pytest.mark.parametrize("version", dropins.VERSIONS)
def test_starts_end_as_foreseen(version: str) -> None:
    need_kubelets(version)
    program = found(version)
    assert program is not None
    tried = [dropins.said(version, program, case) for case in dropins.ALL]
    assert {
        about: stops
        for about, stops in told(tried).items()
        if stops is not foreseen(version, CASES[about]) and about not in (*UNTOLD, *ELSEWHERE)
    } == {}
