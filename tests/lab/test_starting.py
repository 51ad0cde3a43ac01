"""Real kubelets, started with each flag that any minor dropped and with gates of their own and of others: they stop exactly where UC032 says.

A kubelet reads its flags before it prints its version, and its gates before it opens its configuration: neither needs a node.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.lab.kubelets import found
from tests.oracle.configurations import telling
from tests.oracle.configurations.asking import FILE, NOT_OF_THIS_MACHINE, in_minor, listed, with_gate
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.config import kubelet_config, kubelet_settings
from upgradecheck.decode.kubelet.dropins import as_drop_in
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.planning.asking.labels import labels_that_stop
from upgradecheck.planning.asking.refused import values_that_stop
from upgradecheck.sources.files import open_inputs

pytestmark = pytest.mark.node

VERSIONS = ("1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.35.4")
GATES = 40
OF_HELP = re.compile(r"^ +(?:-\w, )?(--[a-z][a-z0-9-]*)((?:.*\n(?! +(?:-\w, )?--))*.*)$", re.MULTILINE)
OF_DEFAULT = re.compile(r"\(default (\"[^\"]*\"|[^)\s]+)\)")
WITHOUT_CONFIGURATION = ("--anonymous-auth", "--authentication-token-webhook", "--authorization-mode", "--read-only-port")
"""Mirrors applyLegacyDefaults in cmd/kubelet/app/options/options.go."""
OF_OTHER_PACKAGES = (
    "--enforce-node-allocatable",
    "--logging-format",
    "--log-flush-frequency",
    "--oom-score-adj",
    "--port",
    "--resolv-conf",
)
"""Defaults that are a constant, or a structure, of another package."""
VALIDATED = re.compile(r'ailed to validate kubelet configuration(?:, error: |" err=")(.*?)(?:, path: |" path=)')
ENDED = re.compile(r"^F[^\n]*?server\.go:[0-9]+\] (.*)$", re.MULTILINE)
ALWAYS_REFUSED = "maxPods"
"""What keeps each of these kubelets from going on, and so is not asked about beside."""
NO_PODS = re.compile(r"invalid configuration: maxPods \(--max-pods\) -1 must not be a negative number", re.IGNORECASE)
WITHOUT_DROP_INS = ("1.20.15", "1.22.17")
CALLED_SO_IN_WORDS = {"--docker-root"}
"""A flag whose own help says so; the kubelet does not."""
REPORTED = (
    ("--network-plugin", "1.30.14", "1.22.17"),
    ("--container-runtime", "1.30.14", "1.22.17"),
    ("--azure-container-registry-config", "1.30.14", "1.22.17"),
    ("--keep-terminated-pod-volumes", "1.31.0", "1.30.14"),
    ("--cloud-config", "1.34.1", "1.31.0"),
    ("--pod-infra-container-image", "1.35.4", "1.34.1"),
)
"""Gone since 1.24, 1.27, 1.30, 1.31, 1.34 and 1.35: the nearest kubelets on both sides that are built here."""
ABSENT = "--config=/nonexistent/configuration.yaml"
LABELS = (
    "node-role.kubernetes.io/worker=",
    "kubernetes.io/instance-type=a",
    "topology.kubernetes.io/zone=a",
    "beta.kubernetes.io/os=linux,kubernetes.io/hostname=x",
    "x.node.kubernetes.io/a=b",
    "a.k8s.io/x=1",
    "example.com/x=a_b.",
    "K8S.io/x=1",
    "/x=1",
    "a,b=",
)


def kubelet(version: str) -> Path:
    program = found(version)
    if program is None:
        pytest.skip(f"kubelet {version} is not built: python -m tests.lab.kubelets {version}")
    return program


def said(program: Path, *words: str) -> str:
    done = subprocess.run([str(program), *words], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_flags_that_it_has_not_stop_it_and_no_others(version: str) -> None:
    """Each flag that any minor ever had, and one that none has."""
    program, minor, options = kubelet(version), parse_kubelet_version(version).minor, CATALOG.options()
    assert len(options.flags) > 200
    asked = (*options.flags, "--no-release-has-this")
    stopped = {flag for flag in asked if f"unknown flag: {flag}" in said(program, f"{flag}=1", "--version")}
    assert stopped == {flag for flag in asked if options.takes(flag, minor) is False}


@pytest.mark.parametrize("version", VERSIONS)
def test_its_help_calls_those_deprecated_that_are_said_to_be(version: str) -> None:
    """Hidden ones are not in it, which those are that are marked one by one among the flags of the configuration."""
    program, minor, options = kubelet(version), parse_kubelet_version(version).minor, CATALOG.options()
    told = {found[1]: "DEPRECATED" in found[2] for found in OF_HELP.finditer(said(program, "--help"))}
    known = {name: one for name in options.flags if (one := options.flag(name, minor)) is not None}
    assert told.keys() <= known.keys()
    assert {name for name in known.keys() - told.keys() if not (known[name].hidden or known[name].deprecated)} == set()
    assert {name for name in told if told[name] is not known[name].deprecated} <= CALLED_SO_IN_WORDS


@pytest.mark.parametrize("version", VERSIONS)
def test_its_help_tells_the_defaults_of_fields(version: str) -> None:
    """Of flags that set one. Without --config four of them are as they were before there was a configuration."""
    program, minor, options = kubelet(version), parse_kubelet_version(version).minor, CATALOG.options()
    other, asked = set(), 0
    for line in OF_HELP.finditer(said(program, "--help")):
        flag = options.flag(line[1], minor)
        field = options.field(flag.field, minor) if flag is not None and flag.field else None
        if field is None:
            continue
        asked += 1
        told = OF_DEFAULT.search(line[2])
        wanted = "true" if field.default is True else str(field.default) if field.default else None
        if (told[1].strip('"') if told else None) != wanted:
            other.add(line[1])
    assert asked > 90
    assert other <= {*WITHOUT_CONFIGURATION, *OF_OTHER_PACKAGES, "--eviction-hard"}


@pytest.mark.parametrize(("flag", "version", "before"), REPORTED, ids=[flag for flag, _, _ in REPORTED])
def test_the_flags_of_most_reports(flag: str, version: str, before: str) -> None:
    """The kubelet that had it starts with it, the newer one ends at it."""
    assert f"unknown flag: {flag}" in said(kubelet(version), f"{flag}=1", "--version")
    assert f"Kubernetes v{before}\n" in said(kubelet(before), f"{flag}=1", "--version")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_labels_that_it_refuses_stop_it(version: str, label: str) -> None:
    """What it says of them it says before it opens its configuration."""
    end = KubeletEnd(parse_kubelet_version(version), CATALOG.builds(parse_kubelet_version(version)))
    told = said(kubelet(version), f"--node-labels={label}", ABSENT)
    foreseen = list(labels_that_stop(end, CATALOG.options(), KubeletArguments((f"--node-labels={label}",), "here")))
    assert ("labels specified with --node-labels" in told or "invalid node labels" in told) is bool(foreseen)
    assert bool(foreseen) or "/nonexistent/configuration.yaml" in told


@pytest.mark.parametrize("version", VERSIONS)
def test_a_field_that_it_has_not_is_passed_over_and_values_stop_it_that_it_refuses(version: str, tmp_path: Path) -> None:
    """What it validates it has decoded; a field that every kubelet refuses keeps it from going on."""
    program, build = kubelet(version), CATALOG.builds(parse_kubelet_version(version))[0]
    end = KubeletEnd(parse_kubelet_version(version), (build,))
    told = configured(program, tmp_path, {"noSuchField": 1})
    assert "noSuchField" in told
    assert ALWAYS_REFUSED in told
    for entry in json.loads(FILE.read_bytes())["refusals"]:
        state = telling.VALIDATED.field(listed(entry["field"]), build.minor)
        gates = with_gate(build.minor, entry.get("gate", ""), on=entry.get("gate_is") == "on")
        if "asked" not in entry or state is None or gates is None or entry["field"] == ALWAYS_REFUSED:
            continue
        for content in [*in_minor(entry, build.minor)["refused"], *in_minor(entry, build.minor)["taken"]]:
            asked = {**NOT_OF_THIS_MACHINE, **content, **({"featureGates": gates} if gates else {})}
            config = kubelet_config(json.dumps(asked).encode())
            set_so = KubeletEnd(end.version, (replace(build, feature_gates=gates),))
            stops = values_that_stop(set_so, telling.VALIDATED, {path: config.values.get(path) for path in config.given}, "")
            assert refused_anything(configured(program, tmp_path, asked)) is any(stops), (entry["field"], content)


def refused_anything(told: str) -> bool:
    """Whether a kubelet refuses anything but the number of pods, which every one refuses."""
    found = VALIDATED.search(told) or ENDED.search(told)
    return found is None or bool(NO_PODS.sub("", found[1]).strip(" ,[]"))


@pytest.mark.parametrize("version", [*VERSIONS, "1.35.2"])
def test_version_1_of_cgroups_stops_it_where_it_is_said_to(version: str, tmp_path: Path) -> None:
    """On this machine, whichever it has; what its configuration lets is let."""
    program, build = kubelet(version), CATALOG.builds(parse_kubelet_version(version))[0]
    of_v1 = subprocess.run(["stat", "-fc", "%T", "/sys/fs/cgroup"], capture_output=True, text=True, check=True).stdout != "cgroup2fs\n"
    stopped = "not run on a host using cgroup v1" in configured(program, tmp_path, {})
    let = "not run on a host using cgroup v1" in configured(program, tmp_path, {"failCgroupV1": False})
    assert (stopped, let) == (of_v1 and build.decisions.fails_on_cgroup_v1, False)


@pytest.mark.parametrize("api_version", [None, "", "kubelet.config.k8s.io/v1beta1", "kubelet.config.k8s.io/v1alpha1", "example.com/v1"])
@pytest.mark.parametrize("version", [version for version in VERSIONS if version not in WITHOUT_DROP_INS])
def test_a_drop_in_stops_it_by_its_api_version(version: str, api_version: str | None, tmp_path: Path) -> None:
    """Its kind is right each time, as without one no kubelet reads it; one that is read brings the field that every kubelet refuses."""
    program, build = kubelet(version), CATALOG.builds(parse_kubelet_version(version))[0]
    drop_in = {"kind": "KubeletConfiguration", ALWAYS_REFUSED: -1, **({} if api_version is None else {"apiVersion": api_version})}
    folder = tmp_path / "drop-ins"
    folder.mkdir()
    (folder / "10.conf").write_text(json.dumps(drop_in))
    (tmp_path / "config.yaml").write_text('{"apiVersion":"kubelet.config.k8s.io/v1beta1","kind":"KubeletConfiguration"}')
    told = said(program, f"--config={tmp_path / 'config.yaml'}", f"--config-dir={folder}")
    config = as_drop_in(kubelet_settings(json.dumps({**drop_in, ALWAYS_REFUSED: 110}).encode())).config()
    end = KubeletEnd(parse_kubelet_version(version), (build,))
    stops = any(values_that_stop(end, CATALOG.options(), {path: config.values.get(path) for path in config.given}, ""))
    assert ("failed to load kubelet dropin file" in told, bool(NO_PODS.search(told))) == (stops, not stops)


@pytest.mark.parametrize("content", ["", "{}", "# nothing\n", "---\n", '{"maxPods": 5}', '{"apiVersion": "kubelet.config.k8s.io/v1beta1"}'])
@pytest.mark.parametrize("version", [version for version in VERSIONS if version not in WITHOUT_DROP_INS])
def test_a_drop_in_that_names_no_kind_stops_it(version: str, content: str, tmp_path: Path) -> None:
    program, build = kubelet(version), CATALOG.builds(parse_kubelet_version(version))[0]
    folder = tmp_path / "kubelet.conf.d"
    folder.mkdir()
    (folder / "10.conf").write_text(content)
    (tmp_path / "config.yaml").write_text(
        json.dumps({"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", ALWAYS_REFUSED: -1})
    )
    told = said(program, f"--config={tmp_path / 'config.yaml'}", f"--config-dir={folder}")
    assert "failed to load kubelet dropin file" in told
    with open_inputs([str(tmp_path)], recursive=True) as inputs:
        [(config, _)] = inputs.facts().configs
    end = KubeletEnd(parse_kubelet_version(version), (build,))
    stops = values_that_stop(end, CATALOG.options(), {path: config.values.get(path) for path in config.given}, "")
    assert "kind of a drop-in" in [one.name for one in stops]


def configured(program: Path, folder: Path, content: dict[str, Any]) -> str:
    """What a kubelet says to a configuration that it refuses in any case."""
    kind = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", ALWAYS_REFUSED: -1}
    (folder / "config.yaml").write_text(json.dumps({**kind, **content}))
    return said(program, f"--config={folder / 'config.yaml'}")


@pytest.mark.parametrize("version", VERSIONS)
def test_gates_stop_it_that_it_has_not_or_has_locked(version: str) -> None:
    program, build = kubelet(version), CATALOG.builds(parse_kubelet_version(version))[0]
    near = [minor for minor in CATALOG.minors() if abs(minor.minor - build.minor.minor) <= 3]
    schemas = [CATALOG.schema(minor) for minor in near]
    gates = [(name, gate) for schema in schemas for name, gate in (*schema.feature_gates.items(), *schema.other_gates.items())]
    names = sorted({name for name, _ in gates})
    by_patch = {name for name, gate in gates if gate is not None and (gate.since_patch or gate.before)}
    locked = sorted({name for name in names if build.locked_to(name) is not None})
    drawn = random.Random(version)
    asked = {*drawn.sample(names, GATES), *drawn.sample(locked, min(25, len(locked))), "AllAlpha", "AllBeta", *by_patch}
    assert {name: what_it_says(program, build, name) for name in asked} == {name: what_is_said_of(build, name) for name in asked}


def what_it_says(program: Path, build: KubeletBuild, name: str) -> str:
    told = said(program, f"--feature-gates={name}={str(not _default(build, name)).lower()}", ABSENT)
    return "gone" if "unrecognized feature gate" in told else "locked" if "cannot set feature gate" in told else "known"


def what_is_said_of(build: KubeletBuild, name: str) -> str:
    return "gone" if not build.knows_feature_gate(name) else "locked" if build.locked_to(name) is not None else "known"


def _default(build: KubeletBuild, name: str) -> bool:
    gate = build.gate(name)
    return gate is not None and gate.default
