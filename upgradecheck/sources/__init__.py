"""Where facts come from. A source gives pods one at a time, raw, and everything that is small as one record (model.snapshot).

A source decides nothing: it names where each fact came from and what it could not see, and planning draws the conclusions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from upgradecheck.model.snapshot import Facts
from upgradecheck.reading.pod import ReadPod


class Again(Protocol):
    """Pods that can be read twice for less than it saves."""

    def those(self, texts: frozenset[bytes] | None, /) -> Iterator[ReadPod]:
        """Those whose documents may hold one of some texts, as it stands or with its letters escaped; None: all."""
        ...

    def on(self, nodes: frozenset[str]) -> Iterator[ReadPod]:
        """Those of some nodes, and all of which no node is known yet."""
        ...

    @property
    def are_of_one_list(self) -> bool:
        """Whether no pod can be there twice, since all were listed at once."""
        ...

    def nodes(self) -> frozenset[str]:
        """All nodes that are known of pods before they are read."""
        ...


class Source(Protocol):
    """What every source gives, in this order: what was read when it was opened, the pods, the rest."""

    def facts(self) -> Facts:
        """What is known before the pods are read: nodes and records, which pods are judged by."""
        ...

    def pods(self) -> Iterator[ReadPod]:
        """Every pod as its document, in input order; may be asked for more than once."""
        ...

    def beforehand(self) -> Again | None:
        """For who has to know some pods before all are read; None where reading them twice costs more than it saves."""
        ...

    def all_facts(self) -> Facts:
        """All of them, with what reading the pods brought to light, and what is asked for only now since the pods need the time more.

        That such a thing cannot be had is a notice: a plan can be made without it.
        """
        ...

    def close(self) -> None:
        """Frees what is kept."""
        ...


class Telling(Source, Protocol):
    """A source that may have events of kubelets, too, which only ``verify`` asks for."""

    def events(self) -> Iterator[bytes]:
        """Every document that may be one, raw; asked for once the pods were read.

        Raises:
            UpgradecheckError: they cannot be had.
        """
        ...
