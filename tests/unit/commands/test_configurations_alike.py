"""The law: a kubelet's configuration is judged alike wherever it was seen, in a file, on the node itself, or in its bundle.

Cases come out of hashdata: each value that is refused, each field written in every way, each gate of any minor, each of these beneath
drop-ins. A rule that asks for something that bundles do not carry fails here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.bundles import example_bundle
from tests.drawing import standing_for
from tests.oracle.configurations.asking import FILE, in_minor
from tests.unit.hazards.examples import EXAMPLES, Example
from upgradecheck.commands import collecting
from upgradecheck.commands.plan import PlanRequest, make_plan, steps_of
from upgradecheck.formats.bundle import bundle_text, packed, read_bundle
from upgradecheck.machine.kubelet_settings import stopped_settings
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderTexts
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.kinds import Form, Written
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.bundles import joined, joining
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.asking.told_fields import judged_fields, told_fields
from upgradecheck.sources.files import open_inputs

NODE = "node-1"
KIND = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
OPTIONS = CATALOG.options()
MINORS = tuple(minor for minor in CATALOG.minors() if OPTIONS.has_fields(minor))
EMPTY = replace(example_bundle(), containers=(), sandboxes=(), boot_id=None)
Json = dict[str, Any]
WRITTEN: Mapping[str, Any] = {
    "a text": "x",
    "a number": 5,
    "a long number": -(10**18),
    "a fraction": -0.5,
    "a switch": True,
    "null": None,
    "a duration": "5s",
    "no duration": "5",
    "an empty list": [],
    "texts": ["x"],
    "numbers": [5],
    "maps": [{"x": "y"}],
    "an empty map": {},
    "a map of texts": {"x": "y"},
    "a map of numbers": {"x": 5},
    "a map of lists": {"x": ["y"]},
    "a text with a blank": "sec ret",
}


def seen(folder: Path, config: Json, drop_ins: tuple[Json, ...]) -> tuple[KubeletConfig, KubeletConfig, KubeletConfig]:
    """A configuration as a file gives it, as its node shows it, and as a bundle tells it."""
    (folder / "config.yaml").write_text(json.dumps({**KIND, **config}))
    (folder / "kubelet.conf.d").mkdir(exist_ok=True)
    for number, one in enumerate(drop_ins):
        (folder / f"kubelet.conf.d/{number}.conf").write_text(json.dumps({**KIND, **one}))
    with open_inputs([str(folder)], recursive=True) as inputs:
        [(given, _)] = inputs.facts().configs
    words = ["--config=/config.yaml", *(["--config-dir=/kubelet.conf.d"] if drop_ins else [])]
    settings = stopped_settings(words, folder)
    assert settings is not None
    own = settings.config()
    found = read_bundle(bundle_text(bundle_of(own, "v1.30.14")), "in").kubelet.config
    assert found is not None
    return given, own, found


def bundle_of(config: KubeletConfig, version: str) -> Bundle:
    """The bundle of a node whose kubelet is configured so, as it is collected."""
    kubelet = collecting.kubelet_of(LocalKubelet(NODE, config=config, version=as_version(version), runs=True), OPTIONS)
    return replace(EMPTY, node=NodeIdentity(NODE), kubelet=kubelet)


def judged(config: KubeletConfig, start: str, to: str, way: str) -> Steps:
    """What a plan makes of it."""
    node = NodeFacts(NODE, as_version(f"v{start}"), None, {}, Origin("nodes.json"))
    request, facts, here = PlanRequest(to_version=to), Facts(nodes=(node,)), None
    if way == "a file":
        facts = replace(facts, configs=((config, Origin("config.yaml")),))
    elif way == "the node":
        here = Here(LocalKubelet(NODE, config=config, version=as_version(f"v{start}"), runs=True), NODE, config)
    else:
        facts = replace(facts, bundles=(replace(bundle_of(config, f"v{start}"), source="b.json.gz"),))
        facts = joined(facts, joining(facts, 1e12))
    return steps_of(request, facts, (node,), here, CATALOG)


def told(steps: Steps) -> Json:
    step = steps.of(NODE).step
    assert step is not None
    return {
        "stops": {msgspec.structs.replace(one, node=None) for one in steps.troubles},
        "remarks": {msgspec.structs.replace(one, node=None) for one in steps.remarks},
        "missing": {one for one in steps.missing if "empty" not in one.reason},
        "obstacle": step.obstacle,
        "gates": step.gates,
        "cgroups": (step.cgroups_per_qos, step.cgroups_move, steps.cgroups_unseen, steps.user_ids_unseen),
        "state": steps.state_troubles,
    }


def same(folder: Path, config: Json, *drop_ins: Json, start: str, to: str) -> Steps:
    """What is made of it, alike in all three ways."""
    given, own, bundled = seen(folder, config, drop_ins)
    by_file = judged(given, start, to, "a file")
    expected = told(by_file)
    assert told(judged(own, start, to, "the node")) == expected
    by_bundle = told(judged(bundled, start, to, "a bundle"))
    assert {name: (by_bundle[name], one) for name, one in expected.items() if by_bundle[name] != one} == {}
    return by_file


def before(minor: Minor) -> Minor:
    earlier = [one for one in MINORS if one < minor]
    return earlier[-1] if earlier else minor


def newest(minor: Minor) -> str:
    return f"{minor}.{CATALOG.newest_patch(minor)}"


def asked() -> Iterator[Any]:
    for number, entry in enumerate(json.loads(FILE.read_bytes())["refusals"]):
        if "asked" in entry:
            yield pytest.param(entry, id=f"{entry['field']}-{entry['since']}-{number}")


@pytest.mark.parametrize("entry", [*asked()])
def test_values_that_are_refused(entry: Json, tmp_path: Path) -> None:
    to = max(as_version(f"v{entry['since']}.0").minor, MINORS[0])
    asked = in_minor(entry, to)
    gates = {"featureGates": {entry["gate"]: entry.get("gate_is") == "on"}} if "gate" in entry else {}
    for content in (*asked["refused"], *asked["taken"][:1]):
        same(tmp_path, {**gates, **content}, start=newest(before(to)), to=newest(to))


def test_every_value_that_a_rule_asks_for_is_told() -> None:
    values = {unplaced: "x" for unplaced in judged_fields(OPTIONS) if unplaced in OPTIONS.fields}
    assert len(values) > 60
    config = KubeletConfig(given=tuple(values), values=values)
    assert told_fields(config, OPTIONS).values == values


def nested(value: object) -> Json:
    """Every field that any minor has, set to one thing, those within others in a map each; maps of which nothing is known stay out."""
    whole: Json = {}
    for path, states in OPTIONS.fields.items():
        if "[" in path or any(one.members for one in states):
            continue
        *above, name = path.split(".")
        place = whole
        for one in above:
            place = place.setdefault(one, {})
        if isinstance(place, dict):
            place[name] = value
    return whole


@pytest.mark.parametrize("to", standing_for(["1.20.15", "1.30.14", "1.32.10", "1.37.2"], ["1.20.15", "1.37.2"]))
@pytest.mark.parametrize("way", WRITTEN)
def test_fields_however_they_are_written(way: str, to: str, tmp_path: Path) -> None:
    start = newest(before(as_version(f"v{to}").minor))
    found = same(tmp_path, nested(WRITTEN[way]), start=start, to=to)
    assert found.troubles or found.missing or way in ("null", "an empty map")
    top = {path: WRITTEN[way] for path in OPTIONS.fields if "." not in path}
    same(tmp_path, {**top, "noSuchField": WRITTEN[way]}, start=start, to=to)


@pytest.mark.parametrize("to", standing_for(map(str, MINORS[1:]), [*map(str, MINORS[1::5]), str(MINORS[-1])]))
def test_gates_of_every_minor(to: str, tmp_path: Path) -> None:
    schemas = [CATALOG.schema(one) for one in MINORS]
    names = sorted({name for schema in schemas for name in (*schema.feature_gates, *schema.other_gates)})
    minor = as_version(to).minor
    build = CATALOG.builds(as_version(f"v{newest(minor)}"))[0]
    off = {"featureGates": {name: build.locked_to(name) is False for name in names}}
    found = same(tmp_path, off, start=newest(before(minor)), to=newest(minor))
    assert found.troubles or found.missing


@pytest.mark.parametrize("to", ["1.30.14", "1.31.14", "1.32.10", "1.35.8"])
@pytest.mark.parametrize(
    ("file", "drop_ins"),
    [
        pytest.param({"failCgroupV1": False, "failSwapOn": False}, ({"failCgroupV1": None, "failSwapOn": None},), id="taken back"),
        pytest.param({}, ({"failCgroupV1": False}, {"failCgroupV1": None}), id="taken back of a drop-in"),
        pytest.param({"featureGates": {"NoSuch": True}}, ({"featureGates": {"NoSuch": None}},), id="a gate taken back"),
        pytest.param({"featureGates": {"CPUManager": False}}, ({"featureGates": {"CPUManager": True}},), id="a locked gate mended"),
        pytest.param({"syncFrequency": "x"}, ({"syncFrequency": "1m"},), id="another kind beneath"),
        pytest.param({"logging": {"format": "x"}}, ({"logging": {"format": None}},), id="a field within one taken back"),
        pytest.param({}, ({"apiVersion": None},), id="no apiVersion"),
        pytest.param({"apiVersion": "kubelet.config.k8s.io/v1alpha1"}, (), id="another apiVersion"),
        pytest.param({}, ({"evictionHard": {"memory.available": "150%"}},), id="a threshold"),
    ],
)
def test_drop_ins(file: Json, drop_ins: tuple[Json, ...], to: str, tmp_path: Path) -> None:
    same(tmp_path, file, *drop_ins, start=newest(before(as_version(f"v{to}").minor)), to=to)


def test_nothing_of_a_configuration_is_left_out_of_a_bundle(tmp_path: Path) -> None:
    """All of a KubeletConfig comes out again, but for texts that no rule asks for, and the URL of static pods."""
    whole = nested("x") | {"staticPodURL": "http://user:secret@host/", "maxPods": 7, "featureGates": {"A": True}}
    _, own, found = seen(tmp_path, whole, ({"maxPods": None, "podsPerCore": 3},))
    assert own.beneath is not None
    assert len(own.by_nulls) == 1

    def expected(config: KubeletConfig) -> KubeletConfig:
        nothing = KubeletConfig()
        assert all(getattr(config, name) != getattr(nothing, name) for name in ("given", "values", "forms", "static_pod_url"))
        by_nulls = {nulls: expected(one) for nulls, one in config.by_nulls.items()}
        beneath = None if config.beneath is None else expected(config.beneath)
        return replace(told_fields(config, OPTIONS), static_pod_url="(not told)", beneath=beneath, by_nulls=by_nulls)

    assert found == expected(own)


def test_no_secret_is_told(tmp_path: Path) -> None:
    canaries = {path: "cAnArY" for path in OPTIONS.fields if "[" not in path and "." not in path}
    held = {"staticPodURLHeader": {"Token": ["cAnArY"]}, "noSuchField": "cAnArY", "x": {"cAnArY": "cAnArY"}}
    _, own, found = seen(tmp_path, {**canaries, **held, "providerID": 1234567890123456}, ())
    assert "cAnArY" in repr(own.values)
    raw = bundle_text(bundle_of(own, "v1.30.14")).decode()
    assert found.forms["providerID"] == Written(Form.NUMBER)
    places = {path for path, value in found.values.items() if value == "cAnArY"}
    judged = frozenset(judged_fields(OPTIONS))
    assert {
        path
        for path in places
        if path not in judged and all(one.kind is not None and one.kind.value == "word" for one in OPTIONS.fields[path])
    } == set()
    for path in ("staticPodURL", "staticPodURLHeader", "providerID", "noSuchField", "x", "tlsPrivateKeyFile", "podCIDR"):
        assert path in found.given
        assert path not in found.values
    assert "Token" not in raw
    assert "1234567890123456" not in raw


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if (one.folder / "kubelet-config.json").exists()], ids=lambda one: one.folder.name
)
def test_examples_of_rules(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule finds in a bundle what it finds in the file."""
    monkeypatch.chdir(example.folder)
    asked = example.wanted
    with open_inputs(["kubelet-config.json", *map(str, Path().glob("node*.json"))], recursive=False) as inputs:
        facts = inputs.facts()
    [(config, _)], node = facts.configs, next(iter(facts.nodes), None)
    version, name = (f"v{asked['from']}", NODE) if node is None else (str(node.kubelet_version), node.name)
    bundle = replace(bundle_of(config, version), node=NodeIdentity(name))
    (tmp_path / "b.json.gz").write_bytes(packed(bundle_text(bundle)))
    others = tuple(
        sorted(
            one.name
            for one in example.folder.iterdir()
            if one.suffix in (".json", ".env") and one.name not in ("case.json", "to-config.json", "kubelet-config.json")
        )
    )
    to_config = "to-config.json" if (example.folder / "to-config.json").exists() else None
    request = PlanRequest(from_version=asked.get("from"), to_version=asked["to"], to_config=to_config)
    by_file = make_plan(msgspec.structs.replace(request, files=(*others, "kubelet-config.json")))
    by_bundle = make_plan(msgspec.structs.replace(request, files=(*others, str(tmp_path / "b.json.gz"))))
    found, expected = (
        [one.message.replace(f" on {name}", "") for one in plan.findings if one.rule == example.rule] for plan in (by_bundle, by_file)
    )
    assert found == expected


