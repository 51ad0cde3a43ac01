"""What ``doctor`` says of the node that it runs on: its distribution, what was seen of it, and what to type next, by its own names."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from upgradecheck.commands.hold_amiss import amiss, last_outcome
from upgradecheck.decode.kubelet.flags import speaks_to_docker
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.node import Machine
from upgradecheck.machine.recognising import NodeSetup, recognised
from upgradecheck.model.diagnosis import Area, Check, CheckState
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.wording import listed
from upgradecheck.override.hold.place import DEFAULT_DIRECTORY
from upgradecheck.override.hold.standing_proxy import running_proxy
from upgradecheck.transport.docker import AUTO

_VERSION = "VERSION"
"""In the place of what only the reader knows."""


def node_checks(machine: Machine) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """What this node is, and the next commands; nothing on a machine that is none."""
    setup = recognised(machine)
    if setup is None:
        return (), ()
    kubelet = local_kubelet(machine)
    return (*_checks(setup, kubelet), *_holding(machine)), tuple(_next(setup, kubelet, machine))


def _checks(setup: NodeSetup, kubelet: LocalKubelet) -> Iterator[Check]:
    yield _distribution(setup)
    yield _configuration(setup, kubelet)
    yield _static_pods(setup, kubelet)
    yield _recording(setup)


def _distribution(setup: NodeSetup) -> Check:
    who = f"{setup.distribution.name}, {setup.unit or 'no unit of a kubelet'}"
    how = "no kubelet runs" if setup.kubelet is None else f"its kubelet is {setup.kubelet.words}"
    found = f"{who}; {how}"
    if not setup.beside:
        return Check(Area.NODE, "distribution", CheckState.OK, found)
    remedy = f"What follows is for {setup.distribution.name}. Take away what is left of the others, or read it with care."
    return Check(Area.NODE, "distribution", CheckState.WARNING, f"{found}; of {listed(setup.beside)} something is here, too", remedy)


def _configuration(setup: NodeSetup, kubelet: LocalKubelet) -> Check:
    what = "configuration of the kubelet"
    where = listed(setup.configuration)
    if kubelet.config is not None and not kubelet.config_problem:
        told = "its command line and the files that this names" if kubelet.command_line else where
        return Check(Area.NODE, what, CheckState.OK, f"read ({told})")
    remedy = f"Give plan {where} with -f." if where else "Give plan its configuration with -f."
    if setup.distribution.own_form:
        told = f"kubectl get --raw /api/v1/nodes/{kubelet.name}/proxy/configz > configz.json"
        remedy = f"Give plan with -f what the kubelet says of itself while it runs ({told}); {where or 'its own file'} has another form."
    return Check(Area.NODE, what, CheckState.WARNING, f"not seen: {kubelet.config_problem or 'nothing tells where it is'}", remedy)


def _static_pods(setup: NodeSetup, kubelet: LocalKubelet) -> Check:
    what = "static pods"
    if kubelet.static_pods is not None:
        return Check(Area.NODE, what, CheckState.OK, kubelet.static_pods)
    if not kubelet.static_pods_problem:
        return Check(Area.NODE, what, CheckState.OK, "the kubelet is given no manifests")
    if setup.manifests is not None:
        found = f"{setup.manifests} is where {setup.distribution.name} has them; that its kubelet reads it is not seen"
        return Check(Area.NODE, what, CheckState.WARNING, found, f"Give plan --static-pods {setup.manifests}.")
    return Check(Area.NODE, what, CheckState.WARNING, setup.distribution.unread or kubelet.static_pods_problem)


def _recording(setup: NodeSetup) -> Check:
    what = "starts of the kubelet"
    if setup.records:
        return Check(Area.NODE, what, CheckState.OK, f"recorded by a drop-in of {setup.unit}")
    remedy = "The next commands have it." if setup.unit is not None else ""
    return Check(Area.NODE, what, CheckState.SKIPPED, "nothing records them", remedy)


def _holding(machine: Machine) -> Iterator[Check]:
    """What hold did at the last start of the kubelet, where it is installed, and what is amiss since."""
    directory = str(machine.root / DEFAULT_DIRECTORY.lstrip("/"))
    last = last_outcome(directory)
    if last is not None:
        yield Check(Area.NODE, "override hold", CheckState.OK, f"at the start of {last.time}: {last.said}")
    for one in amiss(machine, directory):
        yield Check(Area.NODE, one.what, CheckState.WARNING, one.found, one.remedy)


def _next(setup: NodeSetup, kubelet: LocalKubelet, machine: Machine) -> Iterator[str]:
    if setup.unit is not None and not setup.records:
        unit = setup.unit.removesuffix(".service")
        folder = f"/etc/systemd/system/{quote(setup.unit)}.d"
        yield f"mkdir -p {folder}"
        yield f"upgradecheck checkpoint record --print-unit --unit {quote(unit)} > {folder}/50-upgradecheck.conf"
        yield "systemctl daemon-reload"
    if setup.kubelet is not None and kubelet.version is not None:
        yield "upgradecheck checkpoint record"
    yield _plan(setup, kubelet, _records(setup, kubelet, machine))


def _plan(setup: NodeSetup, kubelet: LocalKubelet, records: str) -> str:
    """The plan of this node alone, by all that it shows. Beside manifests that are named, only a cluster that is named is read."""
    manifests = setup.manifests if kubelet.static_pods is None and kubelet.static_pods_problem else None
    reach = f'KUBECONFIG="${{KUBECONFIG:-{setup.kubeconfig}}}" ' if setup.kubeconfig and not manifests else ""
    words = [f"{reach}upgradecheck plan --to {_VERSION} --node {quote(kubelet.name)}"]
    if setup.kubeconfig and manifests:
        words.append(f'--kubeconfig "${{KUBECONFIG:-{setup.kubeconfig}}}"')
    if kubelet.version is None:
        words.append(f"--from {_VERSION}")
    words.append(records)
    if manifests:
        words.append(f"--static-pods {quote(manifests)}")
    words.append("--override -o table -o json=plan.json")
    return " ".join(words)


def _records(setup: NodeSetup, kubelet: LocalKubelet, machine: Machine) -> str:
    """The option that reads what the kubelet's runtime keeps. Another's socket may be here, too: docker has a containerd of its own.

    Where a proxy of ours is in between, the runtime behind it: overrides are made of what that keeps.
    """
    if kubelet.version is not None and speaks_to_docker(kubelet.version, kubelet.command_line):
        return f"--docker {AUTO}"
    proxy = running_proxy(machine, kubelet.endpoint or "")
    told = kubelet.endpoint if proxy is None else proxy.upstream
    return f"--cri {quote((told or setup.socket or AUTO).removeprefix('unix://'))}"
