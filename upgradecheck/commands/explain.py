"""One pod of a plan, explained: files in, an Explanation out; the joint of ``upgradecheck explain``.

The plan is made as ``plan`` makes it, for all pods in scope, since those of a node decide about each other's admission; what it was made
of is kept of those pods only whose name was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.commands.plan import Planned, PlanRequest, planned
from upgradecheck.commands.targets import Meant, resolve, sought
from upgradecheck.explaining.pod import decoded, explain_container, explain_pod
from upgradecheck.explaining.steps import Witness
from upgradecheck.hashing.containers import DecodedContainer, hash_container
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.shown import shown_input
from upgradecheck.model.draining import Draining
from upgradecheck.model.explanation import Difference, ExplainedContainer, Explanation, ValueChange
from upgradecheck.model.places import Places
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.schema import Era, HashClass
from upgradecheck.model.version import Minor
from upgradecheck.reading.identity import identity_of


class ExplainRequest(msgspec.Struct, frozen=True):
    """What the user asked of ``explain``. target: ``[NAMESPACE/]POD[/CONTAINER]``, as given; a UID or a workload stands for a pod."""

    plan: PlanRequest
    target: str
    show_values: bool = False


def make_explanation(request: ExplainRequest) -> Explanation:
    """The explanation of one pod, or of one container of it.

    Raises:
        UsageError: the target names no pod of the inputs, or several.
        UpgradecheckError: no plan can be made.
    """
    made = planned(request.plan, sought(request.target))
    meant = resolve(request.target, made.plan.pods)
    told = explained(made, meant.pod, meant.container, Catalog(), show_values=request.show_values)
    return told if meant.among == 1 else replace(told, notices=(_stands_for(meant), *told.notices))


def _stands_for(meant: Meant) -> str:
    pod, workload = meant.pod, meant.pod.workload
    return f"{workload.kind} {pod.namespace}/{workload.name} has {meant.among} pods here; this is the one that fares worst, {pod.name}."


def witness_of(made: Planned, pod: PlannedPod) -> Witness:
    """What the plan knew of a pod that it kept."""
    kept = made.decided.kept.get(identity_of(pod))
    outcomes = (one.outcome for one in made.settled.admission if _is(one.pod, pod))
    return Witness(
        planned=pod,
        joined=None if kept is None else kept.joined,
        step=(made.setting.steps.of(pod.node) if kept is None else kept.step).step,
        target=made.setting.steps.target,
        records=made.decided.records,
        node=next((node for node in made.setting.nodes if node.name == pod.node), None),
        admission=next(outcomes, None),
        past=None if kept is None else kept.past,
        document=None if kept is None else kept.document,
        hindrance=Draining(made.plan).hindrance(pod),
        manifest=made.decided.manifests.get(identity_of(pod)),
    )


def _is(one: PlannedPod, other: PlannedPod) -> bool:
    return identity_of(one) == identity_of(other)


def explained(made: Planned, pod: PlannedPod, container: str | None, catalog: Catalog, *, show_values: bool = False) -> Explanation:
    """A pod that a plan kept. container: the only one to tell of."""
    witness = witness_of(made, pod)
    places = catalog.places(witness.build.minor)
    wanted = [planned for planned in pod.containers if container in (None, planned.name)]
    start = None if witness.step is None else witness.step.start
    return Explanation(
        from_version=None if start is None else start.version,
        to_version=witness.target.version,
        to_releases=tuple(build.release for build in witness.target.builds),
        runtime=None if witness.node is None else witness.node.runtime,
        pod=pod,
        steps=explain_pod(witness, places),
        containers=tuple(_container(witness, planned, places, catalog, show_values=show_values) for planned in wanted),
        notices=made.plan.notices,
    )


def _container(witness: Witness, planned: PlannedContainer, places: Places, catalog: Catalog, *, show_values: bool) -> ExplainedContainer:
    told = explain_container(witness, planned, places, _kept_by(witness, planned, catalog))
    return _with_differences(told, witness, show_values=show_values)


def _kept_by(witness: Witness, planned: PlannedContainer, catalog: Catalog) -> Callable[[], tuple[Minor, ...]]:
    """The minors beyond the running one whose newest kubelet computes the hash that the container carries."""

    def minors() -> tuple[Minor, ...]:
        beyond = [minor for minor in catalog.minors() if _beyond(witness, minor) and catalog.is_finished(minor)]
        return tuple(minor for minor in beyond if _makes(witness, planned, minor, catalog))

    return minors


def _beyond(witness: Witness, minor: Minor) -> bool:
    """Whether a minor lies in the direction of the upgrade, or of the way back."""
    if witness.step is None or witness.step.start is None:
        return True
    start, target = witness.step.start.builds[-1].minor, witness.build.minor
    return minor < start if target < start else minor > start


def _makes(witness: Witness, planned: PlannedContainer, minor: Minor, catalog: Catalog) -> bool:
    build = catalog.builds_of(minor)[-1]
    container = decoded(witness, build, planned, then=True)
    return container is not None and hash_container(container, build.hash_class) == planned.evidence.hash


def _with_differences(told: ExplainedContainer, witness: Witness, *, show_values: bool) -> ExplainedContainer:
    start = None if witness.step is None else witness.step.start
    if start is None:
        return told
    old, new = start.builds[-1], witness.target.builds[-1]
    before, after = decoded(witness, old, told.planned, then=False), decoded(witness, new, told.planned, then=True)
    if before is None or after is None or old.schema.era is not new.schema.era:  # of another era everything is hashed otherwise
        return told
    found = differences(_hashed(before, old.hash_class), _hashed(after, new.hash_class), show_values=show_values)
    return replace(told, differences=tuple(found))


def _hashed(container: DecodedContainer, hash_class: HashClass) -> bytes:
    """What is hashed of a container, as JSON also where it is hashed as a printed struct."""
    if hash_class.schema.era is Era.TYPED:
        return codecs(hash_class.schema).root("Container").encode(container.content, short_control_escapes=True)
    return shown_input(container, hash_class)


def differences(before: bytes, after: bytes, *, show_values: bool) -> Iterator[Difference]:
    """The paths at which two JSON texts differ, in their order."""
    import json

    from deepdiff import DeepDiff

    old, new = (json.loads(text) for text in (before, after))
    found = DeepDiff(old, new, view="tree")
    told = []
    for name, items in found.items():
        change = ValueChange.ADDED if name.endswith("_added") else ValueChange.REMOVED if name.endswith("_removed") else ValueChange.CHANGED
        for item in items:
            values = (_value(item.t1), _value(item.t2)) if show_values else (None, None)
            told.append(Difference(change, _path(item.path(output_format="list")), *values))
    return iter(sorted(told, key=lambda one: one.path))


def _value(value: object) -> str | None:
    import json

    from deepdiff.helper import NotPresent

    return None if value is NotPresent or isinstance(value, NotPresent) else json.dumps(value, ensure_ascii=False)


def _path(steps: Sequence[str | int]) -> str:
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{step}]"
    return text
