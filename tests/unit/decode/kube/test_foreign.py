"""Which objects that are nothing known stand in place of evidence: all that were named, of a directory's the answers and empty ones."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kube.foreign import is_foreign
from upgradecheck.decode.kube.shapes import recognise


@pytest.mark.parametrize(
    ("raw", "named", "in_a_directory"),
    [
        pytest.param(b"{}", True, True, id="nothing"),
        pytest.param(b'{"apiVersion":"v1","kind":null}', True, True, id="nothing but a version"),
        pytest.param(b'{"message":"unauthorized","code":16}', True, True, id="an error"),
        pytest.param(b'{"containers":{}}', True, True, id="a list that is none"),
        pytest.param(b'{"kind":"Error","message":"x"}', True, True, id="an error of nobody's kind"),
        pytest.param(b'{"kind":"Foo","containers":[]}', True, True, id="a list of nobody's kind"),
        pytest.param(b'{"notes":[]}', True, False, id="notes"),
        pytest.param(b'{"code":1,"status":"x"}', True, False, id="what says no error"),
        pytest.param(b'{"kind":"Service","message":"x"}', False, False, id="a kind that cannot be a pod"),
        pytest.param(b'{"kind":"Cat","apiVersion":"pets.example/v1"}', False, False, id="a kind of somebody's group"),
        pytest.param(b'{"apiVersion":"v1","name":"web","version":"1"}', False, False, id="a chart"),
        pytest.param(b'{"podSandboxId":"s"}', False, False, id="a record"),
        pytest.param(b"[]", False, False, id="no object, which is told as such"),
    ],
)
def test_what_is_foreign(raw: bytes, named: bool, in_a_directory: bool) -> None:
    recognition = recognise(raw)
    assert (is_foreign(recognition, raw, named=True), is_foreign(recognition, raw, named=False)) == (named, in_a_directory)
