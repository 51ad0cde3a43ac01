"""Real kubelets and the file of --image-credential-provider-config, which they take or refuse: ``python -m tests.lab.providers VERSION… > FILE``.

What they did is in tests/lab/recorded-providers.json. The program of a provider is an empty script; nothing pulls an image here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab import player, running
from tests.lab.kubelets import parts
from tests.lab.player import Json

GROUP, PLUGINS = "kubelet.config.k8s.io/", "credentialprovider.kubelet.k8s.io/"
READING, TOKENS = "KubeletCredentialProviders", "KubeletServiceAccountTokenForCredentialProviders"
_FIRST_TO_READ, _LAST_WITH_GATE, _FIRST_WITH_TOKENS = 24, 25, 33
NAME = "providers.yaml"
_AUDIENCE = {"serviceAccountTokenAudience": "a", "requireServiceAccount": True}
_CACHED = {**_AUDIENCE, "cacheType": "Token"}


@dataclass(frozen=True, slots=True)
class Start:
    """One start. files: what lies there, by name; alone: the flag names that file, else their directory. programs: those of providers, with
    their mode. gates: those of its configuration."""

    about: str
    files: Mapping[str, str]
    alone: bool = True
    programs: Mapping[str, int] = field(default_factory=lambda: {"p": 0o755, "q": 0o755})
    gates: Mapping[str, bool] = field(default_factory=dict)

    @property
    def asked(self) -> Json:
        """As JSON."""
        return {
            "about": self.about,
            "files": dict(self.files),
            "alone": self.alone,
            "programs": dict(self.programs),
            "gates": dict(self.gates),
        }


def provider(plugin: str = "v1alpha1", **more: Any) -> Json:
    """A provider that all kubelets take which know this version of plugins; None takes a field out."""
    whole = {"name": "p", "apiVersion": PLUGINS + plugin, "matchImages": ["*.example.com"], "defaultCacheDuration": "1h", **more}
    return {name: value for name, value in whole.items() if value is not None}


def content(api: str, *providers: Json, **more: Any) -> str:
    """A file's text."""
    return json.dumps({"apiVersion": GROUP + api, "kind": "CredentialProviderConfig", "providers": list(providers), **more})


def starts(version: str) -> Iterator[Start]:
    """What is tried with a kubelet of this version."""
    minor, _ = parts(version)
    on = {READING: True} if minor < _FIRST_TO_READ else {}
    for about, text in _texts():
        yield Start(about, {NAME: text}, gates=on)
    for about, text in _of_tokens():
        known = minor >= _FIRST_WITH_TOKENS
        for gate in (True, False) if known else (None,):
            yield Start(about, {NAME: text}, gates=on if gate is None else {TOKENS: gate})
    for about, files in _of_directories():
        yield Start(about, files, alone=False, gates=on)
    good = content("v1alpha1", provider())
    yield Start("the program is not there", {NAME: good}, programs={}, gates=on)
    yield Start("the program may not be executed", {NAME: good}, programs={"p": 0o644}, gates=on)
    if minor <= _LAST_WITH_GATE:
        yield Start("the gate is off, and the file is none", {NAME: "x"}, gates={READING: False})
        yield Start("the gate is as by default, and the file is none", {NAME: "x"})


def _texts() -> Iterator[tuple[str, str]]:
    for api in ("v1alpha1", "v1beta1", "v1", "v2"):
        yield f"a file of {api}", content(api, provider())
    for plugin in ("v1beta1", "v1", "v2"):
        yield f"a provider of {plugin}", content("v1alpha1", provider(plugin))
        yield f"a file of v1, a provider of {plugin}", content("v1", provider(plugin))
    whole = provider(args=["get"], env=[{"name": "A", "value": "b"}])
    yield "all fields of the first kubelets", content("v1alpha1", whole)
    yield "a field of a provider that nobody knows", content("v1alpha1", provider(nope=1))
    yield "a field of the file that nobody knows", content("v1alpha1", provider(), nope={})
    yield "a field of a variable that nobody knows", content("v1alpha1", provider(env=[{"name": "A", "value": "b", "valueFrom": "c"}]))
    yield "a field in other letters", content("v1alpha1", provider(Args=["get"]))
    yield "metadata", content("v1alpha1", provider(), metadata={"name": "x"})
    yield "a field in YAML that is there twice", f"kind: CredentialProviderConfig\n{_yaml()}    defaultCacheDuration: 2h\n"
    yield "a field in JSON that is there twice", content("v1alpha1", provider()).replace('"1h"', '"1h", "defaultCacheDuration": "2h"')
    yield "the kind in YAML twice", f"kind: CredentialProviderConfig\nkind: CredentialProviderConfig\n{_yaml()}"
    yield "YAML", f"kind: CredentialProviderConfig\n{_yaml()}"
    yield "YAML with a second document", f"kind: CredentialProviderConfig\n{_yaml()}---\nkind: x\n"
    yield "JSON with something behind it", content("v1alpha1", provider()) + "x"
    yield "the kind in other letters", f"Kind: CredentialProviderConfig\n{_yaml()}"
    yield "no kind", _yaml()
    yield "another kind", f"kind: KubeletConfiguration\n{_yaml()}"
    yield "nothing", ""
    yield "no providers", content("v1alpha1")
    yield "null for providers", content("v1alpha1").replace("[]", "null")
    for name in ("name", "apiVersion", "matchImages", "defaultCacheDuration"):
        yield f"no {name}", content("v1alpha1", {one: value for one, value in provider().items() if one != name})
    for name, value in (
        ("matchImages", "x"),
        ("matchImages", [5]),
        ("defaultCacheDuration", 5),
        ("defaultCacheDuration", "5"),
        ("defaultCacheDuration", "0"),
        ("defaultCacheDuration", "-1s"),
        ("args", "x"),
        ("args", [1]),
        ("env", [{"name": "A", "value": 5}]),
        ("env", [{"name": None}]),
        ("name", "a/p"),
        ("name", ".."),
    ):
        yield f"{name} {json.dumps(value)}", content("v1alpha1", {**provider(), name: value})
    yield "args null", content("v1alpha1", provider(args=None)).replace('"1h"', '"1h", "args": null')
    yield "one name twice", content("v1alpha1", provider(), provider())
    yield "two providers", content("v1alpha1", provider(), provider(name="q"))


