"""The scene `pinning` on a node with an API server: what becomes of the mirror pods of pinned static pods."""

import dataclasses
import shutil
from pathlib import Path

from tests.lab import apiserver, running
from tests.lab.containerd import pinning
from tests.lab.containerd.seen import Finding, kept
from tests.lab.containerd.stage import Stage
from tests.lab.kubelets import API_SERVER, found

PODS = "/api/v1/namespaces/kube-system/pods"
HASH = "kubernetes.io/config.hash"


def play(stage: Stage) -> None:
    """The same, with the kubelets registered at a server: the new one's own version, where that is built."""
    etcd, program = shutil.which("etcd"), found(stage.new[0], API_SERVER) or found(apiserver.VERSION, API_SERVER)
    if etcd is None or program is None:
        raise RuntimeError("the scene needs etcd and a built kube-apiserver")
    with apiserver.started(Path(etcd), program, stage.state, resize=False) as server:
        registered = dataclasses.replace(stage, setting=dataclasses.replace(stage.setting, kubeconfig=server.kubeconfig))

        def look(when: str) -> None:
            server.wait_until_still(PODS, seconds=8, at_most=40)
            mirrors = {one["metadata"]["name"].removesuffix(f"-{running.NODE}"): one["metadata"] for one in server.get(PODS)["items"]}
            stage.keep(f"mirrors-{when}.json", {name: [one["uid"], one["annotations"][HASH]] for name, one in mirrors.items()})

        pinning.play(registered, look)


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    before, pinned, upgraded, unpinned = (kept(into, f"mirrors-{when}.json") for when in ("before", "pinned", "upgraded", "unpinned"))
    uids = kept(into, pinning.UIDS_BEFORE)
    held = sorted(name for name, _ in pinning.HELD)
    return [
        *pinning.findings(into),
        (
            "mirror pods as before once pinned",
            pinned == before and {name: before[name][1] for name in held} == {name: uids[name] for name in held},
            True,
        ),
        ("mirror pods of pinned pods that stay under the new kubelet", [name for name in held if upgraded[name] == before[name]], held),
        ("mirror pods made anew with the others", sorted(name for name in before if upgraded[name] != before[name]), ["loose", "stale"]),
        ("mirror pods made anew by unpinning", [name for name in held if unpinned[name] != upgraded[name]], ["ledger"]),
    ]
