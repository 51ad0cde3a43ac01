"""The manifests of static pods among the views: they belong to one node, and of those that give a pod of one name one runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from upgradecheck.model.errors import UsageError
from upgradecheck.model.manifests import ManifestFile, Manifests
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import Origin, PodView
from upgradecheck.model.wording import count
from upgradecheck.planning.seeing.examine import Examiner
from upgradecheck.planning.seeing.examined import examined_manifest
from upgradecheck.planning.seeing.joining import ExaminedView, running_manifests
from upgradecheck.planning.seeing.placing import Dump, dump_of, dumps_of_node
from upgradecheck.planning.seeing.ran import Found, proof_of
from upgradecheck.planning.seeing.statics import StaticIndex, manifest_view, nameless
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.pod import ReadPod

_MOST_STRANGE = 3
"""Of so many manifests the UID is looked for under all minors; of the rest, where none makes one, under the two alone."""


class ManifestViews(msgspec.Struct, frozen=True, gc=False):
    """The views that manifests give, of each name that of the manifest that runs, with their documents; and what is to be said of them."""

    views: tuple[tuple[ExaminedView, ReadPod], ...] = ()
    missing: tuple[Missing, ...] = ()
    notices: tuple[str, ...] = ()


def see_manifests(
    setting: Setting,
    named: frozenset[str],
    views: Iterable[PodView],
    documents: Mapping[tuple[str, str], ReadPod],
    dumps: Mapping[Dump, str],
) -> ManifestViews:
    """The manifests that were asked for, each examined.

    named: the nodes that anything names; views: those of static pods that run, with their documents by namespace and name.
    dumps: the nodes of the runtime's lists, where they can be told.

    Raises:
        UsageError: nothing tells which node they belong to.
    """
    if setting.manifests is None:
        return ManifestViews()
    node = _node(setting, setting.manifests, named)
    facts, alone = setting.facts, len(named.union(one.name for one in setting.facts.nodes)) <= 1
    listed = frozenset() if node is None else dumps_of_node(facts.sandboxes, node, dumps, alone=alone)
    examiner = Examiner(setting.catalog)
    index = StaticIndex(
        views,
        facts.sandboxes,
        documents,
        facts.containers,
        node=node,
        of_node=lambda one: node is None or dump_of(one.origin) in listed,
    )
    name = setting.manifests.name
    notices = [*setting.manifests.notices, f"{name}: manifests, read, defaulted and validated as each of the two kubelets does it."]
    given = list(_given(setting.manifests.files, node, index, notices))
    proof = proof_of(given, node, setting.steps.of(node).step)
    found, strange = list[tuple[ExaminedView, ReadPod]](), 0
    for one in given:
        examined = examined_manifest(one, node, setting, examiner, proof, others=strange < _MOST_STRANGE)
        found.append((examined, one.pod))
        strange += _is_strange(examined)
    if strange > _MOST_STRANGE:
        rest = count(strange - _MOST_STRANGE, "more manifest")
        notices.append(
            f"{name}: no minor makes the UID that runs of {_MOST_STRANGE} manifests; of {rest} only the two kubelets were asked."
        )
    notices += _refused_by_both(examined for examined, _ in found)
    winners = running_manifests(examined for examined, _ in found)
    for examined, _ in found:
        winner = winners[examined.view.namespace, examined.view.name]
        if examined is not winner:
            notices.append(f"{examined.view.origin}: passed over, {winner.view.origin} gives the pod of the same name that runs.")
    running = (each for each in found if each[0] is winners[each[0].view.namespace, each[0].view.name])
    return ManifestViews(tuple(running), tuple(Missing(path, why) for path, why in setting.manifests.unread), tuple(notices))


def _given(files: Iterable[ManifestFile], node: str | None, index: StaticIndex, notices: list[str]) -> Iterator[Found]:
    """The manifests that are pods, each with what runs of it. notices: is given those that are none."""
    for file in files:
        pod = None if file.json is None else ReadPod(file.json, Origin(file.path))
        problem = file.problem if pod is None else nameless(pod)
        if pod is None or problem:
            notices.append(f"{file.path}: gives no static pod to any kubelet ({problem}).")
            continue
        view = manifest_view(file, pod, node)
        yield Found(file, pod, index.running(view.namespace, view.name, node, view.uid))


def _is_strange(examined: ExaminedView) -> bool:
    """Whether no minor makes the UID that runs of a manifest."""
    check = None if examined.facts.fate is None else examined.facts.fate.check
    return check is not None and not check.reproduced and not check.minors


def _refused_by_both(found: Iterable[ExaminedView]) -> Iterator[str]:
    """Manifests that neither kubelet takes, with why: a file that was cut is one, too."""
    for one in found:
        fate = one.facts.fate
        if fate is not None and fate.refused is not None and fate.refused_before and not fate.seen:
            why = f"{fate.refused.path}: {fate.refused.reason}" if fate.refused.path else fate.refused.reason
            yield f"{one.view.origin}: neither kubelet takes it ({why}); so nothing of it runs, if this is the whole file that it has."


def _node(setting: Setting, manifests: Manifests, named: frozenset[str]) -> str | None:
    """The node that they belong to; None where no input names any."""
    node = setting.only_node(named)
    if node is None and named:
        raise UsageError(
            f"--static-pods {manifests.name}: manifests belong to one node, and the inputs show {len(named):,}. Name it with --node."
        )
    return node
