"""ConfigMaps and Secrets by their keys; no value is kept of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.keyed import keyed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.keyed import Keyed

META = {"name": "web", "namespace": "shop"}


@pytest.mark.parametrize(
    ("kind", "document", "expected"),
    [
        pytest.param("ConfigMap", {"metadata": META, "data": {"a": "hush"}, "binaryData": {"b": "aHVzaA=="}},
                     Keyed("ConfigMap", "shop", "web", frozenset("a"), frozenset("b")), id="an environment is made of data alone"),
        pytest.param("Secret", {"metadata": META, "data": {"a": "aHVzaA=="}, "stringData": {"b": "hush"}},
                     Keyed("Secret", "shop", "web", frozenset("ab")), id="a manifest may say it in plain text"),
        pytest.param("ConfigMap", {"metadata": {"name": "web"}, "data": None}, Keyed("ConfigMap", "default", "web", frozenset()), id="empty"),
        pytest.param("Secret", {"data": {"a": ""}}, None, id="without a name"),
    ],
)  # fmt: skip
def test_keys(kind: str, document: dict[str, Any], expected: Keyed | None) -> None:
    found = keyed(kind, json.dumps(document).encode())
    assert found == expected
    assert "hush" not in repr(found)
    assert "aHVzaA" not in repr(found)


def test_what_is_none_says_no_value() -> None:
    with pytest.raises(SpecRefused) as refused:
        keyed("Secret", b'{"metadata":{"name":"web"},"data":"hush"}')
    assert "hush" not in str(refused.value)
