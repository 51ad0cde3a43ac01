"""What rules say of themselves: complete, called as their files, and of minors and upstream places that the data of the minors names too."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.hashing.difference import knows_more
from upgradecheck.hazards import Rule, discover, grouped, rule, rule_ids
from upgradecheck.model.decisions import InitLogic
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.schema import Era, Schema
from upgradecheck.model.version import Minor

HASHDATA = Path(__file__).parents[3] / "hashdata"
RULES = [pytest.param(found, id=found.id) for found in discover()]


@pytest.mark.parametrize("id_", rule_ids())
def test_a_rule_is_called_as_its_file(id_: str) -> None:
    assert rule(id_).id == id_


def test_rules_come_by_id() -> None:
    assert [found.id for found in discover()] == sorted(rule_ids()) == list(rule_ids())


@pytest.mark.parametrize("found", RULES)
def test_what_is_said_of_a_rule_are_sentences(found: Rule) -> None:
    assert found.title
    assert not found.title.endswith(".")
    for told in (found.summary, found.why, found.look, found.remedy):
        assert told[0] == told[0].upper()
        assert told.endswith(".")
        assert told == " ".join(told.split())


def places() -> set[tuple[str, str, str]]:
    """The upstream places that the data of the minors was read from, by module, version and file."""
    found = set()
    for file in HASHDATA.glob("v1.*.json"):
        minor: dict[str, Any] = json.loads(file.read_bytes())
        read = minor["provenance"]
        kubernetes = read["hash"]["module"], read["hash"]["version"]
        found |= {(*kubernetes, place["file"]) for place in minor["places"].values()}
        found |= {
            (told["module"], told["version"], path.split(" ")[0]) for told in read.values() if "paths" in told for path in told["paths"]
        }
    options: dict[str, Any] = json.loads((HASHDATA / "options.json").read_bytes())
    refused: dict[str, Any] = json.loads((HASHDATA / "refusals.json").read_bytes())
    labels: dict[str, Any] = json.loads((HASHDATA / "labels.json").read_bytes())
    providers: dict[str, Any] = json.loads((HASHDATA / "credentialproviders.json").read_bytes())
    by_hand = (*refused["refusals"], labels["refused"], labels["spelled"], *labels["allowed"], providers["cache_types"])
    found |= {(one["source"]["module"], one["source"]["version"], one["source"]["path"]) for one in by_hand}
    found |= {(told["module"], told["version"], path) for told in options["read"].values() for path in told["paths"]}
    return {(module, line(version), path) for module, version, path in found}


def line(version: str) -> str:
    """The minor that a module's version is of. What a rule names was read at some patch of it; a newer one moves nothing of that."""
    return version.rpartition(".")[0]


def test_the_places_of_rules_are_among_those_that_were_read() -> None:
    known = places()
    assert [(found.id, source) for found in discover() for source in found.sources if named(source) not in known] == []


def named(source: Upstream) -> tuple[str, str, str]:
    return source.module, line(source.version), source.path


def test_the_releases_that_rules_name_are_known() -> None:
    released = {f"v{patch}" for minor in CATALOG.minors() for patch in releases(minor)}
    named = {source.version for found in discover() for source in found.sources if source.module == "k8s.io/kubernetes"}
    assert named <= released


def releases(minor: Minor) -> list[str]:
    return [f"{minor}.{patch}" for patch in CATALOG.patches(minor)]


def test_the_first_boundary_of_eras_is_that_of_the_data() -> None:
    assert rule("UC001").since == next(schema.minor for schema in schemas() if schema.era is not Era.TYPED)


@pytest.mark.parametrize(("id_", "era"), [("UC002", Era.JSON), ("UC003", Era.TYPED)])
def test_minors_that_hash_fields_anew_are_those_of_the_data(id_: str, era: Era) -> None:
    adding = [new.minor for old, new in pairwise(schemas()) if old.era is new.era is era and knows_more(old, new)]
    assert (rule(id_).since, rule(id_).until) == (adding[0], adding[-1])


def test_init_containers_run_again_up_to_the_last_minor_that_asks_their_records_alone() -> None:
    asking = [schema.minor for schema in schemas() if schema.decisions.first.init_logic is InitLogic.NEXT]
    assert (rule("UC012").since, rule("UC012").until) == (None, asking[-1])


def schemas() -> list[Schema]:
    """Those of all minors."""
    return [CATALOG.schema(minor) for minor in CATALOG.minors()]


def test_a_finding_has_the_severity_and_remedy_of_its_rule_unless_it_has_its_own() -> None:
    told, pod = rule("UC041"), ObjectRef("Pod", "web-1", "shop")
    assert told.finding(pod, "It stops.") == Finding("UC041", Severity.WARNING, pod, "It stops.", told.remedy)
    assert told.finding(pod, "It stops.", "Wait.", Severity.ERROR) == Finding("UC041", Severity.ERROR, pod, "It stops.", "Wait.")


def test_values_are_grouped_in_the_order_in_which_they_come() -> None:
    assert list(grouped([("b", 1), ("a", 2), ("b", 3)]).items()) == [("b", [1, 3]), ("a", [2])]


def test_names_alone_import_no_rule() -> None:
    asked = "import sys; from upgradecheck.hazards import rule_ids; rule_ids(); print([name for name in sys.modules if '.rules.' in name])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
