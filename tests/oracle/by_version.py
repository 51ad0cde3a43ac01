"""Goldens of real code by case and version: `{"versions": […], "cases": {NAME: {ANSWER: "1.36.5 1.37.2"}}}`, one version at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "goldens"


class ByVersion:
    """A file of such goldens, by its name."""

    def __init__(self, name: str) -> None:
        self.file = _FOLDER / f"{name}.json"

    def read(self) -> dict[str, dict[str, str]]:
        """The answers by case, by version, the oldest version first."""
        if not self.file.exists():
            return {}
        whole = json.loads(self.file.read_bytes())
        told: dict[str, dict[str, str]] = {version: {} for version in whole["versions"]}
        for name, answers in whole["cases"].items():
            for answer, versions in answers.items():
                for version in versions.split():
                    told[version][name] = answer
        return told

    def put(self, version: str, answers: Mapping[str, str]) -> None:
        """Writes what a version answers, in place of another patch of its minor. A pre-release stands as the release that it comes before."""
        released = version.partition("-")[0]
        told = {one: said for one, said in self.read().items() if _numbers(one)[:2] != _numbers(released)[:2]}
        told[released] = dict(answers)
        versions = sorted(told, key=_numbers)
        cases = {name: _grouped(name, versions, told) for name in answers}
        self.file.write_text(json.dumps({"versions": versions, "cases": cases}, indent=1) + "\n")

    def main(self, versions: Sequence[str], asked: Callable[[str], Mapping[str, str]]) -> int:
        """Asks and writes, version by version; 1 where none is named."""
        for version in versions:
            self.put(version, asked(version))
        return 0 if versions else 1


def _grouped(name: str, versions: Sequence[str], told: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    by: dict[str, list[str]] = defaultdict(list)
    for version in versions:
        if name in told[version]:
            by[told[version][name]].append(version)
    return {answer: " ".join(which) for answer, which in by.items()}


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