def _yaml() -> str:
    return (
        f"apiVersion: {GROUP}v1alpha1\nproviders:\n  - name: p\n    apiVersion: {PLUGINS}v1alpha1\n"
        '    matchImages: ["*.example.com"]\n    defaultCacheDuration: 1h\n'
    )


def _of_tokens() -> Iterator[tuple[str, str]]:
    for about, tokens in (
        ("tokens without cacheType", _AUDIENCE),
        ("tokens with cacheType", _CACHED),
        ("tokens with another cacheType", {**_CACHED, "cacheType": "Pod"}),
        ("tokens without audience", {"requireServiceAccount": True, "cacheType": "Token"}),
        ("tokens without requireServiceAccount", {"serviceAccountTokenAudience": "a", "cacheType": "Token"}),
        ("tokens with keys", {**_CACHED, "requiredServiceAccountAnnotationKeys": ["a"], "optionalServiceAccountAnnotationKeys": ["b"]}),
        ("tokens with a key twice", {**_CACHED, "requiredServiceAccountAnnotationKeys": ["a", "a"]}),
        (
            "tokens with a key in both",
            {**_CACHED, "requiredServiceAccountAnnotationKeys": ["a"], "optionalServiceAccountAnnotationKeys": ["a"]},
        ),
        ("tokens with a key that is none", {**_CACHED, "optionalServiceAccountAnnotationKeys": ["a b"]}),
        ("tokens with a key and no account", {**_CACHED, "requireServiceAccount": False, "requiredServiceAccountAnnotationKeys": ["a"]}),
        ("tokens that are a text", "x"),
        ("tokens of a field that nobody knows", {**_CACHED, "nope": 1}),
    ):
        yield about, content("v1", provider("v1", tokenAttributes=tokens))
    yield "tokens that are null", content("v1", provider("v1")).replace('"1h"', '"1h", "tokenAttributes": null')
    yield "tokens with a provider of v1beta1", content("v1", provider("v1beta1", tokenAttributes=_CACHED))
    yield "tokens in a file of v1beta1", content("v1beta1", provider("v1", tokenAttributes=_CACHED))


def _of_directories() -> Iterator[tuple[str, dict[str, str]]]:
    one, other = content("v1alpha1", provider()), content("v1alpha1", provider(name="q"))
    yield "a directory of one", {NAME: one}
    yield "a directory of two", {"a.json": one, "b.yml": other}
    yield "a directory of two with one name", {"a.json": one, "b.yml": one}
    yield "a directory of files of other names", {"providers.conf": one}
    yield "a directory with one that is none, of another name", {NAME: one, "x.conf": "x"}
    yield "a directory with one that has a field that nobody knows", {NAME: one, "x.yaml": content("v1alpha1", provider(name="q", nope=1))}
    yield "a directory with one that is empty", {NAME: one, "x.yaml": ""}


def record(version: str) -> list[Json]:
    """What became of each start of a version's kubelet; builds it where it is not built. Needs root."""
    return player.record("tests.lab.providers", version)


def tried(one: Start, version: str, program: Path, setting: running.Setting) -> Json:
    """What became of one of these."""
    player.furnish_root(setting)
    programs, folder = setting.at / "bin", setting.at / "providers"
    programs.mkdir()
    folder.mkdir()
    for name, mode in one.programs.items():
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(mode)
    for name, text in one.files.items():
        (folder / name).write_text(text)
    path = folder / NAME if one.alone else folder
    flags = (f"--image-credential-provider-config={path}", f"--image-credential-provider-bin-dir={programs}")
    gates = {"featureGates": dict(one.gates)} if one.gates else {}
    ended, said = player.started(version, program, setting, gates, one.about, flags=flags)
    return {"version": version, **one.asked, "ended": ended, "said": player.words(said) if ended else ""}


if __name__ == "__main__":
    player.main("tests.lab.providers", __doc__ or "")
