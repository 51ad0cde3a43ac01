"""What a request names, opened: the cluster or files, manifests, checkpoints, configurations, and overrides in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from upgradecheck.commands.inputs import open_inputs_of
from upgradecheck.commands.request import LiveCluster, PlanRequest
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kubelet.onefile import check_one_file
from upgradecheck.entry import head_of, read_file
from upgradecheck.hazards import rule_ids
from upgradecheck.logs import Log
from upgradecheck.model.checkpoint import FoundCheckpoint
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.errors import InputError, SpecRefused, UsageError
from upgradecheck.model.ignores import Ignores
from upgradecheck.model.manifests import Manifests
from upgradecheck.model.patterns import pattern
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.usernamespaces import ShownIDs
from upgradecheck.model.wording import count
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.evidence.in_force import InForce, read_in_force

if TYPE_CHECKING:
    from upgradecheck.sources import Source, Telling
    from upgradecheck.sources.fleet import Fleet
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

_SECOND = "document 2"
_BEHIND_COMMENTS = pattern(rb"(?:[ \t]*(?:[#%][^\n]*)?\n)+---")
"""Comments and directives before the line that begins the first document; we count what is before that line as one."""
_HEAD = 1 << 16
_LARGEST_CONFIG = 10 << 20
_GZIP = b"\x1f\x8b"


LARGEST = 1 << 30
"""Bytes of a saved plan: one of 150,000 pods has some 200 MB."""

_LARGEST_IGNORES = 10 << 20

_LOG = Log(__name__)


def open_source(request: PlanRequest) -> Telling:
    """Where the request's facts come from: the live cluster, files, or both."""
    live = request.cluster
    if live is None:
        inputs = open_inputs_of(request.files, recursive=request.recursive, example=request.example, watch=request.watch)
        return _bundled(inputs, request) if inputs.facts().bundles else inputs
    if not request.files:
        cluster = _cluster_or_this_node(live, request)
        return _with_fleet(cluster, live, request) if request.fleet else cluster
    from upgradecheck.sources.joined import WithFiles

    files = open_inputs_of(request.files, recursive=request.recursive, example=False)
    with closed_if_it_fails(files):
        both = WithFiles(_open_cluster(live, request), files)
        if request.fleet:
            return _with_fleet(both, live, request)
        return _bundled(both, request) if files.facts().bundles else both


def _cluster_or_this_node(live: LiveCluster, request: PlanRequest) -> Telling:
    """The cluster; where there is no kubeconfig and this machine's runtime is asked, nothing beside what its kubelet and runtime show.

    Raises:
        UpgradecheckError: the cluster cannot be read, and the kubelet of this machine shows no static pods either.
    """
    from upgradecheck.transport.errors import NoKubeconfig

    try:
        return _open_cluster(live, request)
    except NoKubeconfig:
        if (request.cri is None and request.docker is None) or not _has_static_pods(request):
            raise
    return open_inputs_of((), recursive=False, example=False, watch=request.watch)


def _has_static_pods(request: PlanRequest) -> bool:
    """Whether the kubelet of this machine tells its manifests, and no other node is asked about."""
    from upgradecheck.machine.local_kubelet import local_kubelet

    kubelet = local_kubelet()
    return kubelet.static_pods is not None and {*request.nodes} <= {kubelet.name}


def _with_fleet(source: Telling, live: LiveCluster, request: PlanRequest) -> Telling:
    """The source with the bundles that the cluster's nodes have published."""
    from upgradecheck.sources.fleet import read_fleet

    with closed_if_it_fails(source):
        return _bundled(source, request, read_fleet(*_way(live), request.fleet_namespace, frozenset(request.nodes)))


def _bundled(source: Telling, request: PlanRequest, fleet: Fleet | None = None) -> Telling:
    """The source with the bundles of nodes."""
    from upgradecheck.commands.bundled import WithBundles

    return WithBundles(source, request.max_bundle_age, fleet, frozenset(request.nodes))


@contextmanager
def closed_if_it_fails(opened: Source) -> Iterator[None]:
    """What was opened for the sake of something that cannot be."""
    try:
        yield
    except BaseException:
        opened.close()
        raise


