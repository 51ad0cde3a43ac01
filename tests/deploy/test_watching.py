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

from tests.builders_plan import mixed
from tests.unit.renderers.test_verification_reports import mixed as verified
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
