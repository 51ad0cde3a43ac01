"""What is said beside a plan's verdicts: upstream's position, what nobody looked at, and what counts as unchanged for want of a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upgradecheck.decode.kube.templates import AS_WRITTEN
from upgradecheck.hazards import discover
from upgradecheck.model.alike import nodes_of, weighed
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import (
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import PodSource
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count
from upgradecheck.planning.lacking import configs_of
from upgradecheck.planning.phases import Decided
from upgradecheck.planning.rows import weighed as weighed_pods
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.setting import Setting
from upgradecheck.planning.unmade import judged_as, supposed
from upgradecheck.reading.identity import identity_of

UPSTREAM = "Upstream supports minor kubelet upgrades only on a drained node."
_CONFIGURATION = "cgroup root and driver, kubelet configuration, "
_UNSEEN = "and what admission asks beyond Node objects."
_NETWORK = "sandbox network and address, "


def counts_as_unchanged(*, network: bool, configuration: bool) -> str:
    """What no list of the runtime shows; network, configuration: whether these belong to it."""
    listed = f"{_NETWORK if network else ''}{_CONFIGURATION if configuration else ''}"
    unseen = _UNSEEN if listed else _UNSEEN.removeprefix("and ")
    return f"Counts as unchanged, as no list shows it: {listed}{unseen}"


COUNTS_AS_UNCHANGED = counts_as_unchanged(network=True, configuration=True)
UNCHANGED_BUT_NETWORK = counts_as_unchanged(network=False, configuration=True)
NO_SANDBOXES = "No pod sandboxes were given (crictl pods -o json): they count as unchanged."
NO_MANIFESTS = (
    "Static pods were seen without their manifests, so what the old kubelet has dropped from them, and manifests that are gone, are not "
    "seen: give the directory with --static-pods."
)
NO_NODES = "Admission was not judged for pods on nodes whose Node object was not given (kubectl get nodes -o json)."
BARE = (
    "given by -f, without uid and status, are judged as an API server's pods. Those of static pods belong to --static-pods, for a kubelet "
    "may make new UIDs of them."
)
NOTHING = "Nothing was examined: no pod is in the inputs and the scope."


def notices_of(setting: Setting, facts: Facts, decided: Decided, pods: Sequence[PlannedPod]) -> Iterator[str]:
    """The notices of a plan, upstream's position first."""
    yield UPSTREAM
    if not pods:
        yield NOTHING
    unexamined = (notice for rule in discover() if rule.unexamined is not None for notice in rule.unexamined(facts))
    read = _as_made(facts.notices, setting)
    yield from (*setting.steps.notices, *read, *decided.notices, *unexamined, *setting.in_force.notices(facts.containers))
    if pods:
        yield from _limits(setting, facts, decided, pods)


def _limits(setting: Setting, facts: Facts, decided: Decided, pods: Sequence[PlannedPod]) -> Iterator[str]:
    """What the evidence could not show, each named once."""
    if not facts.sandboxes:
        yield NO_SANDBOXES
    if setting.manifests is None and any(pod.source is PodSource.FILE and not _is_told(pod, decided) for pod, _ in weighed(pods)):
        yield NO_MANIFESTS
    makers = _makers(setting)
    if makers and (made := sum(one.unmade * times for one, times in weighed_pods(decided.pods))):
        yield " ".join(filter(None, (judged_as(made, f"API server {makers[0].release}"), _supposed(setting, makers))))
    if bare := sum(_is_bare(pod) * times for pod, times in weighed(pods)):
        yield f"Manifests of {count(bare, 'pod')} {BARE}"
    if set(nodes_of(pods)) - {node.name for node in setting.nodes}:
        yield NO_NODES
    networks, without_network = _networks(pods, decided.records)
    configured = any(configs.old_told or configs.new_told for configs in configs_of(setting.steps))
    yield counts_as_unchanged(network=not networks or bool(without_network), configuration=not configured)
    if networks and without_network:
        yield f"Pods whose sandbox's network was seen: {networks}; was not seen: {without_network}."


def _is_told(pod: PlannedPod, decided: Decided) -> bool:
    """Whether its node's bundle tells that nothing of its manifest was dropped."""
    found = decided.manifests.get(identity_of(pod))
    return found is not None and found.is_read_alike and identity_of(pod) not in decided.unseen


def _makers(setting: Setting) -> tuple[KubeletBuild, ...]:
    """The API servers that may make the pods of manifests."""
    step = setting.steps.default.step
    return () if step is None else step.makers


def _supposed(setting: Setting, makers: Sequence[KubeletBuild]) -> str:
    """What is said besides where nobody told the server."""
    step = setting.steps.default.step
    if step is None or not step.supposed:
        return ""
    return supposed(str(makers[-1].minor) if makers[1:] else None)


def _as_made(notices: Iterable[str], setting: Setting) -> Iterator[str]:
    """What was said of the reading, where templates are not taken as they are written."""
    return (notice if not _makers(setting) else notice.removesuffix(AS_WRITTEN) for notice in notices)


def _is_bare(pod: PlannedPod) -> bool:
    """Whether this is a manifest that no controller makes and no API server has taken: that of a static pod looks alike."""
    return pod.source is PodSource.API and not pod.uid and pod.replicas is None and pod.workload.kind == "Pod"


def _networks(pods: Iterable[PlannedPod], records: Records) -> tuple[int, int]:
    """Of how many pods the network of the newest sandbox was seen, and of how many that run or may run it was not."""
    seen = unseen = 0
    if not records.have_sandboxes or (
        not records.have_networks and all(pod.verdict is not Verdict.NOT_COMPARED for pod, _ in weighed(pods))
    ):
        return 0, sum(times for pod, times in weighed(pods) if pod.verdict is not Verdict.NOT_COMPARED)
    for pod in pods:
        newest = next(iter(records.sandboxes(pod)), None)
        if newest is not None and newest.network is not None:
            seen += 1
        elif newest is not None or pod.verdict is not Verdict.NOT_COMPARED:
            unseen += 1
    return seen, unseen
