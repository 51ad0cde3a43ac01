"""The version texts that kubelets report, taken apart.

Kubernetes prints ``git describe`` rewritten (hack/lib/version.sh): a tag (``v1.30.2``, ``v1.31.0-alpha.2``), or a tag with
the number of commits since and a commit id (``v1.31.0-alpha.0.1+7d8e1b2f``, ``v1.21.5-3+83e2bb7ee39726``), then ``-dirty``
for a modified tree. Vendors append to that after ``-`` or ``+``, whatever they like: KubeEdge a ``v0.0.0-master+$Format:%h$`` of its own,
Virtual Kubelet ``vk-N/A``, others nothing at all. Behind a release that can be read any printable tail is the vendor's, and what a node
reports may part it otherwise too. This is no semantic versioning: semver takes
``1.31.0-eks-a737599`` for older than 1.31.0, and so does Kubernetes' own ``version.AtLeast``, while it is Amazon's build of
that very release and hashes like it. Only ``alpha``, ``beta`` and ``rc`` with a number come before their release; anything
else behind a ``-`` is a vendor's name for a build *of* the release.

People write ``1.19.x`` for the newest patch of 1.19, whichever that is, so it is read like the bare minor ``1.19``.

Refused: what no kubelet of a release line prints (leading zeros, capital V, majors other than 1, ``v0.0.0-master+$Format:%H$``
of a build without its version), a suffix on a bare minor, since nothing says which patch it would belong to, and what looks like a
pre-release and is none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from upgradecheck.decode.kubelet.version_suggestions import candidates
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import KubeletVersion, Minor, ReportedVersion, UnreadVersion

_LONGEST = 128
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_STAGE = r"(?:alpha|beta|rc)"

_TAIL = (r"[-+]", r"[!-~]*?")
"""What parts a vendor's suffix from the release, and what it is made of, in what people write and vendors publish."""

_ODD_TAIL = (r"[!-/:-@\[-`{-~]\ ?|\ ", r".*?")
"""The same in what a node reports: anything printable that is not glued to the number of the patch."""


def _grammar(parted: str, suffix: str) -> re.Pattern[str]:
    """To be matched in full; every group is one part of the text, in the order of the text."""
    return pattern(
        rf"""
    (?P<prefix>v)?
    (?P<minor>1\.{_NUMBER})
    (?:\.(?P<any_patch>x)|\.(?P<patch>{_NUMBER})
        (?:-(?P<prerelease>{_STAGE}\.?{_NUMBER})(?![0-9A-Za-z])
            (?:\.(?P<prerelease_commits>{_NUMBER})(?:\+(?P<prerelease_commit_id>[0-9a-f]{{7,40}})(?![0-9A-Za-z.+_~]))?)?
        )?
        (?:(?:{parted})(?!(?i:{_STAGE})(?:[-+.0-9]|$))(?P<vendor>{suffix}))??
        (?:-(?P<commits>{_NUMBER})(?:-g(?P<described_commit_id>[0-9a-f]{{4,40}})|(?(vendor)(?!)|\+(?P<commit_id>[0-9a-f]{{7,40}}))))?
        (?:[-+.](?P<dirty>dirty))?
    )?
    """,
        re.VERBOSE | re.ASCII,
    )


_GRAMMAR = _grammar(*_TAIL)
_REPORTED = _grammar(*_ODD_TAIL)


def parse_kubelet_version(text: str) -> KubeletVersion:
    """Takes apart a version as a node reports it or a user gives it; blanks around it do not count.

    Raises:
        InvalidVersion: the text is no kubelet version; the message suggests one where the text comes close.
    """
    return _taken_apart(_strictly(text))


def _taken_apart(match: re.Match[str]) -> KubeletVersion:
    group = match.groupdict()
    commits = group["prerelease_commits"] or group["commits"]
    return KubeletVersion(
        text=match.string,
        minor=_minor(group["minor"]),
        patch=None if group["patch"] is None else int(group["patch"]),
        prerelease=group["prerelease"],
        vendor=group["vendor"],
        commits=None if commits is None else int(commits),
        dirty=group["dirty"] is not None,
    )


@lru_cache(maxsize=1024)
def reported_version(text: str) -> ReportedVersion:
    """What a node reports; as text alone where that is no kubelet version."""
    try:
        return _taken_apart(grammar_match(text))
    except InvalidVersion:
        return UnreadVersion(text)


def grammar_match(text: str) -> re.Match[str]:
    """The text, as a node may report it, without blanks around it; the match's ``string`` is that.

    Raises:
        InvalidVersion: as parse_kubelet_version.
    """
    stripped = text.strip()
    if _match(stripped) is None and len(stripped) <= _LONGEST and stripped.isprintable():
        odd = _REPORTED.fullmatch(stripped)
        if odd is not None:
            return odd
    return _strictly(text)


def _strictly(text: str) -> re.Match[str]:
    stripped = text.strip()
    match = _match(stripped)
    if match is None:
        raise InvalidVersion(_refusal(stripped))
    return match


def parse_minor(text: str) -> Minor:
    """A release line such as ``1.31`` or ``v1.31``, without a patch.

    Raises:
        InvalidVersion: the text is no version, or it names more than a minor.
    """
    version = parse_kubelet_version(text)
    if version.patch is not None:
        raise InvalidVersion(f"minor {version.text!r}: names a patch or more; wanted a minor alone. Did you mean {version.minor}?")
    return version.minor


def suggestion(text: str) -> str | None:
    """The kubelet version that a refused text was probably meant to be; None where nothing comes close."""
    return next((candidate for candidate in candidates(text.strip()) if _match(candidate)), None)


def _match(text: str) -> re.Match[str] | None:
    return _GRAMMAR.fullmatch(text) if len(text) <= _LONGEST else None


def _minor(text: str) -> Minor:
    major, minor = text.split(".")
    return Minor(int(major), int(minor))


def _refusal(text: str) -> str:
    meant = suggestion(text)
    advice = f"Did you mean {meant}?" if meant else 'The command "upgradecheck versions" lists the minors that are known.'
    return f"version {_shown(text)}: {_found(text)}; wanted a release such as 1.30, 1.30.14 or v1.21.5-eks-bc4871b. {advice}"


def _found(text: str) -> str:
    if not text:
        return "empty"
    if len(text) > _LONGEST:
        return f"{len(text)} characters long"
    if re.match(r"v?0\.0\.0", text):
        return "a kubelet that was built without its version"
    if re.fullmatch(rf"v?1\.{_NUMBER}\.{_NUMBER}-(?i:{_STAGE})", text):
        return "a pre-release without its number (1.31.0-alpha.2 has one)"
    if other := re.match(rf"v?(0|[2-9]|[1-9][0-9]{{1,8}})\.{_NUMBER}", text):
        return f"there is no Kubernetes {other[1]}.x"
    return "not understood"


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else text[:60] + "...")
