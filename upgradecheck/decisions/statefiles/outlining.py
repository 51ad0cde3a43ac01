"""A state file by what it says in each of its forms: an outline, which tells all that any kubelet's judgement hangs on, and no content.

Of devices and claims a content may hold what plugins set for containers, environment included; an outline holds none of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from upgradecheck.decisions.statefiles.forms import is_sealed, read_form
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.statefiles import Outlined, Said, StateFile, StateFormat, StateName, StateOutline

_KINDS: Mapping[StateName, str] = {
    StateName.CPUS: "cpus-",
    StateName.MEMORY: "memory-",
    StateName.DEVICES: "devices-",
    StateName.CLAIMS: "claims-",
    StateName.STATUSES: "resources-",
    StateName.ALLOCATED: "resources-",
    StateName.ACTUATED: "resources-",
}
NOT_OUTLINED = "its outline was made by an upgradecheck that does not know this form: collect it again"


def forms_of(name: StateName) -> tuple[StateFormat, ...]:
    """All forms that a file of a name has in any minor."""
    return tuple(form for form in StateFormat if form.value.startswith(_KINDS[name]))


def outlined(file: StateFile) -> StateFile:
    """The same file, with its outline in place of its content."""
    content = file.content
    if content is None:
        return file
    outline = StateOutline({form: _outlined(form, content) for form in forms_of(file.name)} if content.strip() else {}, not content.strip())
    return replace(file, content=None, size=len(content), outline=outline)


def said_of(form: StateFormat, file: bytes | StateOutline) -> Said:
    """What a file says in a form.

    Raises:
        SpecRefused: it is not of that form, or its checksum is wrong.
    """
    if isinstance(file, bytes):
        return read_form(form, file)
    found = file.forms.get(form)
    if found is None:
        return Said(unopened=NOT_OUTLINED)
    if found.problem:
        raise SpecRefused(found.problem)
    return found.said


def sealed_as(form: StateFormat, file: bytes | StateOutline) -> bool:
    """Whether a file is of a form that no older one is looked for behind.

    Raises:
        SpecRefused: it is no JSON.
    """
    if isinstance(file, bytes):
        return is_sealed(form, file)
    found = file.forms.get(form)
    return found is not None and found.sealed


def _outlined(form: StateFormat, content: bytes) -> Outlined:
    try:
        sealed = is_sealed(form, content)
    except SpecRefused:
        sealed = False
    try:
        return Outlined(read_form(form, content), sealed=sealed)
    except SpecRefused as error:
        return Outlined(problem=error.reason, sealed=sealed)
