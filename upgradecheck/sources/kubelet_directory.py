"""The kubelet's own directory (``--kubelet-dir``): /var/lib/kubelet of one node, a copy of it, or a listing where no content is at hand."""

from __future__ import annotations

from pathlib import Path

from upgradecheck.decode.kubelet.statefiles import is_listing, listed_files
from upgradecheck.entry import read_file
from upgradecheck.machine.statefiles import LARGEST, state_files_in
from upgradecheck.machine.subordinate import pod_mappings
from upgradecheck.model.errors import InputError
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.usernamespaces import PodMapping

_WANTED = "Name /var/lib/kubelet of the node, a copy of it, or a file with what `ls -lR /var/lib/kubelet` prints."


def read_kubelet_directory(name: str) -> tuple[StateFile, ...]:
    """The state files of a directory or a listing, and those that it lacks.

    Raises:
        InputError: it cannot be read, or is neither.
    """
    try:
        if Path(name).is_dir():
            return state_files_in(Path(name), name)
        text = read_file(name, LARGEST).decode(errors="replace")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        raise InputError(f"--kubelet-dir {name}: cannot be read ({reason}). {_WANTED}") from error
    if not is_listing(text):
        raise InputError(f"--kubelet-dir {name}: lists nothing that a kubelet's directory holds. {_WANTED}")
    return tuple(listed_files(text, name))


def read_mappings(name: str) -> tuple[PodMapping, ...]:
    """The blocks of IDs that pods of a directory were given; none of a listing, which shows no content."""
    return tuple(pod_mappings(Path(name), name)) if Path(name).is_dir() else ()
