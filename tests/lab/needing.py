"""What a test that starts real kubelets needs of this machine."""

from __future__ import annotations

import pytest

from tests.lab.kubelets import found
from tests.lab.run import refusal


def need_kubelets(*versions: str) -> None:
    """Skips the test where these cannot be started, and says why."""
    unbuilt = " ".join(version for version in versions if found(version) is None)
    if (problem := refusal()) or unbuilt:
        pytest.skip(problem or f"not built: python -m tests.lab.kubelets {unbuilt}")
