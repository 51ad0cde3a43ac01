"""Who built a kubelet, as far as that makes it another than the release that it is called after."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import CATALOG, as_version
from upgradecheck.catalog import Catalog
from upgradecheck.model.errors import DataError
from upgradecheck.model.schema import UIDInput
from upgradecheck.model.vendors import UNCHECKED, UPSTREAM, VendorBuild

HASHDATA = Path(__file__).parents[3] / "hashdata"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("1.30.14", UPSTREAM, id="upstream's"),
        pytest.param("v1.30.14-eks-bc4871b", UPSTREAM, id="of a vendor of whom no change is known"),
        pytest.param("v1.30.14+k3s1", UPSTREAM, id="of another"),
        pytest.param("v1.19.0+b00ba52", UPSTREAM, id="OpenShift 4.6, of which none is known"),
        pytest.param("v1.17.17-vivo.3", UNCHECKED, id="of a vendor that is not known here"),
        pytest.param("v1.18.3-picokubelet", UNCHECKED, id="of one that may not be a kubelet at all"),
        pytest.param("v1.19.10-vk-azure-aci-1.4.4", UNCHECKED, id="no kubelet"),
        pytest.param("v1.21.5-3+83e2bb7ee39726", UNCHECKED, id="with commits behind the tag"),
        pytest.param("v1.21.5-dirty", UNCHECKED, id="of a tree that was modified"),
    ],
)
def test_who_built_it(version: str, expected: VendorBuild) -> None:
    assert {build.vendor for build in CATALOG.builds(as_version(version))} == {expected}


def test_openshift_4_7_is_known_to_differ() -> None:
    (build,) = CATALOG.builds(as_version("v1.20.0+7d0a2b2"))
    everything = (UIDInput.POD, UIDInput.NODE, UIDInput.SOURCE)
    told = (
        "makes the UID of a static pod of node name and manifest path, too, as upstream does from 1.21 on "
        "(openshift/kubernetes, pull request 474)"
    )
    assert build.vendor == VendorBuild(checked=False, uid_input=everything, differs=(told,))
    assert build.static_pod_uid.input == everything
    (release,) = CATALOG.builds(as_version("v1.20.0"))
    assert release.static_pod_uid.input == (UIDInput.POD,)


@pytest.mark.parametrize("version", ["v1.30.7-kubeedge-v1.21.0", "v1.31.12-kubeedge-v1.22.0", "v1.32.10-kubeedge-v1.23.0"])
def test_kubeedge_that_removes_what_ended_compares_as_its_release_does(version: str) -> None:
    (build,) = CATALOG.builds(as_version(version))
    (told,) = build.vendor.differs
    assert (build.vendor.checked, "every container that does not run" in told) == (True, True)
    assert CATALOG.builds(as_version("v1.29.5-kubeedge-v1.18.0"))[0].vendor == UPSTREAM


@pytest.mark.parametrize("text", ["", "{}", '{"format_version": "1.0", "differing": [{"vendor": "Nobody"}]}'])
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "v1.20.json").write_bytes((HASHDATA / "v1.20.json").read_bytes())
    (tmp_path / "vendors.json").write_text(text)
    with pytest.raises(DataError, match=r"hashdata/vendors\.json: "):
        Catalog(tmp_path).builds(as_version("v1.20.0+7d0a2b2"))
