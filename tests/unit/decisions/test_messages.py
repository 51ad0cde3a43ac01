"""What each kubelet writes when it kills a container for its hash; lines of real logs stand behind these."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.messages import Killing, killing_message, log_line
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import ContainerKind

KILLING = Killing("default", "web-node-1", "uid-1", "app", "4f17", "containerd", ContainerKind.APP, Hash(1559107639), Hash(1428860573))
SIDECAR = replace(KILLING, container="mesh", kind=ContainerKind.SIDECAR)

OLD = 'Container "app" ({"containerd" "4f17"}) of pod web-node-1_default(uid-1): '
HASHES = "Container spec hash changed (1559107639 vs 1428860573).. Container will be killed and recreated."
CHANGED = "Container app definition changed, will be restarted"


def structured(identity: str) -> str:
    return (
        f'"Message for Container of pod" containerName="app" containerStatusID={identity} '
        f'pod="default/web-node-1" containerMessage="{CHANGED}"'
    )


@pytest.mark.parametrize(
    ("killing", "version", "message", "line"),
    [
        pytest.param(KILLING, "1.8.15", HASHES, OLD + HASHES, id="1.8: both hashes in decimal"),
        pytest.param(KILLING, "1.13.12", HASHES, OLD + HASHES, id="1.13 is the last"),
        pytest.param(KILLING, "1.14.10", CHANGED, OLD + CHANGED, id="1.14: without hashes"),
        pytest.param(KILLING, "1.20.15", CHANGED, OLD + CHANGED, id="1.20 is the last sentence"),
        pytest.param(KILLING, "1.21.14", CHANGED, structured("{Type:containerd ID:4f17}"), id="1.21: keys and values"),
        pytest.param(KILLING, "1.27.16", CHANGED, structured("{Type:containerd ID:4f17}"), id="1.27 is the last of this klog"),
        pytest.param(KILLING, "1.28.15", CHANGED, structured('{"Type":"containerd","ID":"4f17"}'), id="1.28: the ID as JSON"),
        pytest.param(KILLING, "1.37.1", CHANGED, structured('{"Type":"containerd","ID":"4f17"}'), id="so it is in 1.37"),
        pytest.param(SIDECAR, "1.32.13", "Init container mesh definition changed", None, id="of a sidecar only the event tells"),
    ],
)
def test_message_and_line(killing: Killing, version: str, message: str, line: str | None) -> None:
    (build,) = kubelet(version).builds
    assert (killing_message(killing, build), log_line(killing, build)) == (message, line)


def test_a_missing_annotation_reads_as_0() -> None:
    (build,) = kubelet("1.13.12").builds
    assert killing_message(replace(KILLING, recorded=None), build).startswith("Container spec hash changed (0 vs 1428860573)..")
