"""Fixtures for the comment server's addresses."""

from pathlib import Path

import pytest
from database_support import Databases
from world import Verbs, World, make_world


@pytest.fixture(autouse=True)
def _stored(databases: Databases) -> None:
    """Every test here runs on every kind of database."""


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


@pytest.fixture
def verbs(world: World) -> Verbs:
    return Verbs(world)
