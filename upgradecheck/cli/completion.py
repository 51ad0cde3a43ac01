"""What the shell completes after an option: versions, formats, rule ids. Called only when somebody presses Tab.

Nothing here may fail or print: a shell shows whatever comes. shows: the kind of document that the command shows, for formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upgradecheck.renderers import Document


def complete_version(incomplete: str, shows: str | None = None) -> list[str]:
    """Minors; once one is typed out, its patch releases."""
    from upgradecheck.catalog import Catalog
    from upgradecheck.model.errors import UpgradecheckError

    typed = incomplete.removeprefix("v")
    catalog = Catalog()
    try:
        matching = [minor for minor in catalog.minors() if str(minor).startswith(typed)]
        exact = next((minor for minor in catalog.minors() if f"{minor}." == typed[: len(str(minor)) + 1] or str(minor) == typed), None)
        patches = [f"{exact}.{patch}" for patch in catalog.patches(exact)] if exact is not None else []
    except UpgradecheckError:
        return []
    found = [*map(str, matching), *(patch for patch in patches if patch.startswith(typed))]
    return [("v" if incomplete.startswith("v") else "") + version for version in found]


def complete_version_list(incomplete: str, shows: str | None = None) -> list[str]:
    """Versions, behind those that a list with commas holds already."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + version for version in complete_version(last)]


def complete_minors(incomplete: str, shows: str | None = None) -> list[str]:
    """Minors, in lists and ranges."""
    before, comma, last = incomplete.rpartition(",")
    first, dots, end = last.rpartition("..")
    return [before + comma + first + dots + version for version in complete_version(end) if version.count(".") == 1]


def complete_format(incomplete: str, shows: Document | None = None) -> list[str]:
    """The formats that show what the command makes; what stands behind FORMAT= is left to the shell."""
    from upgradecheck.renderers import formats, formats_of

    return [name for name in (formats() if shows is None else formats_of(shows)) if name.startswith(incomplete)]


def complete_rule(incomplete: str, shows: str | None = None) -> list[str]:
    """The ids of the hazard rules, as their beginning is typed: shells take no other."""
    from upgradecheck.hazards import rule_ids

    return [incomplete + rule[len(incomplete) :] for rule in rule_ids() if rule.startswith(incomplete.upper())]


def complete_schema(incomplete: str, shows: str | None = None) -> list[str]:
    """The reports that have a JSON Schema."""
    from upgradecheck.contract.v1 import documents

    return [name for name in documents() if name.startswith(incomplete)]


def complete_fail_on(incomplete: str, shows: str | None = None) -> list[str]:
    """The words of --fail-on, behind those that a list with commas holds already."""
    from upgradecheck.planning.asking.conditions import FAIL_ON

    before, comma, last = incomplete.rpartition(",")
    return [before + comma + word for word in (*FAIL_ON, "none") if word.startswith(last) and word not in before.split(",")]
