"""What a plan keeps of a spec, and the step under which it was looked at; small, since there are 150,000."""

from __future__ import annotations

import msgspec

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.exposure import NOT_EXPOSED, Exposure
from upgradecheck.model.gates import MovedGate
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Cause
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.evidence.past import Past, Written
from upgradecheck.planning.seeing.statics import StaticFate
from upgradecheck.planning.seeing.traits import ContainerTraits, PodTraits
from upgradecheck.reading.pod import ReadPod


class Step(msgspec.Struct, frozen=True, gc=False):
    """The upgrade of one node. start is None if no source says what it runs; survival says that the node itself reports it.

    checked: start is known to compare as its release does, or --from says so; else whatever it runs may be older than itself.
    cgroups_per_qos: pods have cgroups of their own, below that of their QoS class, as by default. cgroups_move: the new kubelet keeps
    all of them in another place than the running one, by its configuration.
    obstacle: why nothing can be said of any pod there. recreates: why all are made anew, or may be. loses_docker: why nothing can be said
    of pods whose status names docker, whatever the Node object tells; runtime_untold: and of those of which nothing names a runtime, the
    Node object neither. docker_over_cri: docker is known to be spoken to over CRI. docker_in_swarm: it says that it is part of a swarm.
    configs: the configurations of both kubelets.
    reported: the minor that the node reports where --from supposes another one, so that what its runtime shows is not of that one.
    unwatched: the node is not ready, so that its kubelet may not have compared what it runs with what the API server has by now.
    at_rest: no kubelet runs there until the new one starts, so that whatever records carry, whoever made it, is what that one finds.
    api_from, api_to: the API servers of now and of then, which have the gates and defaults of a kubelet's release; None where nobody
    says. supposed: where nobody does, the servers that may make pods of manifests, the likeliest first (asking.supposed). gates: those that
    one kubelet has on and the other off.
    """

    start: KubeletEnd | None
    target: KubeletEnd
    survival: bool = False
    checked: bool = True
    cgroups_per_qos: bool = True
    cgroups_move: bool = False
    obstacle: Reason | None = None
    recreates: Reason | None = None
    loses_docker: bool = False
    runtime_untold: bool = False
    docker_over_cri: bool = False
    docker_in_swarm: bool = False
    configs: Configs = SAME_CONFIG
    reported: Minor | None = None
    unwatched: bool = False
    at_rest: bool = False
    api_from: KubeletBuild | None = None
    api_to: KubeletBuild | None = None
    supposed: tuple[KubeletBuild, ...] = ()
    gates: tuple[MovedGate, ...] = ()

    @property
    def setting_server(self) -> KubeletBuild | None:
        """The API server to come, where it sets fields that others do not."""
        return self.api_to if self.api_to is not None and self.api_to.sets_on_reading else None

    @property
    def makers(self) -> tuple[KubeletBuild, ...]:
        """The API servers that may make pods of manifests: the known one alone, else those that are supposed."""
        known = self.api_from or self.api_to
        return self.supposed if known is None else (known,)

    def maker(self, document: ReadPod) -> KubeletBuild | None:
        """The API server that makes the pod, where none is seen to have: of a manifest or a template."""
        return next(iter(self.makers), None) if document.is_unmade else None


class ContainerFacts(msgspec.Struct, frozen=True, gc=False):
    """One container of a spec.

    kind is what it is to the new kubelet, kind_before to the old one (None if the old version is not known).
    from_hashes and to_hashes hold one hash for every class that the version can be. candidates are the hashes of all minors that may have
    created it, where the old one does not compare it. causes: why the new hash is another one than the old version's.
    written: what each kubelet of the node's history would have written, where there is one; causes_by_hash: why these are others than the
    new hash, where the running kubelet did not compare them.

    A recorded hash adds creators, the minors, up to the old version, that make it of this spec; causes then start from the newest of them.
    by_record: the facts under each hash that it may carry (None: under none), until it is known whose the records of its UID are.
    fields_added: the paths of fields that API servers add to what runs, without which the old version makes it of this spec. edited: its
    manifest was edited; all that is told of earlier hashes is told of what it was before. supposed: its record is of the kubelet that the
    node reports, and the one that --from supposes would have replaced it. meanwhile: its hashes under the old version once the API server
    is the one to come; empty where these are the same. guessed: a name in the spec is made up, so that a hash which counts it is no
    kubelet's. drifted: the image that its status shows and that of its spec, where the running kubelet makes the recorded hash of the spec
    with the former: the spec was changed since it started.
    """

    name: str
    kind: ContainerKind
    kind_before: ContainerKind | None
    from_hashes: tuple[Hash, ...]
    to_hashes: tuple[Hash, ...]
    causes: tuple[Cause, ...] = ()
    creators: tuple[str, ...] = ()
    fields_added: tuple[str, ...] = ()
    edited: bool = False
    supposed: bool = False
    drifted: tuple[str, str] | None = None
    candidates: tuple[Hash, ...] = ()
    traits: ContainerTraits = msgspec.field(default_factory=ContainerTraits)
    to_hashes_without_resources: tuple[Hash, ...] = ()
    from_hashes_without_resources: tuple[Hash, ...] = ()
    written: Written = ()
    causes_by_hash: tuple[tuple[Hash, tuple[Cause, ...]], ...] = ()
    meanwhile: tuple[Hash, ...] = ()
    guessed: bool = False
    by_record: tuple[tuple[Hash | None, ContainerFacts], ...] = ()


class SpecFacts(msgspec.Struct, frozen=True, gc=False):
    """A spec, examined; refused says which version's decoder refuses it and why, and then there are no containers.

    fate: what becomes of a static pod as a whole. request: what the pod asks for at admission under the new kubelet. past: the history
    whose kubelets' hashes the containers hold. unmade: an API server has yet to make the pod, and the facts are of the likeliest one's;
    otherwise: the facts that differ, of what other servers may make of it.
    """

    containers: tuple[ContainerFacts, ...] = ()
    refused: str | None = None
    traits: PodTraits = msgspec.field(default_factory=PodTraits)
    fate: StaticFate | None = None
    request: PodRequest | None = None
    past: Past | None = None
    exposure: Exposure = NOT_EXPOSED
    unmade: bool = False
    otherwise: tuple[SpecFacts, ...] = ()
