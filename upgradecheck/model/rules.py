"""What is said of hazard rules: what each means, why, how to see it, what to do, which kubelets it concerns, and where upstream it is."""

from __future__ import annotations

import msgspec

from upgradecheck.model.plan import Severity
from upgradecheck.model.version import Minor


class Upstream(msgspec.Struct, frozen=True, gc=False):
    """A place: the Go module or repository, the version that was read, the file in it and, if it is one, the function."""

    module: str
    version: str
    path: str
    function: str | None = None


class RuleFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One rule; its texts are sentences, with commands in backticks.

    severity: of most of its findings; one may choose another. summary: what it means. why: why a kubelet does it, or why it matters.
    look: how to see it. remedy: what to do, in general or always.
    since, until: the first and the last minor, of those known, to which an upgrade concerns it; None: from the first, to the last. Going
    back it may concern earlier ones.
    sources: none if it is about the evidence that was given, not about a kubelet.
    """

    id: str
    title: str
    severity: Severity
    summary: str
    why: str
    look: str
    remedy: str
    since: Minor | None = None
    until: Minor | None = None
    sources: tuple[Upstream, ...] = ()


class RuleList(msgspec.Struct, frozen=True, gc=False):
    """Rules that were asked for; in_full: each is told on its own, else they are listed."""

    rules: tuple[RuleFacts, ...]
    in_full: bool
