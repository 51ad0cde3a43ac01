"""A bundle's bytes, both ways: nothing is lost, nothing else is in them, and what was changed is refused."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace

from tests.bundles import example_bundle
from upgradecheck.contract import v1
from upgradecheck.decisions.statefiles.outlining import outlined
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text, digest_of, packed, read_bundle
from upgradecheck.model.bundle import Bundle, BundledJournal, BundledKubelet, ComputedContainer, ComputedStatic, ComputedStatics, OfMinors
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, NodeIdentity, Problem, ProblemKind
from upgradecheck.model.config import Nulls
from upgradecheck.model.credentialproviders import ProviderFile, ProviderFiles
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Rewrite
from upgradecheck.model.pod import NO_SANDBOX, Absent, NetworkMode, Origin, Recorded, RunState, SandboxNetwork
from upgradecheck.model.statefiles import StateFile, StateName
from upgradecheck.model.usernamespaces import PodMapping, SubordinateIDs
from upgradecheck.model.version import Minor
from upgradecheck.sources.files import open_inputs

V1 = parse_kubelet_version("v1.30.4-gke.1")
CPUS = b'{"policyName":"none","defaultCpuSet":"","checksum":1353318690}'
FILE = kubelet_config(b'{"kind":"KubeletConfiguration","cgroupDriver":"systemd","maxPods":30,"featureGates":{"B":true,"A":false}}')
CONFIG = replace(FILE, beneath=FILE, by_nulls={Nulls.BACK: FILE})
KUBELET = BundledKubelet(
    V1,
    runs=True,
    started_at=1_700_000_000_123_456_789,
    arguments=("/usr/bin/kubelet", "--v=2"),
    config=CONFIG,
    cgroup_v1=False,
    since_boot_ms=7,
    user_ids=SubordinateIDs(True, True, ((65536, 7208960),), ((65536, 1),), None, "/etc/subuid"),
    pod_ids=(PodMapping("a", "pods/a/userns", 131072, 65536), PodMapping("b", "pods/b/userns", problem="it is damaged")),
    providers=ProviderFiles(
        "/etc/providers (--image-credential-provider-config)",
        (
            ProviderFile("a.yaml", "kubelet.config.k8s.io/v1", ("providers",), True, {"providers[0]": "v1"}, {"providers[0]": ""}),
            ProviderFile("b.yaml", problem="is no YAML", token_problem="x", idle=("providers[1]",)),
        ),
        directory=True,
        problem="two files have a provider of one name",
        unread="x",
    ),
)
HISTORY = Checkpoint("0" * 32, 2, NodeIdentity("node-1"), (KubeletStart(V1, 1_690_000_000_000_000_000),))


STATIC = ComputedStatic(
    "kube-system",
    "web-node-1",
    "/etc/kubernetes/manifests/web.yaml",
    (OfMinors(Minor(1, 9), Minor(1, 30), "ab"), OfMinors(Minor(1, 31), Minor(1, 31), "cd")),
    {
        "app": ComputedContainer((OfMinors(Minor(1, 9), Minor(1, 31), "1f"),), (OfMinors(Minor(1, 27), Minor(1, 30), "2e"),)),
        "first": ComputedContainer(init=True),
    },
    ((Minor(1, 9), Minor(1, 18)), (Minor(1, 19), Minor(1, 31))),
)


def full() -> Bundle:
    """One with all that a bundle can have."""
    base = example_bundle()
    first, *others = base.containers
    odd = (
        replace(first, container_id="odd-1", sandbox_id=NO_SANDBOX, hash=Absent("zzz"), state=RunState.STOPPED),
        replace(first, container_id="odd-2", sandbox_id="gone", hash=Recorded(Hash(255), as_written=False), created_at=0),
        replace(first, container_id="odd-3", hash=Absent(), hash_without_resources=Recorded(Hash(7)), attempt=3),
    )
    network = replace(next(iter(base.sandboxes)), network=SandboxNetwork(NetworkMode.POD, "10.0.0.7"))
    files = (
        StateFile(StateName.CPUS, "/var/lib/kubelet/cpu_manager_state", CPUS),
        StateFile(StateName.MEMORY, "/var/lib/kubelet/memory_manager_state", absent=True),
        StateFile(StateName.CLAIMS, "/var/lib/kubelet/dra_manager_state", problem="cannot be read (Permission denied)"),
        StateFile(StateName.ACTUATED, "/var/lib/kubelet/actuated_pods_state", b" "),
    )
    return replace(
        base,
        node=NodeIdentity(base.node.name, "machine", "uuid"),
        kubelet=KUBELET,
        containers=(first, *others, *odd),
        sandboxes=(network, *tuple(base.sandboxes)[1:]),
        state_files=tuple(map(outlined, files)),
        checkpoint=HISTORY,
        checkpoint_problem=Problem(ProblemKind.CORRUPT, "is cut off", "Mend it."),
        journals=(
            BundledJournal(None, ("a" * 64, "b" * 64), {"c1": Rewrite(Hash(1), Hash(2)), "c2": Rewrite(None, Hash(255))}),
            BundledJournal("b" * 64, ("c" * 64,)),
        ),
        journals_problem="cannot be read",
        static_pods=ComputedStatics({"A": True}, (STATIC,)),
    )


def told(bundle: Bundle) -> Bundle:
    """The same, as it is when it was read: in order, with one origin."""
    origin = Origin("in")
    containers = sorted((replace(one, origin=origin) for one in bundle.containers), key=lambda one: one.container_id)
    sandboxes = sorted((replace(one, origin=origin) for one in bundle.sandboxes), key=lambda one: one.sandbox_id)
    return replace(bundle, source="in", digest="", containers=tuple(containers), sandboxes=tuple(sandboxes), state_files=())


def test_what_was_written_is_read_again() -> None:
    bundle = full()
    found = read_bundle(bundle_text(bundle), "in")
    made = replace(
        bundle, containers=tuple(replace(one, hash=Absent("") if one.hash == Absent("zzz") else one.hash) for one in bundle.containers)
    )
    assert told(found) == told(made)
    assert [(one.name, one.node, one.absent, one.problem, one.outline, one.size) for one in found.state_files] == [
        (one.name, found.name, one.absent, one.problem, one.outline, one.size) for one in bundle.state_files
    ]
    assert found.digest == digest_of(bundle)


def test_it_keeps_to_its_schema() -> None:
    jsonschema.validate(json.loads(bundle_text(full())), v1.schema("bundle"))


def test_the_same_node_gives_the_same_bytes_and_a_digest_that_no_time_changes() -> None:
    bundle = full()
    shuffled = list(bundle.containers), list(bundle.sandboxes)
    for each in shuffled:
        random.Random(3).shuffle(each)
    again = replace(bundle, containers=tuple(shuffled[0]), sandboxes=tuple(shuffled[1]))
    assert packed(bundle_text(again)) == packed(bundle_text(bundle))
    later = replace(bundle, collected_at=bundle.collected_at + 5_000_000_000, writer="another")
    assert digest_of(later) == digest_of(bundle)
    assert bundle_text(later) != bundle_text(bundle)
    restarted = replace(bundle, containers=(replace(next(iter(bundle.containers)), attempt=9), *tuple(bundle.containers)[1:]))
    assert digest_of(restarted) != digest_of(bundle)


def test_a_damaged_one_is_refused() -> None:
    """Every byte of a small bundle's text is damaged in turn, and every cut is tried."""
    text = bundle_text(replace(example_bundle(), containers=(), sandboxes=()))
    for place in range(len(text)):
        for damage in (text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :], text[:place], text[:place] + text[place + 1 :]):
            with pytest.raises(SpecRefused):
                read_bundle(damage, "in")


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    data, draw = packed(bundle_text(example_bundle())), random.Random(21)
    for number in range(200):
        place = draw.randrange(10, len(data))
        damaged = data[:place] if number % 2 else data[:place] + bytes([data[place] ^ (1 << draw.randrange(8))]) + data[place + 1 :]
        (tmp_path / "b.json.gz").write_bytes(damaged)
        with pytest.raises(UpgradecheckError, match=r"b\.json\.gz"), open_inputs([str(tmp_path / "b.json.gz")], recursive=False):
            pass


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"format_version": "2.0"}, "format 2.0", id="another major"),
        pytest.param({"format_version": "<script>"}, "that is none", id="a version that is none"),
        pytest.param({"kind": "Plan"}, "another kind", id="another kind"),
        pytest.param({"pods": []}, "its checksum", id="edited"),
    ],
)
def test_what_is_no_bundle_of_ours_says_why(change: dict[str, object], words: str) -> None:
    whole = {**json.loads(bundle_text(example_bundle())), **change}
    with pytest.raises(SpecRefused, match=words):
        read_bundle(json.dumps(whole).encode(), "in")


