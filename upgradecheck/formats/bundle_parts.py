"""What a bundle tells of its node beside the runtime's records, both ways: the kubelet, its configuration, state files, history."""

from __future__ import annotations

from functools import lru_cache
from sys import intern

import msgspec

from upgradecheck.contract.parts import taken
from upgradecheck.contract.v1.bundle import (
    BundledConfigJson,
    BundledKubeletJson,
    BundledPodIdsJson,
    BundledProblemJson,
    BundledProvidersJson,
    BundledUserIdsJson,
    OutlinedFileJson,
    OutlinedFormJson,
)
from upgradecheck.contract.v1.checkpoint import CheckpointJson
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle_config import config_in, config_json
from upgradecheck.formats.checkpoint_shape import checkpoint_of
from upgradecheck.model.bundle import BundledKubelet
from upgradecheck.model.checkpoint import Checkpoint, Problem, ProblemKind
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFile, ProviderFiles
from upgradecheck.model.errors import InvalidVersion, SpecRefused
from upgradecheck.model.statefiles import Outlined, Said, StateFile, StateFormat, StateOutline
from upgradecheck.model.times import from_rfc3339, rfc3339
from upgradecheck.model.usernamespaces import PodMapping, SubordinateIDs

_ALIKE = 1 << 10
"""So many configurations and state files are known again: most nodes of a fleet have the same, and it is kept once."""
_CONFIG = msgspec.json.Decoder(BundledConfigJson)
_PROVIDERS = msgspec.json.Decoder(BundledProvidersJson)
_FORMS = msgspec.json.Decoder(tuple[OutlinedFormJson, ...])


def kubelet_json(kubelet: BundledKubelet) -> BundledKubeletJson:
    """The kubelet."""
    return BundledKubeletJson(
        version=None if kubelet.version is None else kubelet.version.text,
        runs=kubelet.runs,
        problem=kubelet.problem,
        started_at=None if kubelet.started_at is None else rfc3339(kubelet.started_at),
        arguments=kubelet.arguments,
        config=None if kubelet.config is None else config_json(kubelet.config),
        config_problem=kubelet.config_problem,
        config_refused=kubelet.config_refused,
        cgroup_v1=kubelet.cgroup_v1,
        since_boot_milliseconds=kubelet.since_boot_ms,
        user_ids=None if kubelet.user_ids is None else taken(kubelet.user_ids, BundledUserIdsJson),
        pod_ids=tuple(BundledPodIdsJson(one.uid, one.first, one.length, one.problem) for one in kubelet.pod_ids),
        providers=None if kubelet.providers is None else taken(kubelet.providers, BundledProvidersJson),
    )


def kubelet_in(found: BundledKubeletJson) -> BundledKubelet:
    """The kubelet of a bundle.

    Raises:
        SpecRefused: its version or its time is none.
    """
    try:
        version = None if found.version is None else parse_kubelet_version(found.version)
        started_at = None if found.started_at is None else from_rfc3339(found.started_at)
    except InvalidVersion as error:
        raise SpecRefused("expected a kubelet version such as v1.30.4, found other text", "kubelet.version") from error
    except ValueError as error:
        raise SpecRefused("expected a time such as 2024-01-10T08:00:00Z", "kubelet.started_at") from error
    return BundledKubelet(
        version=version,
        problem=found.problem,
        runs=found.runs,
        started_at=started_at,
        arguments=tuple(map(intern, found.arguments)),
        config=None if found.config is None else _config_of(msgspec.json.encode(found.config)),
        config_problem=found.config_problem,
        config_refused=found.config_refused,
        cgroup_v1=found.cgroup_v1,
        since_boot_ms=found.since_boot_milliseconds,
        user_ids=None if found.user_ids is None else _user_ids_in(found.user_ids),
        pod_ids=tuple(PodMapping(one.uid, f"pods/{one.uid}/userns", one.first, one.length, one.problem) for one in found.pod_ids),
        providers=None if found.providers is None else _providers_of(msgspec.json.encode(found.providers)),
    )


@lru_cache(maxsize=_ALIKE)
def _config_of(text: bytes) -> KubeletConfig:
    return config_in(_CONFIG.decode(text))


@lru_cache(maxsize=_ALIKE)
def _providers_of(text: bytes) -> ProviderFiles:
    found = _PROVIDERS.decode(text)
    files = tuple(
        ProviderFile(
            name=one.name,
            api_version=one.api_version,
            fields=one.fields,
            repeats=one.repeats,
            plugins=one.plugins,
            caches=one.caches,
            problem=one.problem,
            token_problem=one.token_problem,
            idle=one.idle,
        )
        for one in found.files
    )
    return ProviderFiles(found.place, files, found.directory, found.problem, found.unread)


def _user_ids_in(found: BundledUserIdsJson) -> SubordinateIDs:
    return SubordinateIDs(found.user, found.tool, found.users, found.groups, None, found.place)


def state_file_json(file: StateFile) -> OutlinedFileJson:
    """A state file, by its outline."""
    outline = file.outline or StateOutline({})
    forms = tuple(_form_json(form, outline.forms[form]) for form in StateFormat if form in outline.forms)
    return OutlinedFileJson(file.name, file.place, file.absent, file.problem, file.size, outline.blank, forms)


def _form_json(form: StateFormat, one: Outlined) -> OutlinedFormJson:
    said = one.said
    cpus = tuple(sorted(said.cpus.items()))
    return OutlinedFormJson(form, one.problem, one.sealed, said.policy, said.default_cpus, cpus, said.nodes, said.unopened)


def state_file_in(found: OutlinedFileJson, node: str, source: str) -> StateFile:
    """A state file of a bundle."""
    outline = _outline_of(msgspec.json.encode(found.forms), blank=found.blank) if found.forms or found.blank else None
    return StateFile(
        name=found.name,
        place=f"{source} ({found.place})",
        size=found.size,
        node=node,
        problem=found.problem,
        absent=found.absent,
        outline=outline,
    )


@lru_cache(maxsize=_ALIKE)
def _outline_of(forms: bytes, *, blank: bool) -> StateOutline:
    return StateOutline({one.form: _form_in(one) for one in _FORMS.decode(forms)}, blank)


def _form_in(one: OutlinedFormJson) -> Outlined:
    return Outlined(Said(one.policy, one.default_cpus, dict(one.cpus), one.nodes, one.unopened), one.problem, one.sealed)


def checkpoint_in(found: CheckpointJson | None) -> Checkpoint | None:
    """The node's history.

    Raises:
        SpecRefused: it is none that can be.
    """
    return None if found is None else checkpoint_of(found)


def problem_json(problem: Problem) -> BundledProblemJson:
    """What is wrong with the node's checkpoint."""
    return BundledProblemJson(problem.kind.value, problem.found, problem.remedy)


def problem_in(found: BundledProblemJson | None) -> Problem | None:
    """What a bundle says is wrong with its node's checkpoint.

    Raises:
        SpecRefused: a kind that is not known.
    """
    if found is None:
        return None
    try:
        return Problem(ProblemKind(found.kind), found.found, found.remedy)
    except ValueError:
        raise SpecRefused("expected a kind of problem that a checkpoint can have", "checkpoint_problem.kind") from None
