"""UC050: a checkpoint is missing, damaged, old, of another node, or otherwise not what tells who created the containers of a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.checkpoint import CheckpointTrouble, ProblemKind
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.wording import count

_REMEDIES: Mapping[ProblemKind, str] = {
    ProblemKind.MISSING: 'Copy it from the node, or write its history by hand ("upgradecheck checkpoint seal"). Without '
    "--checkpoint the plan takes --from on trust.",
    ProblemKind.STALE: 'Copy it from the node again; if that one is as old, record every start there ("upgradecheck checkpoint record '
    '--print-unit") and add the missed ones ("upgradecheck checkpoint import").',
    ProblemKind.FOREIGN: "Give each node the checkpoint that names it; begin a new one on a node that was made anew.",
    ProblemKind.OLDER_SERIAL: 'Take the older state away, or put the newer one in its place ("upgradecheck checkpoint restore").',
    ProblemKind.CORRUPT: 'Restore it on the node from its backup or a copy ("upgradecheck checkpoint restore"), and copy it again.',
    ProblemKind.NEWER_FORMAT: "Run the upgradecheck that wrote it, or a later one.",
    ProblemKind.UNSAFE: "Look who owns it and who can write it or its directory; if only root could, mend owner and mode.",
    ProblemKind.UNREADABLE: "Run as a user who may read it, or read a copy.",
}
_BACKUP = "Its backup was used."
_THEN: Mapping[ProblemKind, str] = {
    ProblemKind.OLDER_SERIAL: "The newer state was used.",
    ProblemKind.STALE: "What ran since its last entry counts as unknown.",
    ProblemKind.FOREIGN: "It was left out.",
    ProblemKind.MISSING: _BACKUP,
    ProblemKind.CORRUPT: _BACKUP,
}
_SET_ASIDE = "It was set aside, and what hangs on it is unknown."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per checkpoint and trouble, and one per node whose recorded hashes contradict its history."""
    for trouble in upgrade.checkpoints:
        severity = Severity.WARNING if trouble.used else Severity.ERROR
        yield RULE.finding(ObjectRef("Checkpoint", trouble.place), _message(trouble), _REMEDIES[trouble.problem.kind], severity)
    for node, contradicted in upgrade.contradicted.items():
        yield RULE.finding(
            ObjectRef("Node", node),
            f"{count(contradicted, 'recorded hash is', 'recorded hashes are')} not what the checkpoint's history makes of spec and start "
            f"of the container: the history is wrong or has holes. {_SET_ASIDE}",
            'Compare the history ("upgradecheck checkpoint show") with the kubelet\'s journal, correct it by hand and seal it again.',
        )


def _message(trouble: CheckpointTrouble) -> str:
    found = trouble.problem.found
    clause = f"{found[:1].upper()}{found[1:]}."
    if not trouble.used:
        return f"{clause} {_SET_ASIDE}"
    if trouble.node is None:
        return f"{clause} Such nodes are planned as without one."
    return f"{clause} {_THEN[trouble.problem.kind]}"


RULE = Rule(
    id="UC050",
    title="Checkpoint",
    severity=Severity.ERROR,
    summary="A checkpoint is missing, damaged, old, of another node, or contradicted by recorded hashes, so it does not tell who created "
    "the containers of a node; a warning where the plan could go on with a backup or without it.",
    why="Which kubelet created a container says what hash it carries where the runtime's record was not seen. What hangs on a history "
    "that cannot be trusted is unknown; it is then not guessed from --from.",
    look="`upgradecheck checkpoint verify FILE` says whether a checkpoint can be trusted, `upgradecheck checkpoint show FILE` what it "
    "tells.",
    remedy="Copy the checkpoint from its node again, restore it there from its backup (`upgradecheck checkpoint restore`), or write its "
    "history by hand (`upgradecheck checkpoint seal`); each finding says which.",
    findings=findings,
)
