"""The kubelet that runs on this machine, as static pods have it: its builds with their gates, its name of the node, its directory."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from upgradecheck.catalog import Catalog
from upgradecheck.machine.kubelet_settings import inside
from upgradecheck.machine.node import Machine, this_node
from upgradecheck.machine.which_kubelet import FoundKubelet
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.version import KubeletVersion
from upgradecheck.pinning.manifests import NodeKubelet


def kubelet_here(found: FoundKubelet, machine: Machine, directory: str, node: str | None = None) -> NodeKubelet:
    """What a process is. directory: as it was told it, cleaned; node: its name of the node, if that was given.

    Raises:
        UnknownVersion: its minor is not known.
    """
    gates: Mapping[str, bool] = {} if found.settings is None else found.settings.config().feature_gates
    version = found.start.kubelet_version
    builds = tuple(_with_gates(build, gates) for build in Catalog().builds(version))
    name = this_node(machine, node, found.command_line).name
    return NodeKubelet(version.release, builds, name, directory, seen_from_here(directory, found.pid, machine))


def kubelet_before(version: KubeletVersion, gates: Mapping[str, bool], node: str, directory: str) -> NodeKubelet:
    """A kubelet that ran before, and runs no more: whether it made what runs, the UIDs that it makes of the manifests tell.

    Raises:
        UnknownVersion: its minor is not known.
    """
    builds = tuple(_with_gates(build, gates) for build in Catalog().builds(version))
    return NodeKubelet(version.release, builds, node, directory, directory)


def seen_from_here(path: str, pid: int, machine: Machine) -> str:
    """By way of the kubelet's process only where that has another root."""
    process = machine.proc / str(pid)
    try:
        return path if (process / "root").samefile(machine.root) else str(inside(process, path))
    except OSError:
        return path


def _with_gates(build: KubeletBuild, gates: Mapping[str, bool]) -> KubeletBuild:
    known = {name: value for name, value in gates.items() if build.knows_feature_gate(name)}
    return replace(build, feature_gates={**build.feature_gates, **known})
