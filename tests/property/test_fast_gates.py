"""Where msgspec and Go read two things in one text, the fast path steps aside; each gate is needed, and what is plain passes all of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.property.both_paths import CLASSES, agree, exactly, fast, quickly
from tests.property.random_pods import around
from tests.property.strategies import QUANTITIES, TEXTS, TIMES
from upgradecheck.hashing.fast import containers as fast_containers
from upgradecheck.hashing.fast import gates, structs
from upgradecheck.hashing.fast import newest as fast_newest
from upgradecheck.hashing.fast import pods as fast_pods
from upgradecheck.hashing.fast import written as fast_written
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.schema import HashClass

LIMITS = b'"resources":{"limits":{"cpu":"1"}}'
DEEP = b'{"a":' * 199 + b"1" + b"}" * 199
OLD, NEW, ALL = CLASSES[:1], CLASSES[-1:], CLASSES
ERAS = tuple(one for one in CLASSES if str(one.minor) in ("1.8", "1.15", "1.16", "1.22", "1.30", "1.37"))
JSON_ERA = tuple(one for one in CLASSES if str(one.minor) in ("1.22", "1.30"))
JSONITER = tuple(one for one in CLASSES if str(one.minor) == "1.22")


def nothing(*found: Any) -> bool:
    return False


def anything(wanted: type, value: Any) -> Any:
    return structs.Amount(str(value))


GATES = [
    pytest.param(
        gates,
        "hides_ascii",
        nothing,
        JSON_ERA,
        around([b'{"image":"a"}'], more=b',"cont\\u0061iners":[{"name":"b"}]'),
        id="a key by number",
    ),
    pytest.param(
        gates,
        "hides_ascii",
        nothing,
        JSON_ERA,
        around([b'{"name":"a","resources":{"limits":{"cpu":"1\\u0030"}}}']),
        id="a quantity by number",
    ),
    pytest.param(gates, "too_deep", nothing, NEW, around([b'{"name":"a"}'], more=b',"none":' + DEEP), id="too deep"),
    pytest.param(
        gates, "cannot_be_skipped", nothing, JSONITER, around([b'{"name":"a"}'], more=b',"none":1e400'), id="json-iterator's numbers"
    ),
    pytest.param(
        gates,
        "member_comes_twice",
        nothing,
        JSON_ERA,
        around([b'{"name":"a","image":"b"}'], more=b',"containers":[{"name":"a"}]'),
        id="two lists",
    ),
    pytest.param(
        gates,
        "member_comes_twice",
        nothing,
        JSON_ERA,
        b'{"spec":{"initContainers":[{"name":"i"}]},"spec":{"containers":[{"name":"a"}]}}',
        id="two specs",
    ),
    pytest.param(
        gates,
        "key_comes_twice",
        nothing,
        JSON_ERA,
        around([b'{"name":"a","securityContext":{"privileged":true},"securityContext":{}}']),
        id="a key twice",
    ),
    pytest.param(
        fast_containers, "depends_on_go", nothing, JSON_ERA[:1], around([b'{"name":"a","image":"\\b"}']), id="a short escape before Go 1.22"
    ),
    pytest.param(
        fast_containers,
        "_is_shown",
        nothing,
        JSON_ERA,
        around(
            [b'{"name":"kube-api-access-abcde","volumeMounts":[{"name":"t","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}']
        ),
        id="a hole in a name",
    ),
    pytest.param(
        gates,
        "loses_quotes",
        nothing,
        JSON_ERA,
        around([b'{"name":"a",' + LIMITS + b',"securityContext":{"privileged":true},"securityContext":{}}']),
        id="a key twice, decoded once",
    ),
    pytest.param(
        fast_newest,
        "Structs",
        lambda schemas, **_: structs.Structs(schemas),
        JSON_ERA,
        around([b"{" + LIMITS + b',"securityContext":{"privileged":true},"securityContext":{}}']),
        id="a key twice, and a name that is written though it is empty",
    ),
    pytest.param(
        fast_newest,
        "text_hook",
        structs.decode_hook,
        JSON_ERA,
        around([b'{"name":"a","resources":{"limits":{"cpu":1,"memory":2}},"securityContext":{"privileged":true},"securityContext":{}}']),
        id="a key twice, and numbers that are written as texts",
    ),
    pytest.param(
        fast_newest.Newest,
        "is_alike",
        lambda *_: True,
        JSON_ERA,
        around([b'{"name":"a",' + LIMITS + b',"restartPolicy":"Always"}']),
        id="a field that the older one does not know",
    ),
    pytest.param(
        structs, "decode_hook", anything, JSON_ERA, around([b'{"name":"a","resources":{"limits":{"cpu":"0.5"}}}']), id="quantities"
    ),
]


@pytest.mark.parametrize(("module", "gate", "broken", "classes", "document"), GATES)
def test_without_a_gate_a_pod_is_hashed_wrongly(
    module: Any, gate: str, broken: Any, classes: tuple[HashClass, ...], document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gate is needed, and what it is needed for is met here."""
    assert agree(document, FastPods(classes, few=0))
    for user in (module, fast_containers, fast_newest, fast_pods, fast_written):
        if hasattr(user, gate):
            monkeypatch.setattr(user, gate, broken)
    assert not agree(document, FastPods(classes, few=0))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(around([b'{"name":null}']), id="a null for a text"),
        pytest.param(around([b'{"name":"a","tty":null}']), id="a null for a boolean"),
        pytest.param(around([b'{"name":"a","env":null}']), id="a null for a list"),
        pytest.param(around([b'{"name":"a","resources":null}']), id="a null for a struct"),
        pytest.param(around([b'{"name":"a","ports":[null]}']), id="a null in a list"),
        pytest.param(around([b'{"name":"a","ports":[{"containerPort":2147483648}]}']), id="a number out of range"),
        pytest.param(around([b'{"name":"a","ports":[{"containerPort":80.0}]}']), id="a number with a point"),
        pytest.param(around([b'{"name":"a","ports":{}}']), id="an object for a list"),
        pytest.param(around([b'{"name":"\\ud83d"}']), id="a lone surrogate"),
        pytest.param(around([b'{"name":"\xff"}']), id="bytes that are no UTF-8"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":0}}}']), id="a quantity that may be -0"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":" 5"}}}']), id="a quantity with a blank"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":"0\\u002e5"}}}']), id="a point by number"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":"5\\n"}}}']), id="a quantity with an escape"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":true}}}']), id="a quantity that is true"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":1e3}}}']), id="a number with an exponent for a quantity"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":"1","cpu":"2"}}}']), id="a key twice in a map"),
        pytest.param(around([b'{"name":"a","livenessProbe":{"httpGet":{"port":1},"httpGet":{"path":"x"}}}']), id="a key twice within"),
        pytest.param(around([b'{"name":"a"}'], [b'{"name":"i","tty":true,"tty":false}']), id="a key twice in the first list"),
        pytest.param(around([b'{"name":"a"}'], (), [b'{"name":"e","tty":true,"tty":false}']), id="a key twice in the last list"),
        pytest.param(around([b'{"name":"a","livenessProbe":{"grpc":{"port":"x"}}}']), id="a wrong type for the newer one alone"),
        pytest.param(b'{"metadata":{"clusterName":5},"spec":{"containers":[{"name":"a"}]}}', id="a wrong type for the older one alone"),
        pytest.param(around([b'{"name":"a"}'], more=b',"none":-1e400'), id="no float64, below 0"),
        pytest.param(around([b'{"name":"a"}'], more=b',"none":[1E400]'), id="no float64, first in a list"),
        pytest.param(around([b'{"name":"a"}'], more=b',"none":[0,1e400]'), id="no float64, behind a comma"),
        pytest.param(around([b'{"name":"a"}'], more=b',"none": \n1.5e400'), id="no float64, behind blanks"),
        pytest.param(around([b'{"name":"a"}'], more=b',"terminationGracePeriodSeconds":"5"'), id="a text for a number beside containers"),
        pytest.param(b'{"metadata":{"creationTimestamp":"2023-02-29T00:00:00Z"},"spec":{"containers":[{"name":"a"}]}}', id="no time"),
        pytest.param(b'{"status":[],"spec":{"containers":[{"name":"a"}]}}', id="a list for a status"),
        pytest.param(b"{", id="no JSON"),
    ],
)
def test_what_is_not_plain_is_left_to_the_exact_path(document: bytes) -> None:
    pods = FastPods(JSON_ERA, few=0)
    assert quickly(document, pods, from_api=True) is None
    assert pods.stepped_aside == 1


