"""The file of --image-credential-provider-config, which nobody shows: whether the new kubelet takes what the running one took.

Kubelets read it when they start, and end at one that they refuse. It is in no dump and no bundle; so where the new kubelet is known to
refuse what the running one may have been given, that is not known. Where nothing of the kind lies between the two, there is no question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.plan import Missing
from upgradecheck.planning.asking.steps import Steps

_FLAG = "image-credential-provider-config"


def untold_providers(steps: Steps, words: Iterable[KubeletArguments], files: ProviderFiles) -> Iterator[Missing]:
    """What is not known of such files, each thing once. words: command lines, with the nodes whose they are."""
    having = [one.node for one in words if last(one.words, _FLAG)]
    everywhere = (*steps.by_node.values(), steps.default)
    asked = everywhere if None in having else tuple(steps.of(node) for node in having)
    refused = {one: None for each in asked if each.step is not None for one in _refused(each.step.start, each.step.target, files)}
    if refused:
        release = steps.target.version.release
        yield Missing(
            f"whether the new kubelet takes the file of --{_FLAG}",
            f"it was not seen, and kubelet {release} does not start with what the running one may take there: {'; '.join(refused)}",
        )


def _refused(start: KubeletEnd | None, target: KubeletEnd, files: ProviderFiles) -> Iterator[str]:
    """What the new kubelet refuses of what the running one takes; of one that is not known, whatever any before took."""
    to = target.version.minor
    for one in files.refused:
        if one.since <= to and (start is None or (start.version.minor < one.since and (not one.gate or _is_on(start, one.gate)))):
            yield f"{one.what} (from {one.since} on)"
    for one in files.taken if start is not None else ():
        if start is not None and to < one.since <= start.version.minor:
            yield f"{one.what} (before {one.since})"
    for one in files.gated if start is not None else ():
        if start is not None and _is_on(start, one.gate) and not _is_on(target, one.gate):
            yield f"{one.what} (while {one.gate} is off, or before {one.since})"


def _is_on(end: KubeletEnd, gate: str) -> bool:
    return any(build.feature_gate(gate) for build in end.builds)
