"""Help answers at once, with real examples."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.patience import PATIENCE
from upgradecheck import __version__
from upgradecheck.cli import main
from upgradecheck.cli.menu import every_command

HEAVY = ("rich", "yaml", "kubernetes", "deepdiff", "jinja2", "grpc", "upgradecheck.commands.plan", "upgradecheck.catalog")


ASK_ALL = """
import contextlib, io, json, sys
from upgradecheck.cli import main
from upgradecheck.cli.menu import every_command
heavy, asked = json.loads(sys.argv[1]), {}
for words in json.loads(sys.argv[2]):
    with contextlib.redirect_stdout(io.StringIO()):
        code = main(words)
    asked[" ".join(words)] = [code, [name for name in heavy if name in sys.modules]]
print(json.dumps(asked))
"""


def test_help_imports_nothing_heavy() -> None:
    """In one interpreter, one after the other: what one imports, those after it would show too."""
    words = [
        ["--version"],
        ["--help"],
        ["hash", "-h"],
        *([*command, "--help"] for command in every_command()),
        ["checkpoint", "--help"],
        ["override", "--help"],
    ]
    told = subprocess.run(
        [sys.executable, "-c", ASK_ALL, json.dumps(HEAVY), json.dumps(words)], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert json.loads(told.stdout) == {" ".join(each): [0, []] for each in words}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", ["plan", "explain", "hash", "matrix", "diff", "versions", "schema", "--install-completion", "--show-completion", "upgradecheck plan --example", "64 usage error", "UPGRADECHECK_MAX_RESTARTS"]),
        ("plan", [
            "--from", "--to", "-f, --filename", "-R, --recursive", "--example", "-n, --namespace", "--exclude-namespace", "-l, --selector", "--node ",
            "--node-selector", "--fail-on", "--max-restarts", "--min-coverage", "--min-calibration", "--exit-zero", "-o, --output", "--color",
            "--no-progress", "-q, --quiet", "-v, --verbose", "--debug", "kubectl get pods -A -o json > pods.json", "-o table -o json=plan.json",
        ]),
        ("explain", ["[NAMESPACE/]POD[/CONTAINER]", "--from", "--to", "-f, --filename", "--static-pods", "--feature-gate", "--to-config", "--show-values", "upgradecheck explain --example default/lc-sleep"]),
        ("hash", ["-f, --filename", "--kubelet", "--pod-source", "--show-input", "upgradecheck hash -f pod.json --kubelet 1.30"]),
        ("matrix", ["--from", "--to", "--minors", "-f, --filename", "--example", "upgradecheck matrix --minors 1.16..1.22"]),
        ("path", ["--from", "--to", "--api-from", "--api-to", "--cluster", "-f, --filename", "upgradecheck path --from 1.19 --to 1.22"]),
        ("diff", ["A", "B", "upgradecheck diff 1.30 1.31"]),
        ("schema", ["[NAME]", "upgradecheck schema plan"]),
        ("doctor", ["--rbac", "--namespace", "--kubeconfig", "--context", "--timeout", "--request-timeout", "--cri", "--checkpoint", "upgradecheck doctor --rbac | kubectl apply -f -"]),
        ("checkpoint", ["record", "show", "verify", "seal", "restore", "import", "--print-unit", "upgradecheck checkpoint restore"]),
        ("checkpoint record", ["--checkpoint", "--node", "--kubelet-version", "--start", "--pid", "--stopped", "--force", "--print-unit"]),
        ("checkpoint verify", ["[FILE]", "--checkpoint", "--node", "--min-serial"]),
        ("override", ["apply", "status", "undo", "upgradecheck override apply plan.json --confirm HASH --restart-runtime"]),
        ("override apply", ["PLAN", "--confirm", "--containerd", "--state-dir", "--skip-check", "--restart-runtime"]),
        ("override undo", ["JOURNAL", "--confirm", "--containerd", "--state-dir", "--skip-check", "--restart-runtime"]),
        ("override status", ["[PLAN]|[JOURNAL]", "--containerd", "--state-dir", "--node", "may the new kubelet start?"]),
        ("override proxy", ["--listen", "--upstream", "--map", "--metrics", "--stop-timeout", "--print-unit", "--container-runtime-endpoint"]),
        ("override hold", ["[status]", "--dry-run", "--to", "--keep-pods", "--at-once", "--print-unit", "--seconds", "no-hold"]),
        ("override patch", ["--kubelet", "--source", "--map", "patch -d kubernetes -p1"]),
        ("rules", ["[ID]...", "upgradecheck rules UC041"]),
        ("versions", ["[VERSION]...", "upgradecheck versions v1.21.5-eks-bc4871b"]),
    ],
)  # fmt: skip
def test_help_says(command: str, expected: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert [each for each in expected if each not in text] == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"upgradecheck {__version__}\n"
