"""A real browser, driven without a network: Chromium as the distribution ships it, and pages that are written once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tests.browser.axe import fetched
from tests.builders_plan import NEW_ALGORITHM, container, plan, pod, restarting, unknown
from tests.unit.renderers.strategies import HOSTILE
from upgradecheck.commands.matrix import between
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Plan, PlannedContainer
from upgradecheck.model.pod import RunState
from upgradecheck.model.times import SECOND
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.waves import with_waves
from upgradecheck.renderers import Canvas, choose

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MANY = 20_000
_DAY = 86_400 * SECOND
_NOW = 1_795_000_000 * SECOND


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install -e '.[dev]')")
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, whose source no repository of ours holds."""
    try:
        return fetched()
    except OSError as error:
        pytest.skip(f"axe-core cannot be fetched: {error}")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the recorded node that ships with the program."""
    return _written(make_plan(PlanRequest(example=True)), tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 20,000 rows, on 500 nodes."""
    return _written(large(MANY), tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of names that try to be something else."""
    names = (
        *HOSTILE,
        "</script><script>document.title='x'</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "'\"><svg onload=alert(1)>",
    )
    pods = (pod(name, restarting(name, NEW_ALGORITHM), namespace=name, node=name, workload=f"Job/{name}") for name in names)
    return _written(plan(*pods), tmp_path_factory.mktemp("hostile"))


def large(number: int) -> Plan:
    """A plan of so many containers: most restart, some are safe or unknown, of 2,000 workloads in 40 namespaces."""
    shapes = (restarting("app", NEW_ALGORITHM), restarting("proxy"), container("app"), unknown("app"))
    pods = (
        pod(
            f"svc-{n % 2000:04}-{n:05}",
            _started(shapes[(n * 7 + n // 50) % 9 % 4], n),
            namespace=f"team-{n % 40:02}",
            workload=f"Deployment/svc-{n % 2000:04}",
            node=f"node-{n % 500:03}",
            uid=f"{n:08x}-4772-425f-a2ef-26d0c7db3987",
        )
        for n in range(number)
    )
    return with_waves(plan(*pods), WaveRules())


def _started(one: PlannedContainer, number: int) -> PlannedContainer:
    """It, as one of so many: under one of three minors, the older ones the longer ago; of some nobody tells which."""
    age = number * 7919 % 1000
    creator = None if number % 11 == 0 else f"1.{22 - (age > 300) - (age > 700)}"
    evidence = replace(one.evidence, creator=creator)
    return replace(one, container_id=f"containerd://{number:064x}", started_at=_NOW - age * _DAY, evidence=evidence, state=RunState.RUNNING)


def _written(what: Plan, folder: Path) -> Path:
    path = folder / "report.html"
    path.write_text("".join(choose("html", "plan").render(what, Canvas(matrix=between))), encoding="utf-8")
    return path
