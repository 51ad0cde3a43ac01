"""How metrics are written, in Prometheus' text format: every family once, all of them gauges, no timestamps, since the textfile collector
refuses them and tells the file's own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from upgradecheck.renderers.media.safe_text import safe_text

Sample = tuple[dict[str, str], int]


class Family(NamedTuple):
    """A metric: its name behind ``upgradecheck_``, what it is, and a value for each set of labels."""

    name: str
    what: str
    samples: Sequence[Sample]


def written(some: Iterable[Family]) -> Iterator[str]:
    """Families as text."""
    for family in some:
        yield f"# HELP upgradecheck_{family.name} {family.what}\n# TYPE upgradecheck_{family.name} gauge\n"
        for labels, value in family.samples:
            told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            yield f"upgradecheck_{family.name}{f'{{{told}}}' if told else ''} {value}\n"


def _escaped(text: str) -> str:
    return safe_text(text).replace("\\", "\\\\").replace('"', '\\"')
