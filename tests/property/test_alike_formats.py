"""Pods that are alike are written by one text in YAML and csv, too: byte for byte as each by itself, whatever their own values are."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache

import pytest
from msgspec.structs import replace

from tests.builders import raw
from tests.property.test_alike_pods import at_once, few, planned
from tests.property.test_replicas import STEPS, crowd, distinct
from upgradecheck.contract.parts import ByForm, Rows, RowsTogether
from upgradecheck.contract.v1.plan_rows import PodRows
from upgradecheck.contract.v1.plan_waves import unsolved_rows
from upgradecheck.model.alike import FIRST, OF_EACH, Form, Own, Pods, is_plain, own_values
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Plan, PlannedPod
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveObject
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.media import csv_forms
from upgradecheck.renderers.media.csv import Row
from upgradecheck.renderers.media.csv_forms import written_pods
from upgradecheck.renderers.yaml import forms
from upgradecheck.renderers.yaml.block import _text, scalars
from upgradecheck.renderers.yaml.stream import yaml_document

__all__ = ["at_once"]

NAMES = (
    "web-1", "yes", "NULL", "oN", "it's", "''", "123", "1e5", "0x1f", "a", "a b", "a:b", "a: b", "a #b", "~", "", " a", "a ", "- a", "_", "x" * 300,
    "=cmd", "-1", "+1", "@sum", "a,b", "a;-b", "a;b", "the_value_of_hole_0s_", "the_value_of_hole_1_", "tried-1-0", "%s",
)  # fmt: skip
HASHES = ("1", "a", "1e5", "abc", "12345678", "ffffffff", "10000005")


def rendered(name: str, plan: Plan) -> str:
    return "".join(choose(name, "plan").render(plan, Canvas()))


def _other(own: Own, number: int) -> Own:
    """With such values in turn; those that a form has not it has not here, either."""
    names = [NAMES[(number * step + step) % len(NAMES)] for step in (1, 3, 5, 7)]
    found = [name if its is not None else None for name, its in zip(names, own, strict=False)]
    for first in range(FIRST, len(own), OF_EACH):
        its = NAMES[(number + first) % len(NAMES)], *(HASHES[(number + place) % len(HASHES)] for place in range(3))
        each = (*its, "2026-01-01T00:00:00Z", str(number))
        found += [value if known is not None else None for value, known in zip(each, own[first : first + OF_EACH], strict=True)]
    return tuple(found)


@lru_cache(maxsize=1)
def base() -> Plan:
    return planned([raw(one) for one in few(8)], *STEPS[0], forms=True)


def odd() -> tuple[Plan, Plan]:
    """A plan of pods of one form with such names, and the same of which nobody said so."""
    form = Form(base().pods[0])
    pods = Pods((_other(own_values(form.pod), number), form) for number in range(3 * len(NAMES)))
    return replace(base(), pods=pods), replace(base(), pods=tuple(pods))


@pytest.mark.parametrize("name", ["yaml", "csv"])
def test_whatever_names_they_have(name: str) -> None:
    assert all(map(is_plain, NAMES))
    one, other = odd()
    assert rendered(name, one) == rendered(name, other)


@pytest.mark.parametrize("name", ["yaml", "csv"])
def test_whatever_pods_there_are(name: str) -> None:
    """Of a crowd, some of one form and some alone; and one that was changed since."""
    plan = planned(distinct(crowd(random.Random(3), 1))[:200], *STEPS[0], forms=True)
    assert isinstance(plan.pods, Pods)
    assert rendered(name, plan) == rendered(name, replace(plan, pods=tuple(plan.pods)))
    form = Form(plan.pods[0])
    mixed = Pods((pod, None) if place == 7 else (own_values(form.pod), form) for place, pod in enumerate(plan.pods[:20]))
    assert rendered(name, replace(plan, pods=mixed)) == rendered(name, replace(plan, pods=tuple(mixed)))


def test_what_no_wave_can_help_whatever_its_name() -> None:
    some = [
        Unsolved(UnsolvedWhy.SINGLE_REPLICA, WaveObject("Pod", name, NAMES[-place]), NAMES[(place * 7) % len(NAMES)], 1, 1, 1, True)
        for place, name in enumerate(NAMES)
    ]
    runs = [one for one in unsolved_rows(some) if isinstance(one, ByForm)]
    assert sum(len(list(one.by_form())) for one in runs) == len(NAMES)
    one, other = RowsTogether(unsolved_rows(some)), Rows(element for run in unsolved_rows(some) for element in run.elements())
    assert "".join(yaml_document([("unsolved", one)])) == "".join(yaml_document([("unsolved", other)]))


def _no_quotes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(forms, "scalars", tuple)


def _never_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(csv_forms, "_ALL_HARMLESS", pattern(r"[\s\S]*"))


@pytest.mark.parametrize(("name", "plant"), [("yaml", _no_quotes), ("csv", _never_asked)])
def test_what_is_asked_of_their_names_is_needed(name: str, plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    one, other = odd()
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert rendered(name, one) != rendered(name, other)


def test_scalars_are_told_at_once_as_one_by_one() -> None:
    assert scalars((*NAMES, *HASHES)) == tuple(map(_text, (*NAMES, *HASHES)))


def test_a_namespace_like_a_word_that_is_cut_at() -> None:
    one, _ = odd()
    (form, *_) = one.pods.forms  # type: ignore[attr-defined]
    for namespace in ("the_value_of_hole_0s_", "the_value_of_hole_1_"):
        named = Form(replace(form.pod, namespace=namespace))
        pods = Pods((row, named) for row in one.pods.rows)  # type: ignore[attr-defined]
        for name in ("yaml", "csv"):
            assert rendered(name, replace(one, pods=pods)) == rendered(name, replace(one, pods=tuple(pods)))


@pytest.mark.parametrize("derived", [str.upper, len, lambda name: "always"], ids=["upper", "length", "nothing of its own"])
def test_a_cell_that_is_made_of_a_value_is_not_taken_for_it(derived: Callable[[str], str | int]) -> None:
    def rows_of(pod: PlannedPod) -> list[Row]:
        return [(derived(pod.name), "beside")]

    pods = tuple(base().pods)
    assert "".join(written_pods(base().pods, rows_of)) == "".join(written_pods(pods, rows_of))


def test_texts_of_forms_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing above would ask for them: of names as clusters give them none is written by itself."""
    form = Form(base().pods[0])
    pods = Pods((own_values(pod), form) for pod in base().pods)
    expected = "".join(written_pods(tuple(pods), _names_of))
    runs = [run for run in PodRows().of(pods) if isinstance(run, ByForm)]
    assert "".join(filter(None, map(forms.Forms().lines, runs))).count("\n  uid: ") == len(pods)

    def alone(pod: PlannedPod, rows_of: csv_forms.RowsOf) -> str:
        raise AssertionError(pod.name)

    monkeypatch.setattr(csv_forms, "_by_itself", alone)
    assert "".join(written_pods(pods, _names_of)) == expected


def _names_of(pod: PlannedPod) -> list[Row]:
    return [(pod.name, container.container_id) for container in pod.containers]
