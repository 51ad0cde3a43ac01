"""The goldens of tests/goldens/declared.json: which manifests real kubelet code refuses by the checks that upstream writes out of its API types.

`python -m tests.oracle.declared_goldens VERSION…` asks the oracles of these versions, with their gates as they are and with SecurityProfileOCI
on where they have it, and writes what they say in place of what the file has of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.oracle.staticpods import StaticPods
from tests.unit.decisions.manifests.corpus import build_of
from upgradecheck.decisions.manifests.declared import SECURITY_PROFILE_OCI

FILE = Path(__file__).parents[1] / "goldens" / "declared.json"
SHA256 = "sha256:" + "0123456789abcdef" * 4
PINNED = f"registry.example.com/team/profile@{SHA256}"
_RESPONDER = {"name": "example.com/mover", "priority": 10_000}
_RESPONDERS: Mapping[str, list[dict[str, Any]]] = {
    "one": [_RESPONDER],
    "two": [_RESPONDER, {**_RESPONDER, "name": "example.com/other"}],
    "of one name": [_RESPONDER, _RESPONDER],
    "ten": [{**_RESPONDER, "name": f"example.com/{number}"} for number in range(10)],
    "eleven": [{**_RESPONDER, "name": f"example.com/{number}"} for number in range(11)],
    "without a name": [{"priority": 10_000}],
    "without a domain": [{**_RESPONDER, "name": "mover"}],
    "of an odd name": [{**_RESPONDER, "name": "example.com/mo ver"}],
    "of kubernetes": [{**_RESPONDER, "name": "x.k8s.io/mover"}],
    "of kubernetes itself": [{**_RESPONDER, "name": "kubernetes.io/mover"}],
    "of a like name": [{**_RESPONDER, "name": "notk8s.io/mover"}],
    "without a priority": [{"name": "example.com/mover"}],
    **{f"of priority {one}": [{**_RESPONDER, "priority": one}] for one in (-1, 0, 999, 1000, 100_000, 100_001)},
}
_PROFILES: Mapping[str, dict[str, Any]] = {
    "pinned": {"type": "OCI", "oci": {"ref": PINNED}},
    "without an artifact": {"type": "OCI"},
    "of another type": {"type": "RuntimeDefault", "oci": {"ref": PINNED}},
    "plain": {"type": "RuntimeDefault"},
    **{
        name: {"type": "OCI", "oci": {"ref": ref}}
        for name, ref in {
            "empty": "",
            "with a tag": PINNED.replace("@", ":1@"),
            "only a tag": "registry.example.com/team/profile:1",
            "without a host": f"team/profile@{SHA256}",
            "of docker": f"docker.io/team/profile@{SHA256}",
            "of docker's library": f"docker.io/library/profile@{SHA256}",
            "of docker, short": f"docker.io/profile@{SHA256}",
            "of docker's index": f"index.docker.io/team/profile@{SHA256}",
            "of digits": f"registry.example.com/123@{SHA256}",
            "with a port": f"localhost:5000/profile@{SHA256}",
            "in upper case": f"registry.example.com/Team@{SHA256}",
            "of another digest": "registry.example.com/a@md5:" + "0123456789abcdef" * 2,
            "with a short digest": "registry.example.com/a@sha256:0123456789abcdef0123456789abcdef",
            "sha512": "registry.example.com/a@sha512:" + "0123456789abcdef" * 8,
            "long": f"registry.example.com/{'a' * 960}@{SHA256}",
        }.items()
    },
    **{
        name: {"type": "OCI", "oci": {"ref": PINNED, "baseProfile": base}}
        for name, base in {
            "on the default": {"type": "RuntimeDefault"},
            "on a file": {"type": "Localhost", "localhostProfile": "a/b.json"},
            "on no file": {"type": "Localhost"},
            "on an empty file": {"type": "Localhost", "localhostProfile": ""},
            "on a file above": {"type": "Localhost", "localhostProfile": "../b.json"},
            "on a file from the root": {"type": "Localhost", "localhostProfile": "/b.json"},
            "on the default and a file": {"type": "RuntimeDefault", "localhostProfile": "b.json"},
            "on what is none": {"type": "Unconfined"},
            "on nothing": {},
        }.items()
    },
}


def manifests() -> Iterator[tuple[str, bytes]]:
    """Names and manifests; profiles stand at the pod, at a container, and beside privileges."""
    for name, responders in _RESPONDERS.items():
        yield f"responders, {name}", _manifest({"evictionResponders": responders}, {})
    for name, profile in _PROFILES.items():
        yield f"profile, {name}", _manifest({"securityContext": {"seccompProfile": profile}}, {})
        yield f"profile of a container, {name}", _manifest({}, {"seccompProfile": profile})
    pinned = {"seccompProfile": _PROFILES["pinned"]}
    yield "profile, beside privileges", _manifest({"securityContext": pinned}, {"privileged": True})
    yield (
        "profile, but another one beside privileges",
        _manifest({"securityContext": pinned}, {"privileged": True, "seccompProfile": {"type": "RuntimeDefault"}}),
    )


def _manifest(spec: Mapping[str, Any], context: Mapping[str, Any]) -> bytes:
    container = {"name": "c", "image": "app:1", **({"securityContext": context} if context else {})}
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {**spec, "containers": [container]}}
    return json.dumps(document).encode()


def asked(version: str, gates: str = "") -> str:
    """The names of what a version refuses."""
    with StaticPods(version, gates) as oracle:
        return "; ".join(name for name, text in manifests() if "error" in oracle.read(text))


def main(versions: list[str]) -> int:
    """Asks and writes."""
    known: dict[str, str] = json.loads(FILE.read_text()) if FILE.exists() else {}
    for version in versions:
        release = version.partition("-")[0]
        known[release] = asked(version)
        if SECURITY_PROFILE_OCI in build_of(release).schema.feature_gates:
            known[f"{release} {SECURITY_PROFILE_OCI}"] = asked(version, f"{SECURITY_PROFILE_OCI}=true")
    FILE.write_text(json.dumps(known, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
