"""What real handlers and our mirror say of a pod, in the same words."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.decisions.admission import Admitted, Outcome
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.kubelet import KubeletBuild

SCALARS = ("OutOfhugepages-2Mi", "OutOfexample.com/gpu", "OutOfexample.com/nic")


def patient(version: str) -> KubeletBuild:
    """The build of a version, as if it waited for the Node object: the handler that is asked always has it."""
    (build,) = CATALOG.builds(parse_kubelet_version(version))
    schema = build.schema
    facts = ByPatch(replace(build.admission, waits_for_node=True))
    return replace(build, hash_class=replace(build.hash_class, schema=replace(schema, admission=facts)))


def plain(reason: str) -> str:
    """Go names any one of several resources beside cpu, memory and storage that do not suffice."""
    return "OutOf a scalar" if reason in SCALARS else reason


def told(outcome: Outcome) -> str:
    return "admitted" if isinstance(outcome, Admitted) else plain(outcome.ground.reason)


def line(said: str, qos: str, *, critical: bool, stopped: Iterable[str] = ()) -> str:
    """One pod, as the goldens have it: what becomes of it, its class, whether it is critical, and who is stopped for it."""
    stops = f" stops {' '.join(sorted(stopped))}" if stopped else ""
    return f"{said} {qos}{' critical' if critical else ''}{stops}"
