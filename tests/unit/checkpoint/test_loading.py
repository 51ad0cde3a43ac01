"""What a place named with ``plan --checkpoint`` holds: a file, a directory with a file per node, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checkpoint.samples import checkpoint
from upgradecheck.checkpoint import load_all
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import ProblemKind

GOOD = encode_checkpoint(checkpoint())
BAD = GOOD[:-3]


@pytest.mark.parametrize(
    ("named", "files", "expected"),
    [
        pytest.param("one", {"one": GOOD}, [("one", True, None, True)], id="a file"),
        pytest.param("one", {}, [("one", False, ProblemKind.MISSING, True)], id="nothing"),
        pytest.param("one", {"one.bak": GOOD}, [("one", True, ProblemKind.MISSING, True)], id="only its backup"),
        pytest.param("all", {"all/a": GOOD, "all/b": BAD}, [("all/a", True, None, False), ("all/b", False, ProblemKind.CORRUPT, False)], id="a directory"),
        pytest.param("all", {"all/b": BAD, "all/b.bak": GOOD}, [("all/b", True, ProblemKind.CORRUPT, False)], id="a file and its backup are one"),
        pytest.param("all", {"all/a": GOOD, "all/a.new": BAD, "all/a.damaged-1": BAD, "all/a.replaced-12": GOOD, "all/a.foreign-2": GOOD, "all/deeper/b": BAD},
                     [("all/a", True, None, False)], id="what stands beside a checkpoint is none"),
        pytest.param("all", {"all/deeper/b": GOOD}, [("all", False, ProblemKind.MISSING, True)], id="an empty directory"),
        pytest.param("all", {"all/notes.txt": b"hello"}, [("all/notes.txt", False, ProblemKind.CORRUPT, False)], id="a stranger is named, not passed over"),
    ],
)  # fmt: skip
def test_load_all(
    named: str,
    files: dict[str, bytes],
    expected: list[tuple[str, bool, ProblemKind | None, bool]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, data in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
    found = load_all(named)
    told = [
        (one.place, one.loaded.checkpoint is not None, None if one.loaded.problem is None else one.loaded.problem.kind, one.alone)
        for one in found
    ]
    assert told == expected
