"""Worlds whose public pages are answered in front of the app."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import world as worlds
from world import Clock, World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_world(tmp_path: Path, clock: Clock) -> Callable[..., World]:
    return partial(worlds.make_world, tmp_path, clock=clock)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(COMMENTKIT_READ_PATH=True)
