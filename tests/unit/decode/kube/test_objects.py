"""What is told once of objects beside pods and nodes: each fills a field of the facts, and files know it as a server lists it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.objects import BY_KIND, OBJECTS, ApiObject
from upgradecheck.decode.kube.shapes import LIST_KINDS, Recognition, Shape, recognise
from upgradecheck.model.snapshot import Facts

KINDS = [pytest.param(one, id=one.kind) for one in OBJECTS]


def recognised(**document: Any) -> Recognition:
    return recognise(json.dumps(document).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_fills_a_field_that_is_empty_without_it(kind: ApiObject) -> None:
    assert getattr(Facts(), kind.fact) == ()
    assert BY_KIND[kind.kind] is kind


@pytest.mark.parametrize("kind", KINDS)
def test_files_know_it_by_its_kind_and_group(kind: ApiObject) -> None:
    assert f"{kind.kind}List" in LIST_KINDS
    for version in kind.versions:
        assert recognised(kind=kind.kind, apiVersion=f"{kind.group}/{version}") == Recognition(Shape.OBJECT, kind.kind)
    assert recognised(kind=kind.kind, apiVersion="example.com/v1").shape is Shape.OTHER


@pytest.mark.parametrize(("kind", "member"), [(one, member) for one in OBJECTS for member in sorted(one.members)])
def test_where_no_kind_is_written_by_a_member_of_its_spec(kind: ApiObject, member: str) -> None:
    assert recognised(metadata={"name": "a"}, spec={member: 1}) == Recognition(Shape.OBJECT, kind.kind)
    assert recognised(spec={member: 1, "containers": [{}]}).shape is Shape.POD
