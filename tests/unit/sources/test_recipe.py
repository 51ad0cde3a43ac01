"""``doctor --recipe`` against a stub API server: its script, run with stand-ins for kubectl and ssh, dumps what a plan then reads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cluster.large import EXAMPLE
from tests.cluster.stub import kubeconfig, serving
from tests.patience import PATIENCE
from upgradecheck.cli import main

STAND_IN = """\
#!/bin/sh
case "$*" in
*jsonpath*) echo 'node-1 containerd://1.6.36' ;;
*'get nodes'*) cat {example}/nodes.json ;;
*'get pods'*) cat {example}/api-pods.json ;;
*'crictl ps -a -o json'*) cat {example}/crictl-ps.json ;;
*'crictl pods -o json'*) cat {example}/crictl-pods.json ;;
*'systemctl cat kubelet'*) printf '# /lib/systemd/system/kubelet.service\\n[Service]\\nExecStart=/usr/bin/kubelet $KUBELET_KUBEADM_ARGS\\n' ;;
*kubeadm-flags.env*) echo 'KUBELET_KUBEADM_ARGS="--v=2"' ;;
*) echo '{{"kind": "List", "apiVersion": "v1", "items": []}}' ;;
esac
"""


@pytest.fixture(autouse=True)
def _with_stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("kubectl", "ssh", "upgradecheck"):
        (tmp_path / "bin" / name).write_text(STAND_IN.format(example=EXAMPLE) if name != "upgradecheck" else "#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def planned(script: str, capsys: pytest.CaptureFixture[str]) -> object:
    """What is planned of what the script dumps."""
    subprocess.run(["sh", "-c", script], check=True, timeout=PATIENCE, capture_output=True)
    main(["plan", "--to", "1.30.14", "-f", "dump", "-q", "-o", "json"])
    return json.loads(capsys.readouterr().out)["pods"]


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
def test_its_commands_dump_what_a_plan_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as stub:
        config = kubeconfig(tmp_path / "config", {"server": stub.address})
        assert main(["doctor", "--recipe", "--kubeconfig", config]) == 0
    out, err = capsys.readouterr()
    assert (err, f"kubectl --kubeconfig {config} get nodes -o json > dump/nodes.json" in out) == ("", True)
    of_cluster = planned(out, capsys)
    shutil.rmtree("dump")
    assert main(["doctor", "--recipe"]) == 0
    out, err = capsys.readouterr()
    assert "These commands are for any cluster." in err
    of_any = planned(out, capsys)
    main(["plan", "--example", "-q", "-o", "json"])
    assert of_cluster == of_any == json.loads(capsys.readouterr().out)["pods"]


@pytest.mark.parametrize("other", [["--rbac"], ["-o", "json"]], ids=" ".join)
def test_it_is_printed_alone(other: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--recipe", *other]) == 64
    assert "exclude each other" in capsys.readouterr().err