_MOUNTED = b'"/var/run/secrets/kubernetes.io/serviceaccount"'
_NAMES = b'{"args":[' + _MOUNTED + b"," + _MOUNTED + b'],"resources":{"limits":{"kube-api-access-%b":"1","kube-api-access-%b":"2"}}}'
_VOLUME = b'{"name":"a","volumeMounts":[{"name":"kube-api-access-%b","mountPath":' + _MOUNTED + b"}]}"
_SHOWN = (
    b'{"name":"kube-api-access-%b","volumeMounts":[{"name":"kube-api-access-%b","mountPath":' + _MOUNTED + b'}],"args":[' + _MOUNTED + b"]}"
)


@pytest.mark.parametrize(
    ("one", "replica"),
    [
        pytest.param(around([_VOLUME % b"abcde"]), around([_VOLUME % b"z0z0z"]), id="plain"),
        pytest.param(around([_SHOWN % (b"abcde", b"abcde")]), around([_SHOWN % (b"z0z0z", b"z0z0z")]), id="a name that ends so"),
        pytest.param(around([_VOLUME % b"a<bcd"]), around([_VOLUME % b"e<fgh"]), id="an end that is written otherwise"),
        pytest.param(around([_VOLUME % b"a\\/cd"]), around([_VOLUME % b"e\\/gh"]), id="an end with an escape"),
        pytest.param(around([_NAMES % (b"aaaaa", b"mmmmm")]), around([_NAMES % (b"zzzzz", b"mmmmm")]), id="two names that change places"),
        pytest.param(
            around([_NAMES % (b"aaaaa", b"mmmmm")], [_VOLUME % b"aaaaa"]),
            around([_NAMES % (b"zzzzz", b"mmmmm")], [_VOLUME % b"zzzzz"]),
            id="one name in the first list, two in the next",
        ),
        pytest.param(around([_VOLUME % b"abc"]), around([_VOLUME % b"xyz"]), id="a short end"),
        pytest.param(around([_VOLUME % b"abcdefg"]), around([_VOLUME % b"zbcdefg"]), id="a long end"),
    ],
)
def test_a_replica_of_what_is_known_has_hashes_of_its_own(one: bytes, replica: bytes) -> None:
    pods = FastPods(ERAS, few=0)
    for document in (one, replica, one, replica, one):
        assert quickly(document, pods, from_api=False) == exactly(document, ERAS, from_api=False) is not None
    for document in (one, one, replica, one, replica):
        assert quickly(document, pods, from_api=True) == exactly(document, ERAS, from_api=True) is not None


