"""What ``doctor`` says of the UIDs of the static pods that run where it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.pinning.node import NODE, OLD, StaticNode, run_pin
from tests.unit.safekeeping.faults import Quick
from upgradecheck.commands.uids_here import uids_check
from upgradecheck.decode.kubelet.config import Settings
from upgradecheck.machine.node import Machine
from upgradecheck.model.diagnosis import Area, Check, CheckState
from upgradecheck.model.pod import Origin, PodSource, SandboxRecord

WHAT = "UIDs of static pods"
OTHER = "Look which kubelet runs (its binary may have been replaced under it), restart it, and plan from the version that then runs."
EDITED = "They were edited or renamed while no kubelet ran, or the kubelet has another directory: the next one makes other pods of them."


def sandboxes(node: StaticNode, version: str | None = None) -> list[SandboxRecord]:
    """What the runtime lists, as a kubelet of this version made it; an older one of each beside it, which is not ready."""
    return [
        one
        for name in node.files
        for one in (_sandbox(node, name, node.uid(name, version), 1), _sandbox(node, name, "0" * 32, 2, ready=False))
    ]


def _sandbox(node: StaticNode, name: str, uid: str, created_at: int, *, ready: bool = True) -> SandboxRecord:
    return SandboxRecord(
        f"{name}-{created_at}", uid, "shop", f"{Path(name).stem}-{NODE}", 0, ready, created_at, PodSource.FILE, uid, Origin("cri")
    )


def checked(node: StaticNode, listed: list[SandboxRecord]) -> Check | None:
    return uids_check(node.found(), Machine(), listed)


def says(node: StaticNode, made: int, more: str = "") -> str:
    return f"kubelet {OLD} makes {made} of 3 UIDs that run of the manifests in {node.directory}{more}"


def test_all_are_its_own(tmp_path: Path) -> None:
    node = StaticNode(tmp_path)
    assert checked(node, sandboxes(node)) == Check(Area.VERSIONS, WHAT, CheckState.OK, says(node, 3))


@pytest.mark.parametrize(("version", "minors"), [("1.27.16", "1.27"), ("1.22.17", "1.21 or 1.22")])
def test_another_kubelet_made_them(version: str, minors: str, tmp_path: Path) -> None:
    node = StaticNode(tmp_path)
    more = f"; kubelet {minors} made those of gate.json, till.yaml, web.yaml"
    assert checked(node, sandboxes(node, version)) == Check(Area.VERSIONS, WHAT, CheckState.WARNING, says(node, 0, more), OTHER)


def test_one_was_edited(tmp_path: Path) -> None:
    node = StaticNode(tmp_path)
    listed = sandboxes(node)
    (node.directory / "web.yaml").write_text(node.files["web.yaml"].replace(":1", ":2"))
    assert checked(node, listed) == Check(Area.VERSIONS, WHAT, CheckState.WARNING, says(node, 2, "; not those of web.yaml"), EDITED)


def test_what_is_pinned_or_refused_or_does_not_run_tells_nothing(tmp_path: Path) -> None:
    node = StaticNode(tmp_path)
    listed = sandboxes(node)
    run_pin(node, Quick())
    (node.directory / "broken.yaml").write_text("kind: Pod\nmetadata: {name: broken}\nspec: {containers: 1}\n")
    assert checked(node, listed) is None
    assert checked(StaticNode(tmp_path / "other"), []) is None


def test_a_directory_that_nobody_can_see(tmp_path: Path) -> None:
    node = StaticNode(tmp_path)
    assert uids_check(replace(node.found(), settings=None), Machine(), sandboxes(node)) is None
    gone = replace(node.found(), settings=Settings(static_pod_path=f"{tmp_path}/gone"))
    found = uids_check(gone, Machine(), sandboxes(node))
    assert found is not None
    assert (found.state, found.found.startswith(f"{tmp_path}/gone: ")) == (CheckState.SKIPPED, True)
