"""What counts once, over a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from database_support import Databases
from sqlalchemy.orm import Session
from world import START, World, make_world

from commentkit.signin.spent import spend

LATER = START + timedelta(minutes=5)


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


def spent(world: World, key: str, *, site_id: int | None = None) -> bool:
    """Spend it in a transaction of its own."""

    def work(db: Session) -> bool:
        return spend(db, site_id=site_id or world.site.id, key=key, expires_at=LATER)

    return world.kit.database.write(work)


def test_a_key_counts_once_on_each_site(world: World) -> None:
    assert spent(world, "jti:1")
    assert not spent(world, "jti:1")
    assert spent(world, "jti:2")
    assert spent(world, "jti:1", site_id=world.other_site.id)


def test_a_key_spent_already_leaves_the_transaction_usable(world: World) -> None:
    assert spent(world, "jti:1")
    with world.kit.database.begin() as db:
        assert not spend(db, site_id=world.site.id, key="jti:1", expires_at=LATER)
        assert spend(db, site_id=world.site.id, key="jti:2", expires_at=LATER)
    assert not spent(world, "jti:2")


def test_of_many_at_once_one_wins(world: World) -> None:
    with ThreadPoolExecutor(4) as threads:
        won = list(threads.map(lambda _: spent(world, "jti:1"), range(8)))
    assert sum(won) == 1
