"""What a rule's minors and places are called in every format that people read."""

from __future__ import annotations

from upgradecheck.model.rules import RuleFacts, Upstream

WHAT_RULES_ARE = "A plan's findings bear the id of the rule that found them."
NO_SOURCE = "none: the rule is about the evidence that was given, not about a kubelet"


def kubelets(rule: RuleFacts) -> str:
    """The new kubelets of upgrades that a rule concerns: ``1.19 to 1.30``, ``1.16 and later``, ``1.20 and earlier``, ``any``."""
    if rule.since is None:
        return "any" if rule.until is None else f"{rule.until} and earlier"
    return f"{rule.since} and later" if rule.until is None else f"{rule.since} to {rule.until}"


def place(source: Upstream) -> str:
    """Where upstream a rule is about, in a line."""
    function = f" ({source.function})" if source.function else ""
    return f"{source.module} {source.version}: {source.path}{function}"
