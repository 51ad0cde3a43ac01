"""Units, drop-ins and environment files that were given, put together to the command lines of kubelets.

What belongs together the names of the files tell: the node after which one is named, or a directory above it (what names none is of
all), then the root that it lies under (``node-1/etc/systemd/system``), then the unit. Two files that would hide each other on one machine,
and lie in different directories, are of two machines. A drop-in that lies in no ``kubelet.service.d`` is of the only unit there is, or of
the kubelet's. An environment file that no unit names counts as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kubelet.systemd import flags_in
from upgradecheck.decode.kubelet.units import Joined, UnitFile, VariablesFile, join
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.wording import form, listed
from upgradecheck.planning.seeing.placing import node_in_name

_USUAL = "kubelet.service"


class CommandLines(msgspec.Struct, frozen=True, gc=False):
    """What came out. refused: places of commands that are not understood, with the reason. notices: what is not known of variables."""

    arguments: tuple[KubeletArguments, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()


def command_lines(units: Sequence[UnitFile], environments: Sequence[VariablesFile], nodes: frozenset[str]) -> CommandLines:
    """The command lines. nodes: all that are known."""
    joined = list(_joined(units, environments, nodes)) if units else []
    taken = frozenset(place for _, one in joined for place in one.taken)
    alone = [one for one in environments if one.place not in taken]
    set_alone = {name for one in alone for name in one.variables}
    arguments = [KubeletArguments(_flags(one), one.place, node_in_name(one.place, nodes)) for one in alone]
    arguments += (
        KubeletArguments(tuple(word.text for word in one.words), one.place, node, tuple(word.place for word in one.words), one.image)
        for node, one in joined
        if not one.problem
    )
    refused = dict.fromkeys((one.place, problem) for _, one in joined if (problem := one.problem or _open(one, set_alone)))
    notices = dict.fromkeys(told for _, one in joined for told in (_told(one, set_alone), *_beyond(one)) if told)
    return CommandLines(tuple(arguments), tuple(refused), tuple(notices))


def _flags(file: VariablesFile) -> tuple[str, ...]:
    """Those of a file that no unit names: what reads it nobody tells, so that each reading counts."""
    readings = (file.variables, file.older or {}, file.of_shell or {})
    values = dict.fromkeys(value for found in readings for value in found.items())
    return tuple(word for _, value in values for word in flags_in(value))


def _told(one: Joined, elsewhere: Container[str]) -> str:
    """What is not known of a command line; elsewhere: variables that other files set, which count as a whole."""
    names = [f"${name}" for name in one.unknown if name not in elsewhere]
    if not names:
        return ""
    lacking = one.lacking or ("its unit",)
    stand, were = form(len(names), "stands", "stand"), form(len(lacking), "was", "were")
    return (
        f"{one.place}: what {listed(names)} {stand} for is not known, for {listed(lacking)} {were} not given. Flags in there are not "
        "looked at: give with -f what the node has of it."
    )


def _open(one: Joined, elsewhere: Container[str]) -> str:
    """Why a plan cannot count on a command line: a shell makes flags of what nobody knows."""
    found = [text for text in one.open if text.removeprefix("$") not in elsewhere]
    if not found:
        return ""
    return f"what a shell makes of {listed(found)} is not known: give the kubelet's command line in a file of KUBELET_EXTRA_ARGS=…"


def _beyond(one: Joined) -> Iterator[str]:
    """What is said of values that a shell makes, and of flags that a wrapper may add."""
    if one.values:
        yield f"{one.place}: what a shell makes of {listed(one.values)} is not known. Values of flags in there are not looked at."
    if one.wrapper and not one.problem:
        yield f"{one.place}: {one.wrapper} may give the kubelet flags of its own. They are not looked at."


def _joined(units: Sequence[UnitFile], environments: Sequence[VariablesFile], nodes: frozenset[str]) -> Iterator[tuple[str | None, Joined]]:
    """Command lines with their nodes; None is all. Once a node has a file of its own, each has its own command line."""
    whose = {place: node_in_name(place, nodes) for place in (*(one.place for one in units), *(one.place for one in environments))}
    apart = any(node is not None for node in whose.values())
    for node in sorted(nodes) if apart else [None]:
        own = [one for one in units if whose[one.place] == node]
        keys = {_key(one) for one in own}
        shared = [one for one in units if node is not None and whose[one.place] is None and _key(one) not in keys]
        theirs = [one for one in environments if whose[one.place] in (node, None)]
        for machine, root in _machines([*shared, *own]):
            beside = [one for one in theirs if _is_under(one, root, [*shared, *own])]
            for unit, files in _by_unit(machine):
                yield from ((node, one) for one in _readings(files, beside, unit))


def _readings(files: Sequence[UnitFile], environments: Sequence[VariablesFile], unit: str) -> Iterator[Joined]:
    """The command line; where an older systemd reads the environment files otherwise, that too, for which there is nobody tells."""
    yield (found := join(files, environments, unit))
    if any(one.place in found.taken and one.older not in (None, one.variables) for one in environments):
        yield join(files, [replace(one, variables=one.variables if one.older is None else one.older) for one in environments], unit)


def _key(file: UnitFile) -> tuple[str, str, tuple[bool, int]]:
    """What two files of one machine never have in common."""
    return file.unit or _USUAL, "" if file.is_main else file.name, file.rank


def _machines(files: Sequence[UnitFile]) -> Iterator[tuple[list[UnitFile], str | None]]:
    """Files that can be of one machine, with the root that they lie under, where there are several."""
    counts = Counter(_key(one) for one in files)
    roots = dict.fromkeys(one.root for one in files if counts[_key(one)] > 1 or one.apart)
    if len(roots) < 2:
        yield from ((one, None) for one in _apart(files))
        return
    for root in roots:
        yield from ((found, root) for found in _apart([one for one in files if one.root == root or one.root not in roots]))


def _apart(files: Sequence[UnitFile]) -> Iterator[list[UnitFile]]:
    """Files of one directory; what cannot be beside another is of another machine (``a-kubelet.service``, ``b-kubelet.service``)."""
    alike: dict[tuple[str, str, tuple[bool, int]], list[UnitFile]] = {}
    for one in files:
        alike.setdefault(_key(one), []).append(one)
    for number in range(max(map(len, alike.values()), default=0)):
        yield [found[min(number, len(found) - 1)] for found in alike.values()]


def _is_under(file: VariablesFile, root: str | None, files: Sequence[UnitFile]) -> bool:
    """Whether an environment file may be of the machine of this root: it does not lie under another's."""
    if root is None:
        return True
    return not any(_below(file.path, one.root) and not _below(root, one.root) for one in files)


def _below(path: str, root: str) -> bool:
    return bool(root) and (path == root or path.startswith(f"{root}/"))


def _by_unit(files: Sequence[UnitFile]) -> Iterator[tuple[str, list[UnitFile]]]:
    """The files of each unit; of loose drop-ins nobody tells whose they are but that there is one unit, or the kubelet's."""
    names = list(dict.fromkeys(one.unit for one in files if one.unit))
    usual = _USUAL if _USUAL in names or not names else (names[0] if len(names) == 1 else "")
    for name in dict.fromkeys((*names, usual)):
        found = [one for one in files if (one.unit or usual) == name]
        if found:
            yield name or _USUAL, found
