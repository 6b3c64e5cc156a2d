"""Identity services on a free port."""

from collections.abc import Iterator

import pytest
from identity_flow import Flow

from commentkit.testing.identity_services import (
    RunningServices,
    create_app,
    serve_identity_services,
)


@pytest.fixture
def services() -> Iterator[RunningServices]:
    with serve_identity_services(create_app()) as running:
        yield running


@pytest.fixture
def flow(services: RunningServices):
    """Make a sign-in at one service."""
    return lambda service: Flow(services.url, service)
