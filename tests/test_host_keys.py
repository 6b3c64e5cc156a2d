"""`flask commentkit site host-key`: made, shown once, several at a time, forgotten."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from database_support import Databases
from flask.testing import FlaskCliRunner
from world import World, make_world

from commentkit.model import Registration
from commentkit.signin import host_keys


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


@pytest.fixture
def run(world: World) -> FlaskCliRunner:
    return world.app.test_cli_runner()


def said(run: FlaskCliRunner, *words: str, fails: bool = False) -> str:
    result = run.invoke(args=["commentkit", "site", "host-key", *words])
    assert (result.exit_code != 0) is fails, (result.output, result.exception)
    return result.output


def found(world: World, kid: str) -> host_keys.HostKey | None:
    with world.kit.database.read() as db:
        secret_key = world.kit.settings.secret_key
        return host_keys.find(db, site_id=world.site.id, kid=kid, secret_key=secret_key)


def test_a_secret_is_shown_once_and_kept_sealed(world: World, run: FlaskCliRunner) -> None:
    first, secret = said(run, "blog").splitlines()
    kid = first.split("kid ")[1].split(";")[0]
    assert found(world, kid) == host_keys.HostKey(kid, "HS256", secret)
    assert len(secret) == 43
    listed = said(run, "blog", "--list")
    assert listed == f"{kid}  HS256  since 2026-11-22\n"
    with world.kit.database.read() as db:
        row = db.query(Registration).filter(Registration.site_id == world.site.id).one()
        assert secret not in f"{row.sealed_secret} {row.client_id} {row.issuer}"
        assert row.expires_at is None  # what tidies up leaves it alone


def test_several_count_at_once_until_one_is_removed(world: World, run: FlaskCliRunner) -> None:
    said(run, "blog")
    said(run, "blog")
    one, two = (line.split()[0] for line in said(run, "blog", "--list").splitlines())
    assert said(run, "blog", "--remove", one) == f"What {one} signs counts no more.\n"
    assert found(world, one) is None
    assert found(world, two) is not None
    assert "has no key" in said(run, "blog", "--remove", one, fails=True)
    assert said(run, "other", "--list") == ""


def test_a_public_key_is_taken_from_a_file(
    world: World, run: FlaskCliRunner, tmp_path: Path
) -> None:
    pair = Ed25519PrivateKey.generate()
    pem = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path = tmp_path / "public.pem"
    path.write_bytes(pem)
    kid = said(run, "blog", "--public-key", str(path)).strip().rpartition("kid ")[2].rstrip(".")
    key = found(world, kid)
    assert key is not None
    assert (key.kind, key.value) == ("EdDSA", pem.decode().strip())
    path.write_text("no key")
    assert "Ed25519" in said(run, "blog", "--public-key", str(path), fails=True)


def test_what_disqus_took_is_switched_on_by_its_secret(
    world: World, run: FlaskCliRunner, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_text("the secret of a Disqus application\n")
    said(run, "blog", "--disqus-secret", str(path))
    key = found(world, "disqus")
    assert key is not None
    assert (key.kind, key.value) == ("disqus", "the secret of a Disqus application")


def test_one_thing_at_a_time_for_a_site_that_there_is(run: FlaskCliRunner) -> None:
    assert "one option at a time" in said(run, "blog", "--list", "--remove", "x", fails=True)
    assert "There is no site 'shop'" in said(run, "shop", fails=True)
