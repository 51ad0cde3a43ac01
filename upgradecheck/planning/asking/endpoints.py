"""The endpoint that the new kubelet is given (containerRuntimeEndpoint, --container-runtime-endpoint), held against what runs.

A socket is called after the runtime that serves it, as a rule: one that is called after another than the Node object names is another
runtime's, which knows none of the pods (planning.asking.newruntime). One that is called after none, or is of the same runtime elsewhere,
leaves that open, unless the running kubelet has it, too; so does a new configuration that drops the endpoint of the old one. The socket of
`upgradecheck override proxy` hands on to the runtime that is there. What --to-runtime says counts before all of this.

The field is there from 1.27 on, the flag in all minors; up to 1.23 the flag counts where docker does not run.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.runtimes import CONTAINERD, CRIO, DOCKER, runtime_name
from upgradecheck.planning.asking.starting import Options
from upgradecheck.planning.asking.steps import NodeStep, Steps

FIELD = "containerRuntimeEndpoint"
_CALLED = {"cri-docker": DOCKER, "dockershim": DOCKER, "crio": CRIO, "cri-o": CRIO, "containerd": CONTAINERD}
"""What stands in the paths of sockets."""
_OURS = "upgradecheck"
_DEFAULT = "/run/containerd/containerd.sock"


def with_endpoints(steps: Steps, nodes: Sequence[NodeFacts], options: Options) -> Steps:
    """The steps, with what the new endpoints do to the pods of each node whose runtime is known."""
    runtimes = {node.name: runtime_name(node.runtime) for node in nodes if node.os != "windows"}
    by_file = any(one.step is not None and FIELD in one.step.configs.new.given for one in steps.by_node.values())
    reads = not by_file or options().field(FIELD, steps.target.version.minor) is not None
    return replace(steps, by_node={name: _told(one, runtimes.get(name), reads=reads) for name, one in steps.by_node.items()})


def _told(one: NodeStep, runtime: str | None, *, reads: bool) -> NodeStep:
    """reads: the new kubelet has the field."""
    step = one.step
    if step is None or runtime is None or step.obstacle is not None or step.recreates is not None:
        return one
    ignored = not reads and FIELD in step.configs.new.given
    if ignored or (runtime == DOCKER and any(build.decisions.has_dockershim for build in step.target.builds)):
        return one
    why = _effect(step.configs, runtime)
    return one if why is None else replace(one, step=replace(step, recreates=why))


def _effect(configs: Configs, runtime: str) -> Reason | None:
    """What the new endpoint does to pods of a runtime; None where that is nothing, or is not told."""
    old, new = _path(configs.old.runtime_endpoint), _path(configs.new.runtime_endpoint)
    if any(part in new for part in (_OURS, "$")):
        return None
    if any(part in old for part in (_OURS, "$")):
        old = ""  # what stands behind it is not told
    elif not old and configs.old_told and runtime == CONTAINERD:
        old = _DEFAULT
    if not new:
        return Reason.RUNTIME_MAY_END_ALL if configs.new_told and old not in ("", _DEFAULT) else None
    called = next((name for part, name in _CALLED.items() if part in new), None)
    if called not in (None, runtime):
        return Reason.RUNTIME_CHANGED
    moved = old != new and (bool(old) or called is None)
    return Reason.RUNTIME_MAY_END_ALL if moved else None


def _path(endpoint: str) -> str:
    """The path of a socket, without what is written in several ways."""
    path = endpoint.strip().lower().removeprefix("unix:").replace("//", "/")
    return f"/{path.lstrip('/')}".replace("/var/run/", "/run/", 1) if path else ""
