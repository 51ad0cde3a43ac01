"""Feature gates that the user or a kubelet's configuration sets: for the running kubelet, for the new one, and for API servers.

Neither starts with a gate that its release does not have (patches bring gates, too), nor with another value than the one a gate is locked
to. Both know the same gates, since they share a list: pkg/features/kube_features.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.errors import UsageError
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.starting import StartTrouble, TroubleKind

_WANTED = (
    "Write it as Name=true, or from:Name=true for the running kubelet alone, to:Name=true for the new one; api:Name=true for the API "
    "server, api-from: and api-to: for that of now and the one to come"
)
_VALUES = {"true": True, "false": False}
KUBELET, API_SERVER = "kubelet", "API server"


class FeatureGates(msgspec.Struct, frozen=True, gc=False):
    """Gates by name, of the command line: for both kubelets where a minor has them, for the running one alone, for the new one alone.

    server, server_start, server_target: the same of the API servers.
    """

    both: Mapping[str, bool] = msgspec.field(default_factory=dict)
    start: Mapping[str, bool] = msgspec.field(default_factory=dict)
    target: Mapping[str, bool] = msgspec.field(default_factory=dict)
    server: Mapping[str, bool] = msgspec.field(default_factory=dict)
    server_start: Mapping[str, bool] = msgspec.field(default_factory=dict)
    server_target: Mapping[str, bool] = msgspec.field(default_factory=dict)


class EndFeatureGates(msgspec.Struct, frozen=True, gc=False):
    """The gates of one end: as its configuration sets them, and over them the command line's, for both ends or for this one alone."""

    config: Mapping[str, bool]
    both: Mapping[str, bool]
    own: Mapping[str, bool]


NO_FEATURE_GATES = FeatureGates()


def parse_feature_gates(texts: Iterable[str]) -> FeatureGates:
    """The values of ``--feature-gate [from:|to:|api:|api-from:|api-to:]Name=bool``.

    Raises:
        UsageError: a text is written otherwise.
    """
    found: dict[str, dict[str, bool]] = {whose: {} for whose in ("", "from", "to", "api", "api-from", "api-to")}
    for text in texts:
        whose, _, setting = text.rpartition(":")
        name, equals, value = setting.partition("=")
        if whose not in found or not equals or not name.isalnum() or value.lower() not in _VALUES:
            raise UsageError(f"--feature-gate {text!r}: not understood. {_WANTED}.")
        found[whose][name] = _VALUES[value.lower()]
    return FeatureGates(*found.values())


def with_feature_gates(end: KubeletEnd, gates: EndFeatureGates, program: str = KUBELET) -> KubeletEnd:
    """A version with its gates set. program: what it is a version of.

    Raises:
        UsageError: by the command line, it would not start.
    """
    if not (gates.config or gates.both or gates.own):
        return end
    return KubeletEnd(end.version, tuple(_set(build, gates, program) for build in end.builds))


def _set(build: KubeletBuild, gates: EndFeatureGates, program: str) -> KubeletBuild:
    for name in gates.own:
        if not build.knows_feature_gate(name):
            raise UsageError(f"--feature-gate {name}: {program} {_without(build, name)}, and does not start with it. {_WANTED}.")
    wanted = {name: value for name, value in gates.both.items() if build.knows_feature_gate(name)} | dict(gates.own)
    for name, value in wanted.items():
        if not _may_be(build, name, value=value):
            fixed = str(build.locked_to(name)).lower()
            raise UsageError(
                f"--feature-gate {name}={str(value).lower()}: {program} {build.minor} has it locked to {fixed}, and does not start."
            )
    configured = {name: value for name, value in gates.config.items() if build.knows_feature_gate(name)}
    return replace(build, feature_gates={**build.feature_gates, **configured, **wanted})


def _without(build: KubeletBuild, name: str) -> str:
    """What has no such gate: a minor, or a patch of it before the one that brought it."""
    later = build.comes_with(name)
    return f"{build.minor} has no such gate" if later is None else f"{build.release} has no such gate yet (it came with {later})"


def _may_be(build: KubeletBuild, name: str, *, value: bool) -> bool:
    return build.locked_to(name) in (None, value)


def gates_that_stop(end: KubeletEnd, config: Mapping[str, bool], place: str, node: str | None = None) -> Iterator[StartTrouble]:
    """The gates of a configuration with which this kubelet does not start. place: where they stand."""
    build = end.builds[-1]
    for name, value in config.items():
        if not build.knows_feature_gate(name):
            yield StartTrouble(TroubleKind.GATE_GONE, name, place, instead=build.comes_with(name) or "", node=node, value=value)
        elif not _may_be(build, name, value=value):
            yield StartTrouble(TroubleKind.GATE_LOCKED, name, place, locked_to=not value, node=node, value=value)


def check_known(gates: FeatureGates, ends: Iterable[KubeletEnd]) -> None:
    """That a gate for both kubelets is one of at least one of them.

    Raises:
        UsageError: it is of none.
    """
    builds = [build for end in ends for build in end.builds]
    for name in gates.both:
        if builds and not any(build.knows_feature_gate(name) for build in builds):
            minors = ", ".join(dict.fromkeys(str(build.minor) for build in builds))
            raise UsageError(f"--feature-gate {name}: no gate of kubelet {minors}. Names are case-sensitive.")