@pytest.mark.parametrize("way", ["a file", "the node", "a bundle"])
@pytest.mark.parametrize(("field", "stops"), [("args", False), ("nope", True)])
def test_a_file_of_credential_providers_is_judged_alike(tmp_path: Path, way: str, field: str, *, stops: bool) -> None:
    """A field that 1.32 does not know, as the file is given, as its node shows it, and as its bundle tells."""
    plugin = {"name": "p", "apiVersion": "credentialprovider.kubelet.k8s.io/v1", "matchImages": ["x.io"], "defaultCacheDuration": "1h"}
    head = {"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig"}
    text = json.dumps({**head, "providers": [{**plugin, field: ["x"]}]})
    own = LocalKubelet(
        NODE,
        version=as_version("v1.31.14"),
        runs=True,
        config=KubeletConfig(),
        command_line=("kubelet", "--image-credential-provider-config=/p.json"),
        providers=ProviderTexts("/p.json", (("", text.encode()),)),
    )
    node = NodeFacts(NODE, own.version, None, {}, Origin("nodes.json"))
    facts, here = Facts(nodes=(node,)), None
    if way == "a file":
        (tmp_path / "p.json").write_text(text)
        with open_inputs([str(tmp_path / "p.json")], recursive=False) as inputs:
            facts = replace(facts, providers=inputs.facts().providers)
    elif way == "the node":
        here = Here(own, NODE, own.config)
    else:
        bundle = replace(EMPTY, node=NodeIdentity(NODE), kubelet=collecting.kubelet_of(own, OPTIONS), source="b.json.gz")
        facts = replace(facts, bundles=(read_bundle(bundle_text(bundle), "b.json.gz"),))
        facts = joined(facts, joining(facts, 1e12))
    steps = steps_of(PlanRequest(to_version="1.32.13"), facts, (node,), here, CATALOG)
    assert [one.name for one in steps.troubles] == ["providers[0].nope"] * stops
    assert [one for one in steps.missing if "credential" in one.what] == []
