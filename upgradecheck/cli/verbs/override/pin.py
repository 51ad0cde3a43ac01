"""Write the UIDs of static pods that run into their manifests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.declaring import argument
from upgradecheck.cli.override_options import Confirm, KubeletPid, SelectedPods, StateDir, StaticPodDir, ThisNode
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import EXIT_NO_REPORT

if TYPE_CHECKING:
    from upgradecheck.model.pins import StaticPods
    from upgradecheck.pinning.manifests import NodeKubelet
    from upgradecheck.pinning.pinning import SurveyedPin


class Options(NamedTuple):
    """Override."""

    plan: Annotated[str, argument("PLAN", "The plan, as plan -o json=PLAN writes it.")]
    confirm: Confirm = None
    pods: SelectedPods = ()
    static_pods: StaticPodDir = None
    state_dir: StateDir = None
    node: ThisNode = None
    pid: KubeletPid = None


def run(session: Session, options: Options) -> int:
    """On a node, while the old kubelet runs: writes the UIDs of static pods into their manifests, so that no kubelet makes others.

    Only for a pod whose UID the running kubelet makes of its manifest as it stands. Nothing happens to the pod. Without --confirm nothing
    is changed: it prints what would be done, and the hash to confirm.
    """
    from upgradecheck.cli.override_node import require_hash
    from upgradecheck.cli.pin_node import running_kubelet
    from upgradecheck.commands.provisional import remarks_on_versions
    from upgradecheck.override.planned import read_static_pods

    wanted = read_static_pods(options.plan)
    if options.confirm is not None:
        require_hash(wanted.plan_hash, options.confirm, "this plan")
    _check_selected(wanted, options.pods)
    for remark in remarks_on_versions((wanted.from_version, wanted.to_version)):
        session.tell(remark)
    kubelet = running_kubelet(options.static_pods, options.node, options.pid)
    return _dry_run(wanted, kubelet, options) if options.confirm is None else _pinned(wanted, kubelet, options)


def _check_selected(wanted: StaticPods, selected: Sequence[str]) -> None:
    from upgradecheck.model.errors import UsageError

    known = {one.title for one in wanted.pods}
    wrong = next((name for name in selected if name not in known), None)
    if wrong is not None:
        raise UsageError(f"--pod {wrong[:300]!r}: is no static pod of this plan. Give NAMESPACE/NAME as the plan has it.")


def _dry_run(wanted: StaticPods, kubelet: NodeKubelet, options: Options) -> int:
    from upgradecheck.cli.override_node import SYSTEM
    from upgradecheck.cli.override_words import command_line, text
    from upgradecheck.cli.pin_words import WHAT_IT_HIDES, pin_heading, pin_lines
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.state import DEFAULT_DIRECTORY, looked_at
    from upgradecheck.pinning.manifests import opened_directory
    from upgradecheck.pinning.pinning import has_pins_to_write, survey_pins

    directory = options.state_dir or DEFAULT_DIRECTORY
    with opened_directory(kubelet.place, SYSTEM) as found:
        surveyed = survey_pins(wanted, options.pods, found, kubelet)
    lines = [pin_heading(wanted, kubelet), *pin_lines(surveyed, done=False)]
    if has_pins_to_write(surveyed, looked_at(directory, SYSTEM)):
        given = {"pod": options.pods, "static_pods": options.static_pods, "state_dir": options.state_dir, "node": options.node}
        pid = None if options.pid is None else str(options.pid)
        lines += [
            WHAT_IT_HIDES,
            "nothing was changed; this does it, while this kubelet runs:",
            command_line("pin", options.plan, **given, pid=pid, confirm=wanted.plan_hash),
        ]
    else:
        lines.append(_nothing(surveyed))
    write_stdout(text(lines))
    return _code(surveyed)


def _pinned(wanted: StaticPods, kubelet: NodeKubelet, options: Options) -> int:
    from upgradecheck.cli.override_node import SYSTEM, operator
    from upgradecheck.cli.override_words import text
    from upgradecheck.cli.pin_words import WHAT_IT_HIDES, pin_heading, pin_lines
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.override.state import DEFAULT_DIRECTORY, PINS, locked
    from upgradecheck.pinning.manifests import opened_directory
    from upgradecheck.pinning.pinning import PinWay, pin

    with opened_directory(kubelet.place, SYSTEM) as found, locked(options.state_dir or DEFAULT_DIRECTORY, SYSTEM) as held:
        surveyed = pin(wanted, options.pods, found, kubelet, held, operator())
        journal = held.directory.file(PINS)
    lines = [pin_heading(wanted, kubelet), *pin_lines(surveyed, done=True)]
    if any(one.way is PinWay.PIN for one in surveyed):
        lines += [
            f"journal: {journal}",
            WHAT_IT_HIDES,
            "plan again with the manifests as they are now: what restarts all the same shows then.",
        ]
    else:
        lines.append(_nothing(surveyed))
    write_stdout(text(lines))
    return _code(surveyed)


def _nothing(found: Sequence[SurveyedPin]) -> str:
    from upgradecheck.pinning.pinning import PinWay

    if any(one.way is not PinWay.ELSEWHERE for one in found):
        return "there is nothing to pin."
    return "the plan has no static pod of this node (name it with --node)."


def _code(found: Sequence[SurveyedPin]) -> int:
    """A plan that has static pods, none of them on this node, is of another node, or this one is called otherwise."""
    from upgradecheck.pinning.pinning import PinWay

    nowhere = bool(found) and all(one.way is PinWay.ELSEWHERE for one in found)
    return EXIT_NO_REPORT if nowhere or any(one.way is PinWay.REFUSE for one in found) else 0
