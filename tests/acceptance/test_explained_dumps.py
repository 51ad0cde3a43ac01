"""`explain` looks for a pod in a dump without reading all of it, however the dump is written: its answer is that of the plan of all, to the byte.

What hides a pod from a search for its name (letters written as escapes, members that come twice, documents that a chunk cuts, broken lines)
stands in these dumps beside what only looks like it (its name in another pod's arguments, or between two pods).
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from tests.bench.growth import numbered
from tests.builders import Document, as_kubectl, listed, node, raw
from tests.drawing import TIMES, thrown
from tests.explanations import answers, as_json, of_all
from upgradecheck.commands.explain import ExplainRequest, make_explanation
from upgradecheck.commands.plan import PlanRequest
from upgradecheck.sources.files import searching
from upgradecheck.sources.files.searching import holding

PODS, NODES = 12, 3
SOUGHT = 9


def pods() -> list[Document]:
    return [numbered(place, f"worker-{place % NODES}") for place in range(PODS)]


def nodes() -> list[Document]:
    return [node(f"worker-{place}", version="v1.30.14") for place in range(NODES)]


def lines(documents: Iterable[Document]) -> bytes:
    return b"".join(raw(one) + b"\n" for one in documents)


def changed(change: Callable[[bytes], bytes], place: int = SOUGHT) -> bytes:
    """A list in which one pod is written otherwise."""
    texts = [raw(one) for one in (*pods(), *nodes())]
    texts[place] = change(texts[place])
    return b'{"kind":"List","apiVersion":"v1","items":[' + b",".join(texts) + b"]}"


def swapped(old: str, new: str, place: int = SOUGHT) -> bytes:
    def change(text: bytes) -> bytes:
        assert old.encode() in text
        return text.replace(old.encode(), new.encode(), 1)

    return changed(change, place)


def _with_args(place: int, *arguments: str) -> list[Document]:
    found = pods()
    found[place]["spec"]["containers"][0]["args"] = list(arguments)
    return found


DUMPS: dict[str, tuple[str, bytes]] = {
    "a list": ("dump.json", raw(listed(*pods(), *nodes()))),
    "as kubectl writes it": ("dump.json", as_kubectl(listed(*pods(), *nodes())).encode()),
    "a line each": ("dump.json", lines([*pods(), *nodes()])),
    "an array": ("dump.json", raw([*pods(), *nodes()])),  # type: ignore[arg-type]
    "documents one after another": ("dump.json", b"\n\n".join(json.dumps(one, indent=1).encode() for one in (*pods(), *nodes()))),
    "compressed": ("dump.json.gz", gzip.compress(raw(listed(*pods(), *nodes())))),
    "UTF-16": ("dump.json", raw(listed(*pods(), *nodes())).decode().encode("utf-16")),
    "YAML": ("dump.yaml", yaml.safe_dump(listed(*pods(), *nodes())).encode()),
    "documents of YAML, of which one is broken": (
        "dump.yaml", b"a: [\n---\n" + b"---\n".join(yaml.safe_dump(one).encode() for one in (*pods(), *nodes())),
    ),
    "a list in a list": ("dump.json", raw(listed(listed(*pods()[:8]), *pods()[8:], *nodes()))),
    "its list stands in another's": ("dump.json", raw(listed(*pods()[:5], listed(listed(*pods()[5:10], kind="PodList")), *pods()[10:], *nodes()))),
    "a list that tells the kind": ("dump.json", lines([listed(*({n: v for n, v in one.items() if n != "kind"} for one in pods()), kind="PodList"), *nodes()])),
    "a kind behind its items": ("dump.json", lines([{"items": pods(), "kind": "PodList", "apiVersion": "v1"}, *nodes()])),
    "its name in escapes": ("dump.json", swapped('"web-9"', '"\\u0077eb\\u002d9"')),
    "its name in escapes in another pod": ("dump.json", swapped('"web-10"', '"\\u0077eb-9"', 10)),
    "its key in escapes": ("dump.json", swapped('"name": "web-9"', '"n\\u0061me": "\\u0077eb-9"')),
    "its node in escapes": ("dump.json", swapped('"worker-0"', '"worker\\u002d0"')),
    "its name twice, the last counts": ("dump.json", swapped('"name": "web-9"', '"name": "api-1", "name": "web-9"')),
    "another name twice, and its own is not it": ("dump.json", swapped('"name": "web-10"', '"name": "web-9", "name": "web-10"', 10)),
    "its node twice": ("dump.json", swapped('"nodeName": "worker-0"', '"nodeName": "worker-2", "nodeName": "worker-0"')),
    "its spec twice": ("dump.json", changed(lambda text: text.replace(b'"spec"', b'"spec": {"nodeName": "worker-2"}, "spec"'))),
    "its spec twice, the last without containers": ("dump.json", changed(lambda text: text[:-1] + b', "spec": {"nodeName": "worker-2"}}')),
    "its metadata twice": ("dump.json", swapped('"metadata"', '"metadata": {"name": "other", "uid": "x"}, "metadata"')),
    "no node of it": ("dump.json", swapped('"nodeName": "worker-0", ', "")),
    "a pod of its node on no node": ("dump.json", swapped('"nodeName": "worker-0", ', "", 3)),
    "a spec that is refused": ("dump.json", swapped('"containerPort": 8080', '"containerPort": "8080"')),
    "a pod of its node that is refused": ("dump.json", swapped('"containerPort": 8080', '"containerPort": "8080"', 3)),
    "its UID on another node": ("dump.json", swapped(f"{10:08x}-0000-4000", f"{SOUGHT:08x}-0000-4000", 10)),
    "given twice": ("dump.json", raw(listed(*pods(), *pods()[SOUGHT:], *nodes()))),
    "others' arguments tell its name": ("dump.json", raw(listed(*_with_args(3, "--peer=web-9", "\u00e9", 'a"b\\u'), *nodes()))),
    "letters beyond ASCII": ("dump.json", json.dumps(listed(*_with_args(6, "\u00e9\u4e2d"), *nodes()), ensure_ascii=False).encode()),
    "more than a chunk stands before it": ("dump.json", raw(listed(*_with_args(6, "x" * (3 << 19)), *nodes()))),
    "its own document is more than a chunk": ("dump.json", raw(listed(*_with_args(SOUGHT, "x" * (5 << 18)), *nodes()))),
    "without Node objects": ("dump.json", raw(listed(*pods()))),
}  # fmt: skip
TARGETS = ("web-9", "shop/web-9", f"{SOUGHT:08x}-0000-4000-8000-000000000001", "web-9/app", "deploy/web", "web")


@pytest.mark.parametrize("form", DUMPS)
@pytest.mark.parametrize("target", [TARGETS[0], *(pytest.param(one, marks=pytest.mark.long) for one in TARGETS[1:])])
def test_however_a_dump_is_written(form: str, target: str, tmp_path: Path) -> None:
    name, text = DUMPS[form]
    (tmp_path / name).write_bytes(text)
    request = PlanRequest((str(tmp_path / name),), from_version="1.30.14", to_version="1.31.0")
    alone, whole = answers(request, target, of_all(request))
    assert alone == whole


def test_on_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, text = DUMPS["its name in escapes"]
    (tmp_path / name).write_bytes(text)
    request = PlanRequest((str(tmp_path / name),), from_version="1.30.14", to_version="1.31.0")
    from_file, whole = answers(request, "web-9", of_all(request))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert as_json(make_explanation(ExplainRequest(replace(request, files=("-",)), "web-9"))) == from_file == whole


def test_what_may_hold_a_text_is_found_wherever_chunks_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against looking into each; what stands between two documents is of none."""
    monkeypatch.setattr(searching, "CHUNK", 32)
    dice = thrown()
    for _ in range(20 * TIMES):
        documents = [
            b"".join(dice.choices((b"web-7", b"web-", b"7", b"\\u0077", b"\\n", b"x" * 9), k=dice.randrange(9))) for _ in range(20)
        ]
        text, offsets = b"", []
        for one in documents:
            text += dice.choice((b"", b",", b" web-7 "))
            offsets.append(len(text))
            text += one
        found = holding((b"web-7", b"nothing"), lambda at, length, text=text: text[at : at + length], offsets, list(map(len, documents)))
        assert list(found) == [place for place, one in enumerate(documents) if b"web-7" in one or b"\\u" in one]
