"""Laws of an override, whatever stands in a spec: it holds a container only of what was hashed, and only with what will be."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import CATALOG, containers_under, kubelet, pod, read, record
from tests.drawing import tried
from tests.property.strategies import container_texts
from tests.unit.planning.world import container_records
from upgradecheck.decisions.comparing import Look
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import hash_container
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Rewrite
from upgradecheck.model.plan import OverrideRefusal, Verdict
from upgradecheck.model.pod import Recorded, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.evidence.weighing import weigh
from upgradecheck.planning.overriding import Chance, Claim, chance_of
from upgradecheck.planning.seeing.examine import Examiner
from upgradecheck.planning.seeing.facts import Step

few = settings(tried(12), derandomize=True, suppress_health_check=[HealthCheck.too_slow])
RECORD = container_records(record(pod(), hash_text="0"))[0]


def as_pod(container: bytes) -> bytes:
    return b'{"metadata":{"name":"p","namespace":"n","uid":"u"},"spec":{"containers":[' + container + b"]}}"


FIELDS = (
    b'"tty":true',
    b'"startupProbe":{"tcpSocket":{"port":1}}',
    b'"resizePolicy":[{"resourceName":"cpu","restartPolicy":"NotRequired"}]',
    b'"livenessProbe":{"tcpSocket":{"port":1},"terminationGracePeriodSeconds":7}',
)


def grown(container: bytes, field: bytes) -> bytes:
    """A container with one field more."""
    inner = container.strip()
    return inner if not inner.startswith(b"{") or inner == b"{}" else inner[:-1] + b"," + field + b"}"


def hash_under(version: str, container: bytes) -> Hash:
    """Of what a kubelet takes from an API server; others are not drawn."""
    build = CATALOG.builds(parse_kubelet_version(version))[-1]
    try:
        (decoded,) = containers_under(as_pod(container), build.hash_class)
    except SpecRefused:
        assume(False)
        raise
    return hash_container(decoded, build.hash_class)


def chance(start: str, target: str, spec: bytes, carried: Hash) -> Chance | None:
    """What an override could do for a container of this spec that carries this hash; None if it is not to restart for it."""
    step = Step(kubelet(start), kubelet(target), survival=True)
    hashed = replace(RECORD, hash=Recorded(carried))
    found = Examiner(CATALOG).examine(read(as_pod(spec)), step, lambda name: Recorded(carried))
    assume(found.refused is None)
    (facts,) = found.containers
    weighed = weigh(facts, step, hashed, RunState.RUNNING, lossy=False, static=False, look=Look.YES)
    if (weighed.decision.verdict, weighed.decision.reason) != (Verdict.RESTART, Reason.HASH_CHANGED):
        return None
    return chance_of(Claim(facts, step, hashed, weighed.evidence.grade, resources=found.traits.resources))


@pytest.mark.parametrize(
    ("start", "target"),
    [("1.15.12", "1.16.15"), ("1.20.15", "1.22.17"), ("1.22.17", "1.30.14"), ("1.30.14", "1.31.0"), ("1.30.14", "1.22.17")],
)
@few
@given(data=st.data())
def test_held_is_what_the_running_kubelet_hashed_alike_and_nothing_else(start: str, target: str, data: st.DataObject) -> None:
    """The spec that was hashed and today's are drawn apart, or are the same, or differ in a field, which older minors need not know."""
    texts = container_texts(CATALOG.schema(parse_kubelet_version(start).minor), refusable=False)
    before = data.draw(texts)
    today = data.draw(st.sampled_from((before, *(grown(before, field) for field in FIELDS))) | texts)
    carried, same = hash_under(start, before), hash_under(start, before) == hash_under(start, today)
    found = chance(start, target, today, carried)
    if not same:
        assert found is None or found.refusal is not None
    elif found is not None and found.refusal is None:
        assert found.hash == Rewrite(carried, hash_under(target, today))
    else:
        assert found is None or found.refusal is OverrideRefusal.RESIZED
