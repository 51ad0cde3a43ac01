"""Objects of the API that are read beside pods and nodes, each told once: for files, for a live cluster, and for who grants the access.

A plan can be made without them; what is then not examined stands with each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec


class Named(Protocol):
    """What tells an object of a kind from others; namespace is empty where it has none."""

    @property
    def namespace(self) -> str: ...

    @property
    def name(self) -> str: ...


class ApiObject(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A kind of object. resource and versions: how a server lists it, the newest version first; one that does not know it has none.

    members: of its spec, by one of which it is told where no kind is written. fact: the field of Facts that it fills. question: what
    nobody tells without it, of one of them. decode: takes a document, and the version of the list that it is an item of, None outside one.
    """

    kind: str
    group: str
    resource: str
    versions: tuple[str, ...]
    members: frozenset[str]
    fact: str
    question: str
    decode: Callable[[bytes, str | None], Named]

    @property
    def plural(self) -> str:
        """``PodDisruptionBudgets``."""
        return f"{self.kind}s"

    def is_kind(self, kind: str, api_version: str | None) -> bool:
        """Whether a document of this kind and apiVersion is one."""
        return kind == self.kind and (api_version or "").startswith(f"{self.group}/")


def _budget(raw: bytes, version: str | None) -> Named:
    from upgradecheck.decode.kube.budgets import budget  # few inputs have one

    return budget(raw, beta=version == "v1beta1")


OBJECTS = (
    ApiObject(
        kind="PodDisruptionBudget",
        group="policy",
        resource="poddisruptionbudgets",
        versions=("v1", "v1beta1"),  # v1 since 1.21
        members=frozenset({"minAvailable", "maxUnavailable"}),
        fact="budgets",
        question="whether restarts exceed {} (UC041)",
        decode=_budget,
    ),
)
BY_KIND = {one.kind: one for one in OBJECTS}
