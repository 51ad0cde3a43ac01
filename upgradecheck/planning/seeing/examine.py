"""One pod document to what the plan needs of it: the facts of its spec, then what its records and its UID add.

This is the only place that holds a spec, and it holds one at a time: 150,000 pods are reduced to numbers as they stream by. What is found
of one is remembered for its replicas (known.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decisions.manifests.outcomes import Ran
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.pod import Recorded, View
from upgradecheck.planning.evidence.past import Past
from upgradecheck.planning.seeing.creators import carried
from upgradecheck.planning.seeing.facts import SpecFacts, Step
from upgradecheck.planning.seeing.fates import fate_of
from upgradecheck.planning.seeing.known import KnownFacts
from upgradecheck.planning.seeing.makers import other_makers
from upgradecheck.planning.seeing.others import OtherMinors
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.seeing.statics import StaticFate, StaticReading
from upgradecheck.reading.pod import ReadPod


class Reading(msgspec.Struct, frozen=True, gc=False):
    """How the kubelet has a pod, and how we have its document.

    uid: the kubelet's UID of it. from_api: from an API server, not from a file or URL.
    own_uid, view, ran: see StaticReading. alone: see StaticFate. listed: it is an item of a list, without a kind.
    """

    uid: str = ""
    from_api: bool = True
    own_uid: bool = True
    ran: Ran | None = None
    view: View = View.SPEC
    alone: bool = True
    listed: bool = False

    @property
    def lossy(self) -> bool:
        """Whether the document was made by the old kubelet."""
        return self.view is not View.SPEC

    @property
    def with_status(self) -> bool:
        """Whether the kubelet has the pod with the status that stands in the document."""
        return self.from_api or not self.lossy


_PLAIN_READING = Reading()


class Examiner:
    """Examines pods; keeps between them what the catalog keeps, and the facts of the kinds that it met."""

    def __init__(self, catalog: SchemaCatalog) -> None:
        self._catalog, self._known, self._others = catalog, KnownFacts(), OtherMinors(catalog)

    def examine(
        self,
        pod: ReadPod,
        step: Step,
        recorded: Callable[[str], Recorded | None],
        reading: Reading = _PLAIN_READING,
        past: Past | None = None,
        rivals: Callable[[str], Sequence[Recorded]] = lambda name: (),
    ) -> SpecFacts:
        """The facts of a pod; recorded gives the recorded hash of a container by name, None if unseen.

        rivals: the hashes that it may carry too, where it is not yet known whose the records are.
        """

        def of(spec: Spec) -> SpecFacts:
            facts = carried(self._known.facts_of(spec, view=reading.view, past=past), spec, recorded, rivals)
            return replace(facts, fate=_fate(spec, facts, reading, self._others), request=_asked_by(facts.request, reading.uid))

        spec = Spec(pod, step, self._catalog, from_api=reading.from_api, with_status=reading.with_status)
        facts = of(spec)
        if not spec.is_unmade:
            return facts
        others = (of(Spec(pod, step, self._catalog, from_api=True, maker=one)) for one in other_makers(pod.raw, step))
        return replace(facts, unmade=True, otherwise=tuple(one for one in others if one != facts))


def _fate(spec: Spec, facts: SpecFacts, reading: Reading, others: OtherMinors) -> StaticFate | None:
    if reading.from_api:
        return None
    static = StaticReading(reading.view, reading.own_uid, reading.ran)
    fate = fate_of(spec, static, others, alone=reading.alone, listed=reading.listed, decoded=facts.refused is None)
    return replace(fate, seen=True) if reading.lossy else fate


def _asked_by(request: PodRequest | None, uid: str) -> PodRequest | None:
    return None if request is None else replace(request, uid=uid)
