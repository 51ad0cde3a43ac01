"""Times exactly as Go prints them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import SpecRefused

TEN = 1_709_287_200 * 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2024-03-01T10:00:00Z", TEN, id="UTC"),
        pytest.param("2024-03-01T10:00:00.000000001Z", TEN + 1, id="a nanosecond"),
        pytest.param("2024-03-01T10:00:00.5Z", TEN + 500_000_000, id="Go leaves out zeros at the end"),
        pytest.param("2024-03-01T15:30:00.000000001+05:30", TEN + 1, id="a zone east"),
        pytest.param("2024-02-29T22:15:00-11:45", TEN, id="a zone west, on the day before"),
        pytest.param("2024-03-01 10:00:00 +0000 UTC", TEN, id="docker ps"),
        pytest.param("2024-03-01 05:00:00 -0500 EST", TEN, id="docker ps in a zone"),
        pytest.param("2024-03-01 13:00:00 +0300 +03", TEN, id="docker ps in a zone without a name"),
        pytest.param("0001-01-01T00:00:00Z", 0, id="never"),
        pytest.param("1969-12-31T23:59:59.999999999Z", -1, id="before the epoch"),
    ],
)
def test_nanoseconds(text: str, expected: int) -> None:
    assert nanoseconds(text, "createdAt") == expected


@pytest.mark.parametrize(
    "text", ["", "2024-03-01", "2024-13-01T10:00:00Z", "2024-03-01T25:00:00Z", "2024-03-01T10:00:00", "٢024-03-01T10:00:00Z"]
)
def test_other_text_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        nanoseconds(text, "createdAt")
    assert str(caught.value) == "createdAt: expected a time as Go prints it, found other text"


@given(st.integers(-(2**62), 2**62), st.integers(-14 * 60, 14 * 60))
def test_every_time_in_every_zone_is_read_back(moment: int, minutes: int) -> None:
    seconds, fraction = divmod(moment, 10**9)
    local = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds, minutes=minutes)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    digits = f".{fraction:09}".rstrip("0").rstrip(".")
    assert nanoseconds(local.strftime(f"{local.year:04}-%m-%dT%H:%M:%S") + digits + zone, "") == moment
