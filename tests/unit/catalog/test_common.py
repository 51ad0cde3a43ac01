"""Files of hashdata that are of no one minor: one that an install has lost is an error, never "none is known"."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import as_version
from upgradecheck.catalog import Catalog
from upgradecheck.model.errors import DataError

HASHDATA = Path(__file__).parents[3] / "hashdata"
Question = Callable[[Catalog], object]
FILES: dict[str, Question] = {
    "options.json": Catalog.options,
    "flags.json": Catalog.options,
    "refusals.json": Catalog.options,
    "dependencies.json": Catalog.options,
    "labels.json": Catalog.options,
    "dropins.json": Catalog.options,
    "credentialproviders.json": Catalog.options,
    "gates.json": Catalog.gate_effects,
    "vendors.json": lambda catalog: catalog.builds(as_version("v1.20.0+7d0a2b2")),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*FILES, "v1.20.json"):
        shutil.copy(HASHDATA / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize(("name", "question"), FILES.items())
def test_a_file_that_is_not_there_is_said(folder: Path, name: str, question: Question) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError) as raised:
        question(Catalog(folder))
    assert str(raised.value) == f"hashdata/{name}: cannot be read (No such file or directory). Install upgradecheck again."


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format_version": "1.0", "nobody": {}}', '{"format_version": "1.0", "minors": {"x": {"source": {}, "wants": {}}}}']
)
@pytest.mark.parametrize(("name", "question"), FILES.items())
def test_a_file_that_is_not_what_it_should_be_is_refused(folder: Path, name: str, question: Question, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=rf"^hashdata/{name}: .*\. Install upgradecheck again\.$"):
        question(Catalog(folder))


def test_all_that_lie_in_hashdata_are_asked_here() -> None:
    others = {file.name for file in HASHDATA.glob("*.json") if not file.name.startswith("v1.")} - {
        "schema.json",
        "mirrored.json",
        "facts.json",
    }  # for whoever works on it
    assert others == FILES.keys()
