from collections.abc import Iterator
from pathlib import Path

import pytest
from database_support import KINDS, fresh_engine
from delivery_support import Town

from commentkit.model import Database, metadata


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with fresh_engine("sqlite", tmp_path) as engine:
        metadata.create_all(engine)
        yield Town(Database(engine))


@pytest.fixture(params=KINDS)
def any_town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    with fresh_engine(request.param, tmp_path) as engine:
        metadata.create_all(engine)
        yield Town(Database(engine))
