"""IDs for user namespaces as a machine has them."""

from pathlib import Path

import pytest

from upgradecheck.machine.subordinate import pod_mappings, subordinate_ids
from upgradecheck.model.usernamespaces import SubordinateIDs

NOT_ONE = "it does not hold one block of IDs, the same of users and groups, that begins with root"
ROOT_ALONE = "root:x:0:0::/root:/bin/sh\n"
USER = f"{ROOT_ALONE}kubelet:x:997:997::/:/sbin/nologin\n"


def machine(root: Path, **files: str) -> Path:
    for name, text in files.items():
        (root / "etc").mkdir(exist_ok=True)
        (root / "etc" / name.replace("_", ".")).write_text(text)
    return root


def with_tool(root: Path, place: str = "usr/bin") -> Path:
    (root / place).mkdir(parents=True)
    (root / place / "getsubids").touch()
    return root


def test_no_user(tmp_path: Path) -> None:
    assert subordinate_ids(machine(tmp_path, passwd=ROOT_ALONE)) == SubordinateIDs(user=False, place="/etc/passwd")
    assert subordinate_ids(machine(tmp_path, passwd=f"{ROOT_ALONE}kubelet2:x:1:1:::\n")) == SubordinateIDs(user=False, place="/etc/passwd")


def test_a_user_and_no_tool(tmp_path: Path) -> None:
    assert subordinate_ids(machine(tmp_path, passwd=USER)) == SubordinateIDs(user=True, place="/etc/passwd")


@pytest.mark.parametrize("place", ["usr/bin", "bin", "usr/local/sbin", "opt/tools"])
def test_the_tool_is_where_the_kubelet_looks_for_it(tmp_path: Path, place: str) -> None:
    with_tool(machine(tmp_path, passwd=USER), place)
    usual, own = subordinate_ids(tmp_path), subordinate_ids(tmp_path, "/opt/tools:relative")
    assert usual is not None
    assert own is not None
    assert (usual.tool, own.tool) == (place != "opt/tools", place == "opt/tools")


def test_ranges_by_name_and_by_number(tmp_path: Path) -> None:
    subuid = "other:1:2\nkubelet:65536:7208960\n# kubelet:1:1\nkubelet:5\n"
    with_tool(machine(tmp_path, passwd=USER, subuid=subuid, subgid="997:65536:7208960\n"))
    ids = ((65536, 7208960),)
    assert subordinate_ids(tmp_path) == SubordinateIDs(True, True, ids, ids, None, "/etc/subuid")


def test_a_user_that_has_none(tmp_path: Path) -> None:
    with_tool(machine(tmp_path, passwd=USER, subgid="x:1:1\n"))
    assert subordinate_ids(tmp_path) == SubordinateIDs(True, True, (), (), None, "/etc/subuid")


@pytest.mark.parametrize(
    ("passwd", "nsswitch", "told"),
    [
        pytest.param(ROOT_ALONE, "passwd: files systemd\n", True, id="users of files"),
        pytest.param(ROOT_ALONE, "passwd: files sss # directory\n", False, id="users of a directory"),
        pytest.param(USER, "subid: sss\n", False, id="IDs of a directory"),
        pytest.param(USER, "subid: files\npasswd: files sss\n", True, id="IDs of files"),
    ],
)
def test_other_sources_than_files_leave_it_open(tmp_path: Path, passwd: str, nsswitch: str, told: bool) -> None:
    with_tool(machine(tmp_path, passwd=passwd, nsswitch_conf=nsswitch))
    assert (subordinate_ids(tmp_path) is not None) is told


def test_without_passwd_nothing_is_told(tmp_path: Path) -> None:
    assert subordinate_ids(tmp_path) is None


def test_blocks_of_pods(tmp_path: Path) -> None:
    for uid, content in (("one", "{}"), ("two", None), ("three", "")):
        (tmp_path / "pods" / uid).mkdir(parents=True)
        if content is not None:
            (tmp_path / "pods" / uid / "userns").write_text(content)
    found = [(one.uid, one.place, one.problem) for one in pod_mappings(tmp_path, "/var/lib/kubelet/")]
    assert found == [("one", "/var/lib/kubelet/pods/one/userns", NOT_ONE), ("three", "/var/lib/kubelet/pods/three/userns", "")]
    assert list(pod_mappings(tmp_path / "absent", "x")) == []
