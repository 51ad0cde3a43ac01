"""The file of --image-credential-provider-config: refused, taken, or not seen."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decisions.credentialproviders.reading import provider_file
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.credential_providers import with_providers
from upgradecheck.planning.asking.steps import Steps, plan_steps

FILE = "--image-credential-provider-config=/etc/providers.yaml"
GATE = "KubeletServiceAccountTokenForCredentialProviders"
FIELDS, CACHE, TOKENS = "fields that it does not know", "tokenAttributes without cacheType", "tokenAttributes (while"
FIRST, V1, DIRECTORY = "v1beta1", "kubelet.config.k8s.io/v1 ", "a directory"
UNREAD = "anything, for the running one does not read it"
ALL = (UNREAD, FIELDS, CACHE, TOKENS, FIRST, V1, DIRECTORY)


def planned(
    start: str | None, to: str, words: tuple[KubeletArguments, ...], *shown: ProviderFiles, old: bool | None, new: bool | None
) -> Steps:
    before, after = (KubeletConfig(feature_gates={} if on is None else {GATE: on}) for on in (old, new))
    configs = Configs(before, after, old_told=True, new_told=True)
    facts = [NodeFacts(name, None, None, {}, Origin("nodes.json")) for name in ("a", "b")]
    return with_providers(plan_steps(facts, start, to, CATALOG, configs=configs), words, shown, CATALOG.options)


def told(
    start: str | None, to: str, *words: str, old: bool | None = None, new: bool | None = None, node: str | None = None
) -> tuple[str, ...]:
    """What of ALL is said of it, where it was not seen."""
    missing = planned(start, to, (KubeletArguments(words or (FILE,), "kubeadm-flags.env", node),), old=old, new=new).missing
    found = [one for one in missing if "--image-credential-provider-config" in one.what]
    assert len(found) <= 1
    return tuple(name for name in ALL if any(name in one.reason for one in found))


@pytest.mark.parametrize(
    ("start", "to", "expected"),
    [
        ("1.31.14", "1.32.0", (FIELDS,)),
        ("1.23.17", "1.24.17", (UNREAD,)),
        (None, "1.32.0", (FIELDS,)),
        (None, "1.31.14", ()),
        ("1.30.14", "1.37.2", (FIELDS,)),
        ("1.32.13", "1.33.13", ()),
        ("1.31.0", "1.31.14", ()),
        ("1.33.13", "1.34.12", ()),
        ("1.24.17", "1.25.16", ()),
        ("1.26.15", "1.25.16", (V1,)),
        ("1.26.15", "1.23.17", ()),
        ("1.35.8", "1.34.12", ()),
        ("1.34.12", "1.33.13", (TOKENS, DIRECTORY)),
    ],
)
def test_what_lies_between(start: str | None, to: str, expected: tuple[str, ...]) -> None:
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


KNOWN = (
    "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- name: p\n  matchImages: [x.io]\n  "
    "defaultCacheDuration: 1h\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n"
)
STRANGE, TWICE, BROKEN = f"{KNOWN}  nope: 1\n", f"{KNOWN}  name: p\n", KNOWN.replace("1h", "x")
TOKENED = f"{KNOWN}  tokenAttributes: {{serviceAccountTokenAudience: a, requireServiceAccount: true}}\n"


def seen(text: str, node: str | None = None, *, given: bool = False) -> ProviderFiles:
    return ProviderFiles("p.yaml", (provider_file(text.encode()),), node=node, given=given)


@pytest.mark.parametrize(
    ("start", "to", "text", "stops"),
    [
        ("1.31.14", "1.32.0", KNOWN, []),
        ("1.31.14", "1.32.0", STRANGE, ["providers[0].nope"]),
        ("1.31.14", "1.32.0", TWICE, ["a field that is there twice"]),
        ("1.30.14", "1.31.14", STRANGE, []),
        ("1.31.14", "1.33.13", TOKENED, ["providers[0].tokenAttributes"]),
        ("1.33.13", "1.34.12", TOKENED, ["providers[0].tokenAttributes without cacheType"]),
        ("1.26.15", "1.25.16", KNOWN, ["apiVersion kubelet.config.k8s.io/v1"]),
        ("1.22.17", "1.24.17", BROKEN, ["what no kubelet takes (providers[0].defaultCacheDuration is no length of time)"]),
    ],
)
def test_what_was_seen_is_judged_and_no_longer_unknown(start: str, to: str, text: str, stops: list[str]) -> None:
    old = True if start == "1.33.13" else None
    steps = planned(start, to, (KubeletArguments((FILE,), "a unit", "a"),), seen(text, "a"), old=old, new=old)
    assert [(one.name, one.node) for one in steps.troubles] == [(name, "a") for name in stops]
    assert steps.missing == ()
    obstacles = {name: one.step.obstacle for name, one in steps.by_node.items() if one.step is not None}
    assert obstacles == {"a": Reason.KUBELET_WILL_NOT_START if stops else None, "b": None}


def test_what_the_running_kubelet_refuses_as_well_is_not_what_it_runs_with() -> None:
    steps = planned("1.32.13", "1.33.13", (), seen(STRANGE, "a"), old=None, new=None)
    assert steps.troubles == ()
    [missing] = steps.missing
    assert missing.what == "what the new kubelet is started with, instead of p.yaml"


def test_one_that_cannot_be_read_is_told_with_why() -> None:
    unread = ProviderFiles("/p.yaml", unread="cannot be read here (Permission denied)", node="a")
    [missing] = planned("1.31.14", "1.32.0", (KubeletArguments((FILE,), "a unit", "a"),), unread, old=None, new=None).missing
    assert missing.reason.startswith("it cannot be read here (Permission denied), and kubelet 1.32.0 does not start with")


@pytest.mark.parametrize(("given", "stops"), [(KNOWN, ()), (STRANGE, ("a", "b"))])
def test_what_is_given_counts_for_all_nodes_whatever_stands_there(given: str, stops: tuple[str, ...]) -> None:
    steps = planned("1.31.14", "1.32.0", (), seen(given, given=True), seen(TWICE, "a"), old=None, new=None)
    assert tuple(one.node for one in steps.troubles) == stops
