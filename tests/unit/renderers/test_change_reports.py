"""Reports about minors: the matrix and the diff."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from tests.builders import CATALOG
from tests.lazily import Lazily
from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.test_plan_json import closed, schema
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing.schemas.changes import diff_kubelets, make_matrix, newest_build
from upgradecheck.model.changes import Aspect, Change, EffectKind, EffectReason, FieldChange, Matrix, PairCounts, SchemaDiff
from upgradecheck.model.version import Minor
from upgradecheck.renderers import Canvas, Document, choose, formats_of
from upgradecheck.reporting.effects import sentences

EVERY = tuple(one for one in CATALOG.minors() if one <= Minor(1, 37))
"""What the goldens show: a minor more moves none of them."""


def diff(old: str, new: str) -> SchemaDiff:
    return diff_kubelets(newest_build(parse_minor(old), CATALOG), old, newest_build(parse_minor(new), CATALOG), new, CATALOG)


def counted(matrix: Matrix) -> Matrix:
    """The matrix of some pods: numbers that grow with the distance."""
    cells = tuple(
        replace(cell, counts=PairCounts(restart=abs(cell.new.minor - cell.old.minor) - 1, safe=7, unknown=cell.new.minor % 2))
        for cell in matrix.cells
    )
    return replace(matrix, cells=cells, pods=12)


MATRICES = Lazily[Matrix](
    {
        "all": lambda: make_matrix(EVERY, EVERY, CATALOG),
        "few": lambda: make_matrix([parse_minor("1.29"), parse_minor("1.30")], [parse_minor("1.31"), parse_minor("1.32")], CATALOG),
        "counted": lambda: counted(make_matrix(EVERY[20:26], EVERY[20:26], CATALOG)),
        "empty": lambda: make_matrix(EVERY[:1], EVERY[:1], CATALOG),
    }
)
DIFFS = Lazily[SchemaDiff](
    {
        "typed": lambda: diff("1.9", "1.15"),
        "json": lambda: diff("1.22", "1.30"),
        "eras": lambda: diff("1.28", "1.32"),
        "sidecars": lambda: diff("1.31", "1.32"),
        "back": lambda: diff("1.30", "1.29"),
        "same": lambda: diff("1.16", "1.17"),
        "some-static-pods": lambda: diff("1.28", "1.29"),
        "static-pods-back": lambda: diff("1.35", "1.20"),
        "changed": lambda: replace(
            diff("1.16", "1.17"),
            fields=(
                FieldChange(Change.CHANGED, "ports[].hostIP", "string", "*string", (Aspect.TYPE, Aspect.OMITEMPTY, Aspect.ORDER)),
                FieldChange(Change.REMOVED, "workingDir", "string"),
            ),
        ),
    }
)
POLICY = "PodSecurityContext.SupplementalGroupsPolicy"
SHOWN = [
    *(("matrix", name, width) for name in MATRICES for width in (80, 160)),
    *(("diff", name, 80) for name in DIFFS),
]


def rendered(format_: str, document: str, name: str, width: int = 80) -> str:
    kind: Document = "matrix" if document == "matrix" else "diff"
    what: Matrix | SchemaDiff = MATRICES[name] if document == "matrix" else DIFFS[name]
    return "".join(choose(format_, kind).render(what, Canvas(width=width)))


@pytest.mark.parametrize(("document", "name", "width"), SHOWN)
def test_table_is_its_golden(document: str, name: str, width: int) -> None:
    text = rendered("table", document, name, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert_is_golden(text, f"table/{document}-{name}-{width}.txt")


@pytest.mark.parametrize("width", [40, 50, 64])
def test_a_grid_that_does_not_fit_is_cut_into_parts(width: int) -> None:
    text = rendered("table", "matrix", "all", width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert sum(line.startswith("1.30 ") for line in text.splitlines()) == 2


@pytest.mark.parametrize("name", MATRICES)
def test_matrix_json_fits_its_schema_and_has_every_pair(name: str) -> None:
    document = json.loads(rendered("json", "matrix", name))
    jsonschema.Draft202012Validator(closed(schema("matrix"))).validate(document)
    assert document["minors"] == [str(minor) for minor in MATRICES[name].minors]
    assert [(cell["from"], cell["to"]) for cell in document["cells"]] == [(str(cell.old), str(cell.new)) for cell in MATRICES[name].cells]


def test_a_cell_as_the_contract_words_it() -> None:
    cells: list[dict[str, Any]] = json.loads(rendered("json", "matrix", "few"))["cells"]
    algorithm = {"kind": "algorithm", "since": "1.31"}
    sidecars = {"kind": "kind_compared", "since": "1.32", "container_kind": "sidecar", "creators": ["1.28", "1.29", "1.30"]}
    assert cells[-2:] == [
        {"from": "1.30", "to": "1.31", "verdict": "all", "reasons": [algorithm], "static_pod_uid": {"effect": "all", "because": [POLICY]}},
        {
            "from": "1.30",
            "to": "1.32",
            "verdict": "all",
            "reasons": [algorithm, sidecars],
            "static_pod_uid": {"effect": "all", "because": ["PodSpec.Resources", POLICY, "PodSecurityContext.SELinuxChangePolicy"]},
        },
    ]
    first = json.loads(rendered("json", "matrix", "counted"))["cells"][0]
    assert {key: first[key] for key in ("from", "to", "restart", "safe", "unknown")} == {
        "from": "1.28", "to": "1.29", "restart": 0, "safe": 7, "unknown": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", DIFFS)
def test_diff_json_fits_its_schema(name: str) -> None:
    document = json.loads(rendered("json", "diff", name))
    jsonschema.Draft202012Validator(closed(schema("diff"))).validate(document)
    assert [(field["change"], field["path"], field["type"]) for field in document["fields"]] == [
        (field.change.value, field.path, field.type) for field in DIFFS[name].fields
    ]
    assert (document["effect"], len(document["reasons"])) == (DIFFS[name].effect.value, len(DIFFS[name].reasons))


def test_diff_as_the_contract_words_it() -> None:
    document = json.loads(rendered("json", "diff", "sidecars"))
    assert list(document) == [
        "format_version", "kind", "from", "to", "era", "kinds_compared", "short_control_escapes", "fields", "effect", "reasons", "static_pod_uid",
    ]  # fmt: skip
    assert (document["from"], document["to"], document["era"]) == ("1.31", "1.32", {"from": "image-name", "to": "image-name"})
    assert document["kinds_compared"] == {"from": ["app"], "to": ["app", "sidecar"]}
    made = {"hasher": "md5", "input": ["pod", "node", "source"]}
    because = ["PodSpec.Resources", "PodSecurityContext.SELinuxChangePolicy"]
    fields = [
        {"field": because[0], "change": "added", "since": "1.32", "paths": ["spec.resources"], "holders": []},
        {"field": because[1], "change": "added", "since": "1.32", "paths": ["spec.securityContext.seLinuxChangePolicy"], "holders": []},
    ]
    assert document["static_pod_uid"] == {"from": made, "to": made, "effect": "all", "because": because, "fields": fields}


@pytest.mark.parametrize("format_", formats_of("matrix"))
@pytest.mark.parametrize("name", MATRICES)
def test_every_format_takes_every_matrix(format_: str, name: str) -> None:
    text = rendered(format_, "matrix", name)
    assert text.endswith("\n")
    assert all(char == "\n" or char.isprintable() for char in text)


@pytest.mark.parametrize("format_", formats_of("diff"))
@pytest.mark.parametrize("name", DIFFS)
def test_every_format_takes_every_diff(format_: str, name: str) -> None:
    text = rendered(format_, "diff", name)
    assert text.endswith("\n")
    assert all(char == "\n" or char.isprintable() for char in text)


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        pytest.param([EffectReason(EffectKind.FIELD_REWRITTEN, "ports[].hostPort", "ports")],
                     ["containers with ports, whatever is in it: hostPort is hashed in another form"], id="another form of a field"),
        pytest.param([EffectReason(EffectKind.FIELD_REWRITTEN, "stdin")],
                     ["every container, whatever it sets: stdin is hashed in another form"], id="of one that is always written"),
        pytest.param([EffectReason(EffectKind.FIELD_ADDED, "resizePolicy", since="1.27"), EffectReason(EffectKind.FIELD_ADDED, "a.b[].grpc", since="1.23"),
                      EffectReason(EffectKind.FIELD_ADDED, "c.grpc", since="1.23"), EffectReason(EffectKind.FIELD_ADDED, "d.grpc", since="1.24")],
                     ["containers that set resizePolicy: it is hashed from 1.27 on", "containers that set grpc in a.b or c: it is hashed from 1.23 on",
                      "containers that set grpc in d: it is hashed from 1.24 on"], id="fields of one name and one minor together"),
        pytest.param([], [], id="none"),
    ],
)  # fmt: skip
def test_sentences(reasons: list[EffectReason], expected: list[str]) -> None:
    assert list(sentences(tuple(reasons))) == expected
