"""``verify``: a saved plan against what is seen after the upgrade: in a live cluster, in dumps, or in this node's runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.commands.here import AskedNode, ask_node
from upgradecheck.commands.kept_files import content_of, json_of, named
from upgradecheck.commands.opening import open_source
from upgradecheck.commands.provisional import remarks_on_versions
from upgradecheck.commands.request import LiveCluster, PlanRequest, check
from upgradecheck.commands.show import read_saved
from upgradecheck.contract.v1.verification import verification_of
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.events import kubelet_event
from upgradecheck.hashing.containers import hash_container
from upgradecheck.logs import Log
from upgradecheck.model.aftermath import KubeletEvent
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError, UsageError
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Plan
from upgradecheck.model.schema import Era
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.verification import Verification
from upgradecheck.model.wording import count, form
from upgradecheck.reading.pod import ReadPod, Taken
from upgradecheck.verifying.adding import is_of_one_plan, with_earlier
from upgradecheck.verifying.after import After, Asked
from upgradecheck.verifying.looking import Hashes, Looking
from upgradecheck.verifying.verifying import verify

if TYPE_CHECKING:
    from upgradecheck.sources import Source, Telling

_LOG = Log(__name__)
_STDIN = "-"
_MOST_NAMES = 5


class VerifyRequest(msgspec.Struct, frozen=True):
    """What the user asked of ``verify``; texts as given. cluster: to be read where neither files nor a runtime are named."""

    plan: str
    files: tuple[str, ...] = ()
    recursive: bool = False
    nodes: tuple[str, ...] = ()
    cri: str | None = None
    docker: str | None = None
    earlier: tuple[str, ...] = ()
    cluster: LiveCluster | None = None


class _Nothing:
    """A source that has nothing: where a node's runtime is asked alone."""

    def facts(self) -> Facts:
        return Facts()

    def pods(self) -> Iterator[ReadPod]:
        return iter(())

    def beforehand(self) -> None:
        return None

    def all_facts(self) -> Facts:
        return Facts()

    def events(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        return None


def make_verification(request: VerifyRequest, tell: Callable[[str], None]) -> Verification:
    """What became of a plan's predictions; tell takes what a person should know of the plan's file.

    Raises:
        UpgradecheckError: the plan, an earlier result or the inputs cannot be read, or an option cannot be used.
    """
    if [request.plan, *request.files, *request.earlier].count(_STDIN) > 1:
        raise UsageError("standard input can be one thing only: the plan, an input (-f -), or an earlier result.")
    plan: Plan = read_saved(request.plan, tell).value
    earlier = [(name, read_verification(name)) for name in request.earlier]
    found = verify(plan, *_after(request, plan))
    for name, one in earlier:
        if one.plan_hash != plan.plan_hash:
            raise InputError(f"--earlier {named(name)}: is of plan {one.plan_hash}, and {named(request.plan)} is {plan.plan_hash}.")
        if not is_of_one_plan(one, found):
            raise InputError(
                f"--earlier {named(name)}: tells of other containers than {named(request.plan)}: it was changed; verify again."
            )
        found = with_earlier(found, one)
    return found


def read_verification(path: str, raw: bytes | None = None) -> Verification:
    """A result that ``-o json=PATH`` has kept. raw: what is in it, where that was read before.

    Raises:
        InputError: it cannot be read, or is none.
    """
    raw = content_of(path, "Give the result that verify -o json=RESULT has written") if raw is None else raw
    try:
        return guarded(lambda: verification_of(json_of(raw, "result")))
    except SpecRefused as error:
        raise InputError(f"{named(path)}: {error}. Nothing is shown of it; make it anew with verify PLAN -o json=RESULT.") from error


def _after(request: VerifyRequest, plan: Plan) -> tuple[After, tuple[str, ...]]:
    """What is seen now, and what is to be said of the reading."""
    query = _query(request, plan)
    check(query)
    with closing(_source(request, query)) as source:
        asked = ask_node(source, request.cri, request.docker, request.nodes)
        inputs: Source = source if asked is None else asked.told
        facts = inputs.facts()
        live = None if asked is None else asked.told.live.name
        looking = Looking(plan, dumped=facts.cluster is None, live=live, hashes=_hashes(plan), lists=facts.lists)
        unread = 0
        with _LOG.timed("reading the pods"):
            for pod in inputs.pods():
                try:
                    guarded(partial(looking.take, pod))
                except SpecRefused:
                    looking.cannot_read(pod)
                    unread += 1
        with _LOG.timed("reading the events"):
            events, unseen = _events(source)
    here = None if asked is None else _asked(asked, request, plan)
    only = frozenset({here.name}) if here is not None else _only(request, plan)
    strange = (*_of_cluster(plan, facts), *_unknown_to(plan, facts, looking))
    after = looking.seen(
        facts.nodes,
        facts.containers,
        facts.sandboxes,
        events,
        here,
        only=only,
        everything=facts.cluster is not None and not strange,
        partial=bool(facts.missing),
        hears=facts.cluster is not None and not unseen,
    )
    provisional = remarks_on_versions((plan.to_version, *(node.from_version for node in plan.nodes)))
    return after, (*strange, *unseen, *_notices(facts, after, unread), *provisional)


def _hashes(plan: Plan) -> Hashes | None:
    """How the new kubelet hashes containers, where that is of name and image alone, which no view of a pod leaves out or defaults."""
    try:
        build, *others = Catalog().builds(plan.to_version)
    except UpgradecheckError:
        return None
    if others or build.hash_class.schema.era is not Era.IMAGE_NAME:
        return None

    def of(pod: ReadPod) -> Mapping[str, Hash]:
        try:
            containers = guarded(lambda: pod.under(build, Taken.FROM_API).containers)
        except SpecRefused:
            return {}
        return {one.name: hash_container(one, build.hash_class) for one in containers}

    return of


def _query(request: VerifyRequest, plan: Plan) -> PlanRequest:
    """As ``plan`` would ask: of a cluster, what the plan was about, whatever labels its pods have by now."""
    return PlanRequest(
        files=request.files,
        recursive=request.recursive,
        namespaces=plan.scope.namespaces,
        cri=request.cri,
        docker=request.docker,
        cluster=request.cluster,
    )


def _events(source: Telling) -> tuple[list[KubeletEvent], tuple[str, ...]]:
    """Those that tell something, and a notice if they could not be read; what is none, or has another form, tells nothing."""
    found: list[KubeletEvent] = []
    try:
        for raw in source.events():
            with suppress(SpecRefused):
                if (one := guarded(partial(kubelet_event, raw))) is not None:
                    found.append(one)
    except UpgradecheckError as error:
        return found, (f"Events were not read ({str(error).rstrip('.')}): why a kubelet stopped a container is not seen.",)
    return found, ()


def _source(request: VerifyRequest, query: PlanRequest) -> Telling:
    if request.cluster is not None or request.files:
        return open_source(query)
    return _Nothing()


def _asked(asked: AskedNode, request: VerifyRequest, plan: Plan) -> Asked:
    """Which node of the plan this machine is: the one that is named, that of its boot or of its name, or the only one.

    Raises:
        UsageError: nothing tells.
    """
    kubelet, names = asked.kubelet, [node.name for node in plan.nodes]
    same_boot = [node.name for node in plan.nodes if node.boot_id is not None and node.boot_id == kubelet.boot_id]
    of_its_name = [name for name in names if name == kubelet.name]
    chosen = list(_only(request, plan) or ()) or same_boot or of_its_name or names
    if len(chosen) != 1:
        which = f"Name it with --node, one of {_listed(names)}"
        raise UsageError(f"--cri, --docker: which node of the plan this machine is, nothing tells. {which}.")
    return Asked(chosen[0], kubelet.version if kubelet.runs else None, kubelet.boot_id, kubelet.started_at, asked.told.live.name)


def _only(request: VerifyRequest, plan: Plan) -> frozenset[str] | None:
    """The nodes that --node names.

    Raises:
        UsageError: the plan has none of that name.
    """
    names = [node.name for node in plan.nodes]
    for name in request.nodes:
        if name not in names:
            raise UsageError(f"--node {name!a}: is no node of the plan. Wanted one of {_listed(names)}.")
    return frozenset(request.nodes) or None


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return f"{', '.join(f'{name!a}' for name in names[:_MOST_NAMES])}{f' and {more} more' if more > 0 else ''}"


def _of_cluster(plan: Plan, facts: Facts) -> Iterator[str]:
    """That another cluster is read than the plan was made of: another kubeconfig, perhaps, or another way to the same one."""
    before, now = plan.scope.cluster, facts.cluster
    if before is not None and now is not None and before.server != now.server:
        yield f"The plan was made of {before.server}, and this is {now.server}: make sure that it is the same cluster."


def _unknown_to(plan: Plan, facts: Facts, looking: Looking) -> Iterator[str]:
    """That a plan of dumps, which name no cluster, may be of another one than is read: nodes of two clusters can have one name."""
    boots = {one.boot_id for one in facts.nodes} - {None}
    if (
        facts.cluster is None
        or plan.scope.cluster is not None
        or looking.has_any
        or not boots.isdisjoint(one.boot_id for one in plan.nodes)
    ):
        return
    yield (
        "No pod of the plan is there, and no node in the boot that it was in: make sure that this is the plan's cluster. What is not there"
        " is not taken for replaced."
    )


def _notices(facts: Facts, after: After, unread: int) -> Iterator[str]:
    yield from (f"Not seen: {one.what} ({one.reason})." for one in facts.missing)
    if unread:
        yield f"{count(unread, 'pod')} could not be read, and what became of {form(unread, 'it', 'them')} is not seen."
    if after.strangers:
        are = count(after.strangers, "running pod is", "running pods are")
        yield f"{are} not in the plan: started since, or out of its scope."
