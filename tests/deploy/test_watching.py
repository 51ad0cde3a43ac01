"""Alerts and the dashboard ask for metrics that there are; promtool tells when the alerts fire."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from tests.builders_plan import mixed
from tests.unit.renderers.test_verification_reports import mixed as verified
from upgradecheck.model.verification import NodeState, Result
from upgradecheck.renderers import Canvas, choose

FOLDER = Path(__file__).parents[2] / "deploy" / "watching"
_OURS = re.compile(r"\bupgradecheck_[a-z_]+")


def expressions() -> Iterator[str]:
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads((FOLDER / "dashboard.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_metric_is_one_that_is_written() -> None:
    text = "".join(
        (*choose("prometheus", "plan").render(mixed(), Canvas()), *choose("prometheus", "verification").render(verified(), Canvas()))
    )
    written = set(re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE))
    asked = {name for one in expressions() for name in _OURS.findall(one)}
    assert asked
    assert asked <= written


def test_panels_stand_beside_each_other() -> None:
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    cells = [
        (x, y)
        for panel in panels
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool (Debian: prometheus) on this machine")
def test_alerts_fire_when_they_should() -> None:
    for words in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run(["promtool", *words], cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _series(before: str, after: str) -> list[dict[str, str]]:
    """What a node exporter gives of two runs an hour apart, as promtool wants it: the same series, of instance a."""
    line = re.compile(r"^([a-z_]+)(?:\{(.*)})? (\S+)$", re.MULTILINE)
    then = {found.group(1, 2): found[3] for found in line.finditer(before)}
    return [
        {
            "series": f'{found[1]}{{instance="a"{"," * bool(found[2])}{found[2] or ""}}}',
            "values": f"{then.get(found.group(1, 2), '0')} {found[3]}",
        }
        for found in line.finditer(after)
    ]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool (Debian: prometheus) on this machine")
def test_what_is_written_of_an_upgrade_is_all_that_the_alert_needs(tmp_path: Path) -> None:
    """Of a verification as it comes out: with a miss it fires and tells both numbers, before the upgrade and as foretold it does not."""
    whole = verified()  # one that was to stop and did not makes up for one that stopped: without it
    missed = replace(whole, containers=tuple(one for one in whole.containers if one.result is not Result.FALSE_ALARM))
    as_told = replace(missed, containers=tuple(one for one in missed.containers if one.result is Result.HIT))
    pending = replace(missed, containers=(), nodes=tuple(replace(one, state=NodeState.PENDING) for one in missed.nodes))
    before, after, as_foretold = ("".join(choose("prometheus", "verification").render(one, Canvas())) for one in (pending, missed, as_told))
    stopped, foretold = (re.findall(rf"^upgradecheck_{name}_containers (\d+)$", after, re.MULTILINE)[0] for name in ("stopped", "foretold"))
    assert int(stopped) > int(foretold) > 0
    alert = next(
        one
        for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
        for one in group["rules"]
        if one["alert"] == "KubeletUpgradeStoppedMoreThanForetold"
    )
    told = {name: re.sub(r"\{\{ \$value }}", stopped, text) for name, text in alert["annotations"].items()}
    told["description"] = re.sub(r"\{\{ with .*?\{\{ end }}", foretold, told["description"])
    fires = {"eval_time": "1h", "alertname": alert["alert"], "exp_alerts": [{"exp_labels": {"severity": "critical", "instance": "a"}, "exp_annotations": told}]}  # fmt: skip
    quiet = {"eval_time": "1h", "alertname": alert["alert"]}
    tests = [
        {"interval": "1h", "input_series": _series(before, after), "alert_rule_test": [{**quiet, "eval_time": "0h"}, fires]},
        {"interval": "1h", "input_series": _series(before, as_foretold), "alert_rule_test": [quiet]},
    ]
    rules = {"rule_files": [str(FOLDER / "alerts.yaml")], "evaluation_interval": "30m", "tests": tests}
    (tmp_path / "played.test.yaml").write_text(yaml.safe_dump(rules))
    done = subprocess.run(["promtool", "test", "rules", str(tmp_path / "played.test.yaml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool (Debian: prometheus) on this machine")
def test_every_expression_of_the_dashboard_is_one(tmp_path: Path) -> None:
    asked = sorted({re.sub(r"\$\w+|\[\[\w+]]", "1h", one) for one in expressions()})
    rules = [{"record": f"told:{number}", "expr": one} for number, one in enumerate(asked)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", str(tmp_path / "rules.yaml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {len(asked)} rules found" in done.stdout