def _open_cluster(live: LiveCluster, request: PlanRequest) -> Telling:
    from upgradecheck.sources.cluster import ClusterQuery, open_cluster

    query = ClusterQuery(request.namespaces, request.selector, request.nodes[0] if len(request.nodes) == 1 else None)
    return open_cluster(*_way(live), query, live.watch)


def _way(live: LiveCluster) -> tuple[Target, Limits]:
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    target = Target(live.kubeconfig, live.context, live.allow_exec, live.tell, by_pattern=live.by_pattern)
    return target, Limits(live.timeout, live.request_timeout)


def manifests_of(request: PlanRequest) -> Manifests | None:
    """The manifests of --static-pods, None where nobody named any."""
    if request.static_pods is None:
        return None
    from upgradecheck.sources.manifests import read_manifests

    found = read_manifests(request.static_pods)
    _LOG.info(f"read {found.name}: {count(len(found.files), 'manifest')} of static pods")
    return found


def state_files_of(request: PlanRequest) -> tuple[StateFile, ...]:
    """The state files of --kubelet-dir; none where nobody named any.

    Raises:
        InputError: it cannot be read, or is no kubelet's directory.
    """
    if request.kubelet_dir is None:
        return ()
    from upgradecheck.sources.kubelet_directory import read_kubelet_directory

    found = read_kubelet_directory(request.kubelet_dir)
    _LOG.info(f"read {request.kubelet_dir}: {count(sum(not one.absent for one in found), 'state file')}")
    return found


def providers_of(facts: Facts, here: Here | None) -> tuple[ProviderFiles, ...]:
    """What is seen of files of credential providers: those given, bundles', this machine's."""
    collected = (one.providers for one in facts.collected.values() if one.providers is not None)
    return (*facts.providers, *collected, *(() if here is None else here.providers))


def user_ids_of(request: PlanRequest, here: Here | None, facts: Facts) -> ShownIDs:
    """What is seen of IDs for user namespaces: bundles', this machine's, or the blocks of pods in --kubelet-dir.

    Raises:
        InputError: that cannot be read.
    """
    own = ShownIDs() if here is None else here.user_ids
    if request.kubelet_dir is not None:
        from upgradecheck.sources.kubelet_directory import read_mappings

        own = replace(own, mappings=read_mappings(request.kubelet_dir))
    users = (one.user_ids for one in facts.collected.values() if one.user_ids is not None)
    return ShownIDs((*own.users, *users), (*own.mappings, *(each for one in facts.collected.values() for each in one.pod_ids)))


def checkpoints_of(request: PlanRequest) -> tuple[FoundCheckpoint, ...] | None:
    """What --checkpoint names, None where nobody asked for any."""
    if request.checkpoint is None:
        return None
    from upgradecheck.checkpoint import load_all

    found = load_all(request.checkpoint)
    for one in found:
        _LOG.info(f"read {_checkpoint_in_words(one)}")
    return found


def _checkpoint_in_words(found: FoundCheckpoint) -> str:
    """Whose history it is, or that there is none; what is wrong with it, the report says."""
    checkpoint = found.loaded.checkpoint
    told = "nothing that can be used"
    if checkpoint is not None:
        told = f"{count(len(checkpoint.history), 'kubelet start')} of node {checkpoint.node.name}"
    return f"checkpoint {found.place}: {told}"


def configs_of(request: PlanRequest, facts: Facts, here: Here | None) -> Configs:
    """The running kubelet's configuration, and the new one's if it is another; they are of one node.

    Where none is given, it is that of the kubelet of this machine, if the plan is about this node alone.

    Raises:
        UsageError: there are several, or several nodes and none is named.
    """
    old = _only_config(facts, "Give the running kubelet's with -f, the new one's with --to-config")
    if here is not None and here.config is not None:
        old = here.config
    if facts.configs and len(request.nodes or facts.nodes) > 1:
        raise UsageError(f"{facts.configs[0][1]}: a kubelet's configuration belongs to one node; name it with --node.")
    told = bool(facts.configs) or _read_here(here)
    if request.to_config is None:
        return Configs(old, old, told)
    _check_is_file(request.to_config)
    with closing(open_inputs_of((request.to_config,), recursive=False, example=False)) as given:
        if not given.facts().configs:
            raise UsageError(f"--to-config {request.to_config}: holds no KubeletConfiguration.")
        new = _only_config(given.facts(), "Give one with --to-config")
        _check_is_read(request.to_config, given.facts().configs[0][1].place)
        return Configs(old, new, told, new_told=True)


