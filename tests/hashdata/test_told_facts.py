"""Which facts goldens of real code tell apart: each is given what it was in the minor before, from the minor on in which it changed.

facts.json finds every such copy out (test_facts.py); here it is asked whether what real kubelets were seen to do would, too. Where it would not,
the fact rests on its reading alone, and on the tests of what it is for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import read
from tests.hashdata import facts, test_admission_goldens, test_podactions_goldens
from tests.hashdata.test_facts import FACTS, MINORS, changes, newest
from tests.oracle.admission.corpus import cases
from tests.oracle.podactions.goldens import every_case
from tests.oracle.podactions.planning import planned
from tests.unit.decisions.manifests import corpus, test_declared, test_gated
from tests.unit.hashing.staticuid import test_goldens as uids
from upgradecheck.catalog import Catalog, files
from upgradecheck.decisions.manifests.outcomes import RefusedManifest
from upgradecheck.decisions.manifests.reading import read_static_pod
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.kubelet import KubeletBuild

PARTS = {
    "decisions": test_podactions_goldens.REAL,
    "resize_records": test_podactions_goldens.REAL,
    "admission": test_admission_goldens.REAL,
}
_MANIFESTS: dict[str, dict[str, str]] = {version: {} for version in corpus.VERSIONS}


UNTOLD = {
    "the admit handler that is asked is none of these: other handlers, the device manager, what calls it, what the node reports": {
        "admission.apparmor_counts_unconfined",
        "admission.apparmor_reads_loaded",
        "admission.apparmor_soft",
        "admission.counts_deleted",
        "admission.device_check",
        "admission.no_new_privs_asks_docker",
        "admission.proc_mount_asks_docker",
        "admission.readmits_finished",
        "admission.ready_tells_apparmor",
        "admission.refuses_pod_resources",
        "admission.safe_sysctls",
        "admission.scheduling_features",
        "admission.starts_without_storage",
        "admission.waits_for_node",
        "admission.zeroes_extended",
    },
    "a gate would have to be set otherwise than by default": {
        "admission.critical_priority",
        "admission.ephemeral_storage_needs_gate",
        "admission.overhead_needs_gate",
        "admission.refuses_sidecars",
        "decisions.actions_need_gate",
        "manifests.gated_fields",
        "manifests.refuses.api-references-under-gate",
        "manifests.refuses.apparmor-unless-gate",
        "manifests.refuses.dns-search-odd-unless-gate",
        "manifests.refuses.huge-pages-downward",
        "manifests.refuses.huge-pages-downward-unless-gate",
        "manifests.refuses.huge-pages-mixed-unless-gate",
        "manifests.refuses.huge-pages-unless-gate",
        "manifests.refuses.local-storage-unless-gate",
        "manifests.refuses.odd-env-names-unless-gate",
        "manifests.resize_policy_default",
    },
    "it shows in what is started, where goldens have what is killed": {
        "decisions.created_has_succeeded",
        "decisions.created_init_starts",
        "decisions.exited_app_initialises",
        "decisions.init_logic",
        "decisions.never_needs_statuses",
        "decisions.nothing_to_start_needs_no_sandbox",
        "decisions.only_active_counts",
    },
    "the runtime that is imitated says the same of every sandbox": {
        "decisions.empty_ip_needs_network",
        "decisions.network_mode_absent_is_pod",
    },
    "it is none of computePodActions: probes, the runtime's protocol, cgroups, the log": {
        "decisions.cri_v1_only",
        "decisions.fails_on_cgroup_v1",
        "decisions.has_dockershim",
        "decisions.messages",
        "decisions.probes_at_start",
        "decisions.sidecar_startup",
        "decisions.started_at_next_sync",
    },
    "the corpus of manifests has none at this edge, or another fact of the same minor refuses it, too": {
        "manifests.pod_level_defaults",
        "manifests.refuses.host-users-devices",
        "manifests.refuses.resource-claims",
        "manifests.refuses.trust-bundle",
    },
}
"""Facts of which no golden shows a copy, by why: these rest on their reading, on real kubelets that were run, and on facts.json."""


def spans() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """A fact, the minor in which it changes, the one before, and the versions with goldens up to its next change."""
    for fact in FACTS:
        part = fact.partition(".")[0]
        known = PARTS.get(part, _MANIFESTS if part == "manifests" else {})
        moved = changes(fact)
        ends = [*(minor for _, minor in moved[1:]), ""][: len(moved)]
        for (before, minor), end in zip(moved, ends, strict=True):
            within = MINORS[MINORS.index(minor) : MINORS.index(end) if end else None]
            if versions := tuple(version for version in known if version.rpartition(".")[0] in within):
                yield fact, before, minor, versions


def with_fact(content: Any, fact: str, value: Any) -> Any:
    """A minor's file in which a fact is so, whatever the patch."""
    part, *path = fact.split(".", 2)
    if not path:
        return {**content, part: value}
    name = path[0]
    held = dict(content[part]["first"])
    for change in content[part]["later"]:
        held |= change["facts"]
    if len(path) == 1:
        held[name] = value
    else:
        held[name] = _among(held.get(name) or [], path[1], value)
    if held[name] is None:
        del held[name]
    return {**content, part: {"first": held, "later": []}}


def _among(entries: list[Any], one: str, value: Any) -> list[Any]:
    if (entries and isinstance(entries[0], dict)) or isinstance(value, list):
        kept = [entry for entry in entries if entry["gate"] != one]
        return kept if value is None else [*kept, {"gate": one, "paths": value}]
    kept = [entry for entry in entries if entry != one]
    return [*kept, one] if value else kept


