"""Which hazard rules are told for ``rules``: all of them, or those that are named."""

from __future__ import annotations

from collections.abc import Sequence

from upgradecheck.hazards import discover, rule, rule_ids
from upgradecheck.model.errors import UsageError
from upgradecheck.model.rules import RuleList
from upgradecheck.model.wording import meant


def told_rules(named: Sequence[str]) -> RuleList:
    """Every rule in a line, or the named ones in full, in their order; ids are taken in either case.

    Raises:
        UsageError: no rule is called so.
    """
    if not named:
        return RuleList(discover(), in_full=False)
    return RuleList(tuple(rule(_id(name)) for name in dict.fromkeys(map(str.upper, named))), in_full=True)


def _id(name: str) -> str:
    known = rule_ids()
    if name not in known:
        raise UsageError(f'rule {name}: no rule is called so.{meant(name, known)} "upgradecheck rules" lists them.')
    return name
