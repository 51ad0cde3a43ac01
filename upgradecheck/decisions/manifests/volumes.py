"""Checks of volumes and their mounts. A minor drops a source that it does not know, and then sees an emptyDir.

Mirrors validateVolumeSource, ValidateVolumeMounts and ValidateVolumeDevices in pkg/apis/core/validation/validation.go.
differs: what is inside the sources of storage vendors is not looked at; every version checks it alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.decisions.manifests.checking import Complaint, FieldPlace, containers, is_label, one_of, spec_of
from upgradecheck.decisions.manifests.environment import check_field
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.defaulting.resources import exact
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal

_HOST_PATHS = ("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice")
_PULL = ("Always", "IfNotPresent", "Never")
_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_FOR_DEVICES = ("PersistentVolumeClaim", "Ephemeral")


def check_volumes(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """The volumes of the pod, then what its containers do with them."""
    spec = spec_of(pod)
    volumes: dict[bytes, GoValue] = {}
    for index, volume in enumerate(spec.get("Volumes") or ()):
        name, path = volume.get("Name", b""), f"spec.volumes[{index}]"
        if not is_label(name) or name in volumes:
            yield Complaint(f"{path}.name", "is no DNS label, or the name of another volume too")
        volumes[name] = volume
        yield from _sources(volume, path, build)
        yield from _inside(volume, spec, path, build)
        yield from _fields(volume, path, build)
    for place in containers(spec):
        yield from _mounts(place, volumes, build)
        yield from _devices(place, volumes)
        yield from _files(place, volumes)


def _sources(volume: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    refuses = build.manifests.refuses
    sources = [field for field, source in volume.items() if field != "Name" and source is not None]
    if "Image" in sources and ManifestRefusal.IMAGE_VOLUME in refuses:
        yield Complaint(path, "is an image, which this version knows and takes in no manifest")
    if len(sources) > 1:
        yield Complaint(path, "has more than one source")
    image = volume.get("Image")
    if image is not None:
        yield from one_of(f"{path}.image.pullPolicy", image.get("PullPolicy", b""), _PULL)
        if not image.get("Reference") and ManifestRefusal.IMAGE_VOLUME_WITHOUT_REFERENCE in refuses:
            yield Complaint(f"{path}.image.reference", "is empty")


def _inside(volume: GoValue, spec: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    host = volume.get("HostPath")
    if host is not None:
        if not host.get("Path") or b".." in host["Path"].split(b"/"):
            yield Complaint(f"{path}.hostPath.path", "is empty, or goes up")
        yield from one_of(f"{path}.hostPath.type", host.get("Type"), _HOST_PATHS)
    medium = (volume.get("EmptyDir") or {}).get("Medium", b"")
    if medium == b"HugePages" and ManifestRefusal.HUGE_PAGES_UNLESS_GATE in build.manifests.refuses and not build.feature_gate("HugePages"):
        yield Complaint(f"{path}.emptyDir.medium", "this version takes huge pages under gate HugePages only")
    size = (volume.get("EmptyDir") or {}).get("SizeLimit")
    if size is not None and exact(size) < 0:
        yield Complaint(f"{path}.emptyDir.sizeLimit", "is negative")
    for source, field, key in (("Secret", "SecretName", "secretName"), ("ConfigMap", "Name", "name")):
        if volume.get(source) is not None and not volume[source].get(field):
            yield Complaint(f"{path}.{source[0].lower()}{source[1:]}.{key}", "is empty")
    for index, projection in enumerate((volume.get("Projected") or {}).get("Sources") or ()):
        if projection.get("ServiceAccountToken") is not None and not spec.get("ServiceAccountName"):
            yield Complaint(f"{path}.projected.sources[{index}].serviceAccountToken", "needs a service account")


def _fields(volume: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    """What the downward API gives, in a volume of its own or a projected one."""
    plain = (volume.get("DownwardAPI") or {}).get("Items") or ()
    items = [(f"{path}.downwardAPI.items[{index}]", item) for index, item in enumerate(plain)]
    for number, projection in enumerate((volume.get("Projected") or {}).get("Sources") or ()):
        inside = f"{path}.projected.sources[{number}].downwardAPI.items"
        projected = (projection.get("DownwardAPI") or {}).get("Items") or ()
        items += [(f"{inside}[{index}]", item) for index, item in enumerate(projected)]
    for where, item in items:
        if item.get("FieldRef") is not None:
            yield from check_field(item["FieldRef"], f"{where}.fieldRef", _FIELDS, build)


def _mounts(place: FieldPlace, volumes: Mapping[bytes, GoValue], build: KubeletBuild) -> Iterator[Complaint]:
    paths: set[bytes] = set()
    devices = {device.get("Name", b"") for device in place.content.get("VolumeDevices") or ()}
    for index, mount in enumerate(place.content.get("VolumeMounts") or ()):
        path, where = f"{place.path}.volumeMounts[{index}]", mount.get("MountPath", b"")
        if mount.get("Name", b"") not in volumes:
            yield Complaint(f"{path}.name", "is no volume of the pod")
        elif mount["Name"] in devices:
            yield Complaint(f"{path}.name", "is the volume of a device too")
        if not where or where in paths:
            yield Complaint(f"{path}.mountPath", "is empty, or that of another mount too")
        paths.add(where)
        yield from _how_mounted(mount, place, path, build)


def _how_mounted(mount: GoValue, place: FieldPlace, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    if mount.get("SubPath") and mount.get("SubPathExpr"):
        yield Complaint(f"{path}.subPathExpr", "stands beside subPath")
    for field, key in (("SubPath", "subPath"), ("SubPathExpr", "subPathExpr")):
        below = mount.get(field, b"")
        if below.startswith(b"/") or b".." in below.split(b"/"):
            yield Complaint(f"{path}.{key}", "is no path below the volume")
    propagation, recursive = mount.get("MountPropagation"), mount.get("RecursiveReadOnly")
    with_none = () if ManifestRefusal.MOUNT_PROPAGATION_NONE in build.manifests.refuses else ("None",)
    yield from one_of(f"{path}.mountPropagation", propagation, ("HostToContainer", "Bidirectional", *with_none))
    privileged = (place.content.get("SecurityContext") or {}).get("Privileged")
    if propagation == b"Bidirectional" and not privileged:
        yield Complaint(f"{path}.mountPropagation", "Bidirectional needs a privileged container")
    yield from one_of(f"{path}.recursiveReadOnly", recursive, ("Disabled", "IfPossible", "Enabled"))
    unfit = not mount.get("ReadOnly") or propagation not in (None, b"None")
    if recursive in (b"IfPossible", b"Enabled") and unfit:
        yield Complaint(f"{path}.recursiveReadOnly", "needs readOnly, and no propagation")


def _devices(place: FieldPlace, volumes: Mapping[bytes, GoValue]) -> Iterator[Complaint]:
    for index, device in enumerate(place.content.get("VolumeDevices") or ()):
        path, volume = f"{place.path}.volumeDevices[{index}]", volumes.get(device.get("Name", b""))
        if volume is None or all(volume.get(source) is None for source in _FOR_DEVICES):
            yield Complaint(f"{path}.name", "is no volume of the pod that can be a device")
        if not device.get("DevicePath"):
            yield Complaint(f"{path}.devicePath", "is empty")


def _files(place: FieldPlace, volumes: Mapping[bytes, GoValue]) -> Iterator[Complaint]:
    """Variables from files, known from 1.34 on: of an emptyDir of the pod."""
    for index, variable in enumerate(place.content.get("Env") or ()):
        file = (variable.get("ValueFrom") or {}).get("FileKeyRef")
        if file is not None and volumes.get(file.get("VolumeName", b""), {}).get("EmptyDir") is None:
            yield Complaint(f"{place.path}.env[{index}].valueFrom.fileKeyRef.volumeName", "is no emptyDir of the pod")
