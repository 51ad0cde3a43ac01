"""What this node shows of itself, as a bundle: its runtime's records, its kubelet and what that was told, its state files, its history.

Of pods' specs only the manifests of static pods are read, and nothing is kept of them but what kubelets make of them
(collecting_statics). The kubelet's command line goes through a list of flags that are known: the value of any other, and of those that may
hold a credential, is left out; so it is with values in its configuration (planning.asking.told_fields).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from upgradecheck import __version__
from upgradecheck.catalog import Catalog
from upgradecheck.checkpoint import DEFAULT_PATH, is_live, load
from upgradecheck.commands import clock
from upgradecheck.commands.behind_proxy import behind_proxy, below
from upgradecheck.commands.collecting_statics import statics_of
from upgradecheck.decisions.credentialproviders.reading import provider_files
from upgradecheck.decisions.statefiles.outlining import outlined
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.node import Machine, this_node
from upgradecheck.model.bundle import Bundle, BundledJournal, BundledKubelet
from upgradecheck.model.checkpoint import Checkpoint, Loaded, NodeIdentity, ProblemKind
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.override_journal import Journal
from upgradecheck.model.pod import ContainerRecord
from upgradecheck.override.state import DEFAULT_DIRECTORY, looked_at
from upgradecheck.planning.asking.idle_words import NOT_TOLD
from upgradecheck.planning.asking.told_fields import told_fields
from upgradecheck.planning.evidence.staleness import is_foreign
from upgradecheck.sources.node import NodeRecords, read_auto, read_docker, read_node
from upgradecheck.transport.cri import AUTO


class CollectRequest(msgspec.Struct, frozen=True):
    """What to collect. host_root: where the node's own files stand, if this runs in a container. The others as of plan."""

    node: str | None = None
    cri: str | None = None
    docker: str | None = None
    checkpoint: str | None = None
    host_root: str | None = None


def collect(request: CollectRequest) -> Bundle:
    """The bundle of this node, now.

    Raises:
        InputError: its runtime does not answer, or that behind a proxy of ours.
        UsageError: no path of a socket.
    """
    machine = machine_of(request.host_root)
    kubelet = local_kubelet(machine)
    behind = behind_proxy(_records(request, kubelet), kubelet.endpoint or "", machine, request.host_root)
    records = behind.records
    identity = this_node(machine, request.node or kubelet.name)
    found = _checkpoint(request, identity)
    journals, problem = _journals(request, records.containers, found.checkpoint)
    catalog = Catalog()
    return Bundle(
        source="",
        node=identity,
        collected_at=clock.now(),
        runtime=records.runtime,
        boot_id=kubelet.boot_id,
        writer=f"upgradecheck {__version__}",
        kubelet=kubelet_of(kubelet, catalog.options()),
        containers=records.containers,
        sandboxes=records.sandboxes,
        state_files=tuple(map(outlined, kubelet.state_files)),
        checkpoint=found.checkpoint,
        checkpoint_problem=found.problem,
        journals=journals,
        journals_problem=problem,
        shown=behind.shown,
        in_swarm=records.in_swarm,
        static_pods=statics_of(kubelet, identity.name, catalog),
    )


def with_polled(bundle: Bundle, polled: Checkpoint | None, request: CollectRequest) -> Bundle:
    """The bundle with the history that its agent keeps, and of the node's journals the states that this history names, too."""
    bundle = replace(bundle, polled=polled)
    if polled is None or not bundle.journals:
        return bundle
    journals, problem = _journals(request, bundle.containers, bundle.checkpoint, polled)
    return replace(bundle, journals=journals, journals_problem=problem)


def remark(bundle: Bundle) -> str:
    """What is to be said of a bundle that shows nothing of any pod; empty of any other."""
    if bundle.containers or bundle.sandboxes:
        return ""
    return f"{bundle.runtime} lists no pod: if any run on node {bundle.name}, its kubelet has another runtime. Name that with --cri SOCKET."


