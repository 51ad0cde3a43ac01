"""Drawn pods, judged by a release's real computePodActions and by a whole plan from that release to itself."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.builders import CATALOG
from tests.lab.kubelets import parts
from tests.oracle.go import go_is_here
from tests.oracle.podactions.drawing import drawn
from tests.oracle.podactions.planning import KILLED, planned
from tests.oracle.podactions.real import Kubelet
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not go_is_here(), reason="needs Go")]

PODS = int(os.environ.get("TESTS_PODACTIONS_PODS", "5000"))
VERSIONS = os.environ.get("TESTS_PODACTIONS_VERSIONS", "1.20.15,1.22.17,1.30.14,1.34.12,1.36.5,1.37.2").split(",")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_runs_is_killed_or_kept_as_the_kubelet_does(version: str, tmp_path: Path) -> None:
    (build,) = CATALOG.builds(parse_kubelet_version(version))
    dice = Random(parts(version)[0])
    pods = [drawn(dice, number, build.hash_class) for number in range(PODS)]
    plan = planned(pods, version, tmp_path)
    verdicts = {one.container_id: one for pod in plan.pods for one in pod.containers}
    seen: Counter[str] = Counter()
    wrong = []
    unforced = 0
    with Kubelet(version, tmp_path / "log") as kubelet:
        for one in pods:
            answer = kubelet.judge(one.pod, one.status)
            for container_id, name in one.running.items():
                killed = answer["kill_pod"] or container_id in answer["kill"]
                said = verdicts[container_id]
                seen[said.verdict.value] += 1
                unforced += said.verdict is Verdict.UNKNOWN and said.reason is not Reason.NOT_REPRODUCED
                if said.verdict is not Verdict.UNKNOWN and (said.verdict in KILLED) is not killed:
                    wrong.append((name, "killed" if killed else "kept", said.verdict.value, said.reason.value, one.pod["metadata"]["name"]))
    assert wrong == [], f"{len(wrong)} of {sum(seen.values())} running containers"
    assert seen.keys() >= {"safe", "recreate"}, "both were drawn"
    assert unforced == 0, "where the record is the spec's own, the answer is known"
