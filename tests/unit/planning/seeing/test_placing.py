"""Whose a record is, where its UID stands on two nodes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, RunState, SandboxRecord
from upgradecheck.planning.seeing.placing import Claim, Dump, Record, dumps_of_node, nodes_of_dumps, told_apart
from upgradecheck.reading.identity import Identity

A = Claim(Identity("node-a", "u", "shop", "web"), frozenset({"a0"}))
B = Claim(Identity("node-b", "u", "shop", "web"), frozenset({"b0"}))
STATIC_A = Claim(Identity("node-a", "u", "shop", "web-node-a"))
STATIC_B = Claim(Identity("node-b", "u", "shop", "web-node-b"))
BARE = Claim(Identity("node-a", "u", "shop", "web"), bare=True)


def container(identity: str, *, name: str = "web", dump: str = "any.json", sandbox: str = "s", created_at: int = 1) -> ContainerRecord:
    return ContainerRecord(
        container_id=identity,
        sandbox_id=sandbox,
        pod_uid="u",
        pod_namespace="shop",
        pod_name=name,
        name="app",
        attempt=0,
        state=RunState.RUNNING,
        created_at=created_at,
        hash=Absent(),
        hash_without_resources=Absent(),
        origin=Origin(dump, "item 1"),
    )


def sandbox(identity: str, *, name: str = "web", dump: str = "any.json") -> SandboxRecord:
    return SandboxRecord(
        sandbox_id=identity,
        pod_uid="u",
        pod_namespace="shop",
        pod_name=name,
        attempt=0,
        ready=True,
        created_at=1,
        source=PodSource.FILE,
        config_hash=None,
        origin=Origin(dump, "item 1"),
    )


def node_of(origin: Origin) -> str | None:
    return {"a.json": "node-a", "b.json": "node-b"}.get(origin.source)


@pytest.mark.parametrize(
    ("claims", "records", "expected"),
    [
        pytest.param((A, B), (container("a0"), container("b0")), {"node-a web": "a0", "node-b web": "b0"}, id="the IDs that statuses name"),
        pytest.param((A, B), (container("x"),), {"node-a web": "x?", "node-b web": "x?"}, id="nothing tells: it may be of either"),
        pytest.param(
            (A, B),
            (container("a0"), container("x", created_at=9, sandbox="t")),
            {"node-a web": "a0 x?", "node-b web": "x?"},
            id="the newest is not the right one for being the newest",
        ),
        pytest.param((A, B), (container("x", dump="b.json"),), {"node-a web": "", "node-b web": "x"}, id="the node of the dump"),
        pytest.param(
            (A, B), (container("a0", dump="b.json"),), {"node-a web": "a0", "node-b web": ""}, id="an ID tells more than a dump's name"
        ),
        pytest.param(
            (STATIC_A, STATIC_B),
            (container("x", name="web-node-b"), container("y", name="web-node-a")),
            {"node-a web-node-a": "y", "node-b web-node-b": "x"},
            id="the name of a static pod ends with its node",
        ),
        pytest.param(
            (A, B),
            (container("a0", sandbox="s1"), container("x", sandbox="s1"), sandbox("s1")),
            {"node-a web": "a0 x s1", "node-b web": ""},
            id="the sandbox of a container that is placed",
        ),
        pytest.param(
            (A, B),
            (container("a0", sandbox="s"), container("b0", sandbox="s"), container("x", sandbox="s")),
            {"node-a web": "a0 x?", "node-b web": "b0 x?"},
            id="a sandbox of two pods tells nothing",
        ),
        pytest.param((A, B), (sandbox("s1"),), {"node-a web": "s1?", "node-b web": "s1?"}, id="a sandbox may be of either, too"),
        pytest.param(
            (STATIC_A,),
            (container("x", name="web-node-b"),),
            {"node-a web-node-a": "", "None web-node-b": "x"},
            id="a pod that no view shows",
        ),
        pytest.param((A,), (container("x", dump="b.json"),), {"node-a web": "", "node-b web": "x"}, id="one on another node"),
        pytest.param((), (container("x", name="p"), container("y", name="q")), {"None p": "x", "None q": "y"}, id="two that no view shows"),
        pytest.param(
            (BARE,), (container("x", name="web-node-a"),), {"node-a web": "x"}, id="a manifest that was given with -f lacks the node's name"
        ),
        pytest.param((BARE,), (container("x", name="website"),), {"node-a web": "", "None website": "x"}, id="and no other part"),
        pytest.param((A,), (replace(container("x"), pod_name=""),), {"node-a web": "x"}, id="a record without a pod's name"),
    ],
)
def test_told_apart(claims: tuple[Claim, ...], records: tuple[Record, ...], expected: dict[str, str]) -> None:
    found = told_apart(records, claims, node_of)
    told = {}
    for identity, pile in found.items():
        sure: list[Record] = [
            *(one for one in records if isinstance(one, ContainerRecord) and one.container_id in pile.ids),
            *pile.sandboxes.values(),
        ]
        loose: list[Record] = [*pile.loose.values(), *pile.loose_sandboxes.values()]
        told[f"{identity.node} {identity.name}"] = " ".join([*map(_identity, sure), *(f"{_identity(one)}?" for one in loose)])
    assert told == expected


def _identity(record: Record) -> str:
    return record.container_id if isinstance(record, ContainerRecord) else record.sandbox_id


NODES = frozenset({"node-a", "node-b", "10.0.0.1"})


@pytest.mark.parametrize(
    ("source", "named", "live", "expected"),
    [
        pytest.param("ps.json", ["node-a"], {}, "node-a", id="a pod's status names one of its containers"),
        pytest.param("ps.json", ["node-a", "node-b"], {}, None, id="pods of two nodes do: two lists in one"),
        pytest.param("ps.json", [], {}, None, id="nothing tells"),
        pytest.param("dumps/node-b-crictl.json", [], {}, "node-b", id="a file as reports ask for it"),
        pytest.param("10.0.0.1.json", [], {}, "10.0.0.1", id="a node's name with dots"),
        pytest.param("node-b/crictl/ps.json", [], {}, "node-b", id="a directory"),
        pytest.param("crictl-node-b.json", [], {}, "node-b", id="the name last"),
        pytest.param("node-a/node-b.json", [], {}, "node-b", id="the file's own name is nearer"),
        pytest.param("node-a_node-b.json", [], {}, None, id="two names"),
        pytest.param("node-bc.json", [], {}, None, id="another node's name"),
        pytest.param("node-b.json", ["node-a"], {}, None, id="the name contradicts what is in it"),
        pytest.param("cri /run/cri.sock", ["node-b"], {"cri /run/cri.sock": "node-a"}, "node-a", id="the runtime of this machine"),
    ],
)
def test_the_node_of_a_dump(source: str, named: list[str], live: dict[str, str], expected: str | None) -> None:
    dump = (source, "")
    assert nodes_of_dumps([dump], [(dump, node) for node in named], NODES, live).get(dump) == expected


@pytest.mark.parametrize(
    ("name", "told", "alone", "expected"),
    [
        pytest.param("web-node-a", {}, True, True, id="the only node's, by all that is known"),
        pytest.param("web-node-b", {}, True, False, id="its static pod is named after another node"),
        pytest.param("web-node-a", {}, False, False, id="one of several nodes', and nothing tells which"),
        pytest.param("web-node-a", {("any.json", ""): "node-a"}, False, True, id="it is known to be this node's"),
        pytest.param("web-node-a", {("any.json", ""): "node-b"}, True, False, id="it is known to be another one's"),
    ],
)
def test_which_lists_show_what_runs_on_a_node(name: str, told: dict[Dump, str], alone: bool, expected: bool) -> None:
    found = dumps_of_node([sandbox("s", name=name)], "node-a", told, alone=alone)
    assert found == (frozenset({("any.json", "")}) if expected else frozenset())
