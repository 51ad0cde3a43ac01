"""-v says what is read, joined and left out, --debug besides who says it when, and how long each phase took; without them nothing is said."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders import listed, on_node, pod
from tests.patience import PATIENCE
from upgradecheck.cli import main
from upgradecheck.cli.listening import listen
from upgradecheck.logs import Log

LOG = Log("upgradecheck.somewhere")


def written(place: Path) -> Path:
    """Pods of two namespaces, two nodes, and records of one pod, of one out of scope, of nobody's and of a pod that is not there."""
    web, cache = pod(), pod("cache", "22222222-0000-4000-8000-000000000000")
    cache["metadata"]["namespace"] = "other"
    web["spec"]["nodeName"] = cache["spec"]["nodeName"] = "node-1"
    nodes = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name},
            "status": {"nodeInfo": {"kubeletVersion": "v1.22.17", "containerRuntimeVersion": "containerd://1.7.27"}},
        }
        for name in ("node-1", "node-2")
    ]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
    (place / "dump.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [web, cache, *nodes, service]}))
    gone = {"uid": "33333333-0000-4000-8000-000000000000", "name": "p"}
    records = [
        {
            "id": f"{number}" * 64,
            "podSandboxId": "f" * 64,
            "metadata": {"name": "app", "attempt": 0},
            "state": "CONTAINER_RUNNING",
            "createdAt": "1700000000000000000",
            "labels": labelled(owner) if owner else {},
            "annotations": {"io.kubernetes.container.hash": "1"},
        }
        for number, owner in enumerate((web["metadata"], cache["metadata"], None, gone))
    ]
    (place / "ps.json").write_text(json.dumps({"containers": records}))
    return place


def labelled(owner: dict[str, Any]) -> dict[str, str]:
    """As a kubelet labels a container of this pod."""
    named = {f"io.kubernetes.pod.{key}": owner[key] for key in ("uid", "name", "namespace") if key in owner}
    return {**named, "io.kubernetes.container.name": "app"}


def said(place: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    main(["plan", "-f", str(place), "--to", "1.30.14", "--node", "node-1", "--exclude-namespace", "other", "-o", "name", *words])
    said = capsys.readouterr().err.replace(f"{place}/", "").splitlines()
    return [line for line in said if not line.startswith("upgradecheck: Exit code ")]


def test_what_is_read_joined_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(written(tmp_path), capsys, "-v") == [
        "upgradecheck: read dump.json: 2 pods, 2 nodes; passed over: kind Service",
        "upgradecheck: read ps.json: 4 containers of the runtime (crictl ps)",
        "upgradecheck: out of scope: 1 node: node-2",
        "upgradecheck: out of scope: 1 pod, left out by --exclude-namespace, --node",
        "upgradecheck: records of the runtime: 4, of which 1 joined a pod by its UID, 1 are of pods out of scope, "
        "1 name no pod (no kubelet made them), 1 joined no pod (only the runtime shows theirs)",
    ]


def test_without_it_nothing_is_said_and_logging_is_not_even_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(written(tmp_path), capsys) == []
    code = f"import sys; from upgradecheck.cli import main; main(['hash', '-f', {str(tmp_path)!r}, '--kubelet', '1.30', '-o', 'json']); print('logging' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize("words", [("--debug",), ("-vv",)], ids=" ".join)
def test_everything(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(written(tmp_path), capsys, *words)
    assert all(re.match(r"upgradecheck: +\d+\.\d{3} s  [a-z.]+: ", line) for line in lines)
    told = [line.partition(" s  ")[2] for line in lines]
    assert "sources.files: read dump.json: 2 pods, 2 nodes; passed over: kind Service" in told
    timed = [line.partition("commands.plan: ")[2].partition(" took ")[0] for line in told if " took " in line]
    assert timed == [
        "opening the inputs",
        "reading what pods are judged by",
        "reading the pods",
        "deciding",
        "settling",
        "building the plan",
        "",
    ]
    assert any(
        line.startswith("commands.plan: pod shop/web-7d9f-x2x1z (UID ") and line.endswith(": app 000000000000 (ps.json)") for line in told
    )


def test_of_a_fleet_the_first_pods_are_told_and_how_many_more_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, many = written(tmp_path), [on_node(pod(f"web-{number:03}", f"{number:08x}"), "node-1") for number in range(103)]
    (place / "more.json").write_text(json.dumps(listed(*many)))
    told = [line.partition("commands.plan: ")[2] for line in said(place, capsys, "--debug")]
    bare = [line for line in told if line.endswith("on node-1: no record")]
    assert [line.split()[1] for line in bare] == [f"shop/web-{number:03}" for number in range(100)]
    assert told[told.index(bare[-1]) + 1].startswith("and 3 more pods without a record; ")
    assert sum(line.endswith(": app 000000000000 (ps.json)") for line in told) == 1


def test_names_are_made_visible_and_what_cannot_be_said_ends_nothing() -> None:
    heard: list[str] = []
    end = listen(heard.append, debug=False)
    LOG.info("a name with 100% \x1b[31m")
    LOG.debug("not asked for")
    logging.getLogger("upgradecheck").handlers[-1].handle(
        logging.LogRecord("upgradecheck", logging.INFO, "", 0, "%d", ("no number",), None)
    )
    end()
    LOG.info("nobody listens any more")
    assert heard == ["a name with 100% \x1b[31m"]


def test_a_run_hears_only_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = said(written(tmp_path), capsys, "-v")
    assert said(tmp_path, capsys, "-v") == first
    assert said(tmp_path, capsys) == []


def test_a_hostile_name_repaints_no_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = written(tmp_path)
    (place / "dump.json").write_text((place / "dump.json").read_text().replace("node-2", "n\\u001b[31m"))
    assert "upgradecheck: out of scope: 1 node: n\\x1b[31m" in said(place, capsys, "-v")
