"""Our clients at servers that people name: sealed, one for each server, whoever was faster."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from database_support import Databases
from sqlalchemy import select
from world import World, make_world

from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.model import Registration
from commentkit.signin.provider import Client
from commentkit.signin.registrations import CHECK_AFTER, Registrations

SERVER = "https://mastodon.social"
CLIENT = Client("an-id", "canary-secret")


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


def kept(world: World, **changes: object) -> Registrations:
    ours = Registrations(
        database=world.kit.database,
        site_id=world.site.id,
        provider="mastodon",
        secret_key="a secret of the tests",
        now=world.clock(),
    )
    return replace(ours, **changes)


def rows(world: World) -> list[Registration]:
    with world.kit.database.read() as db:
        return list(db.scalars(select(Registration).where(Registration.site_id == world.site.id)))


def test_a_client_is_sealed_and_opened(world: World) -> None:
    assert kept(world).find(SERVER) is None
    kept(world).keep(SERVER, CLIENT, instead_of=None)
    found = kept(world).find(SERVER)
    assert found is not None
    assert (found.client_id, found.client_secret) == ("an-id", "canary-secret")
    assert (found.created_at, found.check_at) == (world.clock(), world.clock() + CHECK_AFTER)
    (row,) = rows(world)
    assert "canary" not in row.sealed_secret
    assert "canary" not in repr(found)


def test_a_client_belongs_to_site_provider_and_server(world: World) -> None:
    kept(world).keep(SERVER, CLIENT, instead_of=None)
    assert kept(world).find("https://other.example") is None
    assert kept(world, provider="pixelfed").find(SERVER) is None
    assert kept(world, site_id=world.other_site.id).find(SERVER) is None


def test_another_secret_key_opens_nothing_and_a_new_client_takes_the_place(world: World) -> None:
    kept(world).keep(SERVER, CLIENT, instead_of=None)
    changed = kept(world, secret_key="another secret of the tests")
    assert changed.find(SERVER) is None
    changed.keep(SERVER, Client("new", "s"), instead_of=None)
    found = changed.find(SERVER)
    assert found is not None
    assert found.client_id == "new"
    assert len(rows(world)) == 1


def test_whoever_was_faster_is_right(world: World) -> None:
    first = kept(world).keep(SERVER, CLIENT, instead_of=None)
    second = kept(world).keep(SERVER, Client("slower", "s"), instead_of=None)
    assert (first.client_id, second.client_id) == ("an-id", "an-id")
    third = kept(world).keep(SERVER, Client("next", "s"), instead_of=first)
    assert third.client_id == "next"
    fourth = kept(world).keep(SERVER, Client("late", "s"), instead_of=first)
    assert fourth.client_id == "next"


def test_a_doubt_and_a_confirmation_are_about_one_client(world: World) -> None:
    ours = kept(world)
    ours.keep(SERVER, CLIENT, instead_of=None)
    ours.doubt(SERVER, Client("another", ""))
    assert _check_at(world) == world.clock() + CHECK_AFTER
    ours.doubt(SERVER, CLIENT)
    assert _check_at(world) == world.clock()
    world.clock.move(days=3)
    kept(world).confirm(SERVER, CLIENT)
    assert _check_at(world) == world.clock() + CHECK_AFTER


def _check_at(world: World) -> object:
    found = kept(world).find(SERVER)
    assert found is not None
    return found.check_at


def test_a_client_that_nobody_needs_is_forgotten(world: World) -> None:
    kept(world).keep(SERVER, CLIENT, instead_of=None)
    tidy(world.kit.database, CHORES, now=world.clock() + timedelta(days=90))
    assert len(rows(world)) == 1
    tidy(world.kit.database, CHORES, now=world.clock() + timedelta(days=92))
    assert rows(world) == []
