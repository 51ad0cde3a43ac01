"""What command lines set of the configuration."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from upgradecheck.decode.kubelet.config import Settings, laid_over
from upgradecheck.decode.kubelet.flags import flag_settings
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.planning.asking.flags import with_flags
from upgradecheck.planning.asking.setups import SetUps

FILE = KubeletConfig(cgroup_driver="systemd", feature_gates={"A": True, "B": True}, max_pods=50, given=("maxPods",))
CONFIGS = Configs(FILE, FILE, old_told=True)
EACH = (
    *("--cgroups-per-qos=false", "--cgroup-root=/k", "--cgroup-driver=systemd", "--feature-gates=A=true", "--pod-manifest-path=/m"),
    *("--manifest-url=http://h/", "--container-runtime-endpoint=unix:///c", "--kube-reserved=cpu=1", "--system-reserved=cpu=1"),
    *("--eviction-hard=a<1", "--reserved-cpus=0", "--max-pods=9", "--pods-per-core=3", "--cpu-manager-policy=static"),
    *("--cpu-manager-policy-options=a=b", "--memory-manager-policy=Static", "--topology-manager-policy=restricted"),
    "--allowed-unsafe-sysctls=net.*",
)
OF_FILES_ALONE = {"fail_cgroup_v1", "image_pull_credentials_verification_policy", "given", "forms", "whole", "document"}


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
            [words("--cpu-manager-policy-options=full-pcpus-only=true", "--cpu-manager-policy-options=strict-cpu-reservation=true")],
            replace(FILE, cpu_manager_options={"full-pcpus-only": "true", "strict-cpu-reservation": "true"}),
            id="one flag for each option of a policy",
        ),
        pytest.param(
            [words("--kube-reserved=cpu=1,memory=1Gi", "--kube-reserved=memory=2Gi", "--eviction-hard=a<1", "--eviction-hard=b<2")],
            replace(FILE, kube_reserved={"cpu": "1", "memory": "2Gi"}, eviction_hard={"a": "1", "b": "2"}, sets_room=True),
            id="maps are added to",
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
    assert with_flags(CONFIGS, arguments, {"worker-1"}) == SetUps(Configs(old, old, old_told=True))


def test_room_is_set_by_a_flag_too() -> None:
    configs = with_flags(CONFIGS, [words("--max-pods=10")], {"worker-1"}).common
    assert (configs.old.max_pods, configs.old.sets_room) == (10, True)


ALIKE = [words("--cgroup-root=/k", "--node-ip=192.0.2.1", node="worker-1"), words("--cgroup-root=/k", "--v=4", node="worker-2")]


@pytest.mark.parametrize(
    ("arguments", "common", "own"),
    [
        pytest.param(ALIKE, "/k", {}, id="each node is set up alike"),
        pytest.param([words("--cgroup-root=/k"), words("--v=2", node="worker-1")], "/k", {}, id="what one sets is nothing that counts"),
        pytest.param(ALIKE[:1], "", {"worker-1": "/k"}, id="of one node nothing was seen"),
        pytest.param(
            [ALIKE[0], words("--cgroup-root=/l", node="worker-2")], "", {"worker-1": "/k", "worker-2": "/l"}, id="each is set up otherwise"
        ),
        pytest.param(
            [words("--cgroup-root=/k"), words("--cgroup-root=/l", node="worker-2")], "/k", {"worker-2": "/l"}, id="one is set up otherwise"
        ),
    ],
)
def test_several_nodes(arguments: list[KubeletArguments], common: str, own: dict[str, str]) -> None:
    found = with_flags(CONFIGS, arguments, {"worker-1", "worker-2"})
    assert (found.common.old.cgroup_root, found.common.new.cgroup_root) == (common, common)
    assert {name: one.new.cgroup_root for name, one in found.own.items()} == own


def test_all_that_flags_set_can_be_laid_over_a_file() -> None:
    settings = flag_settings(EACH)
    assert {name for name in Settings.__struct_fields__ if getattr(settings, name) is None} == OF_FILES_ALONE
    laid = laid_over(FILE, settings)
    assert laid == replace(settings.config(), given=FILE.given, feature_gates={"A": True, "B": True}, told_policies=())
