"""Records out of the databases of real containerd 1.6, 1.7 and 2.2, as an apply left them and as its undo did: our code makes the same bytes.

Recorded by ``python -m tests.lab.containerd --containerd VERSION --from 1.30.14 --to 1.31.0 --scene overriding --keep DIR`` (``records.json``
there): real kubelets made the containers, real containerd wrote the records.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from upgradecheck.decode.runtime.kept_records import restamped, stamps
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.override_journal import MetadataRecord

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
MINORS = {"1.6", "1.7", "2.2"}


def kept(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


def records(told: dict[str, list[str]]) -> dict[str, MetadataRecord]:
    return {key: MetadataRecord(url, value.encode()) for key, (url, value) in told.items()}


def override(told: dict[str, Any], *, back: bool = False) -> Override:
    names = {name: told[name] for name in ("namespace", "pod", "uid", "container", "node")}
    found = [_rewrite(told)] + ([_rewrite(told["without_resources"])] if "without_resources" in told else [])
    made = [Rewrite(one.after, one.before or one.after) if back else one for one in found]
    return replace(Override(made[0], **names), without_resources=made[1] if len(made) > 1 else None)


def _rewrite(told: dict[str, str]) -> Rewrite:
    return Rewrite(Hash.parse(told["from"]), Hash.parse(told["to"]))


def test_every_line_of_containerd_is_there() -> None:
    assert {".".join(kept(file)["containerd"].split(".")[:2]) for file in RECORDED} == MINORS


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_what_was_written_is_what_we_write(file: Path) -> None:
    told = kept(file)
    before, after, undone = (records(told[when]) for when in ("before", "after", "undone"))
    assert len(before) >= 8
    for key, wanted in told["overrides"].items():
        assert restamped(before[key], key, override(wanted)) == after[key] != before[key]
        assert restamped(after[key], key, override(wanted)) == after[key], "again: the same bytes"
        assert restamped(after[key], key, override(wanted, back=True)) == before[key]
        assert (stamps(before[key]).hash, stamps(after[key]).hash) == (wanted["from"], wanted["to"])
    assert undone
    assert all(undone[key] == before[key] for key in undone)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_records_hold_what_go_escapes(file: Path) -> None:
    """Else the recorded ones would show nothing of that."""
    values = "".join(value for _, value in kept(file)["before"].values())
    assert all(escape in values for escape in ("\\u003c", "\\u0026", "\\u2028"))
