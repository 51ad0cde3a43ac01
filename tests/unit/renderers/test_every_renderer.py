"""Laws that hold for every renderer and every plan."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from rich.cells import cell_len

from tests.builders_plan import many_workloads
from tests.drawing import tried
from tests.unit.renderers.strategies import plans
from upgradecheck import renderers
from upgradecheck.model.errors import UsageError
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas, Document, choose, formats, formats_of

FORMATS = formats_of("plan")


def rendered(name: str, plan: Plan, width: int = 80) -> str:
    render = choose(name, "plan").render
    return "".join(render(plan, Canvas(width=width)))


@pytest.mark.parametrize("document", get_args(Document))
def test_a_format_is_a_file_of_its_documents_folder_or_writes_the_contract(document: Document) -> None:
    files = {path.stem for path in (Path(renderers.__file__).parent / document).glob("*.py")} - {"__init__"}
    found = formats_of(document)
    assert found == tuple(sorted({*files, "json", "yaml"}))
    assert set(found) <= set(formats())
    assert "table" in found
    for name in found:
        assert name.isalpha()
        assert choose(name, document).name == name


@pytest.mark.parametrize("name", ["xml", "", "safe_text", "../json", "schemas", "JSON", "__init__"])
def test_no_format_of_that_name(name: str) -> None:
    with pytest.raises(UsageError, match=f"not known here, wanted one of: {', '.join(FORMATS)}"):
        choose(name, "plan")


@tried(8)
@given(plan=plans())
def test_each_takes_every_plan_and_shows_no_control_character(plan: Plan) -> None:
    for name in FORMATS:
        text = rendered(name, plan)
        assert text.endswith("\n") or (not text and choose(name, "plan").for_machines)
        assert text.encode().decode() == text
        assert all(char == "\n" or char.isprintable() for char in text)


@tried(8)
@given(plan=plans())
def test_table_keeps_to_its_width(plan: Plan) -> None:
    assert max(map(cell_len, rendered("table", plan, 80).splitlines())) <= 80


@pytest.mark.parametrize("name", FORMATS)
def test_same_plan_same_text(name: str) -> None:
    assert rendered(name, many_workloads()) == rendered(name, many_workloads())


def test_json_is_written_pod_by_pod() -> None:
    plan = many_workloads()
    render = choose("json", "plan").render
    pieces = list(render(plan, Canvas()))
    assert len(pieces) > len(plan.pods)
    assert max(map(len, pieces)) < len("".join(pieces)) / 50
