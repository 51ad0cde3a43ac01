"""The journals of overrides in a bundle, both ways. Of a container's whole record, which a journal holds too, nothing goes into it."""

from __future__ import annotations

from upgradecheck.contract.v1.bundle import BundledJournalJson, BundledOverrideJson
from upgradecheck.model.bundle import BundledJournal
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Rewrite


def journal_json(journal: BundledJournal) -> BundledJournalJson:
    """A journal."""
    return BundledJournalJson(
        digests=journal.digests,
        follows=journal.follows,
        overrides=tuple(_override_json(container_id, journal.overrides[container_id]) for container_id in sorted(journal.overrides)),
    )


def _override_json(container_id: str, rewrite: Rewrite) -> BundledOverrideJson:
    return BundledOverrideJson(container_id, None if rewrite.before is None else rewrite.before.hex, rewrite.after.hex)


def journal_in(found: BundledJournalJson) -> BundledJournal:
    """A journal of a bundle.

    Raises:
        SpecRefused: a container stands in it twice.
    """
    overrides = {one.id: Rewrite(None if one.before is None else _hash(one.before), _hash(one.after)) for one in found.overrides}
    if len(overrides) != len(found.overrides):
        raise SpecRefused("a container stands in a journal twice, as no override writes it: collect it again on the node")
    return BundledJournal(found.follows, found.digests, overrides)


def _hash(text: str) -> Hash:
    return Hash(int(text, 16))
