"""The core without its edges: documents in, examined views, joined and decided pods out."""

from __future__ import annotations

from collections.abc import Iterable

from tests.builders import CATALOG, Document, raw
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.runtime.crictl import container_record, sandbox_record
from upgradecheck.model.plan import Plan, Scope
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, PodSource, Recorded
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.scope import filter_of
from upgradecheck.planning.asking.steps import Steps, at_rest, plan_steps
from upgradecheck.planning.building import build
from upgradecheck.planning.deciding import DecidedPod, decide_pod, uid_made_by_kubelet
from upgradecheck.planning.phases import Decided, Settled
from upgradecheck.planning.seeing.examine import Examiner, Reading
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.joining import ExaminedView, JoinedPod, PodJoiner
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.pod import ReadPod

NO_FACTS = Facts()


def facts(*nodes: Document) -> tuple[NodeFacts, ...]:
    return tuple(node_facts(raw(node), Origin("nodes.json", f"item {number}")) for number, node in enumerate(nodes, 1))


def steps(*nodes: Document, start: str | None = None, target: str) -> Steps:
    return plan_steps(facts(*nodes), start, target, CATALOG)


def container_records(*records: Document) -> tuple[ContainerRecord, ...]:
    return tuple(container_record(raw(record), Origin("crictl-ps.json")) for record in records)


def recorded(*records: Document, sandboxes: Iterable[Document] = ()) -> Records:
    return Records(container_records(*records), [sandbox_record(raw(sandbox), Origin("crictl-pods.json")) for sandbox in sandboxes])


def examined(document: Document, step: Step, records: Records, *, source: str = "pods.json") -> ExaminedView:
    pod = ReadPod(raw(document), Origin(source))
    view = pod.view

    def recorded_hash(name: str) -> Recorded | None:
        record = records.find(view, name)
        return record.hash if record is not None and isinstance(record.hash, Recorded) else None

    api = view.source is PodSource.API
    reading = Reading(view.uid, api, own_uid=api or not uid_made_by_kubelet(view), view=view.view, listed=True)
    facts_of_spec = Examiner(CATALOG).examine(pod, step, recorded_hash, reading)
    return ExaminedView(view, facts_of_spec, raw(document["spec"]))


def joined(*views: Document, step: Step, records: Records) -> JoinedPod:
    """The one pod that these views make."""
    joiner = PodJoiner()
    for view in views:
        joiner.add(examined(view, step, records))
    (pod,) = joiner.drain()
    return pod


def decided(
    *views: Document,
    records: Iterable[Document] = (),
    nodes: Iterable[Document] = (),
    start: str | None = None,
    target: str,
    stopped: bool = False,
) -> DecidedPod:
    """The decision on one pod, given some views of it, the runtime's records and the node; stopped: its kubelet does not run."""
    found = recorded(*records)
    planned = steps(*nodes, start=start, target=target)
    node_step = (at_rest(planned) if stopped else planned).of(views[0]["spec"].get("nodeName"))
    if node_step.step is None:
        blind = steps(start="1.30.14", target=target).default.step
        assert blind is not None
        return decide_pod(joined(*views, step=blind, records=found), None, node_step.problem, found)
    return decide_pod(joined(*views, step=node_step.step, records=found), node_step.step, node_step.problem, found)


ALL = Scope(("pods.json",))


def setting(
    *nodes: Document, start: str | None = None, target: str, scope: Scope = ALL, records: Records | None = None, here: Here | None = None
) -> Setting:
    """What pods on these nodes are judged by."""
    found = facts(*nodes)
    return Setting(
        scope=scope,
        chosen=filter_of(scope, found),
        nodes=found,
        steps=steps(*nodes, start=start, target=target),
        records=Records((), ()) if records is None else records,
        here=here,
        catalog=CATALOG,
    )


def built(pods: Iterable[DecidedPod], asked: Setting, found: Facts = NO_FACTS, *, seen: frozenset[str] = frozenset()) -> Plan:
    """The plan of pods that are decided, in this order. seen: the nodes with evidence."""
    settled = Settled(pods=tuple(pods))
    return build(asked, found, Decided(pods=settled.pods, records=asked.records, nodes_with_evidence=seen), settled, GateLimits())
