"""A spec that was changed under a container that runs: the recorded hash is what the running kubelet makes of it with the image that runs.

The image is the only field of a container that an API server lets one change and that every kubelet hashes (ValidatePodUpdate in
pkg/apis/core/validation/validation.go); what is resized in place stays out of the hash. A kubelet restarts the container at its next sync,
so such a one is seen where the dumps are of two moments, or while no kubelet looks.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.containers import DecodedContainer, hash_container
from upgradecheck.model.pod import Recorded
from upgradecheck.planning.seeing.spec import Spec

_HUB, _LATEST = ("docker.io/library/", "docker.io/"), ":latest"
"""What a runtime puts before and behind an image's name where the spec does not say it."""


def drifted(spec: Spec, index: int, record: Recorded) -> tuple[str, str] | None:
    """The image that runs and that of the spec, where the running kubelet makes the recorded hash of the spec with the former."""
    for one in spec.before:
        if index < len(one.containers):
            container = one.containers[index]
            for image in _shown(container, one.value):
                made = replace(container, image=image, content={**container.content, "Image": image.encode()})
                if hash_container(made, one.build.hash_class) == record.hash:
                    return image, container.image
    return None


def _shown(container: DecodedContainer, pod: GoValue) -> Iterator[str]:
    """What its status calls the image that runs, and what a runtime may have made that of."""
    status = pod.get("Status") or {}
    found = (*(status.get("ContainerStatuses") or ()), *(status.get("InitContainerStatuses") or ()))
    shown = next((printable(one.get("Image") or b"") for one in found if printable(one.get("Name") or b"") == container.name), "")
    for prefix in ("", *_HUB):
        for suffix in ("", _LATEST):
            image = shown.removeprefix(prefix).removesuffix(suffix)
            if shown.startswith(prefix) and shown.endswith(suffix) and image and image != container.image:
                yield image
