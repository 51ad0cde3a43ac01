"""``plan`` of several clusters: contexts of the kubeconfig, dumps, or both; patterns stand for all that they match.

One name is one cluster and one Plan, as ever. Several, a pattern (whatever it matches) and --dump make one document (``Clusters``),
so that what a pipeline reads does not hang on how many clusters there are today. ``-o FORMAT=FILE`` with ``{cluster}`` in FILE writes each
cluster's own Plan, in every format, as if that cluster had been planned alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from glob import glob
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upgradecheck.cli.groups import ClustersOptions, Output, Showing
    from upgradecheck.cli.session import Session
    from upgradecheck.commands.clusters import AskedCluster
    from upgradecheck.commands.request import PlanRequest
    from upgradecheck.model.clusters import Clusters
    from upgradecheck.model.plan import Plan
    from upgradecheck.model.progress import Watch

SHOWS: Final = "clusters"
PLACE = "{cluster}"
_PATTERN = pattern(r"[*?\[]")
_NO_NAME_OF_A_FILE = pattern(r"[^A-Za-z0-9._-]")
_INSTEAD: Final = {
    "--fleet": "Put the bundles of its nodes (collect -o) into the dump, or name its cluster with --context.",
    "--kubeconfig": "Leave one of them out, or name contexts to read, too.",
}


def several_asked(request: PlanRequest, options: ClustersOptions, session: Session) -> bool:
    """Whether more than one cluster is meant, or what may be more than one.

    Raises:
        UsageError: dumps of clusters are named beside another input.
    """
    given = next((name for name, value in (("-f", request.files), ("--example", request.example)) if value), None)
    if given is not None and options.dumps:
        if place := session.places.get("--dump"):
            session.tell(f"{place}: is not used, since {given} gives one cluster.")
            return False
        raise UsageError(f"--dump and {given} exclude each other: {given} gives one cluster, --dump one each. Leave one of them out.")
    if given is not None or request.static_pods is not None:
        return False
    return bool(options.dumps) or len(options.contexts) > 1 or any(map(_PATTERN.search, options.contexts))


def refuse_single(request: PlanRequest) -> None:
    """That nothing is given which tells of one node of one cluster.

    Raises:
        UsageError: something is.
    """
    of_one = (
        ("--cri", request.cri), ("--docker", request.docker), ("--checkpoint", request.checkpoint), ("--kubelet-dir", request.kubelet_dir),
        ("--override-in-force", request.in_force), ("--static-pods", request.static_pods),
    )  # fmt: skip
    for option, value in of_one:
        if value:
            raise UsageError(f"{option}: tells of one node, and several clusters are asked for. Plan that node's cluster alone.")


def refuse_clusters(request: PlanRequest, options: ClustersOptions, session: Session) -> None:
    """That nothing is given beside dumps which a live cluster alone tells; where nobody typed it, it is said that it is not used.

    Raises:
        UsageError: something is.
    """
    read = bool(options.contexts) and "--context" not in session.places
    for option, value in (("--fleet", request.fleet), ("--kubeconfig", None if read else options.kubeconfig)):
        if not (options.dumps and value):
            continue
        place = session.places.get(option)
        if place is None:
            raise UsageError(f"{option} and --dump exclude each other: of what --dump names no cluster is read. {_INSTEAD[option]}")
        session.tell(f"{place}: is not used, since of what --dump names no cluster is read.")


def plan_several(
    request: PlanRequest, options: ClustersOptions, output: Output, showing: Showing, session: Session, watch: Watch
) -> Clusters:
    """The plans of all clusters that are meant, written as -o asks for.

    Raises:
        UpgradecheckError: it cannot be told which clusters are meant, an option cannot be used, or a report cannot be written.
    """
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.clusters import make_clusters

    refuse_single(request)
    refuse_clusters(request, options, session)
    asked, notices = _asked(request, options, session, watch)
    own = [text for text in output.outputs if PLACE in text.partition("=")[2]]
    whole = [text for text in output.outputs if text not in own]
    together = parse_outputs(whole, SHOWS, output.color, everything=showing.everything) if whole or not own else ()
    files = _file_names(one.name for one in asked)

    @contextmanager
    def keeping(name: str) -> Iterator[Callable[[Plan], None]]:
        texts = [text.replace(PLACE, files[name]) for text in own]
        wanted = parse_outputs(texts, "plan", output.color, everything=showing.everything) if texts else ()
        with open_sinks(wanted, session) as sinks:
            yield lambda plan: (write_all([one.of(plan) for one in wanted], sinks), None)[1]

    with open_sinks(together, session) as sinks:
        clusters = make_clusters(asked, request.owner_label, notices, keeping, session.tell)
        write_all([one.of(clusters) for one in together], sinks)
    return clusters


def _asked(request: PlanRequest, options: ClustersOptions, session: Session, watch: Watch) -> tuple[list[AskedCluster], tuple[str, ...]]:
    from upgradecheck.commands.clusters import AskedCluster

    contexts, notices = _contexts(options, session)
    found = [
        AskedCluster(name, replace(request, cluster=replace(options.one(name).live(watch, session.tell), by_pattern=by_pattern)))
        for name, by_pattern in contexts.items()
    ]
    found += [AskedCluster(name, replace(request, files=(path,), fleet=False)) for name, path in _dumps(options.dumps)]
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two clusters are called {twice}. Give a dump another name: --dump NAME=PATH.")
    return found, tuple(notices)


def _contexts(options: ClustersOptions, session: Session) -> tuple[dict[str, bool], list[str]]:
    """The contexts that are meant, each with whether a pattern means it; and what is to be told of those left out.

    Raises:
        UpgradecheckError: one is not there.
    """
    if not options.contexts or (options.dumps and "--context" in session.places):
        if options.contexts:
            session.tell(f"{session.places['--context']}: is not used, since with --dump no cluster is read.")
        return {}, []
    from upgradecheck.transport.errors import NotConfigured
    from upgradecheck.transport.kubeconfig import contexts_of

    known = contexts_of(options.kubeconfig)
    found: dict[str, bool] = {text: False for text in options.contexts if text in known}
    notices = []
    for text in options.contexts:
        if text in known:
            continue
        matching = [name for name in known if _PATTERN.search(text) and fnmatchcase(name, text)]
        if not matching:
            wanted = "matches no context" if _PATTERN.search(text) else "is no context"
            raise NotConfigured(f"--context {text}: {wanted} of the kubeconfig. kubectl config get-contexts lists them.")
        for name in matching:
            same = next((other for other in found if known[other] is not None and known[other] == known[name]), None)
            if same is None:
                found[name] = True
            elif same != name:
                notices.append(f"Context {name} leads to the cluster of context {same}, which is planned by that one alone.")
    return found, notices


def _dumps(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names and paths; a pattern stands for what it matches.

    Raises:
        UsageError: nothing is there.
    """
    for text in texts:
        name, sign, path = ("", "", text) if os.path.lexists(text) else text.partition("=") if "=" in text else ("", "", text)
        if not (_PATTERN.search(path) or path == "-" or os.path.lexists(path)):
            raise InputError(f"--dump {text}: no such file or directory. Name what was dumped from a cluster.")
        if path == "-":
            raise UsageError("--dump -: standard input is one dump. Give it with -f -, or name files and directories.")
        paths = sorted(glob(path)) if _PATTERN.search(path) and not os.path.lexists(path) else [path]  # noqa: PTH207
        if not paths:
            raise UsageError(f"--dump {text}: matches nothing. Name a file or a directory, one for each cluster.")
        if sign and (not name or len(paths) > 1):
            raise UsageError(f"--dump {text}: {'the name is empty' if not name else 'one name for several dumps'}. Write --dump NAME=PATH.")
        yield from ((name or _name_of(one), one) for one in paths)


def _name_of(path: str) -> str:
    """``prod`` of ``dumps/prod/`` and of ``prod.json.gz``."""
    last = os.path.basename(os.path.abspath(path))  # noqa: PTH100, PTH119
    return last if os.path.isdir(path) else re.sub(r"(?:\.(?:json|ya?ml|ndjson|gz|txt))+$", "", last) or last  # noqa: PTH112


def _file_names(names: Iterable[str]) -> dict[str, str]:
    """What stands in the name of a file for each cluster: what no file system takes otherwise, and none of them twice."""
    found: dict[str, str] = {}
    for name in names:
        safe = _NO_NAME_OF_A_FILE.sub("_", name)
        safe = f"_{safe[1:]}" if safe.startswith((".", "-")) else safe
        number = 1
        while (unique := safe if number == 1 else f"{safe}-{number}") in found.values():
            number += 1
        found[name] = unique
    return found
