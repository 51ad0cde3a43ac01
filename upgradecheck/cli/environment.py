"""Variables that look like options of ours and are none: UPGRADECHECK_MAXRESTARTS, passed over in silence, would leave a gate open.

Kubernetes sets variables of such names, too: into every pod of a namespace with a Service ``upgradecheck`` (UPGRADECHECK_SERVICE_HOST,
UPGRADECHECK_PORT_8080_TCP …; pkg/kubelet/envvars). Of these nothing is said.
"""

from __future__ import annotations

import os
import re

from upgradecheck.cli import menu
from upgradecheck.cli.declaring import PREFIX
from upgradecheck.cli.session import Session
from upgradecheck.cli.verb import Verb, verb
from upgradecheck.model.patterns import pattern

_OF_A_SERVICE = pattern(r"\w*(_SERVICE_HOST|_SERVICE_PORT(_\w+)?|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)", re.ASCII)
_OURS = ("UPGRADECHECK_OVERRIDE_MAP", "UPGRADECHECK_CACHE")
"""Read by the patched kubelet (override patch), and by the project's tests."""


def tell_unknown_variables(session: Session, told: Verb) -> None:
    """Says which variables no command knows, with the nearest name that one does; of the other commands' nothing is loaded without need."""
    own = {field.variable for field in told.fields}
    strange = [name for name in sorted(os.environ) if name.startswith(PREFIX) and name not in own and not _is_known_elsewhere(name)]
    known = known_variables() if strange else frozenset()
    for name in strange:
        if name not in known:
            session.tell(f"{name}: is set in the environment, and no option is called so; it is passed over.{_nearest(name, known)}")


def known_variables() -> frozenset[str]:
    """The variables that set an option of some command."""
    found = (field.variable for words in menu.every_command() for field in verb(words).fields)
    return frozenset(name for name in found if name is not None)


def _is_known_elsewhere(name: str) -> bool:
    return name in _OURS or _OF_A_SERVICE.fullmatch(name) is not None


def _nearest(name: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.removeprefix(PREFIX), sorted(each.removeprefix(PREFIX) for each in known), n=1)
    return f" Did you mean {PREFIX}{near[0]}?" if near else ""
