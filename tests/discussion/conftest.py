"""Fixtures for verbs over threads and comments."""

from pathlib import Path

import pytest
from database_support import Databases
from world import Verbs, World, make_world


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


@pytest.fixture
def verbs(world: World) -> Verbs:
    return Verbs(world)
