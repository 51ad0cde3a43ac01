"""Names that command lines give kubelets, held against those of their Node objects."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.arguments import arguments_in
from upgradecheck.decode.kubelet.commands import Word, kubelet_words
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.naming import with_names
from upgradecheck.planning.asking.steps import plan_steps

NODES = ("worker-1", "worker-2")


def words(*flags: str, place: str = "kubeadm-flags.env", node: str | None = None) -> KubeletArguments:
    return KubeletArguments(flags, place, node)


def misnamed(
    *arguments: KubeletArguments, nodes: tuple[str, ...] = NODES, others: tuple[str, ...] = (), to: str = "1.34.1"
) -> tuple[list[str], tuple[StartTrouble, ...]]:
    """The nodes that get another name, and what is told of them."""
    facts = [NodeFacts(name, None, None, {}, Origin("nodes.json")) for name in nodes]
    steps = with_names(plan_steps(facts, "1.8.15", to, CATALOG), arguments, {*nodes, *others})
    named = [name for name, one in steps.by_node.items() if one.step is not None and one.step.obstacle is Reason.OTHER_NODE_NAME]
    return named, steps.troubles


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param(("--hostname-override=other",), ["only"], id="another name"),
        pytest.param(("--hostname_override", "other"), ["only"], id="in two words, with an underscore"),
        pytest.param(("--hostname-override=only", "--hostname-override=other"), ["only"], id="the last one counts"),
        pytest.param(("--hostname-override=other", "--cloud-provider=external"), ["only"], id="a cloud outside names no node"),
        pytest.param(("--hostname-override=other", "--cloud-provider=gce"), ["only"], id="nor does GCE's in the kubelet"),
        pytest.param(("--hostname-override=other", "--cloud-provider=aws"), [], id="AWS's does"),
        pytest.param(("--hostname-override=only",), [], id="its own name"),
        pytest.param(("--hostname-override", " ONLY "), [], id="trimmed, and in lower case"),
        pytest.param(("--hostname-override=",), [], id="empty is the host's name, which is not seen"),
        pytest.param(("--hostname-override=$(hostname -f)",), [], id="what a shell makes is not known"),
        pytest.param(("--hostname-override=${NAME}",), [], id="nor is a variable"),
        pytest.param(("--v=2",), [], id="no name"),
    ],
)
def test_command_lines(flags: tuple[str, ...], expected: list[str]) -> None:
    assert misnamed(words(*flags), nodes=("only",))[0] == expected


def test_what_is_told_of_it() -> None:
    _, troubles = misnamed(words("--hostname-override=Other"), nodes=("only",))
    assert troubles == (StartTrouble(TroubleKind.OTHER_NAME, "--hostname-override", "kubeadm-flags.env", node="only", value="other"),)


@pytest.mark.parametrize(
    ("arguments", "others", "expected"),
    [
        pytest.param(words("--hostname-override=x", place="dump/worker-2/flags.env"), (), ["worker-2"], id="told by its place"),
        pytest.param(words("--hostname-override=x", node="worker-1"), (), ["worker-1"], id="told by its source"),
        pytest.param(words("--hostname-override=worker-1"), (), [], id="a file of nobody that has a node's name is that node's"),
        pytest.param(words("--hostname-override=worker-3"), ("worker-3",), [], id="also of a node that the plan is not about"),
        pytest.param(words("--hostname-override=x"), (), [*NODES], id="a file of all, and a name of none"),
        pytest.param(words("--hostname-override=worker-1", node="worker-2"), (), ["worker-2"], id="the name of another one"),
    ],
)
def test_whose_they_are(arguments: KubeletArguments, others: tuple[str, ...], expected: list[str]) -> None:
    assert misnamed(arguments, others=others)[0] == expected


@pytest.mark.parametrize("to", [f"{CATALOG.minors()[0]}", f"{CATALOG.minors()[-1]}"])
def test_every_minor_takes_its_name_so(to: str) -> None:
    assert misnamed(words("--hostname-override=other"), nodes=("only",), to=to)[0] == ["only"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("node-name: other\nkubelet-arg:\n- max-pods=200\n", ("--hostname-override=other", "--max-pods=200"), id="k3s"),
        pytest.param("node-name: a\nwith-node-id: true\nkubelet-arg: v=2\n", ("--v=2",), id="with something behind it"),
        pytest.param("node-name: a\nwith-node-id: false\nkubelet-arg: v=2\n", ("--hostname-override=a", "--v=2"), id="with nothing"),
    ],
)
def test_configurations_of_k3s(text: str, expected: tuple[str, ...]) -> None:
    assert arguments_in(text) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("k3s agent --node-name other --kubelet-arg=v=2", ("--hostname-override=other", "--v=2"), id="k3s"),
        pytest.param("rke2 server --node-name=other --with-node-id", (), id="with something behind it"),
    ],
)
def test_commands_of_k3s(command: str, expected: tuple[str, ...]) -> None:
    assert tuple(one.text for one in kubelet_words([Word(text, "unit") for text in command.split()])) == expected
