"""A kubelet's configuration with its drop-in directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.kinds import Form, Written
from upgradecheck.model.snapshot import Facts
from upgradecheck.sources.files import open_inputs

KIND = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"


def read(folder: Path, files: dict[str, str]) -> Facts:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    with open_inputs([str(folder)], recursive=True) as inputs:
        return inputs.facts()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "config.yaml": KIND + "maxPods: 50\nfeatureGates: {A: true, B: true}\n",
                "kubelet.conf.d/90-b.conf": KIND + "maxPods: 70\n",
                "kubelet.conf.d/10-a.conf": KIND + "maxPods: 60\nfeatureGates: {B: false}\n",
            },
            [(70, {"A": True, "B": False})],
            id="laid over the file in order",
        ),
        pytest.param({"d/1.conf": KIND + "maxPods: 60\n", "d/2.conf": KIND + "podsPerCore: 3\n"}, [(60, {})], id="drop-ins alone"),
        pytest.param({"a.yaml": KIND + "maxPods: 60\n", "d/1.conf": "[Service]\nX=KubeletConfig\n"}, [(60, {})], id="another .conf"),
        pytest.param(
            {"a.yaml": KIND, "b.yaml": KIND + "maxPods: 60\n", "d/1.conf": KIND + "maxPods: 70\n"},
            [(110, {}), (60, {}), (70, {})],
            id="over which of two is not known",
        ),
    ],
)
def test_drop_ins(files: dict[str, str], expected: list[tuple[int, dict[str, bool]]], tmp_path: Path) -> None:
    configs: list[KubeletConfig] = [config for config, _ in read(tmp_path, files).configs]
    assert [(one.max_pods, one.feature_gates) for one in configs] == expected


def test_maps_are_joined_and_what_a_drop_in_lacks_is_told_of_it(tmp_path: Path) -> None:
    files = {
        "config.yaml": KIND + "evictionHard: {memory.available: 5%, nodefs.available: 1%}\nsyncFrequency: 1m\nclusterDNS: abc\n",
        "d/1.conf": "kind: KubeletConfiguration\nevictionHard: {memory.available: 7%}\nsyncFrequency: null\nclusterDNS: [a]\n",
    }
    [(config, _)] = read(tmp_path, files).configs
    assert config.given == ("apiVersion of a drop-in", "clusterDNS", "evictionHard", "syncFrequency")
    assert config.values == {"evictionHard": "memory.available<7%,nodefs.available<1%", "syncFrequency": "1m"}
    assert config.forms == {"evictionHard": Written(Form.MAP, (Form.TEXT,)), "clusterDNS": Written(Form.LIST, (Form.TEXT,))}


def test_a_configuration_without_apiversion_is_one_that_is_told(tmp_path: Path) -> None:
    [(config, _)] = read(tmp_path, {"config.yaml": "kind: KubeletConfiguration\nmaxPods: 5\n"}).configs
    assert (config.given, config.max_pods) == (("apiVersion", "maxPods"), 5)


@pytest.mark.parametrize(
    ("files", "ends"),
    [
        ({"kubelet.conf.d/10.conf": ""}, True),
        ({"kubelet.conf.d/10.conf": "{}"}, True),
        ({"kubelet.conf.d/10.conf": "# later\n"}, True),
        ({"kubelet.conf.d/10.conf": "maxPods: 60\n"}, True),
        ({"kubelet.conf.d/10.conf": "[a, b]\n"}, True),
        ({"kubelet.conf.d/10.conf": KIND}, False),
        ({"d/10.conf": KIND, "d/20.conf": ""}, True),
        ({"d/10.conf": KIND, "d/20.conf": "---\nmaxPods: 60\n"}, True),
        ({"d/10.conf": ""}, False),
        ({"d/10.conf": KIND, "d/20.conf": "", "d/README": "x"}, False),
        ({"d/10.conf": KIND, "d/20.conf": "", "d/sysctl.conf": "net.ipv4.ip_forward = 1\n"}, False),
    ],
    ids=str,
)
def test_a_drop_in_that_names_no_kind_is_one_by_its_directory(files: dict[str, str], tmp_path: Path, *, ends: bool) -> None:
    """Five real kubelets end at each of these (tests/lab/test_starting.py); what lies beside other things may be of something else."""
    [(config, _)] = read(tmp_path, {"config.yaml": KIND, **files}).configs
    assert ("kind of a drop-in" in config.given) is ends


@pytest.mark.parametrize(("name", "pods"), [(".10.conf", 60), (".10.conf.swp", 110), (".10.yaml", 110)])
def test_a_drop_in_may_begin_with_a_dot(name: str, pods: int, tmp_path: Path) -> None:
    """As a real 1.34.1 reads its directory."""
    [(config, _)] = read(tmp_path, {"config.yaml": KIND, f"kubelet.conf.d/{name}": f"{KIND}maxPods: 60\n"}).configs
    assert config.max_pods == pods
