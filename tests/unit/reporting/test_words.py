"""Every word of the model has its sentence."""

from __future__ import annotations

import pytest

from upgradecheck.model.plan import Cause, CauseKind, Grade, Verdict
from upgradecheck.model.schema import HASHED, ContainerKind, Era
from upgradecheck.reporting.words import GRADE, KIND, MEANING, WORD, cause_text


@pytest.mark.parametrize(
    ("words", "codes"),
    [(WORD, Verdict), (MEANING, Verdict), (GRADE, Grade), (KIND, ContainerKind), (HASHED, Era)],
    ids=["verdict", "meaning", "grade", "kind", "era"],
)
def test_each_code_has_a_sentence_of_its_own(words: dict[object, str], codes: type[Verdict]) -> None:
    assert set(words) == set(codes)
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause(CauseKind.ALGORITHM, since="1.31"), "every hash changes: another hash algorithm from 1.31 on"),
        (Cause(CauseKind.ALGORITHM), "Go's JSON writes the same spec in other characters (U+0008, U+000C)"),
        (Cause(CauseKind.FIELD_ADDED, "livenessProbe.grpc", "1.23"), "livenessProbe.grpc is set, and hashed from 1.23 on"),
        (Cause(CauseKind.FIELD_ADDED, "livenessProbe.grpc"), "livenessProbe.grpc is set, and newly hashed"),
        (Cause(CauseKind.FIELD_VALUE, "resizePolicy"), "resizePolicy is set, and the new kubelet hashes it no more"),
        (Cause(CauseKind.FIELD_VALUE, "args[0]", "1.29"), "args[0] is set, and the new kubelet hashes it otherwise from 1.29 on"),
        (Cause(CauseKind.STATIC_UID), "the static pod gets another UID"),
        (Cause(CauseKind.FEATURE_GATE, "resources"), "a feature gate of the API server sets resources"),
        (Cause(CauseKind.API_SERVER, "securityContext.procMount"), "the API server sets securityContext.procMount"),
        (Cause(CauseKind.RESIZE), "in-place resize keeps other books about it"),
        (Cause(CauseKind.RECORD_ABSENT), "the container carries no readable hash, which a kubelet takes for a change"),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Cause) else "",
)
def test_causes_in_words(cause: Cause, expected: str) -> None:
    assert cause_text(cause) == expected
