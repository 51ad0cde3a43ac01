"""Directories of drop-ins (--config-dir) of which no plan sees all that they do.

Some kubelets take them only with a variable in their environment; a running one that wants it, too, and has the flag, has it. And 1.28
fills in a drop-in with defaults before it lays that over the file: what its kubelet is configured with is not what the files say, and
another minor's is another one.

Mirrors NewKubeletCommand and mergeKubeletConfigurations in cmd/kubelet/app/server.go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.plan import Missing
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.steps import Steps

_FLAG = "config-dir"


def with_drop_ins(
    steps: Steps, files: Sequence[str], words: Iterable[KubeletArguments], options: Callable[[], KubeletOptions], starts: Collection[Minor]
) -> Steps:
    """The steps, with what is not known of drop-ins that were given as files: of a command line which names their directory it is asked."""
    if not files or any(last(one.words, _FLAG) for one in words):
        return steps
    known, target = options(), steps.target.version.minor
    found = (*_variable(known, starts, target, (f"the drop-ins given ({files[0]})",)), *_defaults(known, starts, target, (files[0],)))
    return replace(steps, missing=(*steps.missing, *found))


def untold_variable(
    words: Iterable[KubeletArguments], known: KubeletOptions, starts: Collection[Minor], target: Minor
) -> Iterator[Missing]:
    """What is not known of the new kubelet's environment. starts: what runs."""
    return _variable(known, starts, target, [one.place_of(f"--{_FLAG}") for one in words if last(one.words, _FLAG)])


def _variable(known: KubeletOptions, starts: Collection[Minor], target: Minor, beside: Iterable[str]) -> Iterator[Missing]:
    variable = known.drop_ins.variable
    if variable is None or not variable.of(target) or (starts and all(variable.of(start) for start in starts)):
        return
    for place in beside:
        yield Missing(
            f"whether {variable.name} is in the new kubelet's environment, beside {place}",
            f"kubelets of {variable.since} and later, before {variable.until}, end at --{_FLAG} without it",
        )


def untold_defaults(
    words: Iterable[KubeletArguments], known: KubeletOptions, starts: Collection[Minor], target: Minor
) -> Iterator[Missing]:
    """What is not known where drop-ins have defaults of their own, before the upgrade or after it. starts: what runs."""
    return _defaults(known, starts, target, dict.fromkeys(one.place_of(f"--{_FLAG}") for one in words if last(one.words, _FLAG)))


def _defaults(known: KubeletOptions, starts: Collection[Minor], target: Minor, where: Iterable[str]) -> Iterator[Missing]:
    over = known.drop_ins.lays_defaults_over
    if all(over(start) is over(target) for start in starts) and (starts or not over(target)):
        return
    since, until = known.drop_ins.defaults or (target, target)
    for place in where:
        yield Missing(
            f"what the drop-ins of {place} make of the kubelet's configuration",
            f"kubelets of {since} and later, before {until}, fill a drop-in in with defaults and lay these over the file, too, and others "
            "do not: what `/configz` of the running one shows tells what it has",
        )
