"""What two kubelets hash differently, and which unchanged containers that touches; all of it read off their schemas.

Typed era: a struct is printed with all its fields, so that a new field changes every container in which the struct is printed at
all. In Container itself, or in a struct held by value, that is every container; behind a pointer or in a list it is those that
set the pointer or fill the list. JSON era: a new field shows only where it is set, since the older kubelet dropped it when it
decoded the spec. Name+image era: nothing but a change of name or image shows. Between eras every hash changes.

What was changed and changed back between two minors does not count, so that skipping minors accumulates by itself.
A minor stands for its newest patch; patches differ only in the Go that built them (``\\b`` and ``\\f``, Go 1.22).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from upgradecheck.hashing.sandboxes import sandbox_losses
from upgradecheck.hashing.schemas.fieldtree import FieldNode, field_tree
from upgradecheck.hashing.since import era_since, going_back
from upgradecheck.hashing.staticuid.steps import static_pod_change, static_pod_effect
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.changes import (
    Aspect,
    Change,
    EffectKind,
    EffectReason,
    FieldChange,
    KubeletFacts,
    Matrix,
    MatrixCell,
    SchemaDiff,
    effect_of,
)
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind, Era, HashClass, Schema
from upgradecheck.model.version import Minor

_Tree = Mapping[str, FieldNode]


def newest_class(minor: Minor, catalog: SchemaCatalog) -> HashClass:
    """The hash class of a minor's newest patch: what the minor stands for.

    Raises:
        UnknownMinor: hashdata does not hold it.
    """
    return catalog.hash_classes(minor)[-1]


def newest_build(minor: Minor, catalog: SchemaCatalog) -> KubeletBuild:
    """The kubelet of a minor's newest patch.

    Raises:
        UnknownMinor: hashdata does not hold it.
    """
    return KubeletBuild(newest_class(minor, catalog), catalog.newest_patch(minor))


def effect_reasons(old: HashClass, new: HashClass, catalog: SchemaCatalog) -> tuple[EffectReason, ...]:
    """Why the hash of a container changes that old started and new looks at, though its spec is the same; empty if it does not."""
    return (*_hash_reasons(old, new, catalog), *_kind_reasons(old, new, catalog))


def diff_kubelets(old: KubeletBuild, old_version: str, new: KubeletBuild, new_version: str, catalog: SchemaCatalog) -> SchemaDiff:
    """Two kubelets compared; the versions are only told."""
    reasons = effect_reasons(old.hash_class, new.hash_class, catalog)
    return SchemaDiff(
        _facts(old, old_version),
        _facts(new, new_version),
        field_changes(old.schema, new.schema),
        effect_of(reasons),
        reasons,
        static_pod_effect(old, new, catalog),
    )


def make_matrix(starts: Iterable[Minor], ends: Iterable[Minor], catalog: SchemaCatalog) -> Matrix:
    """Every ordered pair of a minor of starts and another one of ends, by start, then end.

    Raises:
        UnknownMinor: hashdata does not hold one of them.
    """
    rows, columns = sorted(set(starts)), sorted(set(ends))
    builds = {minor: newest_build(minor, catalog) for minor in (*rows, *columns)}
    cells = []
    for start in rows:
        for end in columns:
            if start != end:
                old, new = builds[start], builds[end]
                reasons, losses = effect_reasons(old.hash_class, new.hash_class, catalog), sandbox_losses(old, new)
                cells.append(MatrixCell(start, end, effect_of(reasons), reasons, static_pod_change(old, new), sandboxes=losses))
    return Matrix(tuple(sorted(builds)), tuple(cells))


def _facts(one: KubeletBuild, version: str) -> KubeletFacts:
    compared = tuple(kind for kind in ContainerKind if kind in one.schema.kinds_compared)
    return KubeletFacts(version, one.schema.era, compared, one.hash_class.short_control_escapes, one.static_pod_uid)


def _hash_reasons(old: HashClass, new: HashClass, catalog: SchemaCatalog) -> tuple[EffectReason, ...]:
    """Why a hash made by old differs from one made by new."""
    if old.schema.era is not new.schema.era:
        return (EffectReason(EffectKind.ALGORITHM, since=era_since(max(old.schema, new.schema, key=_minor), catalog)),)
    match new.schema.era:
        case Era.TYPED:
            return tuple(_printed_reasons(old.schema, new.schema, catalog))
        case Era.JSON:
            escapes = old.short_control_escapes is not new.short_control_escapes
            return (*_json_reasons(old.schema, new.schema, catalog), *((EffectReason(EffectKind.GO_ESCAPES),) if escapes else ()))
        case Era.IMAGE_NAME:
            return ()


def _minor(schema: Schema) -> Minor:
    return schema.minor


def _printed_reasons(old: Schema, new: Schema, catalog: SchemaCatalog) -> Iterator[EffectReason]:
    """Structs that are printed with other fields, in another order, or with other type names."""
    before, after = field_tree(old, printed=True), field_tree(new, printed=True)
    reordered = _reordered(before, after)
    for node in _only_in(after, before):
        yield EffectReason(EffectKind.STRUCT_FIELD, node.path, node.holder, _since(node.path, new, catalog, printed=True))
    for node in _only_in(before, after):
        yield EffectReason(EffectKind.STRUCT_FIELD, node.path, node.holder, _since(node.path, old, catalog, printed=True))
    for node, twin in _in_both(before, after):
        if node.type != twin.type or node.path in reordered:
            yield EffectReason(EffectKind.STRUCT_FIELD, node.path, twin.holder)


def _json_reasons(old: Schema, new: Schema, catalog: SchemaCatalog) -> Iterator[EffectReason]:
    """Fields that only one of two minors writes, and those that both write in different ways."""
    before, after = field_tree(old, printed=False), field_tree(new, printed=False)
    reordered = _reordered(before, after)
    for kind, here, there, schema in (
        (EffectKind.FIELD_ADDED, after, before, new),
        (EffectKind.FIELD_REMOVED, before, after, old),
    ):
        for node in _only_in(here, there):
            since = _since(node.path, schema, catalog, printed=False)
            if node.written:
                yield EffectReason(EffectKind.FIELD_REWRITTEN, node.path, node.holder, since)
            else:
                yield EffectReason(kind, node.path, since=since)
    for node, twin in _in_both(before, after):
        if (node.wire, node.omitempty) != (twin.wire, twin.omitempty) or node.path in reordered:
            yield EffectReason(EffectKind.FIELD_REWRITTEN, node.path, twin.holder)


def _only_in(here: _Tree, there: _Tree) -> Iterator[FieldNode]:
    """Fields that only one tree has, the topmost ones."""
    for node in here.values():
        if node.path not in there and (node.parent is None or node.parent in there):
            yield node


def _in_both(before: _Tree, after: _Tree) -> Iterator[tuple[FieldNode, FieldNode]]:
    return ((node, after[path]) for path, node in before.items() if path in after)


def _reordered(before: _Tree, after: _Tree) -> frozenset[str]:
    """Common fields that no longer stand where they stood among the common fields; insertions move nothing."""
    old = [path for path in before if path in after]
    new = [path for path in after if path in before]
    return frozenset(path for path, other in zip(old, new, strict=True) if path != other)


def _kind_reasons(old: HashClass, new: HashClass, catalog: SchemaCatalog) -> Iterator[EffectReason]:
    """Kinds of containers that new compares and old knows but never compared.

    Such a container may carry the hash of any minor up to old's, however long ago that one started it.
    """
    kinds = (new.schema.kinds_compared - old.schema.kinds_compared) & old.schema.kinds_known
    for kind in (kind for kind in ContainerKind if kind in kinds):
        earlier = (minor for minor in catalog.minors() if minor <= old.minor)
        creators = (newest_class(minor, catalog) for minor in earlier if kind in catalog.schema(minor).kinds_known)
        struck = tuple(str(creator.minor) for creator in creators if _hash_reasons(creator, new, catalog))
        if struck:
            yield EffectReason(EffectKind.KIND_COMPARED, since=_compared_since(kind, new, catalog), container_kind=kind, creators=struck)


def _compared_since(kind: ContainerKind, new: HashClass, catalog: SchemaCatalog) -> str:
    return going_back(new.schema, catalog, lambda schema: kind in schema.kinds_compared)


def _since(path: str, schema: Schema, catalog: SchemaCatalog, *, printed: bool) -> str:
    return going_back(schema, catalog, lambda earlier: path in field_tree(earlier, printed=printed))


def field_changes(old: Schema, new: Schema) -> tuple[FieldChange, ...]:
    """The fields of Container, as JSON sees them, that differ: in the struct's order, those that are gone behind the others.

    This is told for every pair of minors, also for those that hash only name and image.
    """
    from deepdiff import DeepDiff

    before, after = field_tree(old, printed=False), field_tree(new, printed=False)
    found = DeepDiff(_comparable(before), _comparable(after), view="tree")
    aspects = {path: {Aspect.ORDER} for path in _reordered(before, after)}
    for difference in found.get("values_changed", ()):
        path, aspect = difference.path(output_format="list")
        aspects.setdefault(path, set()).add(Aspect(aspect))
    added = {difference.path(output_format="list")[0] for difference in found.get("dictionary_item_added", ())}
    removed = {difference.path(output_format="list")[0] for difference in found.get("dictionary_item_removed", ())}
    return tuple(_listed(before, after, added, removed, aspects))


def _comparable(tree: _Tree) -> dict[str, dict[str, str | bool]]:
    return {path: {Aspect.TYPE.value: node.type, Aspect.OMITEMPTY.value: node.omitempty} for path, node in tree.items()}


def _listed(before: _Tree, after: _Tree, added: set[str], removed: set[str], aspects: Mapping[str, set[Aspect]]) -> Iterator[FieldChange]:
    for path, node in after.items():
        if path in added and node.parent not in added:
            yield FieldChange(Change.ADDED, path, node.type)
        elif path in aspects:
            told = tuple(aspect for aspect in Aspect if aspect in aspects[path])
            yield FieldChange(Change.CHANGED, path, node.type, before[path].type, told)
    for path, node in before.items():
        if path in removed and node.parent not in removed:
            yield FieldChange(Change.REMOVED, path, node.type)
