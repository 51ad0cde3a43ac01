"""Feature gates that do not go together."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from tests.unit.planning.asking.test_refused import steps_of
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import SAME_CONFIG, Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.feature_gates import FeatureGates
from upgradecheck.planning.asking.flags import with_flags
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import Steps, plan_steps

SHUTDOWN, SPACES = "GracefulNodeShutdown", "UserNamespacesSupport"


def test_what_is_told_of_one() -> None:
    (found,) = steps_of(KubeletConfig(feature_gates={SPACES: False}), start="1.34.1", to="1.35.4").troubles
    assert found == StartTrouble(TroubleKind.GATE_WANTS, SPACES, "the configuration", instead="ProcMountType is on", value=False)


@pytest.mark.parametrize(
    ("gates", "words", "to", "expected"),
    [
        pytest.param({SHUTDOWN: False}, (), "1.35.4", [SHUTDOWN], id="off, and what wants it is on by default"),
        pytest.param({SHUTDOWN: False}, (), "1.34.10", [], id="the minor before does not look"),
        pytest.param({SPACES: False, "ProcMountType": False}, (), "1.35.4", [], id="both are off"),
        pytest.param({SPACES: False}, ("--feature-gates=ProcMountType=false",), "1.35.4", [], id="the other by a flag"),
        pytest.param({}, (f"--feature_gates={SPACES}=false",), "1.35.4", [SPACES], id="by a flag"),
        pytest.param({"GangScheduling": True}, (), "1.35.4", ["GangScheduling"], id="on, and what it wants is off"),
        pytest.param({"AllAlpha": True}, (), "1.35.4", [], id="all of a stage go together"),
        pytest.param({"GenericWorkload": True}, (), "1.35.4", [], id="what wants nothing"),
        pytest.param({}, (), "1.35.4", [], id="none is set"),
    ],
)
def test_gates(gates: dict[str, bool], words: tuple[str, ...], to: str, expected: list[str]) -> None:
    found = steps_of(KubeletConfig(feature_gates=gates), *words, start="1.34.1" if to != "1.34.10" else "1.33.13", to=to)
    assert [one.name for one in found.troubles] == expected


def test_the_user_may_set_the_other() -> None:
    config, gates = KubeletConfig(feature_gates={SPACES: False}), FeatureGates(target={"ProcMountType": False})
    assert steps_of(config, start="1.34.1", to="1.35.4", gates=gates).troubles == ()


def test_one_at_which_the_running_kubelet_ends_is_not_what_it_runs_with() -> None:
    assert steps_of(KubeletConfig(feature_gates={SHUTDOWN: False}), start="1.35.4", to="1.36.4").troubles == ()


BACKING_OFF, SECRETS = "KubeletCrashLoopBackOffMax", "KubeletEnsureSecretPulledImages"


def turned(
    *words: str, to: str, start: str = "1.31.14", config: KubeletConfig | None = None, runs: bool = True, whole: bool = False
) -> Steps:
    """The step of a kubelet that runs with these words; that of all, where no configuration is seen."""
    configs = SAME_CONFIG if config is None else Configs(config, config, old_told=True)
    said = KubeletArguments(words, "ps", places=("ps",) * len(words) if whole else (), runs=runs)
    facts = [NodeFacts("worker-1", parse_kubelet_version(f"v{start}"), None, {}, Origin("nodes.json"))]
    flags = with_flags(configs, [said], ("worker-1",)).common
    return with_troubles(plan_steps(facts, None, to, CATALOG, configs=flags), configs, [said], ("worker-1",), CATALOG.options)


@pytest.mark.parametrize(
    ("words", "to", "file", "expected"),
    [
        pytest.param(("--feature-gates=AllAlpha=true",), "1.32.13", None, ["AllAlpha"], id="by flag, and no file"),
        pytest.param(("--feature-gates=AllAlpha=true",), "1.33.13", None, ["AllAlpha", "AllAlpha"], id="two fields"),
        pytest.param(("--feature-gates=AllAlpha=true",), "1.35.8", None, [], id="both have become beta"),
        pytest.param(("--feature-gates=AllAlpha=true", "--config=/x"), "1.32.13", None, [], id="a file that nobody showed fills them in"),
        pytest.param(("--feature-gates=AllAlpha=true", "--config-dir=/x"), "1.32.13", None, [], id="and so do drop-ins"),
        pytest.param(("--feature-gates=AllBeta=false",), "1.35.8", None, ["AllBeta", "AllBeta"], id="filled in already"),
        pytest.param(("--feature-gates=AllBeta=false",), "1.34.10", None, [], id="while they are alpha"),
        pytest.param(
            (f"--feature-gates={BACKING_OFF}=false", "--config=/x"), "1.35.8", {BACKING_OFF: True}, [BACKING_OFF], id="over the file"
        ),
        pytest.param((f"--feature-gates={SECRETS}=true",), "1.34.10", None, [SECRETS], id="one by its name"),
        pytest.param(("--config=/x",), "1.35.8", {SECRETS: False}, [], id="off in the file"),
    ],
)
def test_fields_that_gates_fill_in(words: tuple[str, ...], to: str, file: dict[str, bool] | None, expected: list[str]) -> None:
    config = None if file is None else KubeletConfig(feature_gates=file)
    assert [one.name for one in turned(*words, to=to, config=config).troubles] == expected


def test_what_is_told_of_a_field_that_nothing_fills_in() -> None:
    (found,) = turned("--feature-gates=AllAlpha=true", to="1.32.13").troubles
    instead = f"{BACKING_OFF} is on and crashLoopBackOff.maxContainerRestartPeriod is not set"
    assert found == StartTrouble(TroubleKind.GATE_WANTS, "AllAlpha", "ps", instead=instead, node="worker-1", value=True)


def test_whether_there_is_a_file_is_not_known_of_a_part_of_a_command_line() -> None:
    steps = turned("--feature-gates=AllAlpha=true", to="1.32.13", runs=False)
    assert steps.troubles == ()
    assert [one.what for one in steps.missing] == ["whether the new kubelet is started with --config, beside ps"]


def test_a_running_kubelet_that_would_not_start_so_either_may_have_a_file_or_other_flags() -> None:
    steps = turned(f"--feature-gates={BACKING_OFF}=true", to="1.34.10", start="1.33.13", runs=False)
    assert (steps.troubles, [one.what for one in steps.missing]) == ((), ["whether the new kubelet is started with --config, beside ps"])


def test_flags_over_a_configuration_say_how_its_gates_are() -> None:
    """A gate is off by a flag that sets all of its stage: what the file sets under it is refused."""
    config = KubeletConfig(given=("imageMaximumGCAge",), values={"imageMaximumGCAge": "48h"})
    for words, expected in (("--feature-gates=AllBeta=false", ["imageMaximumGCAge"]), ("--v=2", [])):
        found = turned(words, "--config=/x", start="1.28.15", to="1.30.14", config=config).troubles
        assert [one.name for one in found] == expected


@pytest.mark.parametrize(
    ("words", "config", "refused"),
    [
        pytest.param(("--help",), None, True, id="asked for"),
        pytest.param(("-h",), None, True, id="by its letter"),
        pytest.param(("--help=false",), None, False, id="not asked for"),
        pytest.param(("--help=false", "--config=/x"), None, True, id="beside a file its flags are read again, and help with them"),
        pytest.param(("--help=false", "--config-dir=/x"), None, True, id="and beside drop-ins"),
        pytest.param(("--help=false",), KubeletConfig(), True, id="a file that was shown"),
    ],
)
def test_help(words: tuple[str, ...], config: KubeletConfig | None, refused: bool) -> None:
    """Real 1.31.0 and 1.34.1 were asked."""
    steps = turned(*words, to="1.34.10", start="1.33.13", config=config, runs=False, whole=config is None)
    assert bool(steps.troubles or steps.missing) is refused


def test_gates_of_flags_that_a_bundle_has_in_its_configuration_are_not_the_files() -> None:
    """The file turns off what its flag turns on, so that nothing is filled in."""
    file = KubeletConfig(feature_gates={BACKING_OFF: False})
    config = KubeletConfig(feature_gates={BACKING_OFF: True}, beneath=file)
    found = turned(f"--feature-gates={BACKING_OFF}=true", "--config=/x", to="1.35.8", config=config).troubles
    assert [one.name for one in found] == [BACKING_OFF]
