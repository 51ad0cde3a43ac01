"""Upgrades of real kubelets, live: the lab itself still works, and what it sees is what was recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab import apiserver, comparing, run
from tests.lab.kubelets import API_SERVER, found

STATIC = ("1.20.15", "1.22.17")
OVER_API = ("1.22.17", "1.30.14")


@pytest.fixture(scope="module", name="lived")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Runs a pair, or skips with what is missing."""

    def live(old: str, new: str, manifests: Path, *, api: bool = False) -> Path:
        problem = run.refusal(api=api)
        if problem:
            pytest.skip(problem)
        if not (found(old) and found(new)):
            pytest.skip(f"kubelets are not built; python -m tests.lab.kubelets {old} {new} does it in 10 to 20 minutes")
        if api and not found(apiserver.VERSION, API_SERVER):
            pytest.skip(
                f"the API server is not built; python -m tests.lab.kubelets --api-server {apiserver.VERSION} does it in 5 to 10 minutes"
            )
        folder = tmp_path_factory.mktemp("lab")
        run.record(run.Wanted(old, new, api=api), manifests, folder)
        return folder

    return live


def told(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Each container's recorded hash and what came of it."""
    return {(one["pod"], one["container"]): (one["recorded_hash"], one["outcome"]) for one in comparing.observations(folder)["containers"]}


def differing(one: Path, other: Path) -> set[str]:
    """The pods of which the two folders tell something else. Which of two pods gets a port is chance."""
    first, second = told(one), told(other)
    return {pod for pod, container in first.keys() | second.keys() if first.get((pod, container)) != second.get((pod, container))} - {
        "host-port-first",
        "host-port-second",
    }


@pytest.mark.node
def test_static_pods_fare_as_recorded(lived: Callable[..., Path]) -> None:
    old, new = STATIC
    recorded = run.RECORDED / f"{old}-to-{new}"
    assert differing(lived(old, new, recorded / comparing.MANIFESTS), recorded) == set()


@pytest.mark.cluster
def test_pods_of_an_api_server_fare_as_recorded(lived: Callable[..., Path]) -> None:
    old, new = OVER_API
    assert differing(lived(old, new, run.MANIFESTS, api=True), run.RECORDED / f"{old}-to-{new}-api") == set()
