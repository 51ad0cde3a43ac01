"""Files that the user named, or the example that ships with the program, opened.

Apart from what else a plan opens: who asks for the pods of files alone loads nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upgradecheck.commands.request import check_input
from upgradecheck.model.progress import Watch, unwatched

if TYPE_CHECKING:
    from upgradecheck.sources.files import Inputs


def open_inputs_of(files: tuple[str, ...], *, recursive: bool, example: bool, lenient: bool = False, watch: Watch = unwatched) -> Inputs:
    """The inputs that the user named; watch is told how far the reading is.

    Raises:
        UpgradecheckError: they cannot be read.
    """
    from upgradecheck.sources.files import open_inputs

    check_input(files, example=example)
    if example:
        from importlib.resources import files as files_of_package

        dumps = sorted(str(file) for file in files_of_package("upgradecheck.example").iterdir() if file.name.endswith(".json"))
        return open_inputs(dumps, recursive=False, lenient=lenient, watch=watch)
    return open_inputs(files, recursive=recursive, lenient=lenient, watch=watch)
