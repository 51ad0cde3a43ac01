"""Two kubelets compared, as Markdown: a line for each side, who is touched, and the fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.model.changes import Change, SchemaDiff
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.reporting.effects import DIFF_SCOPE, EFFECT, HASHED, kinds, sentences, static_pods

_CHANGE: Mapping[Change, str] = {Change.ADDED: "new", Change.REMOVED: "gone", Change.CHANGED: "changed"}


def render(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    old, new = diff.old, diff.new
    yield f"# Kubelet {words(old.version)} to {words(new.version)}: {EFFECT[diff.effect]}\n\n"
    yield table(
        ("", words(old.version), words(new.version)),
        (
            ("hashes", HASHED[old.era], HASHED[new.era]),
            ("compares", kinds(old.kinds_compared), kinds(new.kinds_compared)),
        ),
    )
    yield "\n" + "".join(f"- {words(sentence)}\n" for sentence in sentences(diff.reasons) or ("no container that runs unchanged",))
    yield f"\nStatic pods: {words(static_pods(diff))}\n"
    if diff.fields:
        rows = ((_CHANGE[field.change], code(field.path), code(field.type), code(field.type_before or "")) for field in diff.fields)
        yield "\n" + table(("field", "path", "Go type", "before"), rows)
    yield f"\n{words(DIFF_SCOPE)}\n"
