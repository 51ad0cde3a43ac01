"""What command lines set of the configuration."""

from __future__ import annotations

import pytest

from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.planning.asking.flags import with_flags

FILE = KubeletConfig(cgroup_driver="systemd", feature_gates={"A": True, "B": True}, max_pods=50, given=("maxPods",))
CONFIGS = Configs(FILE, FILE, old_told=True)


def words(*flags: str, node: str | None = None) -> KubeletArguments:
    return KubeletArguments(flags, "kubeadm-flags.env", node)


@pytest.mark.parametrize(
    ("arguments", "old"),
    [
        pytest.param([], FILE, id="none"),
        pytest.param([words("--v=2", "--node-ip", "192.0.2.1")], FILE, id="of nothing that counts"),
        pytest.param(
            [words("--cgroup-driver=cgroupfs", "--feature-gates=B=false,C=true")],
            KubeletConfig(cgroup_driver="cgroupfs", feature_gates={"A": True, "B": False, "C": True}, max_pods=50, given=("maxPods",)),
            id="flags beat the file, and gates one by one",
        ),
        pytest.param(
            [words("--cgroup_driver", "cgroupfs", "--feature_gates=B=false")],
            KubeletConfig(cgroup_driver="cgroupfs", feature_gates={"A": True, "B": False}, max_pods=50, given=("maxPods",)),
            id="underscores are dashes",
        ),
        pytest.param(
            [words("--container-runtime-endpoint=unix:///run/cri-dockerd.sock"), words("--cpu-manager-policy=static")],
            KubeletConfig(
                cgroup_driver="systemd",
                feature_gates={"A": True, "B": True},
                max_pods=50,
                given=("maxPods",),
                runtime_endpoint="unix:///run/cri-dockerd.sock",
                cpu_manager="static",
            ),
            id="several files",
        ),
        pytest.param(
            [words("--max-pods=${MAX}", "--cgroup-root=/k")],
            KubeletConfig(cgroup_root="/k", cgroup_driver="systemd", feature_gates={"A": True, "B": True}, max_pods=50, given=("maxPods",)),
            id="a variable of elsewhere sets nothing",
        ),
        pytest.param(
            [words("--max-pods=many", "--feature-gates=A=false", "--cgroup-root=/k")],
            KubeletConfig(cgroup_driver="systemd", feature_gates={"A": False, "B": True}, max_pods=50, given=("maxPods",)),
            id="of what cannot be understood the gates",
        ),
        pytest.param([words("--feature-gates=A=perhaps")], FILE, id="and of gates that cannot, nothing"),
    ],
)
def test_what_they_set(arguments: list[KubeletArguments], old: KubeletConfig) -> None:
    assert with_flags(CONFIGS, arguments, {"worker-1"}) == (Configs(old, old, old_told=True), ())


def test_room_is_set_by_a_flag_too() -> None:
    configs, _ = with_flags(CONFIGS, [words("--max-pods=10")], {"worker-1"})
    assert (configs.old.max_pods, configs.old.sets_room) == (10, True)


ALIKE = [words("--cgroup-root=/k", "--node-ip=192.0.2.1", node="worker-1"), words("--cgroup-root=/k", "--v=4", node="worker-2")]


@pytest.mark.parametrize(
    ("arguments", "root", "told"),
    [
        pytest.param(ALIKE, "/k", 0, id="each node is set up alike"),
        pytest.param([words("--cgroup-root=/k"), words("--v=2", node="worker-1")], "/k", 0, id="what one sets is nothing that counts"),
        pytest.param(ALIKE[:1], "", 1, id="of one node nothing was seen"),
        pytest.param([ALIKE[0], words("--cgroup-root=/l", node="worker-2")], "", 2, id="each is set up otherwise"),
        pytest.param([words("--cgroup-root=/k"), words("--cgroup-root=/l", node="worker-2")], "/k", 1, id="one is set up otherwise"),
    ],
)
def test_several_nodes(arguments: list[KubeletArguments], root: str, told: int) -> None:
    configs, notices = with_flags(CONFIGS, arguments, {"worker-1", "worker-2"})
    assert (configs.old.cgroup_root, configs.new.cgroup_root, len(notices)) == (root, root, told)


def test_what_is_not_used_is_told() -> None:
    given = [words("--cgroup-root=/k", node="worker-1"), words("--v=2", node="worker-2"), words("--cgroup-driver=cgroupfs")]
    configs, notices = with_flags(CONFIGS, given, {"worker-1", "worker-2"})
    assert (configs.old.cgroup_root, configs.old.cgroup_driver) == ("", "cgroupfs")
    assert notices == (
        "kubeadm-flags.env: other nodes are not set up as this says (gates, cgroups, room), so that it is used for UC032 and UC035 alone: "
        "narrow with --node worker-1.",
    )
