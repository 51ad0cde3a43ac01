"""The JSON contract of the plan: its shape by JSON Schema, its content by the plan itself."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from tests.builders_plan import PLANS, mixed
from tests.drawing import tried
from tests.unit.renderers.strategies import plans
from upgradecheck.contract import v1
from upgradecheck.model.changes import Aspect, Change, Effect, EffectKind, SandboxLoss, UIDChange
from upgradecheck.model.checkpoint import FactKind
from upgradecheck.model.gate import ConditionName
from upgradecheck.model.hash import Hash
from upgradecheck.model.hashlist import HashError, HashItem
from upgradecheck.model.plan import CauseKind, Grade, IgnoreState, OverrideRefusal, Plan, Severity, Verdict
from upgradecheck.model.pod import PodSource, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind, Era, UIDHasher, UIDInput
from upgradecheck.model.waves import UnsolvedWhy, WaveKind, WaveWay, WaveWhy
from upgradecheck.renderers import Canvas, choose


def as_json(plan: Plan) -> Any:
    render = choose("json", "plan").render
    return json.loads("".join(render(plan, Canvas())))


def schema(name: str) -> Any:
    return v1.schema(name)


def closed(part: Any) -> Any:
    """The schema with no room for members that it does not name: what a reader may not rely on, the writer may not write."""
    if isinstance(part, list):
        return [closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    members = {key: closed(value) for key, value in part.items()}
    return {**members, "additionalProperties": False} if "properties" in part and part.get("type") == "object" else members


PLAN_SCHEMA = jsonschema.Draft202012Validator(closed(schema("plan")))


@pytest.mark.parametrize("name", ["plan", "hash", "versions"])
def test_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", list(PLANS))
def test_plan_fits_its_schema(name: str) -> None:
    PLAN_SCHEMA.validate(as_json(PLANS[name]))


def test_schema_refuses_a_padded_hash() -> None:
    document = as_json(mixed())
    document["pods"][0]["containers"][0]["evidence"]["hash"] = "08e45cbd"
    with pytest.raises(jsonschema.ValidationError):
        PLAN_SCHEMA.validate(document)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            "plan",
            (
                *(Verdict, Reason, Grade, CauseKind, FactKind, IgnoreState, OverrideRefusal, Severity, ConditionName, ContainerKind),
                *(PodSource, RunState, UnsolvedWhy, WaveKind, WaveWay, WaveWhy),
            ),
        ),
        ("hash", (ContainerKind, Era)),
        ("matrix", (Effect, EffectKind, UIDChange, ContainerKind, SandboxLoss)),
        ("diff", (Effect, EffectKind, ContainerKind, Era, Change, Aspect, UIDHasher, UIDInput, UIDChange)),
    ],
)
def test_schema_lists_the_words_of_the_model(document: str, words: tuple[type[Enum], ...]) -> None:
    listed = {frozenset(part["enum"]) for part in schema(document)["$defs"].values() if "enum" in part}
    assert listed == {frozenset(word.value for word in kind) for kind in words}


def test_what_is_overridden_as_the_contract_words_it() -> None:
    document = as_json(PLANS["all-held"])
    assert document["overrides"] == {
        "web-id": {"from": "8e45cbd0", "to": "311670a", "namespace": "shop", "pod": "web-1", "uid": "uid-of-web-1", "container": "web",
                   "node": "node-a", "without_resources": {"from": "1", "to": "2"}},
    }  # fmt: skip
    assert document["summary"]["override"] == {
        "planned": 1,
        "refused": {"already": 1},
        "without": {"containers": {"restart": 1, "safe": 1}, "pods": {"restart": 1, "safe": 1}},
    }
    (held,), (kept,) = (pod["containers"] for pod in document["pods"])
    assert (held["verdict"], held["override"], "override_refused" in held) == ("overridden", "planned", False)
    assert (kept["verdict"], kept["override_refused"], "override" in kept) == ("safe", "already", False)


def test_members_stand_in_the_order_of_the_contract() -> None:
    document = as_json(mixed())
    assert list(document) == [
        "format_version", "kind", "from", "to", "downgrade", "complete", "exit_code", "gate", "plan_hash", "scope", "calibration", "coverage",
        "summary", "nodes", "pods", "overrides", "findings", "waves", "notices", "document_hash",
    ]  # fmt: skip
    held = next(pod for pod in document["pods"] if pod["verdict"] == "overridden")["containers"][1]
    assert list(held) == ["name", "kind", "container_id", "verdict", "reason", "override", "evidence", "computed", "causes"]


def test_a_container_as_the_contract_words_it() -> None:
    ledger = as_json(mixed())["pods"][0]
    assert ledger["workload"] == {"kind": "StatefulSet", "name": "ledger"}
    assert ledger["containers"] == [
        {
            "name": "db",
            "kind": "app",
            "container_id": "db-id",
            "verdict": "restart",
            "reason": "hash_changed",
            "evidence": {"grade": "recorded", "hash": "8e45cbd0", "creator": "1.22"},
            "computed": {"from": "8e45cbd0", "to": "311670a"},
            "causes": [
                {"kind": "field_added", "path": "livenessProbe.terminationGracePeriodSeconds", "since": "1.21"},
                {"kind": "field_added", "path": "securityContext.windowsOptions.hostProcess", "since": "1.22"},
            ],
        }
    ]


@tried(8)
@given(plan=plans())
def test_json_holds_the_facts_of_every_plan(plan: Plan) -> None:
    document = as_json(plan)
    PLAN_SCHEMA.validate(document)
    assert (document["complete"], document["exit_code"], document["downgrade"]) == (plan.complete, plan.exit_code, plan.downgrade)
    assert document["summary"]["containers"] == {verdict.value: number for verdict, number in plan.summary.containers.items()}
    assert [(pod["verdict"], pod["reason"], len(pod["containers"])) for pod in document["pods"]] == [
        (pod.verdict.value, pod.reason.value, len(pod.containers)) for pod in plan.pods
    ]
    assert [pod["name"] for pod in document["pods"]] == [pod.name.encode("utf-8", "backslashreplace").decode() for pod in plan.pods]
    assert [known(c["evidence"]["hash"]) for pod in document["pods"] for c in pod["containers"]] == [
        container.evidence.hash for pod in plan.pods for container in pod.containers
    ]


def known(text: str | None) -> Hash | None:
    return None if text is None else Hash.parse(text)


HASHES = (
    HashItem("shop", "web", "uid", "init", ContainerKind.INIT, "1.30", Era.JSON, Hash(0), Hash(0x311670A)),
    HashItem("default", None, None, "app", ContainerKind.APP, "1.31", Era.IMAGE_NAME, Hash(0x8E45CBD0)),
    HashError(None, None, None, "1.30", "spec.containers[0].name", "a string is wanted"),
)


def test_hash_list_fits_its_schema_and_leaves_out_what_does_not_apply() -> None:
    render = choose("json", "hashes").render
    document = json.loads("".join(render(iter(HASHES), Canvas())))
    jsonschema.Draft202012Validator(closed(schema("hash"))).validate(document)
    assert document == {
        "format_version": "1.0",
        "kind": "HashList",
        "items": [
            {"namespace": "shop", "pod": "web", "uid": "uid", "container": "init", "container_kind": "init", "kubelet": "1.30", "era": "json",
             "hash": "0", "hash_without_resources": "311670a"},
            {"namespace": "default", "pod": None, "uid": None, "container": "app", "container_kind": "app", "kubelet": "1.31",
             "era": "image-name", "hash": "8e45cbd0"},
            {"namespace": None, "pod": None, "uid": None, "kubelet": "1.30",
             "error": {"path": "spec.containers[0].name", "reason": "a string is wanted"}},
        ],
    }  # fmt: skip
