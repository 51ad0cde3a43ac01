"""The exit codes of a plan, and what each says; light, since the help of every command may show it.

Code 2 and above are of a gate (``model.gate``). 64, 130 and 143 are of the command line, whatever was planned.
"""

from __future__ import annotations

from upgradecheck.model.errors import EXIT_NO_REPORT

EXIT_OK = 0
EXIT_RESTARTS = 2
EXIT_UNDETERMINED = 3
EXIT_HAZARDS = 4

MEANING = {
    EXIT_OK: "complete, and nothing that --fail-on names",
    EXIT_NO_REPORT: "no report could be made: conclude nothing",
    EXIT_RESTARTS: "restarts, recreations or rejections predicted",
    EXIT_UNDETERMINED: "undetermined: something is unknown, not seen, or below a threshold",
    EXIT_HAZARDS: "hazards that --fail-on names",
}


def exit_codes() -> str:
    """The table as help shows it."""
    return "\n".join(f"  {code}  {meaning}" for code, meaning in MEANING.items())