def test_an_app_container_that_restarts_always_is_no_sidecar() -> None:
    document = around([b'{"name":"a","restartPolicy":"Always"}'], [b'{"name":"i","restartPolicy":"Always"}'])
    assert quickly(document, FastPods(ERAS, few=0), from_api=True) == exactly(document, ERAS, from_api=True) is not None


def test_what_comes_by_protobuf_is_known_apart() -> None:
    """An empty list is none to a kubelet of the typed era that has it from an API server."""
    document, pods = around([b'{"name":"a","command":[]}']), FastPods(ERAS, few=0)
    for from_api in (False, False, True, True, False):
        assert quickly(document, pods, from_api=from_api) == exactly(document, ERAS, from_api=from_api) is not None
    assert exactly(document, OLD, from_api=False) != exactly(document, OLD, from_api=True)


MORE_TIMES = (b"x2024-06-02T21:30:00Z", b"2024-06-02T21:30:00Zx", b"2024-06-02T21:30:00Z\\n", b"2024-06-02T21:30:00.1234567890Z")


@pytest.mark.parametrize("time", [*TIMES[5:], *MORE_TIMES])
def test_times_that_not_every_go_reads_are_left_to_the_exact_path(time: bytes) -> None:
    document = b'{"metadata":{"creationTimestamp":"' + time + b'"},"spec":{"containers":[{"name":"a"}]}}'
    assert quickly(document, fast(JSON_ERA), from_api=False) is None


