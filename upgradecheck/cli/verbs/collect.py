"""On a node: what only the node can see, as a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.declaring import default, option
from upgradecheck.cli.groups import ClusterOptions, CriSocket, DockerSocket, FleetNamespace
from upgradecheck.cli.session import Session
from upgradecheck.cli.texts import seconds
from upgradecheck.model.errors import UsageError

if TYPE_CHECKING:
    from upgradecheck.commands.collecting import CollectRequest

EPILOG = """\
Examples:
  On the node, as root: a file to carry away, and a plan of several of them:
    upgradecheck collect -o worker-1.bundle.json.gz
    upgradecheck plan --to 1.31 -f cluster.json -f worker-1.bundle.json.gz
  On each node, into its cluster, and a plan that finds all of them there:
    upgradecheck collect --publish
    upgradecheck plan --to 1.31 --fleet
  As the agent of a DaemonSet, which has the node's root at /host:
    upgradecheck collect --publish --every 10m --host-root /host
  What that agent, and plan --fleet, have to be allowed:
    upgradecheck doctor --rbac --fleet

Exit codes: 0 done; 1 not: the runtime does not answer, or the bundle cannot
be written or published; 64 usage error; 130, 143 interrupted.

A bundle holds recorded hashes, IDs, names, times and versions, and nothing of
a pod's spec; a hash of 32 bits can be brute-forced, so its file has mode 0600.
"""


class Options(NamedTuple):
    """What is collected."""

    node: Annotated[
        str | None,
        option(
            "--node",
            metavar="NAME",
            help="This node, by its name in the cluster. [default: the kubelet's --hostname-override, else the host's name]",
        ),
    ] = None
    cri: CriSocket = None
    docker: DockerSocket = None
    checkpoint: Annotated[
        str | None,
        option("--checkpoint", metavar="FILE", help="The node's checkpoint. [default: /var/lib/upgradecheck/checkpoint, if it is there]"),
    ] = None
    host_root: Annotated[
        str | None, option("--host-root", metavar="DIR", help="Where the node's own files stand, if this runs in a container.")
    ] = None


class Sending(NamedTuple):
    """Where it goes."""

    output: Annotated[
        str | None,
        option("--output", "-o", metavar="FILE|-", help="Write the bundle there, with mode 0600; -: to standard output.", variable=False),
    ] = None
    publish: Annotated[bool, option("--publish", help="Write it to the cluster, as ConfigMaps of one namespace.", variable=False)] = False
    namespace: FleetNamespace = None
    renew: Annotated[
        float,
        option(
            "--renew", metavar="DURATION", help="Publish again after so long what has not changed, so that it stays young.", read=seconds
        ),
    ] = default("12h")
    every: Annotated[
        float | None,
        option("--every", metavar="DURATION", help="Publish again and again, with that much time between, until ended.", read=seconds),
    ] = None


def run(session: Session, options: Options, sending: Sending, cluster: ClusterOptions) -> int:
    """On a node: what only the node can see (records of its runtime, its kubelet, state files, checkpoint), as a bundle."""
    _check(options, sending)
    from upgradecheck.commands.collecting import CollectRequest

    request = CollectRequest(options.node, options.cri, options.docker, options.checkpoint, options.host_root)
    if sending.publish:
        return _publish(session, request, sending, cluster)
    return _write(session, request, sending.output or "")


def _check(options: Options, sending: Sending) -> None:
    if options.cri is not None and options.docker is not None:
        raise UsageError("--cri and --docker exclude each other: a node has one runtime. Leave one of them out.")
    if sending.publish == (sending.output is not None):
        raise UsageError("collect: one place is wanted for the bundle. Give -o FILE, or --publish to write it to the cluster.")
    if sending.every is not None and not sending.publish:
        raise UsageError("--every goes with --publish: a file is written once. Give both, or neither.")


def _write(session: Session, request: CollectRequest, place: str) -> int:
    from upgradecheck.cli.bundle_file import write_bytes, write_file
    from upgradecheck.commands.collecting import collect, remark
    from upgradecheck.formats.bundle import bundle_text, packed
    from upgradecheck.model.wording import count

    bundle = collect(request)
    content = packed(bundle_text(bundle))
    if place == "-":
        write_bytes(content)
    else:
        write_file(place, content)
    where = "standard output" if place == "-" else place
    session.tell(f"wrote {where}: node {bundle.name}, {count(len(bundle.containers), 'container')} of {bundle.runtime}")
    if nothing := remark(bundle):
        session.complain(nothing)
    return 0


def _publish(session: Session, request: CollectRequest, sending: Sending, cluster: ClusterOptions) -> int:
    from upgradecheck.commands.publishing import Publishing, publish, publish_again
    from upgradecheck.model.fleet import NAMESPACE
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    target = Target(cluster.kubeconfig, cluster.context, cluster.allow_exec, session.tell)
    limits = Limits(cluster.timeout, cluster.request_timeout)
    wanted = Publishing(request, target, limits, sending.namespace or NAMESPACE, sending.renew)
    if sending.every is None:
        session.tell(publish(wanted))
        return 0
    return publish_again(wanted, sending.every, session.tell, session.complain)
