"""Fixtures for the comment server's addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from database_support import Databases
from signin_world import SignInWorld, signin_world
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


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    with signin_world(tmp_path) as world:
        yield world
