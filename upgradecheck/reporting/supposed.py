"""A plan of what does not run yet: --from says what no node reports. So a way back is asked about before the upgrade that it takes back.

Kubelets that compare leave their own hashes on what runs, so those that were recorded under what nodes report prove nothing safe by then.
"""

from __future__ import annotations

from upgradecheck.model.plan import Plan
from upgradecheck.model.wording import count, form


def supposed(plan: Plan) -> str:
    """What is supposed, as a sentence; empty where every node runs what is planned from."""
    reporting = [node for node in plan.nodes if node.reported is not None]
    if not reporting:
        return ""
    releases = sorted({node.reported.release for node in reporting if node.reported is not None})
    run = releases[0] if len(releases) == 1 else "other versions"
    report = f"{count(len(reporting), 'node')} {form(len(reporting), 'reports', 'report')} {run}"
    start = "that" if plan.from_version is None else plan.from_version.release
    back = plan.downgrade and all(node.reported is not None and node.reported.minor == plan.to_version.minor for node in reporting)
    return f"This is the way back from {start}, before it runs: {report}." if back else f"This supposes that {start} runs: {report}."


def of_reported(plan: Plan) -> str:
    """What the recorded hashes are that the supposed version does not make, as a clause; empty where there are none."""
    number = plan.calibration.of_reported
    hashes = form(number, "is of the version", "are of the versions")
    return f"{number:,} {hashes} that nodes report, and {form(number, 'proves', 'prove')} nothing safe once another runs" if number else ""
