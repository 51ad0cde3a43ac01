"""A key of a ConfigMap that is gone when the newer kubelet starts: what it did with the pods that were made with it, and what a plan says.

Recorded with `python -m tests.lab --from 1.30.14 --to 1.31.0 --api --manifests tests/lab/with-keys`. All of them were to restart. The two
whose volumes name the key ran on: a kubelet that starts mounts volumes anew, and comes to no container before it has.
"""

from pathlib import Path

from tests.lab import comparing
from upgradecheck.commands.plan import PlanRequest, make_plan

RECORDED = Path(__file__).parent / "recorded-keys" / "1.30.14-to-1.31.0"
LEFT_ALONE = {"default/items-gone", "default/projected-gone"}


def test_what_a_volume_lacks_keeps_its_kubelet_from_the_pod() -> None:
    pods = {one.name: one.came for one in comparing.replayed(RECORDED) if one.kind == "pod"}
    assert {name for name, came in pods.items() if came == "kept"} == LEFT_ALONE
    assert len(pods) == 9
    assert {one.name for one in comparing.replayed(RECORDED) if one.wrong and one.kind == "pod"} == LEFT_ALONE


def test_a_plan_says_so_and_what_an_environment_lacks() -> None:
    inputs = tuple(str(RECORDED / name) for name in (*comparing.INPUTS, "config-maps.json"))
    found = make_plan(PlanRequest(inputs, to_version="1.31.0"))
    told = [one.message for one in found.findings if one.rule == "UC061" and "has no key 'gone'" in one.message]
    of_volume = next(one for one in told if "makes a volume" in one or "make a volume" in one)
    of_environment = next(one for one in told if "environment" in one)
    assert {
        name for name in (*LEFT_ALONE, "default/items-optional", "default/unmounted-gone", "default/whole") if name in of_volume
    } == LEFT_ALONE
    assert "default/env-gone" in of_environment
    assert "default/env-optional" not in of_environment
    assert len(told) == 2
