"""Fixtures for verbs over threads and comments."""

from pathlib import Path

import pytest
from database_support import Storage
from world import Verbs, World, make_world


@pytest.fixture(autouse=True)
def _stored(storage: Storage) -> None:
    """Every test here runs on every kind of database."""


@pytest.fixture
def world(tmp_path: Path, storage: Storage) -> World:
    return make_world(tmp_path)


@pytest.fixture
def verbs(world: World) -> Verbs:
    return Verbs(world)