def hashdata_with(folder: Path, minor: str, fact: str, value: Any) -> Catalog:
    """A hashdata in which a minor's fact is so."""
    folder.mkdir()
    for file in facts.HASHDATA.glob("*.json"):
        (folder / file.name).symlink_to(file)
    changed = folder / f"v{minor}.json"
    changed.unlink()
    changed.write_text(json.dumps(with_fact(facts.file(minor), fact, value)))
    return Catalog(folder)


def build_of(catalog: Catalog, version: str) -> KubeletBuild:
    return catalog.builds(parse_kubelet_version(version))[0]


def pods_are_told(version: str, folder: Path) -> bool:
    """Whether real kubelets kill other containers of the pods that are drawn for a version."""
    pods, wrong = every_case(version), dict[str, Any]()
    drawn = {name: one for name, one in pods.items() if name.startswith("drawn")}
    others = {name: one for name, one in pods.items() if name not in drawn}
    real = test_podactions_goldens.REAL[version]
    for group, start in ((drawn, None), (others, test_podactions_goldens.start(version))):
        at = folder / ("drawn" if group is drawn else "others")
        at.mkdir()
        wrong |= test_podactions_goldens.differences(planned(list(group.values()), version, at, start), group, real)
    return bool(wrong)


def admission_is_told(version: str, build: KubeletBuild, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a real admit handler says otherwise of the pods of the corpus."""
    waits = ByPatch(replace(build.admission, waits_for_node=True))
    asked = replace(build, hash_class=replace(build.hash_class, schema=replace(build.schema, admission=waits)))
    monkeypatch.setattr(test_admission_goldens, "patient", lambda _: asked)
    real = test_admission_goldens.REAL[version]
    return any(
        test_admission_goldens.ours(version, node, pods) != test_admission_goldens.at_the_end(real[name], pods)
        for name, (node, pods) in cases().items()
    )


def manifests_are_told(version: str, build: KubeletBuild) -> bool:
    """Whether real code takes a manifest of the corpus that is refused, or the other way round."""
    for name, told in corpus.GOLDENS.items():
        real = any(version in versions.split() for versions in told["refused"].values())
        if is_refused(corpus.manifest_json(name), build) is not real:
            return True
    return False


def uids_are_told(version: str, build: KubeletBuild) -> bool:
    """Whether real code makes another UID of a manifest of the corpus, which tells how it is defaulted."""
    real = uids.GOLDENS.get(version, {"manifests": {}})["manifests"]
    for name, told in real.items():
        try:
            if " ".join(uids.shown(corpus.manifest_json(name), build)) != told:
                return True
        except SpecRefused:
            return True
    return False


def gates_are_told(version: str, build: KubeletBuild) -> bool:
    """Whether real code takes or refuses manifests otherwise while a gate is set, or of what is declared."""
    for told, changed in test_gated.REAL.items():
        release, _, setting = told.partition(" ")
        gate, _, value = setting.partition("=")
        gated = replace(build, feature_gates={gate: value == "true"})
        both = [*changed["refused"], *changed["taken"]]
        if release == version and [name for name in both if is_refused(corpus.manifest_json(name), gated)] != changed["refused"]:
            return True
    for told, names in test_declared.REAL.items():
        release, _, gate = told.partition(" ")
        gated = replace(build, feature_gates={gate: True} if gate else {})
        if release == version and test_declared.refused(gated) != test_declared.names(names):
            return True
    return False


def is_refused(text: bytes, build: KubeletBuild) -> bool:
    return isinstance(read_static_pod(read(text), build), RefusedManifest)


def is_told(fact: str, before: str, version: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    part, minor = fact.partition(".")[0], version.rpartition(".")[0]
    catalog = hashdata_with(folder / "hashdata", minor, fact, newest(fact, before))
    with monkeypatch.context() as patched:
        if part == "admission":
            return admission_is_told(version, build_of(catalog, version), patched)
        if part == "manifests":
            build = build_of(catalog, version)
            return manifests_are_told(version, build) or gates_are_told(version, build) or uids_are_told(version, build)
        patched.setattr(files, "packaged_folder", lambda: folder / "hashdata")
        return pods_are_told(version, folder)


SPANS = list(spans())


@pytest.mark.long
@pytest.mark.parametrize(
    ("fact", "before", "versions"), [span[:2] + span[3:] for span in SPANS], ids=[" ".join(span[:3:2]) for span in SPANS]
)
def test_goldens_of_real_code_tell_a_fact_of_the_minor_before(
    fact: str, before: str, versions: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In some release up to its next change, unless it is named as one that none tells."""
    for version in versions:
        (tmp_path / version).mkdir()
        if is_told(fact, before, version, tmp_path / version, monkeypatch):
            return
    assert why_untold(fact), f"no golden tells {fact} from what it is in {before}"


def why_untold(fact: str) -> str:
    """Why no golden tells a fact, empty of one that is not named."""
    return next((why for why, names in UNTOLD.items() if any(f"{fact}.".startswith(f"{name}.") for name in names)), "")


def test_what_goldens_do_not_tell_is_a_fact() -> None:
    named = {name for names in UNTOLD.values() for name in names}
    assert all(name in FACTS or any(fact.startswith(f"{name}.") for fact in FACTS) for name in named)
