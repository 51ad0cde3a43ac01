"""libyaml's parser, of whose scanner and parser go-yaml v2 is a port, by way of PyYAML's C extension.

libyaml has moved on since. What it refuses though go-yaml reads it stays refused, what it reads otherwise is refused by
the composer (the list is in documents.py). Compared with go-yaml: libyaml 0.2.5 and 0.2.6. Older ones are not taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from upgradecheck.model.errors import UpgradecheckError

if TYPE_CHECKING:
    from yaml._yaml import CParser

    from upgradecheck.decode.yaml.source import YamlSource

OLDEST: Final = (0, 2, 5)
"""Of 2020, and in every wheel of PyYAML 6."""


class LibyamlMissing(UpgradecheckError):
    """PyYAML is there without its C extension, or with a libyaml that nobody compared with Go."""


def parser(source: YamlSource) -> CParser:
    """A parser of a document.

    Raises:
        LibyamlMissing: there is none that can be trusted.
    """
    try:
        from yaml._yaml import CParser, get_version
    except ImportError as error:
        raise _missing("was installed without it") from error
    if get_version() < OLDEST:
        raise _missing(f"was built with libyaml {_dotted(get_version())}")
    return CParser(source)


def _missing(found: str) -> LibyamlMissing:
    return LibyamlMissing(
        f"YAML is read by libyaml {_dotted(OLDEST)} or newer, and the PyYAML of this Python {found}."
        " Install one that has it, as the wheels of PyPI do: pip install --force-reinstall --only-binary :all: 'pyyaml>=6'."
        " JSON is read without it."
    )


def _dotted(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))
