"""API servers as a cluster, the user and nobody tells them; what they set in specs that are stored (UC021's examples have the plans)."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import InvalidVersion, UnknownVersion, UsageError
from upgradecheck.planning.asking.feature_gates import NO_FEATURE_GATES, parse_feature_gates
from upgradecheck.planning.asking.servers import Servers, api_servers
from upgradecheck.planning.asking.steps import plan_steps

RESIZE = "InPlacePodVerticalScaling"
TARGET = plan_steps((), "1.28.15", "1.30.14", CATALOG).target


def asked(start: str | None = None, target: str | None = None, seen: str | None = None, gates: tuple[str, ...] = ()) -> Servers:
    reported = None if seen is None else parse_kubelet_version(seen)
    return api_servers(start, target, reported, TARGET, CATALOG, parse_feature_gates(gates))


def releases(servers: Servers) -> tuple[str | None, str | None]:
    return tuple(None if end is None else end.release for end in (servers.start, servers.target))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param(asked(), (None, None), id="nobody tells any"),
        pytest.param(asked(seen="v1.31.0"), ("1.31.0", "1.31.0"), id="the cluster tells one, and it stays"),
        pytest.param(asked(seen="v1.99.0"), (None, None), id="the cluster tells one that is not known"),
        pytest.param(asked(target="1.31.14", seen="v1.30.2"), ("1.30.2", "1.31.14"), id="the user names the one to come"),
        pytest.param(asked("1.30.14", seen="v1.31.0"), ("1.30.14", "1.30.14"), id="the user knows better than the cluster"),
        pytest.param(asked(target="1.31.14"), (None, "1.31.14"), id="only the one to come is known"),
        pytest.param(asked("1.30", "1.32"), ("1.30.14", "1.32.13"), id="a minor is its newest known patch"),
        pytest.param(asked(gates=(f"api:{RESIZE}=true",)), ("1.30.14", "1.30.14"), id="with a gate alone, that of the new kubelet"),
    ],
)
def test_which_servers(servers: Servers, expected: tuple[str | None, str | None]) -> None:
    assert releases(servers) == expected


def test_a_gate_of_an_unknown_server_is_told() -> None:
    (notice,) = asked(gates=(f"api-to:{RESIZE}=true",)).notices
    assert notice.startswith("The API server's version is not known: its feature gates are taken for those of 1.30.14.")


@pytest.mark.parametrize(
    ("release", "gates", "expected"),
    [
        pytest.param("1.26.15", (), False, id="before the gate"),
        pytest.param("1.27.16", (f"api:{RESIZE}=true",), True, id="first with the gate, on"),
        pytest.param("1.27.16", (), False, id="off by default"),
        pytest.param("1.32.13", (f"api-to:{RESIZE}=true",), True, id="last that sets it"),
        pytest.param("1.33.13", (), False, id="on by default, and no more set"),
        pytest.param("1.13.12", (), False, id="before procMount is set"),
        pytest.param("1.14.0", (), True, id="first that sets procMount"),
        pytest.param("1.14.3", (), True, id="last that does"),
        pytest.param("1.14.4", (), False, id="mended"),
    ],
)
def test_what_a_server_sets(release: str, gates: tuple[str, ...], expected: bool) -> None:
    target = asked(target=release, gates=gates).target
    assert target is not None
    assert target.builds[-1].sets_on_reading is expected


@pytest.mark.parametrize(
    ("start", "target", "gates", "error", "said"),
    [
        pytest.param(None, "x", (), InvalidVersion, "x", id="no version"),
        pytest.param(None, "1.99", (), UnknownVersion, "Kubernetes 1.99: not in hashdata", id="an unknown one"),
        pytest.param(None, "1.31", ("api:Nope=true",), UsageError, "no gate of API server 1.31", id="a gate of neither"),
        pytest.param(None, "1.31", ("api-to:Nope=true",), UsageError, "API server 1.31 has no such gate", id="of this one not"),
        pytest.param(None, "1.31", ("api-to:AppArmor=false",), UsageError, "locked to true", id="a locked one"),
        pytest.param(None, "1.31", (f"api-from:{RESIZE}=true",), UsageError, "Name it with --api-from", id="of one that nobody knows"),
    ],
)
def test_what_cannot_be(start: str | None, target: str, gates: tuple[str, ...], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        asked(start, target, gates=gates)


def test_nothing_is_said_where_nothing_is_asked() -> None:
    assert api_servers(None, None, None, TARGET, CATALOG, NO_FEATURE_GATES) == Servers()
