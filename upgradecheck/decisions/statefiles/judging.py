"""Whether a kubelet that starts takes the state files that it finds, and what it does where it does not.

Mirrors restoreState of the CPU and memory managers (pkg/kubelet/cm/*/state/state_checkpoint.go), validateState of their static policies,
readCheckpoint of the device manager, GetOrCreate of the DRA manager, and NewStateCheckpoint of pod statuses and allocations. An error of
any of these but the device manager's ends the kubelet; the latter logs it and goes on with nothing.

Not mirrored: what hangs on the machine (its CPUs, the memory of its NUMA nodes); the kubelet that runs has passed that at its own start.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from upgradecheck.decisions.statefiles.forms import WRONG_SUM
from upgradecheck.decisions.statefiles.outlining import said_of, sealed_as
from upgradecheck.model.cpusets import parse_cpus
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.statefiles import (
    Said,
    StateFailure,
    StateFile,
    StateFormat,
    StateName,
    StateOutline,
    StateRule,
    StateTrouble,
    StateWeight,
)

BY_IDS = "it gives CPUs to containers by their IDs, and this kubelet stops at one that the runtime has no longer"
_LATER = "it is of a form that this kubelet does not read"
_FORMS_OF: Mapping[StateName, tuple[StateFormat, ...]] = {
    StateName.CPUS: (StateFormat.CPUS_V1, StateFormat.CPUS_V2_EITHER, StateFormat.CPUS_V3, StateFormat.CPUS_V4),
    StateName.MEMORY: (StateFormat.MEMORY_V1, StateFormat.MEMORY_V2, StateFormat.MEMORY_V3),
    StateName.DEVICES: (StateFormat.DEVICES_V1, StateFormat.DEVICES_V2),
    StateName.CLAIMS: (StateFormat.CLAIMS_CRC,),
    StateName.STATUSES: (StateFormat.RESOURCES_SEALED,),
    StateName.ALLOCATED: (StateFormat.RESOURCES_SEALED,),
    StateName.ACTUATED: (StateFormat.RESOURCES_SEALED,),
}
"""Forms that a file of the name can have; plain ones would take anything."""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """What a kubelet is configured with: the policy of the file's manager (None where that is not known), and the CPUs it reserves.

    perhaps: a flag that was not seen may set another policy. strict: none of the reserved CPUs is for containers. containers: the IDs of
    those that the runtime has; None where it was not seen.
    """

    policy: str | None = None
    perhaps: bool = False
    reserved: str = ""
    strict: bool = False
    containers: Collection[str] | None = None


def judge(file: StateFile, build: KubeletBuild, wanted: Wanted) -> Iterator[StateTrouble]:
    """What a kubelet stops at in a file, or loses with it."""
    rule = rule_for(file.name, build)
    if rule is None or file.absent:
        return
    content = b"" if file.size == 0 else file.content if file.outline is None else file.outline
    if content is None or (not content and rule.empty_is_none):
        return
    try:
        form, said = _read(file.name, rule, build, content)
        _check_policy(said, wanted)
        if file.name is StateName.CPUS:
            _check_cpus(said, wanted)
    except SpecRefused as error:
        perhaps = StateWeight.OPEN if isinstance(error, _Perhaps) else StateWeight.STOPS
        weight = perhaps if rule.failure is StateFailure.ENDS else StateWeight.WARNS
        yield StateTrouble(file.name, file.place, error.reason, weight, file.node)
        return
    yield from (StateTrouble(file.name, file.place, what, weight, file.node) for what, weight in _of_read(file, form, said, build, wanted))


def rule_for(name: StateName, build: KubeletBuild) -> StateRule | None:
    """How a kubelet reads a file; None where it does not."""
    rule = build.state_files.of(name)
    return None if rule is None or (rule.gate is not None and not build.feature_gate(rule.gate)) else rule


class _Perhaps(SpecRefused):
    """What a kubelet stops at, unless a flag that was not seen says otherwise."""


def _read(name: StateName, rule: StateRule, build: KubeletBuild, content: bytes | StateOutline) -> tuple[StateFormat, Said]:
    """What a file says, by the first form that it is of.

    Raises:
        SpecRefused: it is of none that this kubelet reads.
    """
    if content.blank if isinstance(content, StateOutline) else not content.strip():
        raise SpecRefused("it is empty" if not content else "it holds nothing but blanks")
    problem = ""
    for form in (*(one for gate, forms in rule.under.items() if build.feature_gate(gate) for one in forms), *rule.formats):
        try:
            return form, said_of(form, content)
        except SpecRefused as error:
            if _is_last_form(form, content):
                raise
            problem = problem if problem == WRONG_SUM else error.reason
    raise SpecRefused(_LATER if any(_is_of(form, content) for form in _FORMS_OF[name]) else problem)


def _is_last_form(form: StateFormat, content: bytes | StateOutline) -> bool:
    """Whether no other form is tried after this one."""
    try:
        return sealed_as(form, content)
    except SpecRefused:
        return False


def _is_of(form: StateFormat, content: bytes | StateOutline) -> bool:
    try:
        said_of(form, content)
    except SpecRefused:
        return False
    return True


def _check_policy(said: Said, wanted: Wanted) -> None:
    if said.policy is None or wanted.policy is None or said.policy == wanted.policy:
        return
    text = f"it was written under policy {_quoted(said.policy)}, and the configuration says {_quoted(wanted.policy)}"
    raise _Perhaps(f"{text}, unless a flag says otherwise") if wanted.perhaps else SpecRefused(text)


def _check_cpus(said: Said, wanted: Wanted) -> None:
    default, held = parse_cpus(said.default_cpus), {owner: parse_cpus(text) for owner, text in said.cpus.items()}
    if said.policy != "static":
        return
    if not default and held:
        raise SpecRefused("it gives CPUs to containers and has none left that all share")
    reserved = parse_cpus(wanted.reserved)
    if default and wanted.strict and (shared := default & reserved):
        raise SpecRefused(f"CPU {min(shared)} is reserved by the configuration strictly, and is among those that all share")
    if default and not wanted.strict and (lacking := reserved - default):
        raise SpecRefused(f"CPU {min(lacking)} is reserved by the configuration, and not among those that all share")
    for owner, cpus in held.items():
        if shared := default & cpus:
            raise SpecRefused(f"CPU {min(shared)} is given to container {_quoted(owner[-1])} alone, and to all")


def _of_read(file: StateFile, form: StateFormat, said: Said, build: KubeletBuild, wanted: Wanted) -> Iterator[tuple[str, StateWeight]]:
    """What there is to be said of a file that was read."""
    if said.unopened:
        yield f"{said.unopened}, so whether this kubelet takes it is not known", StateWeight.OPEN
    if form is StateFormat.CPUS_V1_MIGRATED and said.cpus:
        yield from _to_migrate(said, wanted.containers)
    joint = next((cells for cells in said.nodes if len(cells) > 1), None)
    if file.name is StateName.MEMORY and said.policy == "Static":
        if joint is not None and not build.state_files.memory_by_group:
            nodes = ", ".join(map(str, joint))
            yield f"NUMA nodes {nodes} serve containers together, which this kubelet compares one by one, and may refuse", StateWeight.WARNS
        yield "it fits this boot: after a reboot the memory of NUMA nodes may be another, at which the kubelet stops", StateWeight.TELLS


def _to_migrate(said: Said, containers: Collection[str] | None) -> Iterator[tuple[str, StateWeight]]:
    ids = [owner[0] for owner in said.cpus]
    if containers is None:
        yield BY_IDS, StateWeight.OPEN
    elif gone := [id_ for id_ in ids if id_ not in containers]:
        yield f"it gives CPUs to container {gone[0][:12]}, which the runtime does not list", StateWeight.STOPS


def _quoted(text: str) -> str:
    return f"{text[:40]!r}"
