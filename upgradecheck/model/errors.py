"""Errors: one class per thing that can be wrong, all under UpgradecheckError.

A message names the thing, what was found, what was wanted and what to do next. The command line prints the message and
exits with the class's exit code; a traceback is shown only with --debug. A finding is never an error.
"""

from __future__ import annotations

EXIT_NO_REPORT = 1
EXIT_USAGE = 64


class UpgradecheckError(Exception):
    """Base of all errors that are reported to the user in one message."""

    exit_code = EXIT_NO_REPORT


class UsageError(UpgradecheckError):
    """The command line itself cannot be used as it is."""

    exit_code = EXIT_USAGE


class InvalidVersion(UsageError):
    """A text that is no kubelet version."""


class UnknownVersion(UsageError):
    """A well-formed version whose minor or patch hashdata does not hold."""


class UnknownMinor(UpgradecheckError):
    """A minor that hashdata does not hold; nothing is interpolated."""


class DataError(UpgradecheckError):
    """A hashdata file that cannot be used."""


class UnfinishedData(DataError):
    """A hashdata file that whoever adds its minor has not filled in yet; every other minor is as it was."""


class InputError(UpgradecheckError):
    """An input that cannot be read or understood; the message names the file and the place in it."""


class ConflictingSpecs(InputError):
    """Two different specs for one pod UID, from views of one kind."""


class ConflictingPods(InputError):
    """Two pods of one node that have one UID."""


class SpecRefused(UpgradecheckError):
    """A pod that the JSON decoder of a minor refuses.

    path is the JSON path of the offending value, such as ``spec.containers[0].ports[0].containerPort`` (empty: the
    document itself); reason says what is wrong with it, and never quotes the value, which may be a secret.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path
