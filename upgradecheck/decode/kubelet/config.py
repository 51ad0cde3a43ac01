"""A kubelet's configuration: the file (kind KubeletConfiguration), the merged one that ``/configz`` of a kubelet shows, or EdgeCore's.

KubeEdge's EdgeCore has a kubelet in it, and the configuration of that in its own, as ``modules.edged.tailoredKubeletConfig`` (v1alpha2).
Its own featureGates are not the kubelet's. It has defaults of its own, over which its file is laid; of these two are read here that are not
a kubelet's (_BY_EDGECORE). k0s lays a worker profile over a kubelet's configuration: ``spec.workerProfiles[].values`` of its ClusterConfig;
of several profiles nobody knows which one a node has.

Of values those are read that are a text, a number or a switch, and lists and maps that are named here. What may hold a secret (headers for
a static pod URL) is not; of that it is told that it is set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kubelet.heads import API_VERSION, KIND, head_of, named_in_head
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Form, Value, Written
from upgradecheck.model.patterns import pattern
from upgradecheck.model.statefiles import StateName

_MAX_PODS = 110
_VERIFYING = ("AlwaysVerify", "NeverVerifyAllowlistedImages")
"""Policies (imagePullCredentialsVerificationPolicy) under which an image that no kubelet has a record of is pulled, though it is there."""

_WITHIN = frozenset({"authentication", "authorization", "crashLoopBackOff", "logging", "memorySwap", "tracing", "userNamespaces"})
_SET_BY_NOTHING = "tracing"
"""A structure behind a pointer, of which kubelets ask whether it is there."""
_NO_WORD = ","
"""A list of one word that has no letters, as one of two: kubelets refuse each of these, while a list of nothing is an empty word."""
_LISTS = ("allowedUnsafeSysctls", "enforceNodeAllocatable", "tlsCipherSuites")
"""Lists whose words are read; others may hold secrets."""
_IMAGES = "preloadedImagesVerificationAllowlist"
"""A list of images, whose names are read; what may be a user and a password before a host is none."""
_MAPS = {
    "evictionHard": "<",
    "evictionSoft": "<",
    "evictionSoftGracePeriod": "=",
    "evictionMinimumReclaim": "=",
    "kubeReserved": "=",
    "systemReserved": "=",
    "defaultPodSysctls": "=",
    "cpuManagerPolicyOptions": "=",
    "topologyManagerPolicyOptions": "=",
    "qosReserved": "=",
}
"""Maps whose members are read, with what a flag has between name and value."""
_OF_ANY_VALUE = ("defaultPodSysctls",)
"""Those of these whose values may have any letters."""
_OF_FIELDS = frozenset({"registerWithTaints", "reservedMemory", "shutdownGracePeriodByPodPriority", "vmodule"})
"""Lists whose members are maps of fields."""
_WANTED_IN = {"vmodule": ("filePattern",)}
"""Fields of a list's members that a kubelet asks for also where they are not written: they are empty then."""
_SECRETS = frozenset({"staticPodURL", "staticPodURLHeader", "providerID"})
"""Fields whose texts and numbers are never read as values, however plain."""
_OF_NO_FIELDS = "limits"
"""A map in one of these whose keys are no fields."""
_DEEPEST = 4
_V1BETA1 = "kubelet.config.k8s.io/v1beta1"
_NAME = pattern(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_PLAIN = pattern(rb"true|false|-?[0-9]{1,19}")
_FRACTION = pattern(rb"-?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,2})?")
"""A number that is not whole, or has more digits than 64 bits have."""
_WORDS = pattern(rb'\[\s*(?:"[A-Za-z0-9._/*\x80-\xff-]{0,60}"\s*,\s*){0,40}"[A-Za-z0-9._/*\x80-\xff-]{0,60}"\s*\]')
_IMAGE_NAMES = pattern(rb'\[\s*(?:"(?:[A-Za-z0-9._/*: -]|@sha256:){0,150}"\s*,\s*){0,40}"(?:[A-Za-z0-9._/*: -]|@sha256:){0,150}"\s*\]')
_ADDRESS = pattern(rb'"[A-Za-z0-9._/:\[\]-]{0,100}"')
_MEMBER = pattern(r"[^\x00-\x1f\x7f,;:=<]{0,400}")
_NO_MEMBER = "?"
"""What stands for a name or an amount with other letters: no kubelet takes either."""
_LONGEST = 1000
_EMPTY = pattern(rb"\[\s*\]|\{\s*\}")
_OF_ROOM = ("kube_reserved", "system_reserved", "eviction_hard", "reserved_cpus", "max_pods", "pods_per_core")


class Settings(msgspec.Struct, rename="camel"):
    """What one file or command line sets; None where it leaves a setting alone.

    given: by their paths, all fields that a file sets, known or not, with what is a word, a number or a list of words; forms: of all of
    these, how they are written where that is no plain value, else None; whole: it shows all settings of a kubelet, those by default, too;
    document: the file's object as JSON, over which others are laid.
    """

    cgroups_per_qos: bool | None = msgspec.field(default=None, name="cgroupsPerQOS")
    cgroup_root: str | None = None
    cgroup_driver: str | None = None
    feature_gates: Mapping[str, bool | None] | None = None
    static_pod_path: str | None = None
    static_pod_url: str | None = msgspec.field(default=None, name="staticPodURL")
    container_runtime_endpoint: str | None = None
    kube_reserved: Mapping[str, str | None] | None = None
    system_reserved: Mapping[str, str | None] | None = None
    eviction_hard: Mapping[str, str | None] | None = None
    reserved_cpus: str | None = msgspec.field(default=None, name="reservedSystemCPUs")
    max_pods: int | None = None
    pods_per_core: int | None = None
    cpu_manager_policy: str | None = None
    cpu_manager_policy_options: Mapping[str, str | None] | None = None
    memory_manager_policy: str | None = None
    topology_manager_policy: str | None = None
    allowed_unsafe_sysctls: Sequence[str | None] | None = None
    fail_cgroup_v1: bool | None = msgspec.field(default=None, name="failCgroupV1")
    image_pull_credentials_verification_policy: str | None = None
    given: Any = None
    forms: Any = None
    whole: Any = None
    document: Any = None

    def config(self) -> KubeletConfig:
        """With the kubelet's defaults for what is left alone."""
        return KubeletConfig(
            cgroups_per_qos=self.cgroups_per_qos is not False,
            cgroup_root=self.cgroup_root or "",
            cgroup_driver=self.cgroup_driver or "cgroupfs",
            static_pod_path=self.static_pod_path or "",
            static_pod_url=self.static_pod_url or "",
            runtime_endpoint=self.container_runtime_endpoint or "",
            kube_reserved=_texts(self.kube_reserved),
            system_reserved=_texts(self.system_reserved),
            eviction_hard=None if self.eviction_hard is None else _texts(self.eviction_hard),
            reserved_cpus=self.reserved_cpus or "",
            max_pods=_MAX_PODS if self.max_pods is None else self.max_pods,
            pods_per_core=self.pods_per_core or 0,
            sets_room=any(getattr(self, name) is not None for name in _OF_ROOM),
            cpu_manager=self.cpu_manager_policy or "none",
            memory_manager=self.memory_manager_policy or "None",
            topology_manager=self.topology_manager_policy or "none",
            allowed_unsafe_sysctls=tuple(one or "" for one in self.allowed_unsafe_sysctls or ()),
            feature_gates={name: on is True for name, on in (self.feature_gates or {}).items()},
            fail_cgroup_v1=self.fail_cgroup_v1,
            verifies_images=self.image_pull_credentials_verification_policy in _VERIFYING,
            cpu_manager_options=_texts(self.cpu_manager_policy_options),
            told_policies=tuple(name.value for name, policy in self._policies() if policy is not None),
            given=tuple(sorted(self.given or ())),
            values={path: one for path, one in (self.given or {}).items() if one is not None},
            forms={path: form for path, form in (self.forms or {}).items() if form is not None},
            whole=self.whole is True,
        )

    def _policies(self) -> tuple[tuple[StateName, str | None], ...]:
        return (StateName.CPUS, self.cpu_manager_policy), (StateName.MEMORY, self.memory_manager_policy)


def _texts(members: Mapping[str, str | None] | None) -> Mapping[str, str]:
    """A map as Go reads it: null is an empty text, as null is off among gates."""
    return {name: value or "" for name, value in (members or {}).items()}


class _Edged(msgspec.Struct):
    kubelet: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="tailoredKubeletConfig")


