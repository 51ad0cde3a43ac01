"""Every document that is not used says why: harmless kinds in a notice, by kind and directory; what may be pods is missing.

Where running pods of its namespace are given, what makes pods is left out, as templates are: these are what it made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from upgradecheck.decode.kube.kinds import NOT_UNDERSTOOD
from upgradecheck.decode.kube.lookalikes import help_for
from upgradecheck.decode.kube.shapes import Recognition
from upgradecheck.model.plan import Missing
from upgradecheck.model.wording import count
from upgradecheck.sources.files.aside import WANTED
from upgradecheck.sources.files.tables import Table
from upgradecheck.sources.files.templates import in_words

Live = Callable[[str], bool]
_USED = "neither pod, node nor record of the runtime"


class Ledger:
    """Documents that are not used, by the directory or file that the user named."""

    def __init__(self) -> None:
        self.nothing: list[str] = []
        self._noticed: list[str] = []
        self._left_out: dict[str, Counter[str]] = {}
        self._lost: dict[tuple[str, str], Counter[str]] = {}
        self._makers: dict[str, list[tuple[str, str]]] = {}
        self._skipped: dict[str, list[tuple[str, Counter[str]]]] = {}

    def take(self, directory: str | None, table: Table, others: Iterable[Recognition], makers: Iterable[tuple[str, str]] = ()) -> None:
        """What a file holds that is not used. others: what is lost, or may make pods; makers: the latter, with its namespace."""
        place = directory or table.name
        told: Counter[str] = Counter()
        for one in others:
            told[one.found] += 1
            if one.lost:
                self._lost.setdefault((place, one.lost), Counter())[one.found] += 1
        self._makers.setdefault(place, []).extend(makers)
        harmless = table.others - told
        if table.known and harmless:
            self._left_out.setdefault(place, Counter()).update(harmless)

    def unknown_file(self, directory: str, table: Table, others: Iterable[Recognition]) -> None:
        """A file of a directory in which nothing is known. others: as of take."""
        harmless = table.others - Counter(one.found for one in others)
        if harmless or not table.others:
            self._skipped.setdefault(directory, []).append((table.name, harmless))

    def nothing_in(self, name: str, table: Table, *, beside: bool = False) -> None:
        """A file that was named, in which no more is known than what is read beside pods (beside), which needs no notice."""
        advice = help_for(table.others) or WANTED
        told = f"{name}: holds {table.others_in_words() or 'nothing'}, no pods, nodes or records of the runtime. {advice}."
        self.nothing.append(told)
        self._noticed += [] if beside else [told]

    def notices(self, live: Live) -> Iterator[str]:
        """What is harmless. live: whether running pods of a namespace are given."""
        for directory, files in self._skipped.items():
            kinds = sum((kinds for _, kinds in files), Counter[str]())
            which = files[0][0] if len(files) == 1 else f"{directory}: {count(len(files), 'file')}"
            yield _with_help(f"{which}: not recognised ({in_words(kinds) or 'nothing in it'}), skipped", kinds)
        for place, kinds in self._left_out.items():
            yield _with_help(f"{place}: left out what is {_USED}: {in_words(kinds)}", kinds)
        for told in self._noticed:
            yield told.removesuffix(f" {WANTED}.")
        for place, makers in self._makers.items():
            if kinds := Counter(found for found, namespace in makers if live(namespace)):
                yield f"{place}: left out {in_words(kinds)}, which may make pods, since running pods are given"

    def help_in(self, directory: str) -> str:
        """What helps with a directory in which nothing is known; empty where nothing does."""
        return help_for(kind for _, kinds in self._skipped.get(directory, ()) for kind in kinds)

    def missing(self, problems: Iterable[tuple[str, str]], live: Live) -> Iterator[Missing]:
        """What is not there. problems: places that hold nothing to read, with why; live: as of notices."""
        for place, reason in problems:
            yield Missing(place, reason.rstrip("."))
        for (place, reason), kinds in self._lost.items():
            yield Missing(f"{place}: {in_words(kinds)}", reason)
        for place, makers in self._makers.items():
            if kinds := Counter(found for found, namespace in makers if not live(namespace)):
                yield Missing(f"{place}: the pods of {in_words(kinds)}", NOT_UNDERSTOOD)


def _with_help(told: str, kinds: Iterable[str]) -> str:
    helped = help_for(kinds)
    return f"{told}. {helped}" if helped else told
