"""The journals of overrides in a bundle, both ways. Of a container's whole record, which a journal holds too, nothing goes into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
        overrides=rewrites_json(journal.overrides),
    )


def rewrites_json(rewrites: Mapping[str, Rewrite]) -> tuple[BundledOverrideJson, ...]:
    """Hashes by container ID."""
    return tuple(_override_json(container_id, rewrites[container_id]) for container_id in sorted(rewrites))


def _override_json(container_id: str, rewrite: Rewrite) -> BundledOverrideJson:
    return BundledOverrideJson(container_id, None if rewrite.before is None else rewrite.before.hex, rewrite.after.hex)


def journal_in(found: BundledJournalJson) -> BundledJournal:
    """A journal of a bundle.

    Raises:
        SpecRefused: a container stands in it twice.
    """
    return BundledJournal(found.follows, found.digests, rewrites_in(found.overrides, "a journal"))


def rewrites_in(found: Sequence[BundledOverrideJson], what: str) -> dict[str, Rewrite]:
    """Hashes by container ID. what: where they stand.

    Raises:
        SpecRefused: a container stands there twice.
    """
    rewrites = {one.id: Rewrite(None if one.before is None else _hash(one.before), _hash(one.after)) for one in found}
    if len(rewrites) != len(found):
        raise SpecRefused(f"a container stands in {what} twice, as no override writes it: collect it again on the node")
    return rewrites


def _hash(text: str) -> Hash:
    return Hash(int(text, 16))
