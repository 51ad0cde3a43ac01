"""What plan and explain ask of a cluster: lists of nodes, pods and PodDisruptionBudgets, its version, and nothing else at all (R18)."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.cluster.stub import EVERY_POD, Handler, kubeconfig, serving
from upgradecheck.cli import main

ALLOWED = re.compile(
    r"/version|(/api/v1/(nodes|pods|namespaces/[^/]+/pods)|/apis/policy/v1(beta1)?/(namespaces/[^/]+/)?poddisruptionbudgets)\?limit=500(&(labelSelector|fieldSelector|continue)=[^&]+)*"
)


class Watchful(Handler):
    """Notes every request, whatever its method, and how it came."""

    lines: list[tuple[str, str]]

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed:
            self.lines.append((self.command, self.path))
            if self.command != "GET":
                self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)
                return False
        return parsed


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("plan",), 2, id="plan"),
        pytest.param(("plan", "--from", "1.22.17", "-o", "json", "-o", "wide=/dev/null"), 2, id="plan in two formats"),
        pytest.param(("plan", "-n", "default", "-n", "../../secrets", "-n", "a/proxy?x=", "-l", "a in (b,c)", "--node", "node-1"), 2, id="plan narrowed"),
        pytest.param(("plan", "--exclude-namespace", "default", "--node-selector", "a=b"), 3, id="plan of some nodes"),
        pytest.param(("explain", "default/cache"), 0, id="explain"),
    ],
)  # fmt: skip
def test_nothing_but_lists_and_the_version_is_asked_for(
    words: tuple[str, ...], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Here(Watchful):
        lines: list[tuple[str, str]] = []  # noqa: RUF012 - one per test

    with serving(Here) as stub:
        stub.pods = EVERY_POD
        config = kubeconfig(tmp_path / "config", {"server": stub.address})
        assert main([*words, "--to", "1.31.14", "--kubeconfig", config]) == code
    assert len(Here.lines) > 1
    strange = [(method, path) for method, path in Here.lines if method != "GET" or not ALLOWED.fullmatch(path)]
    assert strange == []
    assert not [path for _, path in Here.lines if re.search("/(proxy|exec|secrets|configmaps|watch)|watch=", path.partition("?")[0])]
