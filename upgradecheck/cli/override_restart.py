"""containerd's restart after records were written, and the proof that every container came through it as it was."""

from __future__ import annotations

from upgradecheck.cli.override_node import SYSTEM, Node, opened_node, restart_patience, restarted, unlike
from upgradecheck.cli.override_words import stood_lines, text
from upgradecheck.cli.session import write_stdout
from upgradecheck.model.errors import EXIT_NO_REPORT
from upgradecheck.override.errors import OverrideStopped
from upgradecheck.override.standing import Standing, stand
from upgradecheck.override.state import looked_at


def restart_and_verify(node: Node, directory: str, name: str, wanted: Standing) -> int:
    """Restarts, waits, and looks at each container of the journal: hash, state, process and start time.

    Raises:
        OverrideStopped: containerd did not restart.
        InputError: it does not answer afterwards.
    """
    restarted(node)
    held = looked_at(directory, SYSTEM)
    if held is None:
        raise OverrideStopped(f'{directory}: is gone. containerd has restarted; look with "upgradecheck override status".')
    with opened_node(node.path, restart_patience()) as again:
        stood = stand(held.named(name).journal, again.runtime)
    wrong = unlike([one for one in stood if one.standing is not Standing.GONE], wanted)
    write_stdout(text(["containerd has restarted.", *stood_lines(stood), *(f"WRONG: {each}" for each in wrong)]))
    return EXIT_NO_REPORT if wrong else 0