def _check_is_file(path: str) -> None:
    """Raises UsageError for what can be read once only: how the text stands there counts, too (_check_is_read)."""
    if path == "-" or Path(path).is_fifo():
        raise UsageError(
            f"--to-config {path}: is a pipe, and what a kubelet makes of a configuration hangs on its whole text, which is read again. "
            "Write it into a file and give that."
        )


def _check_is_read(path: str, place: str) -> None:
    """Raises UsageError for a file from which no kubelet would read this configuration: it reads the first document of it, and no list.

    InputError for one that it cannot read as a whole.
    """
    if place and not (place == _SECOND and _BEHIND_COMMENTS.match(head_of(path, _HEAD))):
        raise UsageError(
            f"--to-config {path}: its configuration is {place}, and a kubelet that is started with it reads the first document alone, "
            "and ends where that is none. Give the file as it will stand on the node."
        )
    text = head_of(path, _LARGEST_CONFIG)
    try:
        if not text.startswith(_GZIP):
            guarded(partial(check_one_file, text))
    except SpecRefused as error:
        raise InputError(
            f"--to-config {path}: {error}. With a file like this no kubelet starts. Give the file as it will stand on the node."
        ) from None


def _read_here(here: Here | None) -> bool:
    """Whether the configuration of this machine's kubelet was seen: of one that does not run, defaults may stand for a file elsewhere."""
    return here is not None and here.config is not None and (here.kubelet.runs or here.config != KubeletConfig())


def _only_config(facts: Facts, advice: str) -> KubeletConfig:
    if len(facts.configs) > 1:
        places = " and ".join(str(origin) for _, origin in facts.configs[:2])
        raise UsageError(f"{len(facts.configs)} kubelet configurations were given, in {places}. {advice}.")
    return facts.configs[0][0] if facts.configs else KubeletConfig()


def ignores_of(request: PlanRequest) -> Ignores | None:
    """The ignore file, looked at today.

    Raises:
        InputError: it cannot be read, or is none.
    """
    name = request.ignore_file
    if name is None:
        return None
    from upgradecheck.formats.ignores import read_ignores

    advice = 'docs/ignoring.md says what stands in one; "upgradecheck schema ignores" is its schema.'
    try:
        raw = read_file(name, _LARGEST_IGNORES)
        entries = guarded(partial(read_ignores, raw, rule_ids()))
    except OSError as error:
        raise InputError(f"--ignore-file {name}: cannot be read ({error.strerror}). Name an ignore file; {advice}") from error
    except SpecRefused as error:
        raise InputError(f"--ignore-file {name}: {error}\nNothing is ignored, and no report is made. {advice}") from None
    _LOG.info(f"read {name}: {count(len(entries), 'ignore entry', 'ignore entries')}")
    return Ignores(name, entries, datetime.now(timezone.utc).date(), request.allow_ignores)


def in_force_of(request: PlanRequest) -> InForce:
    """The overrides that --override-in-force says kubelets see now.

    Raises:
        InputError: a file cannot be read, or holds none.
    """
    found = InForce()
    for name in request.in_force:
        try:
            raw = read_file(name, LARGEST)
            found = found.joined(guarded(partial(read_in_force, raw)))
            _LOG.info(f"read {name}: overrides in force, of {count(len(found.written) + len(found.shown), 'container')} so far")
        except OSError as error:
            raise InputError(f"--override-in-force {name}: cannot be read ({error.strerror}). Name a journal, or a plan.") from error
        except SpecRefused as error:
            raise InputError(
                f"--override-in-force {name}: {error}. Wanted a journal of override apply, or the plan that a proxy serves."
            ) from None
    return found
