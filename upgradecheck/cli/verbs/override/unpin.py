"""Take pinned UIDs out of manifests again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.declaring import option
from upgradecheck.cli.override_options import KubeletPid, SelectedPods, StateDir, StaticPodDir, ThisNode
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.model.pins import Pin
    from upgradecheck.override.state import OverrideState
    from upgradecheck.pinning.manifests import NodeKubelet
    from upgradecheck.pinning.unpinning import ExaminedPin


class Options(NamedTuple):
    """Override."""

    confirm: Annotated[str | None, option("--confirm", metavar="HASH", help="Do it: the hash that the dry run prints.", variable=False)] = (
        None
    )
    pods: SelectedPods = ()
    static_pods: StaticPodDir = None
    state_dir: StateDir = None
    node: ThisNode = None
    pid: KubeletPid = None


def run(session: Session, options: Options) -> int:
    """On a node: takes out of manifests what pin wrote into them, byte for byte, and nothing else. Says what the kubelet then does.

    The kubelet under which they were pinned keeps the pods. Another one may make them anew at once, with the UIDs that it computes: this is
    the restart that the pin held back. Without --confirm nothing is changed.
    """
    from upgradecheck.cli.override_node import SYSTEM, require_hash
    from upgradecheck.override.state import DEFAULT_DIRECTORY, looked_at
    from upgradecheck.pinning.unpinning import examine_pins, unpin_hash

    directory = options.state_dir or DEFAULT_DIRECTORY
    held = looked_at(directory, SYSTEM)
    pins = _selected(held, options.pods, directory)
    found = examine_pins(pins, SYSTEM)
    kubelet, why = _kubelet(options)
    if options.confirm is None:
        return _dry_run(found, kubelet, why, options)
    require_hash(unpin_hash(found), options.confirm, "what is to be unpinned")
    return _unpinned(options, directory, kubelet, why)


def _selected(held: OverrideState | None, names: Sequence[str], directory: str) -> tuple[Pin, ...]:
    """The pins that are not taken out, or those of them that were named."""
    from upgradecheck.model.errors import UsageError

    standing = () if held is None else held.pins.standing
    wrong = next((name for name in names if name not in {one.title for one in standing}), None)
    if wrong is not None:
        known = ", ".join(one.title for one in standing) or "none"
        raise UsageError(f"--pod {wrong[:300]!r}: is not pinned from {directory}; pinned are: {known[:2000]}.")
    return tuple(one for one in standing if not names or one.title in names)


def _kubelet(options: Options) -> tuple[NodeKubelet | None, str]:
    """The kubelet that runs, or why none is known: unpinning does not need one."""
    from upgradecheck.cli.pin_node import running_kubelet
    from upgradecheck.model.errors import UpgradecheckError, UsageError

    try:
        return running_kubelet(options.static_pods, options.node, options.pid), ""
    except UsageError:
        raise
    except UpgradecheckError as error:
        return None, str(error)


def _dry_run(found: Sequence[ExaminedPin], kubelet: NodeKubelet | None, why: str, options: Options) -> int:
    from upgradecheck.cli.override_words import command_line, text
    from upgradecheck.cli.pin_words import unpin_lines
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.pinning.unpinning import has_pins_to_take_out, unpin_hash
    from upgradecheck.renderers.media.safe_text import safe_text

    lines = [*((safe_text(why),) if why else ()), *unpin_lines(found, kubelet, done=False)]
    if has_pins_to_take_out(found):
        given = {"pod": options.pods, "static_pods": options.static_pods, "state_dir": options.state_dir, "node": options.node}
        pid = None if options.pid is None else str(options.pid)
        lines += ["nothing was changed; this does it:", command_line("unpin", **given, pid=pid, confirm=unpin_hash(found))]
    else:
        lines.append("there is nothing to unpin.")
    write_stdout(text(lines))
    return _code(found)


def _unpinned(options: Options, directory: str, kubelet: NodeKubelet | None, why: str) -> int:
    from upgradecheck.cli.override_node import SYSTEM, operator, require_hash
    from upgradecheck.cli.override_words import text
    from upgradecheck.cli.pin_words import unpin_lines
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.state import locked
    from upgradecheck.pinning.unpinning import examine_pins, unpin, unpin_hash
    from upgradecheck.renderers.media.safe_text import safe_text

    with locked(directory, SYSTEM) as held:
        pins, confirmed = _selected(held, options.pods, directory), options.confirm or ""
        require_hash(unpin_hash(examine_pins(pins, SYSTEM)), confirmed, "what is to be unpinned")
        outcome = unpin(pins, held, operator(), confirmed)
    write_stdout(text([*((safe_text(why),) if why else ()), *unpin_lines(outcome, kubelet, done=True)]))
    return _code(outcome)


def _code(found: Sequence[ExaminedPin]) -> int:
    from upgradecheck.pinning.unpinning import UnpinWay

    return EXIT_NO_REPORT if any(one.way is UnpinWay.REFUSE for one in found) else 0
