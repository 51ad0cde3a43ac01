"""Names that would act, drawn by the thousand, against every document that people read or type from: page, runbook, table, verification, path.

A plan holds many names at once, and is laid beside its twin whose names are honest: what is built is the same, whatever the names are. Each
document is read by a parser that is not ours. A million names are ``TESTS_TIMES=200 pytest -m long tests/unit/renderers/test_many_names.py``.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace
from rich.cells import cell_len

from tests.builders import CATALOG
from tests.builders_plan import plan as plan_of
from tests.builders_plan import pod, restarting
from tests.drawing import TIMES
from tests.unit.explaining.runbook.books import fences
from tests.unit.renderers.pages import read, rows_of
from tests.unit.renderers.strategies import HOSTILE
from tests.unit.renderers.test_machine_formats import assert_harmless
from tests.unit.renderers.test_path_reports import PATHS, counted
from tests.unit.verifying.world import RESTARTED, node, now, planned, seen
from tests.unit.verifying.world import plan_of as before
from upgradecheck.model.plan import Finding, Missing, ObjectRef, Plan, PlannedBudget, Scope, Severity, Verdict
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.waves import with_waves
from upgradecheck.renderers import Canvas, Document, choose, formats_of
from upgradecheck.renderers.media.safe_text import all_visible, safe_text
from upgradecheck.verifying.verifying import verify

FRAGMENTS = (
    *HOSTILE, "\x1b", "\x1b[2J", "\x1b[31m", "\x9b", "\x07", "\x1b]8;;http://x\x07", "\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\ufeff", "\u2028",
    "\u3164", "\U000e0041", "\ufe0f", "[red]", "[/]", "[bold]", "=1+1", ";=1+1", "\t=1+1", "+1", "-1", "@x", "＝1", "::set-output name=a::b", "::error::x",
    "\n::debug::x", "##[error]", "%0A", "`", "``", "```", "~~~", "${x}", "$x", "$(reboot)", "'", '"', "\\", "\n", "\r\n", "\r", "\x0b", "\x0c", "|", "\\|",
    "<script>", "</script>", "<!--", "-->", "]]>", "<![CDATA[", "</style>", "<img src=x onerror=alert(1)>", "{{7*7}}", "{% x %}", "&lt;", "&", "<", ">",
    "[x](http://x)", "![x](http://x)", "http://x", "www.x.y", "a@b.c", "*x*", "_x_", "#", "- ", "1. ", "> ", "; reboot", "&& reboot", "| sh", "\x00", "\ud800",
    "web", "node-1", " ", "é", "日本", ":", ",", "/", "a",
)  # fmt: skip
_PODS = 30
_MANY = 5_000


def drawn(random: Random) -> str:
    """A name of one to four fragments, now and then with any character between."""
    parts = random.choices(FRAGMENTS, k=random.randint(1, 4))
    if random.random() < 0.3:
        parts.insert(
            random.randrange(len(parts) + 1),
            chr(random.choice((random.randrange(0x20), random.randrange(0x3000), random.randrange(0xD800)))),
        )
    return "".join(parts)


class Names:
    """Hands out names: hostile ones that are drawn, or honest ones, each another one. taken: how many."""

    def __init__(self, seed: int, *, honest: bool) -> None:
        self._random, self._honest, self.taken = Random(seed), honest, 0

    def __call__(self) -> str:
        self.taken += 1
        honest = f"x{self.taken:06}"
        return honest if self._honest else f"{drawn(self._random)}{honest}{drawn(self._random)}"


def plan_with(names: Names, pods: int = _PODS) -> Plan:
    """Many pods on some nodes, of which half have a name that Kubernetes allows; with findings, budgets, owners and what else has names."""
    nodes = [f"node-{number}" for number in range(3)] + [f"{names()}!" for _ in range(3)]
    found = []
    for number in range(pods):
        one = replace(restarting(names()), container_id=names())
        verdict = Verdict.UNKNOWN if number % 3 == 0 else Verdict.RESTART
        made = pod(names(), replace(one, verdict=verdict), verdict=verdict, namespace=names(), node=nodes[number % 6], file=names(), line=7)
        kind = "DaemonSet" if number % 5 == 1 else names()
        source = PodSource.FILE if number % 5 == 2 else PodSource.API
        made = replace(made, workload=Workload(kind, names()), uid=f"u-{number}", source=source, name=f"{made.name}!")
        found.append(replace(made, budgets=(names(),), owner=names()))
    budgets = tuple(PlannedBudget(one.namespace, one.budgets[0], 3, 3) for one in found[::2])
    findings = tuple(Finding("UC002", Severity.WARNING, ObjectRef("Pod", names(), names(), names()), names(), "Do `so`.") for _ in range(4))
    whole = plan_of(
        *found,
        findings=findings,
        budgets=budgets,
        notices=tuple(names() for _ in range(4)),
        scope=Scope(inputs=(names(), names()), namespaces=(names(),)),
    )
    missing = tuple(Missing(names(), names()) for _ in range(3))
    return with_waves(replace(whole, coverage=replace(whole.coverage, missing=missing)), WaveRules(None, "50%"))


def rendered(name: str, document: Document, value: object, width: int = 100) -> str:
    return "".join(choose(name, document).render(value, Canvas(width=width, catalog=CATALOG)))


GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_ACTS = frozenset(("html_block", "html_inline", "link_open", "image", "em_open", "s_open", "hardbreak"))
_LINKS = re.compile(r"://|\bwww\.|(?<![\w`])@\w", re.IGNORECASE)
_WORDING = ("text", "code_inline", "text_special", "softbreak")


def tokens(text: str) -> Iterator[Token]:
    for token in GFM.parse(text):
        yield token
        yield from token.children or ()


def built(name: str, text: str) -> Counter[Any]:
    """What a document is made of, whatever its words are."""
    match name:
        case "html":
            return Counter(read(text).tags)
        case "junit":
            return Counter(one.tag for one in ET.fromstring(text).iter())
        case "runbook":
            return markdown_of(text) + Counter(line.split()[0] for block in fences(text) for line in block.splitlines())
        case "markdown":
            return markdown_of(text)
    return Counter(lines=text.count("\n"))


def markdown_of(text: str) -> Counter[str]:
    """The elements of a text in Markdown, of which none is one that acts."""
    found = Counter[str]()
    for token in tokens(text):
        found[token.type] += token.type not in _WORDING
        assert token.type != "text" or not _LINKS.search(token.content), token.content
    assert not _ACTS & set(+found)
    return found


SAME_LINES = ("name", "csv", "github", "prometheus", "runbook", "markdown", "html", "junit")
"""Formats of which a twin has as many lines or elements; in the others a long name takes more lines."""


class Documents:
    """Everything that names are brought into, made with these names."""

    def __init__(self, names: Names) -> None:
        self.plan, self.verification = plan_with(names), _verified(names)
        self.path = counted(PATHS["one"], *(names() for _ in range(10)))

    def texts(self, *, all_of_plan: bool = True) -> Iterator[tuple[Document, str, str]]:
        """Document, format, and the text; else those of a plan that other laws have not drawn so many names for."""
        documents: tuple[tuple[Document, object], ...] = (("plan", self.plan), ("verification", self.verification), ("path", self.path))
        for document, value in documents:
            for name in formats_of(document) if all_of_plan or document != "plan" else ("html", "runbook"):
                yield document, name, rendered(name, document, value)


def _verified(names: Names) -> Any:
    told = [(names(), names(), names(), names(), names()) for _ in range(20)]
    pods = [pod(who, replace(planned(), name=what), namespace=place, node=on, uid=uid) for who, what, place, on, uid in told]
    views = [now(replace(RESTARTED, name=what), name=who, namespace=place, node=on, uid=uid) for who, what, place, on, uid in told]
    made = before(*pods)
    return verify(made, seen(made, views, [replace(node(), name=on) for _, _, _, on, _ in told]), tuple(names() for _ in range(3)))


@lru_cache
def twins() -> dict[tuple[Document, str], Counter[Any]]:
    """What documents with honest names are made of."""
    return {(document, name): built(name, text) for document, name, text in Documents(Names(0, honest=True)).texts()}


def check(seed: int, *, all_of_plan: bool) -> int:
    """Draws names, and brings them into every document; how many there were."""
    names = Names(seed, honest=False)
    made = Documents(names)
    written = {(document, name): text for document, name, text in made.texts(all_of_plan=all_of_plan)}
    for (document, name), text in written.items():
        assert all(char == "\n" or all_visible(char) for char in set(text)), (document, name)
        if name in SAME_LINES:
            assert built(name, text) == twins()[document, name], (document, name)
        if name == "csv":
            assert_no_formula(text)
        if name == "json":
            assert json.loads(text) == yaml.load(written[document, "yaml"], yaml.CSafeLoader)
        if name == "table":
            assert max(map(cell_len, text.splitlines())) <= 100
    check_page(made.plan, written["plan", "html"])
    check_commands(written["plan", "runbook"])
    assert len(json.loads(written["verification", "json"])["containers"]) == len(made.verification.containers)
    if all_of_plan:
        assert_harmless(made.plan)
    return names.taken


def check_page(made: Plan, page: str) -> None:
    assert read(page).comments == []
    assert sorted(row[2] for row in rows_of(page)) == sorted(safe_text(one.name) for one in made.pods)


def check_commands(runbook: str) -> None:
    told = subprocess.run(["sh", "-n"], input="".join(fences(runbook)), capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


def assert_no_formula(text: str) -> None:
    cells = (cell for row in csv.reader(StringIO(text)) for cell in row)
    assert [cell for cell in cells if re.match(r"\s*[=+\-@＝＋－＠]", cell) or re.search(r"[;\t]\s*[=+\-@]", cell)] == []


def test_no_name_acts() -> None:
    assert check(0, all_of_plan=True) > 300


@pytest.mark.long
def test_no_name_acts_of_very_many() -> None:
    wanted, taken, seed = _MANY * TIMES, 0, 0
    while taken < wanted:
        seed += 1
        taken += check(seed, all_of_plan=seed % 10 == 0)
    print(f"{taken:,} names in {seed:,} plans")
