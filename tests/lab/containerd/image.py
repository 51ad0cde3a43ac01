"""The lab's only image, made here without a registry: one static Go program, as an OCI archive that `ctr images import` takes.

It is pause container and workload alike. Two names are given to the same bytes, so that a pod's image can change.
"""

import hashlib
import io
import json
import os
import platform
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab.caches import cache
from tests.lab.toolchains import run

SOURCE = Path(__file__).parent / "sleeper"
PROGRAM = "sleeper"
IMAGE, OTHER_IMAGE = "registry.example/lab/sleeper:1", "registry.example/lab/sleeper:2"

_MANIFEST, _CONFIG, _LAYER = (f"application/vnd.oci.image.{kind}" for kind in ("manifest.v1+json", "config.v1+json", "layer.v1.tar"))
_NAMED = "io.containerd.image.name"


def archive() -> Path:
    """The archive, made if the program's source has changed. Raises NotBuildable."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(SOURCE.iterdir()))).hexdigest()[:12]
    made = cache("images") / f"{PROGRAM}-{digest}.tar"
    if not made.exists():
        part = made.with_suffix(f".{os.getpid()}")
        part.write_bytes(packed(_compiled()))
        part.rename(made)
    return made


def _compiled() -> bytes:
    program = cache("images") / f"{PROGRAM}.{os.getpid()}"
    environment = {**os.environ, "CGO_ENABLED": "0", "GOOS": "linux", "GOFLAGS": "-buildvcs=false"}
    run(["nice", "-n", "10", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", str(program), "."], cwd=SOURCE, env=environment)
    try:
        return program.read_bytes()
    finally:
        program.unlink()


def packed(program: bytes) -> bytes:
    """An OCI archive whose image holds this program and runs it."""
    return of_layers([tarred({PROGRAM: program})], {"Entrypoint": [f"/{PROGRAM}"]}, (IMAGE, OTHER_IMAGE))


def of_layers(layers: Sequence[bytes], runs: Mapping[str, object], names: Sequence[str]) -> bytes:
    """An OCI archive of an image of these layers, under each of these names. runs: how it is run, as its configuration says it."""
    settings = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": runs,
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer) for layer in layers]},
    }
    config = json.dumps(settings).encode()
    described = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _blob(_CONFIG, config),
        "layers": [_blob(_LAYER, layer) for layer in layers],
    }
    manifest = json.dumps(described).encode()
    named = [{**_blob(_MANIFEST, manifest), "annotations": {_NAMED: name}} for name in names]
    blobs = {f"blobs/{_digest(blob).replace(':', '/')}": blob for blob in (*layers, config, manifest)}
    index = json.dumps({"schemaVersion": 2, "manifests": named}).encode()
    return tarred({"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index, **blobs})


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A tar of executable files that is the same whenever it is made."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _blob(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