def machine_of(host_root: str | None) -> Machine:
    """Where the node's facts stand."""
    if host_root is None:
        return Machine()
    root = Path(host_root)
    return Machine(
        proc=root / "proc",
        machine_id=root / "etc/machine-id",
        system_uuid=root / "sys/class/dmi/id/product_uuid",
        root=root,
    )


def _records(request: CollectRequest, kubelet: LocalKubelet) -> NodeRecords:
    if request.docker is not None:
        return read_docker(request.docker)
    if request.cri not in (None, AUTO):
        return read_node(request.cri or AUTO)
    if kubelet.endpoint:
        return read_node(f"unix://{below(request.host_root, kubelet.endpoint)}")
    return read_auto(None, root=request.host_root or "/")


def kubelet_of(found: LocalKubelet, known: KubeletOptions) -> BundledKubelet:
    """What a bundle tells of this machine's kubelet. known: what kubelets can be told."""
    return BundledKubelet(
        version=found.version,
        problem=found.why_unknown,
        runs=found.runs,
        started_at=found.started_at,
        arguments=told_words(found.command_line, known),
        config=None if found.config is None else told_fields(found.config, known),
        config_problem=found.config_problem,
        config_refused=found.config_refused,
        cgroup_v1=found.cgroup_v1,
        since_boot_ms=found.since_boot_ms,
        user_ids=found.subordinate,
        pod_ids=found.mappings,
        providers=None if found.providers is None else provider_files(found.providers),
    )


def told_words(words: Sequence[str], known: KubeletOptions) -> tuple[str, ...]:
    """A command line without values that may be secret, and without words that belong to no flag."""
    return tuple(word.encode("utf-8", "backslashreplace").decode() for word in _told(words, known.flags))


def _told(words: Sequence[str], known: Collection[str]) -> Iterator[str]:
    open_ = False
    for number, word in enumerate(words):
        if number == 0 and not word.startswith("-"):
            yield word
        elif not word.startswith("-"):
            if open_:
                yield word
            open_ = False
        else:
            name, equals, value = word.partition("=")
            flag = f"--{name.lstrip('-').replace('_', '-')}"
            tells = flag in known and flag not in NOT_TOLD
            yield f"{name}{equals}{value if tells else ''}"
            open_ = tells and not equals


def _checkpoint(request: CollectRequest, identity: NodeIdentity) -> Loaded:
    """The node's history, if one is kept; that none is, is no problem."""
    path = request.checkpoint or str(Path(request.host_root or "/") / DEFAULT_PATH.lstrip("/"))
    found = load(path, live=is_live(path))
    if found.checkpoint is None:
        gone = found.problem is not None and found.problem.kind is ProblemKind.MISSING and request.checkpoint is None
        return Loaded(None, None) if gone else found
    foreign = is_foreign(found.checkpoint, identity)
    return Loaded(None, foreign) if foreign is not None else replace(found, problem=None)


def _journals(
    request: CollectRequest, containers: Iterable[ContainerRecord], *histories: Checkpoint | None
) -> tuple[tuple[BundledJournal, ...], str]:
    """The journals of overrides, the oldest first, and why they cannot be read."""
    try:
        held = looked_at(str(Path(request.host_root or "/") / DEFAULT_DIRECTORY.lstrip("/")))
    except UpgradecheckError as error:
        return (), str(error)
    found = () if held is None else tuple(one.journal for one in held.journals)
    named = frozenset(one.follows for one in found)
    named |= frozenset(start.override_journal for history in histories if history is not None for start in history.history)
    ids = frozenset(one.container_id for one in containers)
    return tuple(_journal(one, named, ids) for one in found), ""


def _journal(journal: Journal, named: frozenset[str | None], ids: frozenset[str]) -> BundledJournal:
    """What a bundle has of one. named: digests that the history and other journals name; ids: of the containers that there are."""
    overrides = {container_id: one.hash for container_id, one in journal.restamped.items() if container_id in ids}
    return BundledJournal(journal.follows, tuple(sorted((journal.digests & named) | {journal.digest})), overrides)
