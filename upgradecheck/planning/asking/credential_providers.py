"""The files of --image-credential-provider-config: whether the new kubelets take them, and what is not known where they were not seen.

A kubelet reads them when it starts, and ends at one that it refuses. They are in no dump of a cluster: this machine and bundles show them,
or the user gives them, and then they count as what kubelets will be started with, whatever stands on nodes today. What the running kubelet
would refuse as well it was not started with: that was written since, or is not what it reads, and nobody knows which. Where they were not
seen, and the new kubelet refuses something that the running one may have been given, that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.credentialproviders.judging import Refusal, is_on, reads, refusals
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.credentialproviders import FLAG, ProviderFiles, ProviderRules
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.plan import Missing
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.starting import Options, placed, stopped_at
from upgradecheck.planning.asking.steps import NodeStep, Steps
from upgradecheck.planning.seeing.placing import node_in_name

_NOT_SEEN = "was not seen"


class _Shown:
    """What is known of each node's files, and which nodes' kubelets are told of any."""

    def __init__(self, words: Iterable[KubeletArguments], shown: Iterable[ProviderFiles], nodes: Iterable[str]) -> None:
        names = frozenset(nodes)
        told = frozenset(one.node for one in placed(words, names) if last(one.words, FLAG))
        self._given: dict[str | None, list[ProviderFiles]] = {}
        self._own: dict[str | None, list[ProviderFiles]] = {}
        for one in shown:
            node = one.node or node_in_name(one.place, names)
            (self._given if one.given else self._own).setdefault(node, []).append(one)
        self._asking = frozenset((*told, *self._given, *self._own))

    def asks(self, node: str | None) -> bool:
        """Whether a node's kubelet is told of any, or any are known."""
        return None in self._asking or node in self._asking

    def of(self, node: str | None) -> Sequence[ProviderFiles]:
        """Those given for a node, or for all; else its own."""
        given = [*self._given.get(node, []), *(self._given.get(None, []) if node is not None else [])]
        return given or self._own.get(node, [])


class _Outcome(msgspec.Struct):
    """What is found for some nodes."""

    troubles: list[StartTrouble] = msgspec.field(default_factory=list)
    elsewhere: dict[str, None] = msgspec.field(default_factory=dict)
    unseen: dict[str, None] = msgspec.field(default_factory=dict)
    why: dict[str, None] = msgspec.field(default_factory=dict)


def with_providers(steps: Steps, words: Sequence[KubeletArguments], shown: Sequence[ProviderFiles], options: Options) -> Steps:
    """The steps, with what new kubelets stop at in such files. words: command lines; shown: what was seen of the files."""
    asked = _Shown(words, shown, steps.by_node)
    nodes = [node for node in (*steps.by_node, *(() if steps.by_node else (None,))) if asked.asks(node)]
    known: KubeletOptions | None = options() if nodes else None
    rules = None if known is None else known.provider_rules
    if rules is None:
        return steps
    found = _Outcome()
    for node in nodes:
        _judge(found, steps.of(node), node, asked.of(node), rules)
    told = replace(
        steps, troubles=tuple(dict.fromkeys((*steps.troubles, *found.troubles))), missing=(*steps.missing, *_missing(steps, found))
    )
    return stopped_at(told, [one.node for one in found.troubles], obstacle=Reason.KUBELET_WILL_NOT_START)


def _judge(found: _Outcome, of: NodeStep, node: str | None, files: Sequence[ProviderFiles], rules: ProviderRules) -> None:
    if of.step is None:
        return
    start, target = of.step.start, of.step.target
    seen = [one for one in files if not one.unread]
    if not seen:
        lies_between = dict.fromkeys(_unseen(start, target, rules))
        found.unseen |= lies_between
        found.why |= dict.fromkeys(one.unread for one in files if lies_between)
    for one in seen:
        took = {(each.name, each.file) for each in refusals(one, start, rules)} if start is not None else set()
        for each in refusals(one, target, rules):
            place = _place(one, each)
            if (each.name, each.file) in took:
                found.elsewhere[place] = None
            else:
                trouble = StartTrouble(TroubleKind.PROVIDERS, each.name, place, since=each.since, instead=each.wants, node=node)
                found.troubles.append(trouble)


def _place(files: ProviderFiles, refusal: Refusal) -> str:
    return f"{refusal.file} in {files.place}" if refusal.file and files.directory else files.place


def _missing(steps: Steps, found: _Outcome) -> Iterator[Missing]:
    for place in found.elsewhere:
        yield Missing(
            f"what the new kubelet is started with, instead of {place}",
            "the running kubelet would not start with it either, so it has been written since, or is not what it reads; if the new one "
            "gets it, it does not start",
        )
    if found.unseen:
        release, why = steps.target.version.release, "; ".join(found.why) or _NOT_SEEN
        yield Missing(
            f"whether the new kubelet takes the file of --{FLAG}",
            f"it {why}, and kubelet {release} does not start with what the running one may take there: {'; '.join(found.unseen)}. "
            "Give the file with -f",
        )


def _unseen(start: KubeletEnd | None, target: KubeletEnd, rules: ProviderRules) -> Iterator[str]:
    """What the new kubelet refuses of what the running one takes; of one that is not known, whatever any before took.

    Whether programs may be executed no file shows; where only that is asked, nothing is said.
    """
    to = target.version.minor
    if not reads(target, rules):
        return
    if start is not None and not reads(start, rules):
        yield f"anything, for the running one does not read it (gate {rules.reading} is off)"
        return
    before = None if start is None else start.version.minor
    if rules.strict <= to and (before is None or before < rules.strict):
        yield f"fields that it does not know, and fields that are there twice (from {rules.strict} on)"
    if rules.cache <= to and (start is None or (start.version.minor < rules.cache and is_on(start, rules.tokens_gate))):
        yield f"tokenAttributes without cacheType (from {rules.cache} on)"
    if start is not None:
        yield from _unseen_on_the_way_back(start, target, rules)


def _unseen_on_the_way_back(start: KubeletEnd, target: KubeletEnd, rules: ProviderRules) -> Iterator[str]:
    to, before = target.version.minor, start.version.minor
    for name, since in (*rules.api_versions.items(), *rules.plugin_versions.items()):
        if to < since <= before:
            yield f"apiVersion {name} (before {since})"
    if to < rules.directory <= before:
        yield f"cacheType, and a directory in place of the file (before {rules.directory})"
    if is_on(start, rules.tokens_gate) and not is_on(target, rules.tokens_gate):
        yield f"tokenAttributes (while {rules.tokens_gate} is off, or before {rules.tokens})"
