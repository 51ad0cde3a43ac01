"""What a kubelet writes when it kills a container because of its hash, for those who look for it afterwards.

Mirrors the messages of computePodActions and computeInitContainerActions in pkg/kubelet/kuberuntime (each minor), all at verbosity 2.
A sidecar has no such line in the log: only the event of reason Killing carries its message.
"""

from __future__ import annotations

import json

import msgspec

from upgradecheck.model.decisions import Messages
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind


class Killing(msgspec.Struct, frozen=True, gc=False):
    """Who is killed: names as the log prints them, the runtime's type (``containerd``), and both hashes (None: nobody knows)."""

    namespace: str
    pod: str
    uid: str
    container: str
    container_id: str
    runtime: str
    kind: ContainerKind
    recorded: Hash | None
    expected: Hash | None


def killing_message(killing: Killing, build: KubeletBuild) -> str:
    """The container's message. Kubelets up to 1.13 print the hashes, in decimal; a missing annotation reads as 0."""
    if killing.kind is ContainerKind.SIDECAR:
        return f"Init container {killing.container} definition changed"
    if build.decisions.messages is not Messages.HASH_CHANGED:
        return f"Container {killing.container} definition changed, will be restarted"
    recorded = "0" if killing.recorded is None else killing.recorded.decimal
    expected = "?" if killing.expected is None else killing.expected.decimal
    return f"Container spec hash changed ({recorded} vs {expected}).. Container will be killed and recreated."


def log_line(killing: Killing, build: KubeletBuild) -> str | None:
    """The line in the log, without its head; None where this kubelet writes none."""
    if killing.kind is ContainerKind.SIDECAR:
        return None
    message = killing_message(killing, build)
    if build.decisions.messages in (Messages.HASH_CHANGED, Messages.DEFINITION_CHANGED):
        of_pod = f"{killing.pod}_{killing.namespace}({killing.uid})"
        return f'Container "{killing.container}" ({{"{killing.runtime}" "{killing.container_id}"}}) of pod {of_pod}: {message}'
    identity = f"{{Type:{killing.runtime} ID:{killing.container_id}}}"
    if build.decisions.messages is Messages.STRUCTURED_JSON:
        identity = json.dumps({"Type": killing.runtime, "ID": killing.container_id}, separators=(",", ":"))
    return (
        f'"Message for Container of pod" containerName="{killing.container}" containerStatusID={identity} '
        f'pod="{killing.namespace}/{killing.pod}" containerMessage="{message}"'
    )
