"""The one API server of what is deployed, for all who ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.server import Lab, serving


@pytest.fixture(scope="session", name="lab")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with serving(tmp_path_factory.mktemp("server")) as lab:
        yield lab