@pytest.mark.parametrize(
    "resources",
    [
        b"{}",
        b'{"limits":{"resources":"1"}}',
        b'{"limits":{"cpu":"1000m"},"requests":{"resources":"2","a<b":"3"}}',
        b'{"claims":[{"name":"resources"}]}',
    ],
)
def test_resources_are_taken_out_of_a_text_whatever_they_hold(resources: bytes) -> None:
    container = b'{"name":"a","args":["\\"resources\\":{}"],"resources":' + resources + b',"tty":true}'
    pods = fast(JSON_ERA)
    assert agree(around([container, container.replace(b'"a"', b'"b"')]), pods)
    assert pods.read_here


@pytest.mark.parametrize("form", [b'"%b"', b"%b"], ids=["text", "number"])
def test_quantities_in_any_spelling(form: bytes) -> None:
    for quantity in QUANTITIES:
        assert agree(around([b'{"resources":{"limits":{"cpu":' + form % quantity + b"}}}"]), fast(JSON_ERA)), quantity


@pytest.mark.parametrize(
    "form", [b'"image":"%b"', b'"command":["%b"]', b'"resources":{"limits":{"%b":"1"}}', b'"%b":"x"', b'"none":{"%b":[]}']
)
def test_texts_with_any_escape_and_any_bytes(form: bytes) -> None:
    for text in TEXTS:
        assert agree(around([b'{"name":"a",' + form % text + b"}"]), fast(ERAS)), text


def test_keys_in_other_letters_are_no_keys() -> None:
    """For no decoder of any minor, nor does Unicode's folding make one of them; a value of a wrong type is passed over."""
    written = '{"Name":5,"name":"a","TTY":true,"Image":"x","livene\u017fsProbe":1,"\u212aind":1,"env":[{"Name":"b"}]}'.encode()
    for one in ERAS:
        found = quickly(around([written]), fast((one,)), from_api=True)
        assert found == exactly(around([written]), (one,), from_api=True) is not None


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(around([b'{"name":"a","image":"<&>\\u003c\\u2028\xe2\x80\xa9"}']), id="HTML"),
        pytest.param(around([b'{"name":"a","image":"\\ud83d\\ude00\\u00e9\\u0001\\n\x7f"}']), id="escapes"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":"0.5","memory":"1024Mi","gpu":1}}}']), id="quantities"),
        pytest.param(around([b'{"Name":"b","name":"a","unknown":[1.5e3]}']), id="keys that Go does not know"),
        pytest.param(around([b'{"name":"a","livenessProbe":{"httpGet":{"port":"http"}}}']), id="a text for a port"),
        pytest.param(around([b'{"name":"a","command":[],"env":[],"ports":[],"tty":false,"workingDir":""}']), id="what is empty"),
        pytest.param(around([b'{"name":"a","securityContext":{"runAsUser":0,"privileged":false}}']), id="pointers to what is empty"),
        pytest.param(around([b'{"name":"a","lifecycle":{},"securityContext":null}']), id="pointers"),
        pytest.param(b'{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"a"}]}}', id="no time"),
        pytest.param(b'{"metadata":{"creationTimestamp":"2024-01-31T23:59:59+02:00"},"spec":{"containers":[{"name":"a"}]}}', id="a time"),
        pytest.param(
            around([b'{"name":"a"}'], [b'{"name":"i","restartPolicy":"Always"}'], [b'{"name":"e","targetContainerName":"a"}']), id="kinds"
        ),
    ],
)
def test_what_is_plain_is_read_here(document: bytes) -> None:
    classes = tuple(one for one in CLASSES if str(one.minor) in ("1.15", "1.16", "1.29", "1.30", "1.31"))
    pods = FastPods(classes, few=0)
    for from_api in (False, True):
        assert quickly(document, pods, from_api=from_api) == exactly(document, classes, from_api=from_api) is not None


@pytest.mark.parametrize("number", [b"1e400", b"-1E400", b"1.5e400", b"12345.6e-400", b"0e1"])
@pytest.mark.parametrize("before", [b":", b": ", b":[", b":[1,", b":\t\r\n"])
def test_whatever_may_be_no_float64_is_looked_at(number: bytes, before: bytes) -> None:
    """As long as it has an exponent, and whatever stands around it: both decoders' documents agree on what is left to the exact path."""
    end = b"]" if b"[" in before else b""
    document = around([b'{"name":"a"}'], more=b',"none"' + before + number + end)
    assert gates._EXPONENT.search(document) is not None
    assert gates.cannot_be_skipped(document) == (b"400" in number and b"e-" not in number)
    assert agree(document, fast(JSONITER))
