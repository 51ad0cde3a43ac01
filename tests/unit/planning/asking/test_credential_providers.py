"""The file of --image-credential-provider-config: known to be refused, or not asked about."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import plan_steps

FILE = "--image-credential-provider-config=/etc/providers.yaml"
GATE = "KubeletServiceAccountTokenForCredentialProviders"
FIELDS, CACHE, TOKENS = "fields that it does not know", "tokenAttributes without cacheType", "tokenAttributes (while"
FIRST, V1, DIRECTORY = "v1beta1", "kubelet.config.k8s.io/v1 ", "a directory"
ALL = (FIELDS, CACHE, TOKENS, FIRST, V1, DIRECTORY)


def told(
    start: str | None, to: str, *words: str, old: bool | None = None, new: bool | None = None, node: str | None = None
) -> tuple[str, ...]:
    """What of ALL is said of it."""
    before, after = (KubeletConfig(feature_gates={} if on is None else {GATE: on}) for on in (old, new))
    configs = Configs(before, after, old_told=True, new_told=True)
    facts = [NodeFacts(name, None, None, {}, Origin("nodes.json")) for name in ("a", "b")]
    steps = plan_steps(facts, start, to, CATALOG, configs=configs)
    arguments = KubeletArguments(words or (FILE,), "kubeadm-flags.env", node)
    missing = with_troubles(steps, configs, (arguments,), ("a", "b"), CATALOG.options).missing
    found = [one for one in missing if "--image-credential-provider-config" in one.what]
    assert len(found) <= 1
    return tuple(name for name in ALL if any(name in one.reason for one in found))


@pytest.mark.parametrize(
    ("start", "to", "expected"),
    [
        ("1.31.14", "1.32.0", (FIELDS,)),
        ("1.30.14", "1.37.2", (FIELDS,)),
        ("1.32.13", "1.33.13", ()),
        ("1.31.0", "1.31.14", ()),
        ("1.33.13", "1.34.12", ()),
        ("1.24.17", "1.25.16", ()),
        ("1.26.15", "1.25.16", (V1,)),
        ("1.26.15", "1.23.17", (FIRST, V1)),
        ("1.35.8", "1.34.12", ()),
        ("1.34.12", "1.33.13", (TOKENS, DIRECTORY)),
    ],
)
def test_what_lies_between(start: str, to: str, expected: tuple[str, ...]) -> None:
    assert told(start, to) == expected
    assert told(start, to, node="a") == expected


@pytest.mark.parametrize(
    ("start", "to", "old", "new", "expected"),
    [
        ("1.33.13", "1.34.12", True, True, (CACHE,)),
        ("1.33.13", "1.34.12", False, None, ()),
        ("1.33.13", "1.34.12", True, False, (CACHE, TOKENS)),
        ("1.34.12", "1.35.8", None, None, ()),
    ],
)
def test_what_only_a_gate_lets_be_there(start: str, to: str, old: bool | None, new: bool | None, expected: tuple[str, ...]) -> None:
    assert told(start, to, old=old, new=new) == expected


def test_words_without_it_or_with_none_ask_nothing() -> None:
    assert told("1.31.14", "1.32.0", "--image-credential-provider-bin-dir=/opt") == ()
    assert told("1.31.14", "1.32.0", "--image-credential-provider-config=") == ()
    assert told("1.31.14", "1.32.0", "--image-credential-provider-config", "/etc/providers.yaml") == (FIELDS,)
