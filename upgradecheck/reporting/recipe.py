"""What a plan needs of a cluster, as commands to type: a POSIX shell script that only reads, and writes into a new directory of dumps.

The API's part is kubectl's. The hashes that running containers carry stand in the runtimes of the nodes: crictl's lists show them, or
where docker is the runtime its engine's own list, since ``docker ps`` garbles labels. ``crictl inspect`` prints resolved secrets and is not
asked for. A command that fails leaves an empty file, which a plan sets aside by name. How a kubelet is started its unit and kubeadm's file
tell; where there are none, these stay empty, and a plan says nothing of them.

Names come from a cluster: a node whose name is no name of Kubernetes gets no command, and a comment shows printable text only.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

import msgspec

from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.model.wording import count

DIRECTORY = "dump"
_NAME = pattern(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_SHOWN = pattern(r"[!-~]([ -~]{0,200}[!-~])?")
_STARTED = (("kubelet.txt", "systemctl cat kubelet"), ("kubeadm-flags.env", "cat /var/lib/kubelet/kubeadm-flags.env"))
_CRI = (("crictl-ps.json", "crictl ps -a -o json"), ("crictl-pods.json", "crictl pods -o json"), *_STARTED)
_DOCKER = (("docker.json", "curl -sS --unix-socket /var/run/docker.sock 'http://localhost/containers/json?all=1'"), *_STARTED)
_NAME_AND_RUNTIME = r'jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.containerRuntimeVersion}{"\n"}{end}'
_HEAD = """\
# Run it with sh, or type its lines. They only read, and write into a new directory here.
# Specs of pods may hold secrets, so only you may open it.
umask 077
mkdir {directory} || exit 1
"""
_ON_NODE = """\
# On each node, as root: what its containers carry, how its kubelet is started. This line says how a node is reached; change it to yours.
on_node() { ssh -n "$1" "sudo $2"; }
"""
_EACH_NODE = """\
kubectl{options} get nodes -o {fields} |
while read -r node runtime; do
    case $runtime in
    docker:*)
{docker} ;;
    *)
{cri} ;;
    esac
done
"""
_LAST = """\
# What a failed command leaves empty is named in the plan, and what hangs on it is unknown. Write the version that you mean:
upgradecheck plan --to {to}{namespaces} -f {directory}/
"""


class Cluster(msgspec.Struct, frozen=True, gc=False):
    """The cluster at hand, as it answered."""

    context: str | None
    server: str
    nodes: tuple[NodeFacts, ...]


class Recipe(msgspec.Struct, frozen=True, gc=False):
    """Whose commands are wanted. options: kubectl's, as the user gave ours; cluster: None where none answered, and any is meant."""

    newest: Minor
    """That is known."""
    options: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    cluster: Cluster | None = None


def script(recipe: Recipe) -> str:
    """The commands."""
    cluster = recipe.cluster
    parts = [
        f"#!/bin/sh\n# What a plan needs of {_whom(cluster)}.\n{_HEAD.format(directory=DIRECTORY)}",
        "# From here, and all at one moment, so that it fits together.\n" + "".join(_of_api(recipe)),
        _ON_NODE + (_loop(recipe) if cluster is None else "".join(_of_nodes(cluster.nodes))),
        _LAST.format(to=_next(recipe), namespaces=_namespaces(recipe), directory=DIRECTORY),
    ]
    return "\n".join(parts)


def _whom(cluster: Cluster | None) -> str:
    if cluster is None:
        return "any cluster"
    context = f"context {_shown(cluster.context)}, " if cluster.context is not None else ""
    return f"this cluster: {context}{_shown(cluster.server)}, {count(len(cluster.nodes), 'node')}"


def _shown(text: str) -> str:
    return text if _SHOWN.fullmatch(text) else "(a name that cannot be shown here)"


def _of_api(recipe: Recipe) -> Iterator[str]:
    from upgradecheck.decode.kube.objects import OBJECTS

    yield f"kubectl{_options(recipe)} version -o json > {_file('version')}\n"
    yield _kubectl(recipe, "nodes", "", "nodes")
    for resource in ("pods", *(one.resource for one in OBJECTS)):
        if not recipe.namespaces:
            yield _kubectl(recipe, resource, " --all-namespaces", resource)
        for namespace in dict.fromkeys(recipe.namespaces):
            yield _kubectl(recipe, resource, f" -n {quote(namespace)}", f"{resource}-{namespace}")


def _kubectl(recipe: Recipe, resource: str, where: str, file: str) -> str:
    return f"kubectl{_options(recipe)} get {resource}{where} -o json > {_file(file)}\n"


def _options(recipe: Recipe) -> str:
    return "".join(f" {quote(word)}" for word in recipe.options)


def _namespaces(recipe: Recipe) -> str:
    return "".join(f" -n {quote(namespace)}" for namespace in dict.fromkeys(recipe.namespaces))


def _file(name: str, what: str = ".json") -> str:
    return quote(f"{DIRECTORY}/{name}{what}")


def _of_nodes(nodes: tuple[NodeFacts, ...]) -> Iterator[str]:
    """The commands for each node; what gets none is told."""
    asked = [node for node in nodes if _runs_on_linux(node) and _NAME.fullmatch(node.name)]
    for node in asked:
        for what, command in _DOCKER if (node.runtime or "").startswith("docker:") else _CRI:
            yield f"on_node {node.name} {_quoted(command)} > {_file(node.name, f'-{what}')}\n"
    unasked = [node for node in nodes if node not in asked]
    unnamed = sum(not _NAME.fullmatch(node.name) for node in unasked)
    if unnamed:
        yield f"# {count(unnamed, 'node')} without a name that Kubernetes allows: nothing is asked there.\n"
    if others := len(unasked) - unnamed:
        yield f"# {count(others, 'node')} with Windows, or of a Virtual Kubelet: which command would do is not known.\n"


def _runs_on_linux(node: NodeFacts) -> bool:
    return not node.virtual and node.os in (None, "", "linux")


def _quoted(command: str) -> str:
    """In double quotes where the command has single ones itself."""
    return f'"{command}"' if "'" in command else quote(command)


def _loop(recipe: Recipe) -> str:
    def commands(of: tuple[tuple[str, str], ...]) -> str:
        return "\n".join(f'        on_node "$node" {_quoted(command)} > "{DIRECTORY}/$node-{what}"' for what, command in of)

    return _EACH_NODE.format(options=_options(recipe), fields=quote(_NAME_AND_RUNTIME), docker=commands(_DOCKER), cri=commands(_CRI))


def _next(recipe: Recipe) -> Minor:
    """The minor after the newest kubelet's, as far as it is known."""
    nodes = () if recipe.cluster is None else recipe.cluster.nodes
    minors = [node.kubelet_version.minor for node in nodes if isinstance(node.kubelet_version, KubeletVersion)]
    return min(recipe.newest, Minor(max(minors).major, max(minors).minor + 1)) if minors else recipe.newest