class _Modules(msgspec.Struct):
    edged: _Edged = msgspec.field(default_factory=_Edged)


class _Profile(msgspec.Struct):
    values: msgspec.Raw = msgspec.Raw()


class _Spec(msgspec.Struct, rename="camel"):
    worker_profiles: list[_Profile] = msgspec.field(default_factory=list)


class _OfK0s(msgspec.Struct):
    spec: _Spec = msgspec.field(default_factory=_Spec)


class _Around(msgspec.Struct):
    """What a kubelet's configuration stands in: what configz answers, or EdgeCore's configuration."""

    kubeletconfig: msgspec.Raw = msgspec.Raw()
    modules: msgspec.Raw = msgspec.Raw()


_SETTINGS = msgspec.json.Decoder(Settings)
_AROUND = msgspec.json.Decoder(_Around)
_OF_K0S = msgspec.json.Decoder(_OfK0s)
_WORD = msgspec.json.Decoder(str)
_MODULES = msgspec.json.Decoder(_Modules)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS: msgspec.json.Decoder[Iterable[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_FORMS = {b"{": Form.MAP, b"[": Form.LIST, b'"': Form.TEXT, b"t": Form.SWITCH, b"f": Form.SWITCH}
_KIND, _EDGECORE, _K0S, _NOTHING = "KubeletConfiguration", "EdgeCore", "ClusterConfig", b"{}"
_GROUP = "kubelet.config.k8s.io/"
_BY_EDGECORE = {"staticPodPath": "/etc/kubeedge/manifests", "failSwapOn": False}
"""SetDefaultsKubeletConfiguration of kubeedge/kubeedge, edgecore/v1alpha2/default_kubelet_configuration.go, read at commit 1af6144f
and in v1.23.0."""
_OF_EDGECORE = "modules.edged.tailoredKubeletConfig"


def kubelet_config(raw: bytes) -> KubeletConfig:
    """What a KubeletConfiguration says, in either form.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    return kubelet_settings(raw).config()


def kubelet_settings(raw: bytes) -> Settings:
    """What a KubeletConfiguration sets, in either form.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    around, head = typed(_AROUND, raw), head_of(raw)
    shown = bytes(around.kubeletconfig)
    inner, place = (shown, "kubeletconfig") if shown else (raw, "")
    if head.kind == _EDGECORE:
        modules = typed(_MODULES, bytes(around.modules) or _NOTHING, "modules")
        inner, place = _over_defaults(bytes(modules.edged.kubelet) or _NOTHING), _OF_EDGECORE
    elif head.kind == _K0S:
        inner, place = only_profile(raw) or _NOTHING, "spec.workerProfiles[0].values"
    settings = object_settings(inner, place)
    if head.kind == _KIND and not head.api_version.startswith(_GROUP):
        settings.given[API_VERSION] = settings.forms[API_VERSION] = None
    if head.kind not in ("", _KIND, _EDGECORE, _K0S):
        settings.given[KIND] = settings.forms[KIND] = None
    settings.whole = bool(shown) or None
    return settings


def main_settings(raw: bytes) -> Settings:
    """What the file of --config sets: one that names no kind is none that a kubelet reads, and says so.

    Raises:
        SpecRefused: no JSON, or a value that is read here has a wrong type.
    """
    settings = kubelet_settings(raw)
    if not names_its_kind(raw):
        settings.given[KIND] = settings.forms[KIND] = None
    return settings


def object_settings(raw: bytes, place: str = "") -> Settings:
    """What an object sets whose members are a kubelet's settings. place: where it stands, for messages.

    Raises:
        SpecRefused: no JSON, or no object.
    """
    settings, found = _readable(raw, place), dict(_set_in(raw))
    settings.given = {path: value for path, (value, form) in found.items() if form not in (_NULL, _NO_FIELDS)}
    settings.forms = {path: form for path, (_, form) in found.items()}
    settings.whole, settings.document = None, raw
    return settings


def names_its_kind(raw: bytes) -> bool:
    """Whether an object says what kind it is of."""
    return bool(head_of(raw).kind)


def _over_defaults(raw: bytes) -> bytes:
    """What EdgeCore makes of its part of the file; as it is where that is no object."""
    try:
        given = _MEMBERS.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return raw
    return msgspec.json.encode({**{name: value for name, value in _BY_EDGECORE.items() if name not in given}, **given})


def _readable(raw: bytes, place: str) -> Settings:
    """What is set, without the members that no kubelet reads either: what they are instead is told of them (forms)."""
    try:
        return typed(_SETTINGS, raw, place)
    except SpecRefused:
        members = typed(_MEMBERS, raw, place).items()
        return typed(_SETTINGS, msgspec.json.encode({name: value for name, value in members if _is_readable(name, value)}), place)


def _is_readable(name: str, value: msgspec.Raw) -> bool:
    try:
        typed(_SETTINGS, msgspec.json.encode({name: value}))
    except SpecRefused:
        return False
    return True


def only_profile(raw: bytes) -> bytes:
    """What the only worker profile of k0s sets; empty where there is none, or several."""
    try:
        profiles = typed(_OF_K0S, raw).spec.worker_profiles
    except SpecRefused:
        return b""
    return bytes(profiles[0].values) if len(profiles) == 1 else b""


def _set_in(raw: bytes, above: str = "", deep: int = 1) -> Iterator[tuple[str, tuple[Value, Written | None]]]:
    """The paths of the fields that an object sets, with what is plain, which is no secret, and how the rest is written.

    None within maps: keys are no fields. Of what is in a list the path has the place (``registerWithTaints[0].key``).
    """
    if raw[:1] != b"{":
        return
    for name, value in typed(_MEMBERS, raw, above).items():
        text = bytes(value).strip()
        head = "" if above else named_in_head(name)
        if (head == KIND or (head == API_VERSION and not _is_of_nobody(text))) or not _NAME.fullmatch(name):
            continue
        name = head or name
        if text == b"null" or (text == _NOTHING and (above or (name in _WITHIN and name != _SET_BY_NOTHING))):
            yield f"{above}{name}", (None, _NULL if text == b"null" else _NO_FIELDS)
            continue
        plain = _plain(name, text)
        yield f"{above}{name}", (plain, _written(text) if plain is None or text[:1] in b"[{" else None)
        if deep < _DEEPEST and (above or name in _WITHIN) and name != _OF_NO_FIELDS:
            yield from _set_in(text, f"{above}{name}.", deep + 1)
        if name in _OF_FIELDS and text[:1] == b"[":
            items: Iterable[msgspec.Raw] = typed(_ITEMS, text)
            for place, one in enumerate(items):
                within = f"{above}{name}[{place}]."
                found = dict(_set_in(bytes(one).strip(), within, deep + 1))
                lacking = (path for wanted in _WANTED_IN.get(name, ()) if found.get(path := f"{within}{wanted}", _LACKING) == _LACKING)
                yield from {**found, **dict.fromkeys(lacking, ("", None))}.items()


_NULL, _NO_FIELDS = Written(Form.NULL), Written(Form.MAP, fields=False)
"""What sets nothing, but is read."""
_LACKING = (None, _NULL)


def _written(text: bytes) -> Written:
    """How a value is written, and its members."""
    form = _form(text)
    if form is Form.LIST:
        members = [bytes(one) for one in typed(_ITEMS, text)]
    else:
        members = [bytes(one) for one in typed(_MEMBERS, text).values()] if form is Form.MAP else []
    found = {_form(one.strip()) for one in members if one.strip() != b"null"}
    return Written(form, tuple(one for one in Form if one in found))


def _form(text: bytes) -> Form:
    return _FORMS.get(text[:1], Form.NUMBER)


def _plain(name: str, text: bytes) -> Value:
    """A word, a number or a list of words, with commas between them; None of anything else. What holds nothing is an empty word."""
    if _EMPTY.fullmatch(text):
        return ""
    if name in _SECRETS and text != b'""' and text[:1] in b'"-0123456789':
        return None
    if text[:1] == b'"':
        return _word(text) if name != "endpoint" or _ADDRESS.fullmatch(text) else None
    if (name in _LISTS and _WORDS.fullmatch(text)) or (name == _IMAGES and _IMAGE_NAMES.fullmatch(text)):
        return ",".join(msgspec.json.decode(text)) or _NO_WORD
    if name in _MAPS or name in _RECORDS or name == _OF_NO_FIELDS:
        return _as_flags_have_it(name, text)
    if _PLAIN.fullmatch(text):
        found: Value = msgspec.json.decode(text) if text != b"-0" else 0  # which is whole to Go
        return found
    return float(text) if _FRACTION.fullmatch(text) else None


def _word(text: bytes) -> str | None:
    """A text, if it is no longer than any that a field can hold."""
    found = typed(_WORD, text) if len(text) <= _LONGEST else None
    return None if found is None or "\ufffd" in found else found


def _is_of_nobody(api_version: bytes) -> bool:
    """Whether no kubelet reads a KubeletConfiguration of this version; that of another kind is not a kubelet's to read."""
    told = typed(_WORD, api_version, API_VERSION) if api_version[:1] == b'"' else ""
    return told.startswith(_GROUP) and told != _V1BETA1


def _as_flags_have_it(name: str, text: bytes) -> Value:
    """A map, a list of taints or of memory; None of what is none, or holds what such a thing never does."""
    try:
        if name in _MAPS:
            told = [_member(one, _MAPS[name], value or "") for one, value in _FILLED.decode(text).items()]
            return None if name in _OF_ANY_VALUE and any(_NO_MEMBER in one for one in told) else ",".join(told)
        if name == _OF_NO_FIELDS:
            return ",".join(_member(one, "=", amount) for one, amount in _AMOUNTS.decode(text).items() if amount is not None)
        decoder, written = _RECORDS[name]
        return written(decoder.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _member(name: str, between: str, value: str | int | float) -> str:
    return f"{name if _MEMBER.fullmatch(name) else _NO_MEMBER}{between}{value if _MEMBER.fullmatch(str(value)) else _NO_MEMBER}"


class _Taint(msgspec.Struct):
    key: str = ""
    value: str = ""
    effect: str = ""


class _Reserved(msgspec.Struct, rename="camel"):
    numa_node: int = 0
    limits: dict[str, str | int | float | None] = msgspec.field(default_factory=dict)


def _of_taints(taints: list[_Taint | None]) -> str:
    """Null is a taint of nothing."""
    found = (one or _Taint() for one in taints)
    return ",".join(f"{_member(one.key, '=', one.value)}:{_member(one.effect, '', '')}" for one in found)


def _of_memory(nodes: list[_Reserved | None]) -> str:
    """Null is nothing of a node, and as an amount zero."""
    found = ((one.numa_node, limit) for one in nodes if one is not None for limit in one.limits.items())
    return ";".join(f"{node}:{_member(name, '=', 0 if value is None else value)}" for node, (name, value) in found)


_FILLED = msgspec.json.Decoder(dict[str, str | None])
_AMOUNTS = msgspec.json.Decoder(dict[str, str | int | float | None])
_RECORDS: dict[str, tuple[msgspec.json.Decoder[Any], Callable[[Any], str]]] = {
    "registerWithTaints": (msgspec.json.Decoder(list[_Taint | None]), _of_taints),
    "reservedMemory": (msgspec.json.Decoder(list[_Reserved | None]), _of_memory),
}
_CALLED = {
    "container_runtime_endpoint": "runtime_endpoint",
    "cpu_manager_policy": "cpu_manager",
    "cpu_manager_policy_options": "cpu_manager_options",
    "memory_manager_policy": "memory_manager",
    "topology_manager_policy": "topology_manager",
}
_NO_VALUES = ("given", "forms", "whole", "document", "feature_gates")


def laid_over(config: KubeletConfig, settings: Settings) -> KubeletConfig:
    """A configuration with what a command line sets besides."""
    made = settings.config()
    names = (name for name in Settings.__struct_fields__ if name not in _NO_VALUES and getattr(settings, name) is not None)
    changed = {_CALLED.get(name, name): getattr(made, _CALLED.get(name, name)) for name in names}
    gates = {**config.feature_gates, **made.feature_gates}
    others = {nulls: laid_over(one, settings) for nulls, one in config.by_nulls.items()}
    return replace(config, **changed, feature_gates=gates, sets_room=config.sets_room or made.sets_room, by_nulls=others)
