"""One document of a pod, a view or a manifest, with its spec examined under the versions of its node."""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.model.manifests import ManifestSource
from upgradecheck.model.pod import PodSource, PodView, Recorded
from upgradecheck.planning.deciding import uid_made_by_kubelet
from upgradecheck.planning.seeing.edited import edits_of
from upgradecheck.planning.seeing.examine import Examiner, Reading
from upgradecheck.planning.seeing.facts import SpecFacts
from upgradecheck.planning.seeing.joining import ExaminedView
from upgradecheck.planning.seeing.ran import Found, Proof, ran_of_manifest, ran_of_view
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.statics import manifest_view, with_running
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.pod import ReadPod


def examined_view(pod: ReadPod, setting: Setting, examiner: Examiner) -> ExaminedView:
    """A view of a pod, its spec examined."""
    view = pod.view
    digest = pod.digest  # first: what is decoded for it is let go of before more is
    node = view.node or setting.chosen.only_node
    step = setting.steps.of(node).step
    if step is None:
        return ExaminedView(view, SpecFacts(), digest)
    api = view.source is PodSource.API
    ran = ran_of_view(view, step)
    if ran is not None and setting.manifests is not None:  # these tell more
        ran = replace(ran, others=False)
    reading = Reading(view.uid, api, own_uid=api or not uid_made_by_kubelet(view), ran=ran, view=view.view, listed=True)
    recorded = _recorded(setting.records, view)
    facts = examiner.examine(pod, step, recorded, reading, setting.histories.past(node), recorded.rivals)
    return ExaminedView(view, facts, digest)


def examined_manifest(
    found: Found, node: str | None, setting: Setting, examiner: Examiner, proof: Proof | None, *, others: bool = True
) -> ExaminedView:
    """A static pod as its manifest has it, under the UID of what runs of it. others: see Ran."""
    file, pod, running = found.file, found.pod, found.running
    view = manifest_view(file, pod, node)
    own = view.uid
    view = replace(view, uid=running.uid or own)
    step = setting.steps.of(node).step
    if step is None:
        return ExaminedView(view, SpecFacts(), pod.digest)
    alone = setting.manifests is None or setting.manifests.each_alone
    ran = ran_of_manifest(file, running, node, step, proof) if own in ("", running.uid) else None
    ran = ran if others or ran is None else replace(ran, others=False)
    reading = Reading(view.uid, from_api=False, own_uid=bool(own), ran=ran, alone=alone, listed=file.listed)
    recorded = _recorded(setting.records, view)
    facts = examiner.examine(pod, step, recorded, reading, setting.histories.past(node), recorded.rivals)
    edited = edits_of(pod, view.name, running.document, step)
    told = file.source is ManifestSource.HTTP or bool(step.configs.old.static_pod_path)
    return ExaminedView(view, replace(facts, fate=with_running(facts.fate, running, own, edited, told=told)), pod.digest)


class _recorded:  # noqa: N801 - reads as the function that it is
    """The recorded hash of a pod's container by name."""

    __slots__ = ("_records", "_view")

    def __init__(self, records: Records, view: PodView) -> None:
        self._records, self._view = records, view

    def __call__(self, name: str) -> Recorded | None:
        record = self._records.find(self._view, name)
        return record.hash if record is not None and isinstance(record.hash, Recorded) else None

    def rivals(self, name: str) -> tuple[Recorded, ...]:
        """The others that it may turn out to be, once it is known whose each record is."""
        found = (record.hash for record in self._records.rivals(self._view, name))
        return tuple(one for one in found if isinstance(one, Recorded))
