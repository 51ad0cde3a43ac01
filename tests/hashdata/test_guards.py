"""What holds a minor that somebody adds: what real code makes of manifests, and a file that is only half filled in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.hashdata.facts import fingerprint
from tests.oracle.admission import goldens as admission
from tests.oracle.by_version import ByVersion
from tests.oracle.podactions import goldens as podactions
from upgradecheck.catalog import Catalog, files
from upgradecheck.commands.explain import ExplainRequest, make_explanation
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.errors import UnfinishedData
from upgradecheck.model.version import Minor

CATALOG = Catalog()
MINORS = CATALOG.minors()
TESTS = Path(__file__).parents[1]
HASHDATA = TESTS.parent / "hashdata"
RECORDED = TESTS / "lab" / "recorded" / "1.30.14-to-1.31.0"
NEXT = Minor(1, MINORS[-1].minor + 1)
TO_RUN = (
    "python -m tests.oracle.staticpods {0}; python -m tests.oracle.staticpod_goldens {0}; python -m tests.oracle.static_uid_goldens {0}"
)
NO_MODULES = (
    "a tree without modules, whose kubelet's libraries are given out by no proxy (golang.org/x/exp/inotify, github.com/dchest/safefile)"
)
UNASKED: dict[str, dict[Minor, str]] = {
    "admission": {Minor(1, number): NO_MODULES for number in range(8, 12)},
    "podactions": {Minor(1, number): NO_MODULES for number in range(8, 13)},
}
"""Minors whose newest patch no admit handler, or no computePodActions, was asked of, and why."""
BY_HAND = ("kubelet_lag", "node_monitor_grace", "resize_records", "manifests", "decisions", "admission", "api_server", "state_files")


@cache
def read_from(minor: Minor) -> str:
    """The release whose types a minor's file has, as the goldens of manifests call it."""
    version = json.loads((HASHDATA / f"v{minor}.json").read_bytes())["provenance"]["types"]["version"]
    return str(version.removeprefix("v0.").removeprefix("v1.").join(("1.", "")).partition("-")[0])


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_what_real_code_makes_of_manifests_is_known_of_each_minor(minor: Minor) -> None:
    """1.8 has no UIDs: its Go no longer runs (tests/oracle/static_uid_goldens.py)."""
    versions = json.loads((TESTS / "goldens" / "staticpods.json").read_bytes())["versions"]
    with_uids = json.loads((TESTS / "goldens" / "static-uids.json").read_bytes()).keys()
    wanted = read_from(minor)
    assert wanted in versions, TO_RUN.format(wanted)
    assert wanted in with_uids or minor == Minor(1, 8), TO_RUN.format(wanted)


@pytest.mark.parametrize("minor", MINORS, ids=str)
@pytest.mark.parametrize(
    ("goldens", "asked", "module"),
    [(admission.GOLDENS, admission.ASKED, "admission"), (podactions.GOLDENS, podactions.ASKED, "podactions")],
    ids=["admission", "podactions"],
)
def test_what_real_kubelets_admit_and_restart_is_known_of_each_minor(
    goldens: ByVersion, asked: tuple[str, ...], module: str, minor: Minor
) -> None:
    """Itself, or as another minor does whose functions are the same. One that is marked must not be there: a mark goes with what it is for."""
    wanted, known = read_from(minor), goldens.read()
    alike = [str(other) for other in MINORS if read_from(other) in known and prints(asked, other) == prints(asked, minor)]
    marked = UNASKED[module].get(minor)
    assert bool(alike) is (marked is None), marked or f"python -m tests.oracle.{module}.goldens {wanted}"


def prints(functions: tuple[str, ...], minor: Minor) -> list[str]:
    """The fingerprints of functions in a minor."""
    return [fingerprint(one, str(minor)) for one in functions]


@pytest.fixture(scope="module")
def half_filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hashdata with a minor more, of which nobody has filled in what is read by hand: left out, or as the generator writes nothing."""
    folder = tmp_path_factory.mktemp("hashdata")
    for file in HASHDATA.glob("*.json"):
        (folder / file.name).symlink_to(file)
    content: dict[str, Any] = json.loads((HASHDATA / f"v{MINORS[-1]}.json").read_bytes())
    content["minor"] = str(NEXT)
    content["go_versions"] = [{"patch": f"{NEXT}.0", "go": "1.27.3", "evidence": "source"}]
    for number, part in enumerate(BY_HAND):
        if number % 2:
            del content[part]
        else:
            content[part] = None
    (folder / f"v{NEXT}.json").write_text(json.dumps(content))
    return folder


def test_a_half_filled_file_names_what_it_lacks(half_filled: Path) -> None:
    with pytest.raises(UnfinishedData) as caught:
        Catalog(half_filled).schema(NEXT)
    assert all(part in str(caught.value) for part in BY_HAND)
    assert f"v{NEXT}.json: lacks" in str(caught.value)
    assert "hashdata/README.md" in str(caught.value)


def test_a_half_filled_file_breaks_no_question_about_other_versions(half_filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those, too, that ask every minor that is known: who made the UID of a pod, who makes the hash that a container carries."""
    explained = ExplainRequest(PlanRequest(example=True), "default/lc-sleep")
    parts = tuple(str(RECORDED / name) for name in ("nodes.json", "kubelet-pods.json", "crictl-ps.json", "crictl-pods.json"))
    planned = PlanRequest(files=parts, from_version="1.29.15", to_version="1.31.0", static_pods=str(RECORDED / "manifests"))
    whole, plan = make_explanation(explained), make_plan(planned)
    assert any(one.rule == "UC018" for one in plan.findings), "other minors were asked"
    monkeypatch.setattr(files, "packaged_folder", lambda: half_filled)
    assert make_explanation(explained) == whole
    assert replace(make_plan(planned), made_at=plan.made_at) == plan
    assert NEXT in Catalog().minors()
    assert NEXT not in Catalog().finished_minors()


def test_a_half_filled_file_breaks_no_plan_of_other_versions(half_filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = PlanRequest(example=True)
    whole = make_plan(request)
    monkeypatch.setattr(files, "packaged_folder", lambda: half_filled)
    assert replace(make_plan(request), made_at=whole.made_at) == whole
    with pytest.raises(UnfinishedData):
        make_plan(replace(request, to_version=str(NEXT)))
