"""An error that no decoder foresaw refuses the document, and tells no value."""

from __future__ import annotations

import pytest

from upgradecheck.decode.guard import guarded
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError


def _fails(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    "error", [ValueError("secret"), RecursionError(), KeyError("secret"), MemoryError(), AssertionError(), UnicodeError()]
)
def test_an_error_of_python_s_refuses_the_document(error: Exception) -> None:
    with pytest.raises(SpecRefused) as caught:
        guarded(lambda: _fails(error))
    assert str(caught.value) == f"cannot be read: its decoder failed with {type(error).__name__}"
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [SpecRefused("no", "spec"), InputError("no"), KeyboardInterrupt()])
def test_others_go_on_as_they_are(error: BaseException) -> None:
    with pytest.raises((UpgradecheckError, KeyboardInterrupt)) as caught:
        guarded(lambda: _fails(error))
    assert caught.value is error


def test_what_it_reads_is_given() -> None:
    assert guarded(lambda: 5) == 5
