"""One pod of a plan, explained: files in, an Explanation out; the joint of ``upgradecheck explain``.

The plan is made as ``plan`` makes it, for all pods in scope, since those of a node decide about each other's admission; what it was made
of is kept of those pods only whose name was asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.commands.plan import Planned, PlanRequest, planned
from upgradecheck.explaining.pod import decoded, explain_container, explain_pod
from upgradecheck.explaining.steps import Witness
from upgradecheck.hashing.containers import DecodedContainer, hash_container
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.shown import shown_input
from upgradecheck.model.errors import UsageError
from upgradecheck.model.explanation import Difference, ExplainedContainer, Explanation, ValueChange
from upgradecheck.model.places import Places
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import Era, HashClass
from upgradecheck.model.version import Minor
from upgradecheck.reading.identity import identity_of

_MOST_NAMED = 8
_MOST_CLOSE = 3


class ExplainRequest(msgspec.Struct, frozen=True):
    """What the user asked of ``explain``. target: ``[NAMESPACE/]POD[/CONTAINER]``, as given; a UID serves as a pod's name."""

    plan: PlanRequest
    target: str
    show_values: bool = False


class Asked(msgspec.Struct, frozen=True, gc=False):
    """One way to read a target."""

    namespace: str | None
    pod: str
    container: str | None

    def names(self, namespace: str, name: str, uid: str) -> bool:
        """Whether it means a pod of this identity."""
        return self.namespace in (None, namespace) and self.pod in (name, uid) and bool(self.pod)


def readings(target: str) -> tuple[Asked, ...]:
    """What a target can mean: ``a/b`` is a pod b in a namespace a, or a container b of a pod a.

    Raises:
        UsageError: it has too many parts, or an empty one.
    """
    parts = target.split("/")
    if not all(parts) or len(parts) > 3:
        raise UsageError(f"{target!r}: no name of a pod. Write POD, NAMESPACE/POD, POD/CONTAINER or NAMESPACE/POD/CONTAINER.")
    if len(parts) == 1:
        return (Asked(None, parts[0], None),)
    if len(parts) == 2:
        return Asked(parts[0], parts[1], None), Asked(None, parts[0], parts[1])
    return (Asked(parts[0], parts[1], parts[2]),)


def make_explanation(request: ExplainRequest) -> Explanation:
    """The explanation of one pod, or of one container of it.

    Raises:
        UsageError: the target names no pod of the inputs, or several.
        UpgradecheckError: no plan can be made.
    """
    asked = readings(request.target)
    made = planned(request.plan, lambda view: any(one.names(view.namespace, view.name, view.uid) for one in asked))
    pod, container = resolve(request.target, made.plan.pods)
    return explained(made, pod, container, Catalog(), show_values=request.show_values)


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
    )


def _is(one: PlannedPod, other: PlannedPod) -> bool:
    return identity_of(one) == identity_of(other)


def resolve(target: str, pods: Sequence[PlannedPod]) -> tuple[PlannedPod, str | None]:
    """The pod, and the container of it, that a target means.

    Raises:
        UsageError: none, or several.
    """
    asked = readings(target)
    meant = [(pod, one.container) for one in asked for pod in pods if one.names(pod.namespace, pod.name, pod.uid)]
    whole = [(pod, name) for pod, name in meant if name is None or any(found.name == name for found in pod.containers)]
    if len(whole) > 1 and len({(pod.namespace, pod.name, container) for pod, container in whole}) == 1:
        whole = [(pod, name) for pod, name in whole if pod.reason is not Reason.NOT_RUNNING] or whole  # what ended gives way
    if len(whole) == 1:
        return whole[0]
    if whole:
        several = _listed([_full(*each) for each in whole])
        raise UsageError(f"{target!r} means more than one thing: {several}. Name one of them{_hint(whole)}.")
    if meant:
        pod, container = meant[0]
        names = _listed([found.name for found in pod.containers]) or "none at all"
        raise UsageError(f"{target!r}: pod {pod.namespace}/{pod.name} has no container {container!r}; it has {names}.")
    raise UsageError(f"{target!r}: no such pod in the inputs and the scope. {_near(asked, pods)}")


def _full(pod: PlannedPod, container: str | None) -> str:
    where = f" on {pod.node}" if pod.node else ""
    return f"{pod.namespace}/{pod.name}{'' if container is None else f'/{container}'} (UID {pod.uid or 'unknown'}{where})"


def _hint(meant: Sequence[tuple[PlannedPod, str | None]]) -> str:
    """How to tell pods of one name apart."""
    names, uids = {(pod.namespace, pod.name) for pod, _ in meant}, {pod.uid for pod, _ in meant}
    if len(names) == len(meant):
        return ""
    return " by its UID, or narrow down with --node" if len(uids) == len(meant) else ": narrow down with --node"


def _near(asked: Sequence[Asked], pods: Sequence[PlannedPod]) -> str:
    names = sorted({f"{pod.namespace}/{pod.name}" for pod in pods})
    if not names:
        return "They hold no pod at all."
    known = {name: name for name in names} | {pod.name: f"{pod.namespace}/{pod.name}" for pod in pods}
    close = [known[match] for one in asked for match in difflib.get_close_matches(one.pod, known, _MOST_CLOSE, cutoff=0.7)]
    within = [full for short, full in known.items() if any(one.pod in short for one in asked)]
    found = list(dict.fromkeys([*within, *close]))
    if not found:
        return f"They hold {len(names)}: {_listed(names)}."
    return f"Near to it: {_listed(found)}."


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + rest


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
        return tuple(minor for minor in catalog.minors() if _beyond(witness, minor) and _makes(witness, planned, minor, catalog))

    return minors


def _beyond(witness: Witness, minor: Minor) -> bool:
    """Whether a minor lies in the direction of the upgrade, or of the way back."""
    if witness.step is None or witness.step.start is None:
        return True
    start, target = witness.step.start.builds[-1].minor, witness.build.minor
    return minor < start if target < start else minor > start


def _makes(witness: Witness, planned: PlannedContainer, minor: Minor, catalog: Catalog) -> bool:
    build = catalog.builds_of(minor)[-1]
    container = decoded(witness, build, planned)
    return container is not None and hash_container(container, build.hash_class) == planned.evidence.hash


def _with_differences(told: ExplainedContainer, witness: Witness, *, show_values: bool) -> ExplainedContainer:
    start = None if witness.step is None else witness.step.start
    if start is None:
        return told
    old, new = start.builds[-1], witness.target.builds[-1]
    before, after = decoded(witness, old, told.planned), decoded(witness, new, told.planned)
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
