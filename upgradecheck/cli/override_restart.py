"""containerd's restart after records were written, and the proof that every container came through it as it was."""

from __future__ import annotations

from upgradecheck.cli.override_node import SYSTEM, Chosen, met, restart_patience, restarted
from upgradecheck.cli.override_report import Said
from upgradecheck.cli.override_words import stood_lines
from upgradecheck.model.errors import EXIT_NO_REPORT
from upgradecheck.override.errors import OverrideStopped
from upgradecheck.override.standing import Standing, Stood, stand, unlike
from upgradecheck.override.state import looked_at
from upgradecheck.override.surveying import RuntimeDatabase


def restart_and_verify(chosen: Chosen, name: str, wanted: Standing, said: Said) -> int:
    """Restarts if anything waits for that, and looks at each container of the journal: hash, state, process and start time.

    Raises:
        OverrideStopped: containerd did not restart.
        InputError: it does not answer afterwards.
    """
    if chosen.docker is not None:
        said.restarted()
        return _verified(chosen, name, wanted, "dockerd has started.", said)
    with met(chosen, 0.0) as node:
        pending = any(one.standing is Standing.PENDING for one in _stood(chosen, name, node.runtime))
        if pending:
            restarted(node)
            said.restarted()
    told = "containerd has restarted." if pending else "nothing waits for a restart of containerd, so it was not restarted."
    return _verified(chosen, name, wanted, told, said)


def _verified(chosen: Chosen, name: str, wanted: Standing, told: str, said: Said) -> int:
    with met(chosen, restart_patience()) as again:
        stood = _stood(chosen, name, again.runtime)
    wrong = unlike(stood, wanted)
    said.stood(stood, f"{chosen.directory}/{name}")
    said.tell([told, *stood_lines(stood), *(f"WRONG: {each}" for each in wrong)])
    return EXIT_NO_REPORT if wrong else 0


def _stood(chosen: Chosen, name: str, runtime: RuntimeDatabase) -> tuple[Stood, ...]:
    held = looked_at(chosen.directory, SYSTEM)
    if held is None:
        raise OverrideStopped(f"{chosen.directory}: is gone meanwhile, with its journals. Put it back, and run the same command again.")
    found = held.named(name)
    return stand(found.journal, runtime, held.taken_over(found))
