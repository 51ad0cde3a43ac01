"""Vendors told by their suffix, and version texts piece by piece."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.kubelet.version_parts import PartMeaning, Vendor, VersionExplanation, VersionPart, explain, vendor_of


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ("v1.22.17", Vendor.UNMARKED),
        ("1.22", Vendor.UNMARKED),
        ("v1.22.3-dirty", Vendor.UNMARKED),
        ("v1.31.0-alpha.2", Vendor.UNMARKED),
        ("v1.21.5-3+83e2bb7ee39726", Vendor.UNMARKED),
        ("v1.21.5-eks-bc4871b", Vendor.EKS),
        ("v1.27.3-gke.100", Vendor.GKE),
        ("v1.28.5+k3s1", Vendor.K3S),
        ("v1.16.3-k3s.2", Vendor.K3S),
        ("v1.26.6+rke2r1", Vendor.RKE2),
        ("v1.29.6-rc1+rke2r1", Vendor.RKE2),
        ("v1.27.1+k0s", Vendor.K0S),
        ("v1.22.3-aliyun.1", Vendor.ACK),
        ("v1.18.3-tke.1", Vendor.TKE),
        ("v1.19.10-r0-CCE21.11.1.B006-21.11.1.B006", Vendor.CCE),
        ("v1.25.3-r0-25.0.12", Vendor.CCE),
        ("v1.20.15-vke.10", Vendor.VKE),
        ("v1.22.6-kubeedge-v1.12.1", Vendor.KUBEEDGE),
        ("v1.24.9+vmware.1", Vendor.VMWARE),
        ("v1.11.0+d4cacc0", Vendor.OPENSHIFT),
        ("v1.20.0+bafe72f-1054", Vendor.OPENSHIFT),
        ("v1.18.10-hotfix.20210118", Vendor.AKS),
        ("v1.24.7+IKS", Vendor.IKS),
        ("v1.27.7-mirantis-1", Vendor.MKE),
        ("v1.19.10-vk-azure-aci-1.4.8", Vendor.VIRTUAL_KUBELET),
        ("1.28.2-1.1", Vendor.UNKNOWN),
        ("v1.20.0-d4cacc0", Vendor.UNKNOWN),
        ("v1.20.0-eksotic", Vendor.UNKNOWN),
    ],
)
def test_a_vendor_is_told_by_its_suffix(text: str, vendor: Vendor) -> None:
    assert vendor_of(parse_kubelet_version(text)) is vendor


def test_a_version_is_explained_piece_by_piece() -> None:
    version = parse_kubelet_version("v1.29.6-rc1+rke2r1-12-gabcdef0-dirty")
    assert explain(version) == VersionExplanation(
        version=version,
        vendor=Vendor.RKE2,
        parts=(
            VersionPart("v", PartMeaning.PREFIX),
            VersionPart("1.29", PartMeaning.MINOR),
            VersionPart(".6", PartMeaning.PATCH),
            VersionPart("-rc1", PartMeaning.PRERELEASE),
            VersionPart("+rke2r1", PartMeaning.VENDOR),
            VersionPart("-12", PartMeaning.COMMITS),
            VersionPart("-gabcdef0", PartMeaning.COMMIT_ID),
            VersionPart("-dirty", PartMeaning.DIRTY),
        ),
    )


def test_commits_after_a_pre_release_are_explained_as_such() -> None:
    parts = explain(parse_kubelet_version("1.31.0-alpha.0.1+7d8e1b2f")).parts
    assert parts[-3:] == (
        VersionPart("-alpha.0", PartMeaning.PRERELEASE),
        VersionPart(".1", PartMeaning.COMMITS),
        VersionPart("+7d8e1b2f", PartMeaning.COMMIT_ID),
    )
