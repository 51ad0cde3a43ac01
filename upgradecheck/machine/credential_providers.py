"""What --image-credential-provider-config of this machine's kubelet leads to, as that kubelet sees it; nothing is run for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.entry import read_file
from upgradecheck.model.credentialproviders import FLAG, PROGRAMS, SUFFIXES, ProviderTexts

_LARGEST = 16 << 20
_UNREAD = "cannot be read here ({})"


def provider_texts(command_line: Sequence[str], at: Callable[[str], Path]) -> ProviderTexts | None:
    """What it leads to; None where the kubelet is told of none. at: a path of the kubelet's as it is found from here."""
    path, programs = last(command_line, FLAG), last(command_line, PROGRAMS)
    if not path:
        return None
    place = f"{path} (--{FLAG})"
    try:
        here = at(path)
        directory = here.is_dir()
        names = sorted(one.name for one in here.iterdir() if _is_read(one)) if directory else [""]
        texts = tuple((name, read_file(here / name if name else here, _LARGEST)) for name in names)
    except (OSError, ValueError) as error:
        return ProviderTexts(place, unread=_UNREAD.format(error.strerror if isinstance(error, OSError) else error))
    return ProviderTexts(place, texts, directory, frozenset(_idle(at(programs)) if programs else ()))


def _is_read(path: Path) -> bool:
    """Whether a kubelet reads it in a directory: it looks at what an entry is called, and at folders not at all."""
    return path.suffix in SUFFIXES and (path.is_symlink() or not path.is_dir())


def _idle(programs: Path) -> Iterator[str]:
    """What is there and no program that somebody may execute."""
    with suppress(OSError):
        for one in programs.iterdir():
            with suppress(OSError):
                if one.is_dir() or not one.stat().st_mode & 0o111:
                    yield one.name
