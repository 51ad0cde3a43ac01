"""Plans of every shape for property tests; not every one could come out of planning, and renderers have to take them all."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.builders import as_version
from tests.builders_plan import plan
from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    Calibration,
    Cause,
    CauseKind,
    ClusterRead,
    Computed,
    Coverage,
    Evidence,
    Finding,
    Grade,
    HistoryCheck,
    Missing,
    ObjectRef,
    OverrideRefusal,
    Plan,
    PlannedBudget,
    PlannedContainer,
    PlannedPod,
    Scope,
    Severity,
    Verdict,
)
from upgradecheck.model.pod import PodSource, RunState, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.asking.conditions import FAIL_ON
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.waves import with_waves

HOSTILE = (
    "\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\", "\x9b31m", "a\u2066b\u2069", "::set-output name=x::y", "\n::error::x", "##[error]x",
    "]]>", "<b>&amp;", "--><!--", "```", "`|`", "=1+1", "a;=1+1", "a\t=1+1", "a,b:c%0A", '"}', "\\", "\r\n", "\x00", "\ufffe", "\u2028",
)  # fmt: skip
"""Names that would act in one medium or another."""
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(["web", "\x1b[31m", "a\u202eb", "a\nb", "[red]", "\udcff", "日本語", "", " ", "\u200b", "x" * 90]),
    st.text(max_size=12),
)
versions = st.sampled_from(["1.22.17", "1.30.14", "1.31.0-alpha.2"]).map(as_version)
"""As a saved plan tells them, which knows the release alone."""
hashes = st.none() | st.builds(Hash, st.integers(0, 2**32 - 1))
causes = st.builds(Cause, st.sampled_from(CauseKind), st.none() | texts, st.none() | texts, st.booleans())
containers = st.builds(
    PlannedContainer,
    name=texts,
    kind=st.sampled_from(ContainerKind),
    container_id=st.none() | texts,
    verdict=st.sampled_from(Verdict),
    reason=st.sampled_from(Reason),
    evidence=st.builds(Evidence, st.sampled_from(Grade), hashes, st.none() | texts),
    computed=st.builds(Computed, hashes, hashes),
    causes=st.lists(causes, max_size=4).map(tuple),
    override=st.sampled_from([None, "planned", "in-force"]),
    override_refused=st.none() | st.sampled_from(OverrideRefusal),
    facts=st.lists(st.builds(Fact, st.sampled_from(FactKind), st.none() | st.integers(1, 2**61), st.none() | texts), max_size=2).map(tuple),
    state=st.none() | st.sampled_from(RunState),
    started_at=st.none() | st.integers(1, 2**61),
    restart_count=st.none() | st.integers(0, 99),
)
pods = st.builds(
    PlannedPod,
    namespace=texts,
    name=texts,
    uid=texts,
    node=st.none() | texts,
    workload=st.builds(Workload, texts, texts),
    source=st.sampled_from(PodSource),
    verdict=st.sampled_from(Verdict),
    reason=st.sampled_from(Reason),
    containers=st.lists(containers, max_size=3).map(tuple),
    mirror_uid=st.none() | texts,
    replicas=st.none() | st.integers(0, 3),
    grace_seconds=st.none() | st.integers(-1, 90_000),
    local_storage=st.booleans(),
    ends=st.booleans(),
    budgets=st.lists(texts, max_size=2).map(tuple),
    file=st.none() | texts,
    line=st.none() | st.integers(1, 2**31),
)
budgets = st.builds(PlannedBudget, texts, texts, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9))
findings = st.builds(
    Finding,
    st.sampled_from(["UC001", "UC060"]),
    st.sampled_from(Severity),
    st.builds(ObjectRef, texts, texts, st.none() | texts, st.none() | texts),
    texts,
    texts,
)
shares = st.none() | st.floats(0, 100)
limits = st.builds(
    GateLimits,
    fail_on=st.frozensets(st.sampled_from(FAIL_ON)),
    max_restarts=st.none() | st.sampled_from(["0", "1", "3", "0%", "50%", "100%"]),
    min_coverage=shares,
    min_calibration=shares,
    exit_zero=st.booleans(),
)
text_tuples = st.lists(texts, max_size=8).map(tuple)


clusters = st.none() | st.builds(ClusterRead, st.none() | texts, texts, st.integers(0, 2**61))
scopes = st.builds(Scope, text_tuples, text_tuples, text_tuples, text_tuples, st.none() | texts, st.none() | texts, clusters)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan of drawn pods, with whatever else drawn around them."""
    members = tuple(draw(st.lists(pods, max_size=6)))
    changes = {
        "from_version": draw(st.none() | versions),
        "to_version": draw(versions),
        "downgrade": draw(st.booleans()),
        "complete": draw(st.booleans()),
        "scope": draw(scopes),
        "history": draw(st.none() | st.builds(HistoryCheck, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))),
        "calibration": draw(st.builds(Calibration, st.integers(0, 9), st.integers(0, 9))),
        "coverage": Coverage(len(members), 1, 1, tuple(draw(st.lists(st.builds(Missing, texts, texts), max_size=3)))),
        "findings": tuple(draw(st.lists(findings, max_size=4))),
        "notices": draw(text_tuples),
        "budgets": tuple(draw(st.lists(budgets, max_size=2))),
    }
    made = plan(*members, limits=draw(limits), **changes)
    rules = draw(st.none() | st.builds(WaveRules, st.none() | texts, st.none() | st.sampled_from(["1", "50%"])))
    return made if rules is None else with_waves(made, rules)
