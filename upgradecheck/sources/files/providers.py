"""Files of image credential providers that were given: what a kubelet would read in them, which is more than their objects show."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from upgradecheck.decisions.credentialproviders.reading import provider_file
from upgradecheck.entry import head_of
from upgradecheck.model.credentialproviders import ProviderFile, ProviderFiles
from upgradecheck.model.pod import Origin
from upgradecheck.sources.files.paths import InputFile

_LARGEST = 16 << 20


def given_files(file: InputFile, found: Sequence[tuple[bytes, Origin]]) -> list[ProviderFiles]:
    """Those in one input. Its text is read again where it holds one alone: an object made of YAML has lost what was there twice."""
    whole = _whole(file) if len(found) == 1 else None
    return [ProviderFiles(str(origin), (provider_file(raw) if whole is None else whole,), given=True) for raw, origin in found]


def _whole(file: InputFile) -> ProviderFile | None:
    """What a kubelet reads in the file; None where that is no such object: compressed, from a pipe, or behind another document."""
    with suppress(OSError):
        read = provider_file(head_of(file.path, _LARGEST))
        return read if read.api_version else None
    return None
