"""Directories of drop-ins that want a variable beside them."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG, as_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.planning.asking.drop_in_dirs import untold_defaults, untold_variable


@pytest.mark.parametrize(
    ("words", "starts", "to", "said"),
    [
        pytest.param(("--config-dir=/x",), ("1.30.14",), "1.29.15", True, id="the last minor that wants it"),
        pytest.param(("--config-dir", "/x"), (), "1.28.15", True, id="nobody knows what runs"),
        pytest.param(("--config-dir=/x",), ("1.28.15",), "1.29.15", False, id="the running one has it, then"),
        pytest.param(("--config-dir=/x",), ("1.28.15", "1.30.14"), "1.29.15", True, id="not every one that runs"),
        pytest.param(("--config-dir=/x",), ("1.29.15",), "1.30.14", False, id="the first that does not"),
        pytest.param(("--config-dir=",), ("1.30.14",), "1.29.15", False, id="no directory"),
        pytest.param(("--config=/x",), ("1.30.14",), "1.29.15", False, id="another flag"),
    ],
)
def test_variables(words: tuple[str, ...], starts: tuple[str, ...], to: str, said: bool) -> None:
    minors = [as_version(f"v{one}").minor for one in starts]
    found = list(untold_variable([KubeletArguments(words, "ps")], CATALOG.options(), minors, as_version(f"v{to}").minor))
    assert [one.what for one in found] == ["whether KUBELET_CONFIG_DROPIN_DIR_ALPHA is in the new kubelet's environment, beside ps"] * said


@pytest.mark.parametrize(
    ("words", "starts", "to", "said"),
    [
        pytest.param(("--config-dir=/x",), ("1.28.15",), "1.29.15", True, id="no longer"),
        pytest.param(("--config-dir=/x",), ("1.29.15",), "1.28.15", True, id="on the way back"),
        pytest.param(("--config-dir=/x",), ("1.28.2",), "1.28.15", False, id="as before"),
        pytest.param(("--config-dir=/x",), ("1.29.15",), "1.30.14", False, id="not any more"),
        pytest.param(("--config-dir=/x",), ("1.28.15", "1.29.15"), "1.30.14", True, id="of some that run"),
        pytest.param(("--config-dir=/x",), (), "1.28.15", True, id="nobody knows what runs"),
        pytest.param(("--config-dir=/x",), (), "1.30.14", False, id="nor here, where it is no matter"),
        pytest.param(("--config=/x",), ("1.28.15",), "1.29.15", False, id="no drop-ins"),
    ],
)
def test_defaults_of_drop_ins(words: tuple[str, ...], starts: tuple[str, ...], to: str, said: bool) -> None:
    minors = [as_version(f"v{one}").minor for one in starts]
    found = list(untold_defaults([KubeletArguments(words, "ps")], CATALOG.options(), minors, as_version(f"v{to}").minor))
    assert [one.what for one in found] == ["what the drop-ins of ps make of the kubelet's configuration"] * said
