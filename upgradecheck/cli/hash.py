"""``upgradecheck hash``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import chain, islice, tee
from typing import TYPE_CHECKING, Annotated

import typer

from upgradecheck.cli.completion import complete_version_list
from upgradecheck.cli.options import (
    Color,
    ColorChoice,
    Debug,
    Files,
    NoProgress,
    Outputs,
    Quiet,
    Recursive,
    Verbose,
    check_input,
    comma_lists,
    many,
    option,
)
from upgradecheck.model.errors import EXIT_NO_REPORT, UsageError

if TYPE_CHECKING:
    from upgradecheck.model.hashlist import HashEntry

EPILOG = """\
\b
Examples:
  upgradecheck hash -f pod.json --kubelet 1.30
  kubectl get pods -A -o json | upgradecheck hash -f - --kubelet 1.30.14,1.31 -o json
  upgradecheck hash -f static-pod.json --pod-source file --kubelet 1.28 --kubelet 1.29
  upgradecheck hash -f pod.json --kubelet 1.30 --show-input -o json

\b
--show-input shows what decides about a hash: up to 1.15 the Go struct as it is printed and hashed; from 1.16 on the JSON text,
of which a kubelet hashes the bytes as Go prints them: "([]uint8)[", each byte as a decimal with a blank between two, "]".

\b
Exit codes:
  0  everything was hashed
  1  no report could be made
  3  a document is no Pod, or a kubelet refuses it
  64 usage error; 130, 143 interrupted
"""

_EXIT_REFUSED = 3


class PodSourceChoice(str, Enum):
    """Where the kubelet gets the pods from."""

    AUTO = "auto"
    API = "api"
    FILE = "file"


def hash_command(
    context: typer.Context,
    files: Files = None,
    recursive: Recursive = False,
    example: Annotated[bool, option("--example", help="Hash the pods of the recorded node that ships with the program.")] = False,
    kubelets: Annotated[
        list[str] | None,
        option(
            "--kubelet",
            metavar="VERSION,...",
            help="Hash as this kubelet does. Repeatable.",
            show_default=False,
            autocompletion=complete_version_list,
        ),
    ] = None,
    pod_source: Annotated[
        PodSourceChoice, option("--pod-source", help="Where the kubelet has the pods from; auto: as each pod's annotation says, else api.")
    ] = PodSourceChoice.AUTO,
    defaults: Annotated[
        bool, option("--defaults", help="Default each pod first, as each kubelet does it to the manifest of a static pod.")
    ] = False,
    show_input: Annotated[
        bool, option("--show-input", help="Show the text that is hashed too. It holds env values, commands and all else of the spec.")
    ] = False,
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    no_progress: NoProgress = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Which hash does a kubelet of a given version compute for each container of the given pods?"""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    check_input(many(files), example=example)
    versions = comma_lists("--kubelet", kubelets)
    if not versions:
        raise UsageError("--kubelet is missing: name the kubelet version to hash as, such as --kubelet 1.30 (or several: 1.30,1.31).")
    wanted = parse_outputs(many(outputs), "hashes", color)
    if show_input and not any(report.format.shows_input for report in wanted):
        raise UsageError(f"--show-input: -o {', '.join(many(outputs))} does not show it. Take -o table, json or yaml.")
    context.obj.start_logging()

    from upgradecheck.commands.hash import HashRequest, hash_notices, make_hashes

    request = HashRequest(
        files=many(files),
        recursive=recursive,
        example=example,
        kubelets=versions,
        pod_source=pod_source.value,
        show_input=show_input,
        defaults=defaults,
    )
    for notice in hash_notices(request):
        context.obj.tell(notice)
    if show_input:
        context.obj.tell("--show-input: the output holds whole container specs, env values included. Treat it as secret.")
    with open_sinks(wanted, context.obj) as sinks:
        counter = _Refusals(_begun(make_hashes(request)))
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
