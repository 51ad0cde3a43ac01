"""Whether an image is pulled always or only where it is not present: by the tag that its reference has, or implies.

A reference with neither tag nor digest means ``latest``; one that cannot be parsed has no tag at all, so it is not pulled anew.
From 1.29 on a host may be an IPv6 address, and a first part in upper case is a host (``Registry/app``); before, both made the
reference invalid.

Mirrors SetDefaults_Container in pkg/apis/core/v1/defaults.go, ParseImageName in pkg/util/parsers/parsers.go, and ParseNormalizedNamed in
github.com/docker/distribution/reference (1.29 on: github.com/distribution/reference).
"""

from __future__ import annotations

from upgradecheck.model.manifests import ManifestFacts
from upgradecheck.model.patterns import pattern

_HOST_PART = rb"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rb"(?:%b(?:\.%b)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?" % (_HOST_PART, _HOST_PART)
_PATH_PART = rb"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = rb"(?:%b/)?%b(?:/%b)*" % (_HOST, _PATH_PART, _PATH_PART)
_TAG = rb"[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}"
_DIGEST = rb"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = pattern(rb"(?P<name>%b)(?::(?P<tag>%b))?(?:@(?P<digest>%b))?" % (_NAME, _TAG, _DIGEST))
_IDENTIFIER = pattern(rb"[a-f0-9]{64}")
_KNOWN_DIGEST = pattern(rb"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_LONGEST_NAME = 255


def pull_policy(image: bytes, facts: ManifestFacts) -> bytes:
    """The imagePullPolicy of a container that names none."""
    return b"Always" if _tag(image, facts) == b"latest" else b"IfNotPresent"


def is_pinned(image: bytes, facts: ManifestFacts) -> bool:
    """Whether a reference is spelled out whole, and has a digest of a known kind and no tag. Mirrors ParseNamed in normalize.go."""
    match = _REFERENCE.fullmatch(image)
    if match is None or match["tag"] is not None or match["digest"] is None or _IDENTIFIER.fullmatch(image):
        return False
    return (
        b"/".join(_host_and_path(image, facts)) == image
        and len(match["name"]) <= _LONGEST_NAME
        and _KNOWN_DIGEST.fullmatch(match["digest"]) is not None
    )


def _tag(image: bytes, facts: ManifestFacts) -> bytes | None:
    """The tag; None where there is none, or where the reference is invalid."""
    if _IDENTIFIER.fullmatch(image):
        return None
    host, path = _host_and_path(image, facts)
    repository = path.partition(b":")[0]
    match = _REFERENCE.fullmatch(host + b"/" + path)
    if repository.lower() != repository or match is None or len(match["name"]) > _LONGEST_NAME:
        return None
    if host[:1] == b"[" and not facts.newer_image_references:
        return None
    if match["digest"] is not None and not _KNOWN_DIGEST.fullmatch(match["digest"]):
        return None
    return match["tag"] or (None if match["digest"] else b"latest")


def _host_and_path(image: bytes, facts: ManifestFacts) -> tuple[bytes, bytes]:
    """Mirrors splitDockerDomain."""
    first, slash, rest = image.partition(b"/")
    upper_case = facts.newer_image_references and first.lower() != first
    if slash and (b"." in first or b":" in first or first == b"localhost" or upper_case):
        host, path = (b"docker.io" if first == b"index.docker.io" else first), rest
    else:
        host, path = b"docker.io", image
    return host, (b"library/" + path if host == b"docker.io" and b"/" not in path else path)
