"""Addresses for traces of which nobody has seen whether a kubelet takes them."""

from __future__ import annotations

import json

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.tracing import untold_endpoint

NEW, OLD, BEFORE = Minor(1, 36), Minor(1, 35), Minor(1, 20)


def traced(endpoint: str | None) -> KubeletConfig:
    return kubelet_config(json.dumps({"tracing": {} if endpoint is None else {"endpoint": endpoint}}).encode())


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("localhost:4317", True),
        ("localhost", True),
        ("[::1]:4317", True),
        ("otel.monitoring.svc.cluster.local:4317", True),
        ("dns:///localhost:4317", True),
        ("DNS:///localhost:4317", True),
        ("dns://8.8.8.8:53/localhost:4317", True),
        ("unix:///run/otel.sock", True),
        ("unix-abstract:///otel", True),
        ("::1", False),
        ("a:b:1", False),
        ("dns:localhost:4317", False),
        ("[::1", False),
        ("local host:4317", False),
        ("a%20b:1", False),
        (None, True),
    ],
)
def test_addresses_that_were_seen(endpoint: str | None, *, told: bool) -> None:
    """Those of tests/lab/recorded-drop-ins.json, and what Go refuses from 1.26 on."""
    new = Configs(KubeletConfig(), traced(endpoint), new_told=True)
    assert bool([*untold_endpoint(new, CATALOG.options(), (OLD,), NEW)]) is not told


@pytest.mark.parametrize(("start", "told"), [(OLD, True), (BEFORE, False)])
def test_one_with_which_a_kubelet_runs_it_takes_if_it_has_the_field(start: Minor, *, told: bool) -> None:
    same = Configs(traced("::1"), traced("::1"), old_told=True)
    assert bool([*untold_endpoint(same, CATALOG.options(), (start,), NEW)]) is not told
    assert [*untold_endpoint(same, CATALOG.options(), (), NEW)] != []
