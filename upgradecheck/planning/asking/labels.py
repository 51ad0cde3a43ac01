"""Labels of --node-labels with which a kubelet does not start."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import labels_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.labels import NodeLabels
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.starting import StartTrouble, TroubleKind

FLAG = "--node-labels"


def labels_that_stop(end: KubeletEnd, known: KubeletOptions, arguments: KubeletArguments) -> Iterator[StartTrouble]:
    """The labels of a command line that this kubelet refuses; one that holds a variable is not known."""
    if known.labels is None:
        return
    for label, value in labels_of(arguments.words).items():
        trouble = None if "$" in label + value else _trouble(end, known.labels, label, value)
        if trouble is not None:
            yield replace(trouble, place=arguments.place_of(FLAG, label), node=arguments.node)


def takes_label(end: KubeletEnd, known: KubeletOptions, trouble: StartTrouble) -> bool:
    """Whether a kubelet takes a label that another one refuses."""
    return known.labels is None or _trouble(end, known.labels, trouble.name, str(trouble.value)) is None


def _trouble(end: KubeletEnd, labels: NodeLabels, label: str, value: str) -> StartTrouble | None:
    minor = end.version.minor
    since = labels.refused(label, minor)
    if since is not None:
        return StartTrouble(TroubleKind.LABEL_REFUSED, label, "", since=since, value=value, flag=FLAG)
    if labels.misspelled(label, value, minor):
        return StartTrouble(TroubleKind.LABEL_MISSPELLED, label, "", since=labels.spelled_since, value=value, flag=FLAG)
    return None
