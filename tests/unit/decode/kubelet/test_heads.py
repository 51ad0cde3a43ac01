"""What a KubeletConfiguration says that it is."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kube.shapes import Shape, recognise
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.heads import Head, head_of

V1BETA1, KIND = "kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f'{{"kind": "{KIND}", "apiVersion": "{V1BETA1}"}}', Head(KIND, V1BETA1), id="as it should be"),
        pytest.param(f'{{"Kind": "{KIND}", "apiversion": "{V1BETA1}"}}', Head(KIND, V1BETA1), id="other letters"),
        pytest.param(f'{{"kind": "{KIND}", "KIND": "x"}}', Head(KIND), id="the last in order of bytes counts"),
        pytest.param(f'{{"KIND": "x", "kind": "{KIND}"}}', Head(KIND), id="however they stand"),
        pytest.param('{"kind": null, "apiVersion": 1}', Head(), id="no texts"),
        pytest.param("{}", Head(), id="nothing"),
    ],
)
def test_heads(text: str, expected: Head) -> None:
    assert head_of(text.encode()) == expected


@pytest.mark.parametrize("names", [("kind", "apiVersion"), ("Kind", "apiVersion"), ("kind", "apiversion"), ("KIND", "APIVERSION")])
def test_it_is_one_in_whatever_letters(names: tuple[str, str]) -> None:
    """Real kubelets 1.20.15, 1.22.17, 1.31.0 and 1.34.1 read each of these, and no field in other letters."""
    raw = f'{{"{names[0]}": "{KIND}", "{names[1]}": "{V1BETA1}", "MaxPods": 5, "podsPerCore": 3}}'.encode()
    assert recognise(raw).shape is Shape.KUBELET_CONFIG
    config = kubelet_config(raw)
    assert (config.given, config.pods_per_core, config.max_pods) == (("MaxPods", "podsPerCore"), 3, 110)


def test_another_apiversion_in_other_letters_is_told() -> None:
    assert kubelet_config(f'{{"kind": "{KIND}", "ApiVersion": "kubelet.config.k8s.io/v1alpha1"}}'.encode()).given == ("apiVersion",)
