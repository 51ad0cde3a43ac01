"""Container hashes of given pods under given kubelets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from enum import Enum
from itertools import chain, islice, tee
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from upgradecheck.cli.completion import complete_version, complete_version_list
from upgradecheck.cli.declaring import option
from upgradecheck.cli.groups import Input, Output, WhenProgress
from upgradecheck.cli.session import Session
from upgradecheck.cli.texts import comma_lists
from upgradecheck.model.errors import EXIT_NO_REPORT, UsageError

if TYPE_CHECKING:
    from upgradecheck.model.hashlist import HashEntry

EPILOG = """\
Examples:
  upgradecheck hash -f pod.json --kubelet 1.30
  kubectl get pods -A -o json | upgradecheck hash -f - --kubelet 1.30.14,1.31 -o json
  upgradecheck hash -f static-pod.json --pod-source file --defaults --kubelet 1.28 --kubelet 1.29
  upgradecheck hash -f rendered.yaml --kubelet 1.30,1.31 --api 1.30
  upgradecheck hash -f pod.json --kubelet 1.30 --show-input -o json

--show-input shows what decides about a hash: up to 1.15 the Go struct as it is printed and hashed; from 1.16 on the JSON text,
of which a kubelet hashes the bytes as Go prints them: "([]uint8)[", each byte as a decimal with a blank between two, "]".

Exit codes:
  0  everything was hashed
  1  no report could be made
  3  a document is no Pod, a kubelet refuses it, or one of several files breaks off or cannot be read
  64 usage error; 130, 143 interrupted
"""

SHOWS: Final = "hashes"

_EXIT_REFUSED = 3


class PodSourceChoice(str, Enum):
    """Where the kubelet gets the pods from."""

    AUTO = "auto"
    API = "api"
    FILE = "file"


class Options(NamedTuple):
    """Hashing."""

    kubelets: Annotated[
        tuple[str, ...],
        option(
            "--kubelet",
            metavar="VERSION,...",
            help="Hash as this kubelet does. Repeatable.",
            read=comma_lists,
            complete=complete_version_list,
        ),
    ] = ()
    pod_source: Annotated[
        PodSourceChoice, option("--pod-source", help="Where the kubelet has the pods from; auto: as each pod's annotation says, else api.")
    ] = PodSourceChoice.AUTO
    defaults: Annotated[
        bool, option("--defaults", help="Default each pod first, as each kubelet does it to the manifest of a static pod.")
    ] = False
    api: Annotated[
        str | None,
        option(
            "--api",
            metavar="VERSION",
            help="Hash manifests and templates as this API server makes pods of them. [default: as written]",
            complete=complete_version,
        ),
    ] = None
    show_input: Annotated[
        bool, option("--show-input", help="Show the text that is hashed too. It holds env values, commands and all else of the spec.")
    ] = False


def run(session: Session, reading: Input, options: Options, output: Output) -> int:
    """Which hash does a kubelet of a given version compute for each container of the given pods?"""
    from msgspec.structs import replace

    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.progressing import progress, shows_rows
    from upgradecheck.commands.hash import HashRequest, hash_notices, make_hashes
    from upgradecheck.renderers import choose, formats_of

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    if options.show_input and not any(report.format.shows_input for report in wanted):
        showing = [name for name in formats_of(SHOWS) if choose(name, SHOWS).shows_input]
        raise UsageError(f"--show-input: -o {', '.join(output.outputs)} does not show it. Take one of: {', '.join(showing)}.")
    request = HashRequest(
        files=reading.files,
        recursive=reading.recursive,
        example=reading.example,
        kubelets=options.kubelets,
        pod_source=options.pod_source.value,
        show_input=options.show_input,
        defaults=options.defaults,
        api=options.api,
    )
    for notice in hash_notices(request):
        session.tell(notice)
    if options.show_input:
        session.tell("--show-input: the output holds whole container specs, env values included. Treat it as secret.")
    with open_sinks(wanted, session) as sinks, ExitStack() as drawn:
        watch = drawn.enter_context(progress(session, output))
        counter = _Refusals(_begun(make_hashes(replace(request, watch=watch), session.tell)))
        if shows_rows(wanted) and output.progress is not WhenProgress.JSON:
            drawn.close()  # a line that is drawn anew would stand among the rows
        copies = tee(counter, len(wanted))
        streams = [report.of(entries) for report, entries in zip(wanted, copies, strict=True)]
        whole = write_all(streams, sinks)
    if not whole:
        return EXIT_NO_REPORT
    return _EXIT_REFUSED if counter.refused else 0


def _begun(entries: Iterator[HashEntry]) -> Iterator[HashEntry]:
    """The same entries, the first one made, so that inputs and options that cannot be used are told before a report begins."""
    first = list(islice(entries, 1))
    return chain(first, entries)


class _Refusals:
    """Passes entries on and counts those without hashes."""

    def __init__(self, entries: Iterable[HashEntry]) -> None:
        self._entries = entries
        self.refused = 0

    def __iter__(self) -> Iterator[HashEntry]:
        from upgradecheck.model.hashlist import HashError

        for entry in self._entries:
            self.refused += isinstance(entry, HashError)
            yield entry
