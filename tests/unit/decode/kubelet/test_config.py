"""A kubelet's configuration, as a file or as ``/configz`` shows it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kube.shapes import Recognition, Shape, recognise
from upgradecheck.decode.kubelet.config import Settings, kubelet_config, kubelet_settings
from upgradecheck.decode.kubelet.dropins import FileSettings
from upgradecheck.model.config import KubeletConfig, Nulls
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Form, Written, is_of_kind
from upgradecheck.planning.asking.refused import Around, values_that_stop

FILE = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
SET = {"cgroupsPerQOS": False, "cgroupRoot": "/kube", "cgroupDriver": "systemd", "featureGates": {"A": True, "B": False}}


def raw(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(FILE, KubeletConfig(), id="nothing is set, so all is as by default"),
        pytest.param({**FILE, **SET}, KubeletConfig(False, "/kube", "systemd", {"A": True, "B": False}), id="all is set"),
        pytest.param({"kubeletconfig": SET}, KubeletConfig(False, "/kube", "systemd", {"A": True, "B": False}), id="as configz answers"),
        pytest.param(
            {
                **FILE,
                "kubeReserved": {"cpu": "200m"},
                "evictionHard": {"memory.available": "5%"},
                "reservedSystemCPUs": "0-1",
                "maxPods": 50,
                "cpuManagerPolicy": "static",
                "allowedUnsafeSysctls": ["net.*"],
                "containerRuntimeEndpoint": "unix:///run/cri-dockerd.sock",
            },
            KubeletConfig(
                runtime_endpoint="unix:///run/cri-dockerd.sock",
                kube_reserved={"cpu": "200m"},
                eviction_hard={"memory.available": "5%"},
                reserved_cpus="0-1",
                max_pods=50,
                sets_room=True,
                cpu_manager="static",
                told_policies=("cpu_manager_state",),
                allowed_unsafe_sysctls=("net.*",),
            ),
            id="what of the node is left to pods, and to whom",
        ),
        pytest.param({**FILE, "cgroupsPerQOS": None, "featureGates": None}, KubeletConfig(), id="null is not set"),
    ],
)
def test_what_it_says(document: dict[str, Any], expected: KubeletConfig) -> None:
    assert recognise(raw(document)) == Recognition(Shape.KUBELET_CONFIG)
    assert replace(kubelet_config(raw(document)), given=(), values={}, forms={}, whole=False) == expected


GATES = Written(Form.MAP, (Form.SWITCH,))
EDGED = {"apiVersion": "edgecore.config.kubeedge.io/v1alpha2", "kind": "EdgeCore", "featureGates": {"requireAuthorization": True}}


def test_edgecore_has_one_in_its_own() -> None:
    document = {**EDGED, "modules": {"edged": {"enable": True, "tailoredKubeletConfig": SET}, "edgeHub": {"token": "secret"}}}
    assert recognise(raw(document)) == Recognition(Shape.KUBELET_CONFIG)
    found = kubelet_config(raw(document))
    assert found == KubeletConfig(
        False,
        "/kube",
        "systemd",
        {"A": True, "B": False},
        static_pod_path=OWN["staticPodPath"],
        given=tuple(sorted((*SET, *OWN))),
        values={"cgroupsPerQOS": False, "cgroupRoot": "/kube", "cgroupDriver": "systemd", **OWN},
        forms={"featureGates": GATES},
    )


OWN: dict[str, Any] = {"staticPodPath": "/etc/kubeedge/manifests", "failSwapOn": False}
OF_EDGECORE = KubeletConfig(static_pod_path=OWN["staticPodPath"], given=tuple(sorted(OWN)), values=OWN)
"""What EdgeCore sets where its file says nothing."""


def test_edgecores_file_lies_over_its_defaults() -> None:
    said = {"staticPodPath": "", "failSwapOn": True}
    found = kubelet_config(raw({**EDGED, "modules": {"edged": {"tailoredKubeletConfig": said}}}))
    assert (found.static_pod_path, found.values) == ("", said)


def test_edgecore_is_told_however_its_kind_is_written() -> None:
    assert kubelet_config(raw(EDGED).replace(b'"EdgeCore"', b'"\\u0045dgeCore"')) == OF_EDGECORE


K0S = {"apiVersion": "k0s.k0sproject.io/v1beta1", "kind": "ClusterConfig"}
PROFILE = {"name": "custom", "values": {"maxPods": 50, "featureGates": {"A": True}}}


def test_k0s_lays_a_profile_over_it() -> None:
    document = {**K0S, "spec": {"workerProfiles": [PROFILE], "api": {"sans": ["x"]}}}
    assert recognise(raw(document)) == Recognition(Shape.KUBELET_CONFIG)
    assert kubelet_config(raw(document)) == KubeletConfig(
        max_pods=50,
        sets_room=True,
        feature_gates={"A": True},
        given=("featureGates", "maxPods"),
        values={"maxPods": 50},
        forms={"featureGates": GATES},
    )


@pytest.mark.parametrize(
    "spec", [{}, {"workerProfiles": []}, {"workerProfiles": [PROFILE, PROFILE]}, {"workerProfiles": 3}, {"workerProfiles": [{"name": "x"}]}]
)
def test_k0s_without_one_that_is_known_is_none(spec: dict[str, Any]) -> None:
    assert recognise(raw({**K0S, "spec": spec})).shape is Shape.OTHER


@pytest.mark.parametrize("modules", [{}, {"edged": {}}, {"edged": {"tailoredKubeletConfig": {}}}])
def test_edgecore_that_sets_nothing(modules: dict[str, Any]) -> None:
    assert kubelet_config(raw({**EDGED, "modules": modules})) == OF_EDGECORE


@pytest.mark.parametrize(
    ("document", "given", "whole"),
    [
        pytest.param(FILE, (), False, id="nothing"),
        pytest.param({**FILE, "maxPods": 5, "maxpods": 6, "port": None}, ("maxPods", "maxpods"), False, id="null is not set"),
        pytest.param(
            {
                **FILE,
                "staticPodURLHeader": {"Token": ["x"]},
                "memorySwap": {"swapBehavior": "NoSwap"},
                "authentication": {"x509": {"a": 1}},
            },
            (
                "authentication",
                "authentication.x509",
                "authentication.x509.a",
                "memorySwap",
                "memorySwap.swapBehavior",
                "staticPodURLHeader",
            ),
            False,
            id="fields in fields, and no keys of maps",
        ),
        pytest.param({"kubeletconfig": {"maxPods": 5}}, ("maxPods",), True, id="as configz answers, all of it"),
        pytest.param({**FILE, "featureGates": {"A": True}}, ("featureGates",), False, id="not within a map"),
        pytest.param(
            {**FILE, "tracing": {"endpoint": "x"}}, ("tracing", "tracing.endpoint"), False, id="within what is of another package"
        ),
        pytest.param({**FILE, "logging": {"format": "json"}}, ("logging", "logging.format"), False, id="how it logs"),
        pytest.param({**FILE, "apiVersion": "kubelet.config.k8s.io/v1"}, ("apiVersion",), False, id="a version that no kubelet reads"),
        pytest.param(
            {**FILE, "apiVersion": "example.com/v1"}, ("apiVersion",), False, id="a version of somebody else, which no kubelet reads"
        ),
        pytest.param({**FILE, "memorySwap": {}, "evictionHard": {}}, ("evictionHard",), False, id="nothing in a field of fields"),
        pytest.param({**FILE, "": 1, "a b": 2, "x" * 65: 3, "é": 4}, (), False, id="what no field is called"),
        pytest.param({**FILE, "given": 1, "whole": {}}, ("given", "whole"), False, id="fields of these names"),
    ],
)
def test_what_it_sets(document: dict[str, Any], given: tuple[str, ...], whole: bool) -> None:
    found = kubelet_config(raw(document))
    assert (found.given, found.whole) == (given, whole)


def test_another_kind_of_that_name_is_none() -> None:
    assert recognise(raw({"apiVersion": "example.com/v1", "kind": "KubeletConfiguration"})).shape is Shape.OTHER


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        pytest.param({"cgroupsPerQOS": "sec ret"}, {}, id="a text, whose form its value tells"),
        pytest.param({"cgroupsPerQOS": 3}, {}, id="a number, whose form its value tells"),
        pytest.param({"evictionHard": {"a": 1, "b": "x"}}, {"evictionHard": Written(Form.MAP, (Form.NUMBER, Form.TEXT))}, id="a map"),
        pytest.param({"evictionHard": "x"}, {}, id="a text in place of one"),
        pytest.param({"providerID": "x"}, {"providerID": Written(Form.TEXT)}, id="a text that is not shown"),
        pytest.param({"allowedUnsafeSysctls": [{}, None]}, {"allowedUnsafeSysctls": Written(Form.LIST, (Form.MAP,))}, id="a list"),
        pytest.param({"syncFrequency": None}, {"syncFrequency": Written(Form.NULL)}, id="null"),
        pytest.param({"featureGates": {"A": "true"}}, {"featureGates": Written(Form.MAP, (Form.TEXT,))}, id="gates"),
        pytest.param(
            {"authorization": {"webhook": {}}},
            {"authorization": Written(Form.MAP, (Form.MAP,)), "authorization.webhook": Written(Form.MAP, fields=False)},
            id="fields of nothing",
        ),
    ],
)
def test_a_wrong_type_is_told_and_the_rest_is_read(member: dict[str, Any], expected: dict[str, Written]) -> None:
    found = kubelet_config(raw({**FILE, "maxPods": 5, **member}))
    assert (found.forms, found.max_pods) == (expected, 5)


@pytest.mark.parametrize("version", ["componentconfig/v1alpha1", "kubeletconfig/v1alpha1"])
def test_one_of_a_group_of_before_is_told_by_its_apiversion(version: str) -> None:
    document = raw({"apiVersion": version, "kind": "KubeletConfiguration"})
    assert recognise(document).shape is Shape.KUBELET_CONFIG
    assert kubelet_config(document).given == ("apiVersion",)


def test_null_in_a_map_is_what_go_makes_of_it() -> None:
    """A gate that is off, and so one that no kubelet may have; what else the map says is read."""
    found = kubelet_config(raw({**FILE, "featureGates": {"A": None, "B": True}, "kubeReserved": {"cpu": "1", "memory": None}}))
    assert found.feature_gates == {"A": False, "B": True}
    assert found.kube_reserved == {"cpu": "1", "memory": ""}


def test_null_in_a_drop_in_switches_no_gate() -> None:
    """Real kubelets of 1.30 to 1.35 start with a drop-in that says null of a gate that they do not have."""
    main, drop_in = (kubelet_settings(raw({**FILE, "featureGates": gates})) for gates in ({"A": True}, {"A": None, "B": None}))
    found = FileSettings(main, (drop_in,)).config()
    assert {nulls: found.under(nulls).feature_gates for nulls in Nulls} == {
        Nulls.PASSED_OVER: {"A": True},
        Nulls.AMONG_DROP_INS: {"A": True},
        Nulls.BACK: {},
    }


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(SpecRefused):
        kubelet_config(raw({"kubeletconfig": 3}))


@pytest.mark.parametrize("version", [b"v1beta1", b"\xff"])
@pytest.mark.parametrize("name", [b"systemReserved", b"registerWithTaints", b"featureGates", b"x"])
@pytest.mark.parametrize("value", [b'{"\xff": 1}', b'["a", {"\xff": 1}]', b'[{"\xff": "x"}]', b'"\xff"', b'[{"key": "\xff"}]'])
def test_what_is_no_utf8_is_refused_or_passed_over(version: bytes, name: bytes, value: bytes) -> None:
    """Nothing else comes of it within a value than at the top."""
    raw = b'{"kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/%s", "%s": %s}' % (version, name, value)
    with suppress(SpecRefused):
        kubelet_settings(raw)


def test_one_without_apiversion_says_so() -> None:
    found = kubelet_config(raw({"kind": "KubeletConfiguration", "maxPods": 5}))
    assert (found.given, found.values) == (("apiVersion", "maxPods"), {"maxPods": 5})


@pytest.mark.parametrize(
    "name", [one.encode_name for one in msgspec.structs.fields(Settings) if one.encode_name not in ("given", "forms", "whole", "document")]
)
def test_every_field_that_is_read_has_a_kind_and_what_is_not_read_of_it_is_not_of_that(name: str) -> None:
    kind = CATALOG.options().fields[name][-1].kind
    assert kind is not None
    values: tuple[Any, ...] = (1, 1.5, 2**40, True, "x", "sec ret", [1], ["x"], [{}], {"a": 1}, {"a": "x"}, {"a": True}, {"a": {}})
    for value in values:
        settings, config = kubelet_settings(raw({**FILE, name: value})), kubelet_config(raw({**FILE, name: value}))
        attribute = next(one.name for one in msgspec.structs.fields(Settings) if one.encode_name == name)
        if is_of_kind(config.values.get(name), kind, config.forms.get(name)):
            assert getattr(settings, attribute) is not None, value


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param(
            "evictionHard", {"memory.available": "5%", "pid.available": "10"}, "memory.available<5%,pid.available<10", id="thresholds"
        ),
        pytest.param("kubeReserved", {"cpu": "1"}, "cpu=1", id="what is reserved"),
        pytest.param("evictionHard", {"memory.available": None}, "memory.available<", id="null, which Go takes for an empty text"),
        pytest.param("registerWithTaints", [{"key": "a", "effect": "NoSchedule"}], "a=:NoSchedule", id="a taint"),
        pytest.param("registerWithTaints", [{"key": "a b"}], "a b=:", id="one that is none"),
        pytest.param(
            "reservedMemory",
            [{"numaNode": 1, "limits": {"memory": "1Gi", "cpu": 2}}, {"limits": {"memory": 5}}],
            "1:memory=1Gi;1:cpu=2;0:memory=5",
            id="memory of nodes",
        ),
        pytest.param("tlsCipherSuites", ["TLS_A", "TLS_B"], "TLS_A,TLS_B", id="a list of words"),
        pytest.param("registerWithTaints", {"key": "a"}, None, id="another kind"),
        pytest.param("registerWithTaints", [{"key": "a,b"}], "?=:", id="what has a comma, which no key has"),
        pytest.param("registerWithTaints", [None], "=:", id="null, which is a taint of nothing"),
        pytest.param("reservedMemory", [None, {"numaNode": 1, "limits": {"memory": None}}], "1:memory=0", id="null, which is zero"),
        pytest.param("evictionHard", {"memory.available": "1Gi,x<1"}, "memory.available<?", id="an amount with a comma"),
        pytest.param("defaultPodSysctls", {"net.a": "1,2"}, None, id="what may have any letters"),
        pytest.param("hairpinMode", 'hairpin "veth"', 'hairpin "veth"', id="a text with a blank and a quote"),
        pytest.param("hairpinMode", "x" * 2000, None, id="one that is longer than any"),
    ],
)
def test_maps_and_lists_that_are_read_are_told_as_flags_have_them(name: str, content: Any, expected: str | None) -> None:
    found = kubelet_config(raw({**FILE, name: content}))
    assert ([path for path in found.given if "[" not in path], found.values.get(name)) == ([name], expected)


def test_fields_in_lists_are_told_with_their_places() -> None:
    found = kubelet_config(
        raw({**FILE, "registerWithTaints": [{"key": 5}, None, {"key": "a", "x": {}}], "logging": {"vmodule": [{"y": []}]}})
    )
    assert found.given == ("logging", "logging.vmodule", "logging.vmodule[0].filePattern", "logging.vmodule[0].y", *PLACED)
    assert {path: found.values.get(path) for path in PLACED} == {
        "registerWithTaints": None,
        "registerWithTaints[0].key": 5,
        "registerWithTaints[2].key": "a",
    }


PLACED = ("registerWithTaints", "registerWithTaints[0].key", "registerWithTaints[2].key")


def test_of_drop_ins_the_last_list_counts_whole() -> None:
    def settings(**fields: Any) -> Settings:
        return kubelet_settings(raw({**FILE, **fields}))

    limits = {"memory": "1Gi"}
    found = FileSettings(
        *(
            settings(reservedMemory=[{"numaNode": 0, "limits": limits}, {"numaNode": "x"}], registerWithTaints=[{"key": "a"}]),
            (settings(reservedMemory=[{"numaNode": 1}]),),
        )
    ).config()
    assert found.given == ("registerWithTaints", "registerWithTaints[0].key", "reservedMemory", "reservedMemory[0].numaNode")
    assert found.values["reservedMemory[0].numaNode"] == 1


def test_words_and_numbers_are_told_and_nothing_that_may_be_a_secret() -> None:
    words = {"containerLogMaxFiles": 1, "runOnce": True, "syncFrequency": "1m0s", "memorySwap": {"swapBehavior": "NoSwap"}, "x": -0.5}
    others = {
        "staticPodURL": "http://user:secret@host/",
        "staticPodURLHeader": {"Token": ["secret"]},
        "clusterDNS": ["192.0.2.1"],
        "providerID": 10**13,
    }
    assert kubelet_config(raw({**FILE, **words, **others})).values == {
        "containerLogMaxFiles": 1,
        "runOnce": True,
        "syncFrequency": "1m0s",
        "memorySwap.swapBehavior": "NoSwap",
        "x": -0.5,
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-1000000000000000", -(10**15)),
        ("9223372036854775808", 1 << 63),
        ("99999999999999999999", 1e20),
        ("1e3", 1000.0),
        ("10.0", 10.0),
        ("0.1234567890123456", 0.1234567890123456),
        ("-0", 0),
    ],
)
def test_numbers_of_any_size_are_told_and_those_that_are_not_whole_with_a_point(text: str, value: float) -> None:
    found = kubelet_config(f'{{"maxOpenFiles": {text}}}'.encode()).values["maxOpenFiles"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([{"filePattern": "a*", "verbosity": 1}], ["a*"]),
        ([{"filePattern": "a=b"}, {"verbosity": 1}], ["a=b", ""]),
        ([{}, {"filePattern": None}], ["", ""]),
        ([{"filePattern": 5}], [5]),
    ],
)
def test_a_member_of_vmodule_that_names_no_file_has_an_empty_one(members: list[Any], expected: list[Any]) -> None:
    found = kubelet_config(raw({**FILE, "logging": {"vmodule": members}}))
    assert [found.values[f"logging.vmodule[{place}].filePattern"] for place in range(len(members))] == expected


@pytest.mark.parametrize(
    "name", ["tlsCipherSuites", "enforceNodeAllocatable", "allowedUnsafeSysctls", "preloadedImagesVerificationAllowlist"]
)
def test_a_list_of_one_empty_word_is_no_empty_list(name: str) -> None:
    """All four end a kubelet by it: real 1.20.15 and 1.34.1 were asked."""
    config = kubelet_config(raw({**FILE, name: [""]}))
    assert (config.values[name], kubelet_config(raw({**FILE, name: []})).values[name]) == (",", "")
    end = KubeletEnd(as_version("v1.34.1"), CATALOG.builds(as_version("v1.34.1")))
    gates = Around({"imagePullCredentialsVerificationPolicy": "NeverVerifyAllowlistedImages"}, {"KubeletEnsureSecretPulledImages": True})
    assert [one.name for one in values_that_stop(end, CATALOG.options(), {name: ","}, "", around=gates)] == [name]
