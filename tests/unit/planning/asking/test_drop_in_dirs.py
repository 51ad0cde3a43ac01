"""Directories of drop-ins that want a variable beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import CATALOG, as_version, node, pod
from upgradecheck.commands.plan import PlanRequest, make_plan
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


@pytest.mark.parametrize(
    ("start", "to", "number"),
    [("v1.27.16", "1.28.15", 2), ("v1.28.15", "1.30.14", 1), ("v1.29.15", "1.30.14", 0)],
)
def test_drop_ins_by_themselves_are_told_of_as_their_directory_is(tmp_path: Path, start: str, to: str, number: int) -> None:
    """No command line says that a kubelet reads them, and whoever gives them says so."""
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": [node("worker-1", start), pod()]}))
    (tmp_path / "10.conf").write_text('{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","maxPods":90}')
    plan = make_plan(PlanRequest((str(tmp_path / "pods.json"), str(tmp_path / "10.conf")), to_version=to))
    assert len(plan.coverage.missing) == number
    assert all("10.conf" in one.what for one in plan.coverage.missing)
