"""What is to be said of how a kubelet is set up, though the new one starts with it.

A flag that is called deprecated does what it did, until it goes; most have a field of the configuration instead. A field that a kubelet
does not have it passes over, and logs that (v1beta1 is decoded again without strictness), so that a field which was written in advance,
or with a typing error, has no effect until a kubelet has it: from then on it counts. What is not set is as by default, and a few
defaults moved.

Mirrors DecodeKubeletConfiguration in pkg/kubelet/kubeletconfig/util/codec, and the defaults of pkg/kubelet/apis/config/v1beta1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kubelet.flags import flags_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.kinds import Kind
from upgradecheck.model.options import Default, KubeletOptions
from upgradecheck.model.starting import OptionRemark, RemarkKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.idle_words import shown_flag
from upgradecheck.planning.asking.starting import CONFIGURATION, NEW_CONFIGURATION, Options, placed
from upgradecheck.planning.asking.steps import Steps

_EMPTY = ("", "0s", 0)
_HEADS = ("apiVersion", "kind")
"""What a file says of itself: none of its fields (UC032 tells of these)."""


def with_remarks(steps: Steps, configs: Configs, arguments: Iterable[KubeletArguments], nodes: Collection[str], options: Options) -> Steps:
    """The steps, with what is to be said of flags and fields. nodes: all that are known."""
    words = placed(arguments, nodes)
    if not words and not (configs.old_told or configs.new_told):
        return steps
    known, target = options(), steps.target.version.minor
    starts = sorted(_starts(steps))
    found = [remark for one in words for remark in _of_flags(one, known, _start_of(steps, one.node, starts), target)]
    if configs.old_told or configs.new_told:
        found += _of_fields(configs, known, starts, target)
    if configs.old_told and not configs.new.whole:
        by_flag = {state.field for one in words for flag in flags_of(one.words) if (state := known.flag(flag, target)) is not None}
        found += _of_defaults({*_filled(configs.new), *by_flag}, configs, known, starts, target)
    return replace(steps, remarks=tuple(dict.fromkeys(found)))


def _starts(steps: Steps) -> set[Minor]:
    found = (one.step.start for one in (*steps.by_node.values(), *(() if steps.by_node else (steps.default,))) if one.step is not None)
    return {start.version.minor for start in found if start is not None}


def _start_of(steps: Steps, node: str | None, starts: Sequence[Minor]) -> Minor | None:
    """What the node runs; of a file of all, the oldest that runs."""
    return steps.start_of(node) if node is not None else next(iter(starts), None)


def _of_flags(arguments: KubeletArguments, known: KubeletOptions, start: Minor | None, target: Minor) -> Iterator[OptionRemark]:
    for flag in flags_of(arguments.words):
        if arguments.runs and _is_a_vendors(flag, known, start, target):
            yield OptionRemark(RemarkKind.OF_A_VENDOR, shown_flag(flag), arguments.place_of(flag), node=arguments.node)
        state, since = known.flag(flag, target), known.deprecated_since(flag, target)
        if state is None or since is None:
            continue
        ends = known.ends(flag, target)
        if ends is not None and ends == _next(target):
            kind = RemarkKind.FLAG_ENDS
        else:
            kind = RemarkKind.FLAG_OLD if start is None or since <= start else RemarkKind.FLAG_DEPRECATED
        field = f"{state.field} in the configuration" if state.field else ""
        instead = field or known.replaced.get(flag, "") or state.instead
        yield OptionRemark(kind, flag, arguments.place_of(flag), since, ends, instead, node=arguments.node)


def _is_a_vendors(flag: str, known: KubeletOptions, start: Minor | None, target: Minor) -> bool:
    """Whether no release of the running kubelet's minor has a flag that it runs with, and none of the new one's."""
    if flag not in known.flags:
        return bool(known.minors)
    return start is not None and known.takes(flag, start) is False and known.takes(flag, target) is False


def _next(minor: Minor) -> Minor:
    return Minor(minor.major, minor.minor + 1)


def _of_fields(configs: Configs, known: KubeletOptions, starts: Sequence[Minor], target: Minor) -> Iterator[OptionRemark]:
    """Fields of the new kubelet's configuration that it does not have, or that the running one does not."""
    place = NEW_CONFIGURATION if configs.new_told else CONFIGURATION
    if not known.has_fields(target):
        return
    starts = [start for start in starts if known.has_fields(start)]
    for path in _filled(configs.new):
        above = _above(path)
        if path.partition(" ")[0] in _HEADS or (above and not _has(known, above, target)):
            continue
        since = next((state.since for state in known.fields.get(path, ()) if not state.gone), None)
        new, old = _has(known, path, target), [_has(known, path, start) for start in starts]
        if not new and (any(old) or configs.new_told):
            yield OptionRemark(RemarkKind.FIELD_IGNORED, path, place, since, instead=known.flag_for(path, target) or "")
        elif not new:
            yield OptionRemark(RemarkKind.FIELD_OF_NOBODY, path, place, since)
        elif old and not all(old) and not configs.new_told:
            yield OptionRemark(RemarkKind.FIELD_COUNTS, path, place, since)


def _filled(config: KubeletConfig) -> Iterator[str]:
    """The fields that are set to something: kubeadm writes out ``0s`` and empty texts, which a kubelet takes for what is not set."""
    for path in config.given:
        value = config.values.get(path)
        if value is False or value not in _EMPTY:
            yield path


def _has(known: KubeletOptions, path: str, minor: Minor) -> bool:
    """Whether a minor has a field; of one below a field that is of another package nobody knows, and it counts as one that is."""
    if known.field(path, minor) is not None:
        return True
    while above := _above(path):
        if (state := known.field(above, minor)) is not None:
            return not (state.members or state.kind is Kind.RECORDS)
        path = above
    return False


def _above(path: str) -> str:
    """The field in which another one is, which may be a list; empty of one at the top."""
    above = path.rpartition(".")[0]
    return above.rpartition("[")[0] if above.endswith("]") else above


def _of_defaults(
    given: Collection[str], configs: Configs, known: KubeletOptions, starts: Sequence[Minor], target: Minor
) -> Iterator[OptionRemark]:
    """Defaults on which something hangs, and which moved; of a field that is not set."""
    place = NEW_CONFIGURATION if configs.new_told else CONFIGURATION
    of_pods = [(RemarkKind.DEFAULT_OF_PODS, *one) for one in known.to_pods.items()]
    for kind, path, matters in (*of_pods, *((RemarkKind.DEFAULT_OF_NODES, *one) for one in known.to_nodes.items())):
        new = known.field(path, target)
        if new is None or path in given:
            continue
        olds = {state.default for start in starts if (state := known.field(path, start)) is not None}
        for old in sorted(olds - {new.default}, key=str):
            since = _moved(known, path, target)
            yield OptionRemark(kind, path, place, since, old=_told(old), new=_told(new.default), matters=matters)


def _moved(known: KubeletOptions, path: str, target: Minor) -> Minor | None:
    """The minor from which on the default is what it is in this one."""
    return next((state.since for state in reversed(known.fields[path]) if state.since <= target), None)


def _told(value: Default) -> str:
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
