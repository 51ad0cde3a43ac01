"""Where facts come from. A source gives pods one at a time, raw, and everything that is small at once.

A source decides nothing: it names where each fact came from and what it could not see, and planning draws the conclusions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from upgradecheck.model.budget import Budget
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, SandboxRecord


class Source(Protocol):
    """What every source gives. names are as the user named it; missing is what should have been there and was not."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def nodes(self) -> tuple[NodeFacts, ...]: ...

    @property
    def containers(self) -> tuple[ContainerRecord, ...]: ...

    @property
    def sandboxes(self) -> tuple[SandboxRecord, ...]: ...

    @property
    def configs(self) -> Sequence[tuple[KubeletConfig, Origin]]: ...

    @property
    def notices(self) -> tuple[str, ...]: ...

    @property
    def missing(self) -> tuple[Missing, ...]: ...

    def pods(self) -> Iterator[tuple[bytes, Origin]]:
        """Every pod as a raw document, in input order; may be asked for more than once. missing and notices may grow meanwhile."""
        ...

    def server_version(self) -> str | None:
        """The API server's version, such as ``v1.31.0``; None where there is no server to ask, or it does not say."""
        ...

    def budgets(self) -> tuple[Budget, ...]:
        """PodDisruptionBudgets; that they cannot be had is a notice, since a plan needs none."""
        ...

    def close(self) -> None:
        """Frees what is kept."""
        ...