def test_a_configuration_of_before_its_values_were_told_is_one_of_names() -> None:
    """Bundles that the programs of before this wrote have neither values nor forms."""
    import hashlib

    bundle = replace(example_bundle(), kubelet=BundledKubelet(V1, runs=True, config=FILE))
    whole = json.loads(bundle_text(bundle))
    del whole["kubelet"]["config"]["values"], whole["kubelet"]["config"]["forms"], whole["sha256"]
    head = json.dumps(whole, separators=(",", ":")).encode()[:-1]
    found = read_bundle(head + b',"sha256":"' + hashlib.sha256(head).hexdigest().encode() + b'"}', "in").kubelet.config
    assert found == replace(FILE, values={}, forms={}, names_alone=True)


def test_an_id_that_stands_in_it_twice_is_refused() -> None:
    bundle = example_bundle()
    twice = replace(bundle, containers=(*bundle.containers, replace(next(iter(bundle.containers)), name="another")))
    with pytest.raises(SpecRefused, match="stands in it twice"):
        read_bundle(bundle_text(twice), "in")


def test_a_newer_minor_may_have_more_members() -> None:
    import hashlib

    text = bundle_text(example_bundle())
    head = text.rpartition(b',"sha256":"')[0].replace(b'"format_version":"1.0"', b'"format_version":"1.7","novel":[1]')
    newer = head + b',"sha256":"' + hashlib.sha256(head).hexdigest().encode() + b'"}'
    assert read_bundle(newer, "in").name == example_bundle().name


def test_it_is_small() -> None:
    """Two thirds of it are IDs, which nothing packs."""
    data = packed(bundle_text(example_bundle()))
    assert len(data) < 20_000
    assert gzip.decompress(data) == bundle_text(example_bundle())


def test_what_nodes_have_in_common_is_kept_once() -> None:
    """A fleet has thousands, most of them set up alike."""
    one, other = (read_bundle(bundle_text(replace(full(), node=NodeIdentity(name))), name) for name in ("a", "b"))
    assert one.kubelet.config is other.kubelet.config
    assert [file.outline for file in one.state_files] == [file.outline for file in other.state_files]
    assert all(mine.outline is its.outline for mine, its in zip(one.state_files, other.state_files, strict=True))
    changed = read_bundle(bundle_text(replace(full(), kubelet=replace(KUBELET, config=replace(CONFIG, max_pods=31)))), "c")
    assert changed.kubelet.config is not None
    assert changed.kubelet.config.max_pods == 31
