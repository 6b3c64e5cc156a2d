"""Fixtures for the comment server's addresses."""

from pathlib import Path

import pytest
from world import Verbs, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def verbs(world: World) -> Verbs:
    return Verbs(world)
