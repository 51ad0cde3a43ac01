"""Sentences that differ in a few words are told once, and nothing of any of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.closing import finding_groups
from upgradecheck.reporting.folding import folded

ROOM = "1 pod on node {} is refused (OutOfcpu) when the new kubelet starts: asked is 500m cpu, found 8 cpu, {}; the containers are stopped."
SPREAD = "2 pods on 2 nodes ({} …) may be refused when the new kubelet starts."
HASH = "The container carries hash {}, its spec gives {} under 1.31.0: the spec is not what runs."


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        pytest.param([ROOM.format("a", "8 taken")], [ROOM.format("a", "8 taken")], id="one alone"),
        pytest.param([ROOM.format("a", f"{number} taken") for number in (8, 9, 10)], [ROOM.format("a", "… taken")], id="alike"),
        pytest.param(
            [ROOM.format("a", "8 taken"), ROOM.format("b", "9 taken"), ROOM.format("a", "7 taken")],
            [ROOM.format("a", "… taken"), ROOM.format("b", "9 taken")],
            id="of two nodes",
        ),
        pytest.param([HASH.format(1, 2), HASH.format(3, 4)], ["The container carries hash … under 1.31.0: the spec is not what runs."],
                     id="fewer words in common"),
        pytest.param([SPREAD.format(name) for name in "ab"], ["2 pods on 2 nodes … may be refused when the new kubelet starts."], id="brackets stay closed"),
        pytest.param(["It is a short one.", "It is a shorter one."], ["It is a short one.", "It is a shorter one."], id="short ones"),
        pytest.param([ROOM.format("a", "x"), ROOM.format("a", "y z")], [ROOM.format("a", "…")],
                     id="a stop that all have stays"),
    ],
)  # fmt: skip
def test_what_is_told(sentences: list[str], expected: list[str]) -> None:
    assert [told for told, _ in folded(sentences)] == expected


WORDS = st.lists(st.sampled_from(["a", "b", "…", "c,", "d;"]), min_size=1, max_size=14).map(" ".join)


@given(sentences=st.lists(WORDS, max_size=8))
def test_each_sentence_can_be_read_out_of_what_is_told(sentences: list[str]) -> None:
    found = list(folded(sentences))
    assert [sentence for _, own in found for sentence in own] == sorted(
        dict.fromkeys(sentences), key=[sentence for _, own in found for sentence in own].index
    )
    for told, own in found:
        for sentence, words in own.items():
            assert sentence == told or sentence in {told[:at] + words + told[at + 1 :] for at, sign in enumerate(told) if sign == "…"}


def test_what_pods_of_a_node_are_refused_for_is_told_once() -> None:
    pods = [ObjectRef("Pod", f"web-{number}", "shop") for number in range(3)]
    found = [Finding("UC030", Severity.ERROR, one, ROOM.format("a", f"{index} taken"), "Move pods.") for index, one in enumerate(pods)]
    (group,) = finding_groups(tuple(found), stops=True)
    assert [(one.message, [said(each) for each in one.objects]) for one in group.messages] == [
        (ROOM.format("a", "… taken"), [f"Pod shop/web-{number} (… {number})" for number in range(3)])
    ]


def test_what_stands_in_brackets_has_one_pair() -> None:
    """Which nodes pods stand on is what differs, and stands in brackets already."""
    pods = [ObjectRef("Deployment", f"web-{number}", "shop") for number in range(2)]
    found = [Finding("UC030", Severity.ERROR, one, SPREAD.format(f"node-{index}"), "Move pods.") for index, one in enumerate(pods)]
    (group,) = finding_groups(tuple(found), stops=True)
    (told,) = group.messages
    assert [said(each) for each in told.objects] == ["Deployment shop/web-0 (… node-0 …)", "Deployment shop/web-1 (… node-1 …)"]
