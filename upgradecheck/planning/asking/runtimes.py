"""Whether the new kubelet can use the runtime that runs a node's containers now.

Up to 1.23 a kubelet speaks to docker itself (dockershim); from 1.24 on only over CRI, for which cri-dockerd must serve. From 1.26 on it
wants version v1 of CRI, which containerd has from 1.6 on. A kubelet that finds no runtime does not come up; one that is given another
runtime knows none of the pods, and makes all anew. What becomes of them is then not to be foreseen from hashes.

A Node object says docker:// whichever way docker is spoken to; what shows that cri-dockerd serves is an endpoint: the one that the
kubelet's configuration names, or the socket that was asked (--cri). A kubelet from 1.24 on that reports docker:// shows it too.

A pod's status names a runtime as well, that of its containers. Where that is docker and the Node object names another, one of them is older
than the change from one to the other, and nothing tells which: such a pod counts as docker's.

A Node object that names no runtime, or one that may not speak CRI v1 as far as its name and version tell (docker's says nothing of
cri-dockerd), leaves open what the new kubelet will find: where that one drops what an old runtime needs, its pods cannot be judged, unless
an endpoint shows what serves. A kubelet from 1.26 on that runs already shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.runtimes import DOCKER, lacks_cri_v1, may_lack_cri_v1
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.steps import NodeStep, Steps
from upgradecheck.planning.seeing.facts import Step

_DOCKERSHIM = "dockershim.sock"
_CRI_DOCKERD = "cri-docker"


def with_runtimes(
    steps: Steps, nodes: Sequence[NodeFacts], here: Here | None, swarms: Sequence[str] = (), swarming: Iterable[str] = ()
) -> Steps:
    """The steps with what the runtimes of their nodes mean for them.

    swarms: dumps of a docker in a swarm, whose node they do not tell; swarming: nodes whose docker is known to be in one.
    """
    reported = {node.name: node.runtime for node in nodes if node.runtime}
    if here is not None and here.node is not None and here.runtime:
        reported.setdefault(here.node, here.runtime)
    asked = here.node if here is not None and here.over_cri else None
    by_node = {name: _told(one, reported.get(name, ""), served=name == asked) for name, one in steps.by_node.items()}
    found = replace(steps, by_node=by_node, default=_told(steps.default, None, served=here is not None and here.over_cri))
    if swarms:
        return _in_swarm(found, None)
    for name in swarming:
        found = _in_swarm(found, name)
    return found if here is None or not here.in_swarm else _in_swarm(found, here.node)


def _in_swarm(steps: Steps, node: str | None) -> Steps:
    """The steps where the docker that was asked is in a swarm: that of its node, of all where nobody knows which that is."""

    def swarming(one: NodeStep) -> NodeStep:
        return one if one.step is None else replace(one, step=replace(one.step, docker_in_swarm=True))

    by_node = {name: swarming(one) if node in (None, name) else one for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=swarming(steps.default))


def _told(one: NodeStep, runtime: str | None, *, served: bool) -> NodeStep:
    """runtime: empty where the Node object names none, None where there is no Node object. served: the runtime was asked over CRI."""
    step = one.step
    if step is None:
        return one
    served = served or _serves_docker(step.configs)
    loses_docker = _loses_docker(step) and not served
    untold = runtime is not None and step.start is not None  # what is not known of the kubelet either is told of that
    dockers = (runtime or "").partition("://")[0] == DOCKER
    may_lack_v1 = lacks_cri_v1(runtime) or (untold and may_lack_cri_v1(runtime or "") and not (dockers and served))
    gone = (loses_docker and dockers) or (may_lack_v1 and _loses_v1alpha2(step))
    obstacle = Reason.RUNTIME_REMOVED if gone else None
    untold = untold and loses_docker and not runtime
    return replace(one, step=replace(step, obstacle=obstacle, loses_docker=loses_docker, runtime_untold=untold, docker_over_cri=served))


def _serves_docker(configs: Configs) -> bool:
    """Whether a configuration names an endpoint that serves docker over CRI, and the new kubelet's is that one."""
    old, new = configs.old.runtime_endpoint, configs.new.runtime_endpoint
    return _CRI_DOCKERD in new or (bool(old) and _DOCKERSHIM not in old and old == new)


def _loses_docker(step: Step) -> bool:
    def speaks(end: KubeletEnd) -> set[bool]:
        return {build.decisions.has_dockershim for build in end.builds}

    return speaks(step.target) == {False} and (step.start is None or True in speaks(step.start))


def _loses_v1alpha2(step: Step) -> bool:
    def only(end: KubeletEnd) -> set[bool]:
        return {build.decisions.cri_v1_only for build in end.builds}

    return only(step.target) == {True} and (step.start is None or False in only(step.start))
