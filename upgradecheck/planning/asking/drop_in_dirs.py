"""Directories of drop-ins (--config-dir) of which no plan sees all that they do.

Some kubelets take them only with a variable in their environment; a running one that wants it, too, and has the flag, has it. And 1.28
fills in a drop-in with defaults before it lays that over the file: what its kubelet is configured with is not what the files say, and
another minor's is another one.

Mirrors NewKubeletCommand and mergeKubeletConfigurations in cmd/kubelet/app/server.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.plan import Missing
from upgradecheck.model.version import Minor

_FLAG = "config-dir"


def untold_variable(
    words: Iterable[KubeletArguments], known: KubeletOptions, starts: Collection[Minor], target: Minor
) -> Iterator[Missing]:
    """What is not known of the new kubelet's environment. starts: what runs."""
    variable = known.drop_ins.variable
    if variable is None or not variable.of(target) or (starts and all(variable.of(start) for start in starts)):
        return
    for one in words:
        if last(one.words, _FLAG):
            yield Missing(
                f"whether {variable.name} is in the new kubelet's environment, beside {one.place_of(f'--{_FLAG}')}",
                f"kubelets of {variable.since} and later, before {variable.until}, end at --{_FLAG} without it",
            )


def untold_defaults(
    words: Iterable[KubeletArguments], known: KubeletOptions, starts: Collection[Minor], target: Minor
) -> Iterator[Missing]:
    """What is not known where drop-ins have defaults of their own, before the upgrade or after it. starts: what runs."""
    over = known.drop_ins.lays_defaults_over
    if all(over(start) is over(target) for start in starts) and (starts or not over(target)):
        return
    where = dict.fromkeys(one.place_of(f"--{_FLAG}") for one in words if last(one.words, _FLAG))
    since, until = known.drop_ins.defaults or (target, target)
    for place in where:
        yield Missing(
            f"what the drop-ins of {place} make of the kubelet's configuration",
            f"kubelets of {since} and later, before {until}, fill a drop-in in with defaults and lay these over the file, too, and others "
            "do not: what `/configz` of the running one shows tells what it has",
        )
