"""Passkeys made and used through the server's own doors, and an authenticator that lies."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from database_support import Databases
from own_pages import Door
from signin_world import attribute
from soft_authenticator import PRESENT, VERIFIED, SoftAuthenticator
from sqlalchemy import select
from world import BLOG, make_world

from commentkit import sites
from commentkit.ids import base64url
from commentkit.model import Identity
from commentkit.model import Passkey as PasskeyRow
from commentkit.rules import SiteRules
from commentkit.signin.passkeys import NewKey, UsedKey, keep
from commentkit.signin.provider import Profile, ProviderError, RoundTrip
from commentkit.signin.providers import passkey
from commentkit.signin.providers.passkey import Passkey
from commentkit.testing.recorded import leaves, put

pytestmark = pytest.mark.provider_contract

SERVER = "http://localhost:8000"


@pytest.fixture
def door(tmp_path: Path, databases: Databases) -> Door:
    world = make_world(tmp_path, PROVIDERS=[Passkey()], COMMENTKIT_PUBLIC_URL=SERVER)
    return Door(world, "passkey", server=SERVER)


@pytest.fixture
def soft() -> SoftAuthenticator:
    return SoftAuthenticator(host="localhost", origin=SERVER)


def rows(door: Door, model: type[Any]) -> list[Any]:
    with door.world.kit.database.read() as db:
        return list(db.scalars(select(model).where(model.site_id == door.world.site.id)))


def made(door: Door, soft: SoftAuthenticator, *, name: str = "Anna") -> Any:
    """Make a passkey; return the page that follows."""
    state = door.start()
    page = door.look(state)
    assert attribute(page, "data-host") == "localhost"
    answer = soft.make(attribute(page, "data-challenge"), attribute(page, "data-handle"))
    return door.send(state, {"credential": answer, "name": name})


def used(door: Door, soft: SoftAuthenticator, *, step: int = 1) -> Any:
    """Use one; return the page that follows."""
    state = door.start()
    answer = soft.use(attribute(door.look(state), "data-challenge"), step=step)
    return door.send(state, {"credential": answer})


def outcome(page: Any) -> str:
    """Tell how an attempt ended."""
    return "done" if attribute_or_none(page, "data-ticket") else attribute(page, "data-code")


def attribute_or_none(page: Any, name: str) -> str:
    return attribute(page, name) if f"{name}=" in page.text else ""


def test_a_passkey_is_made_and_used_again(door: Door, soft: SoftAuthenticator) -> None:
    assert door.redeemed(made(door, soft))
    assert door.redeemed(used(door, soft))
    (person,) = rows(door, Identity)
    assert (person.issuer, person.name, person.email) == ("passkey", "Anna", None)
    assert person.subject == soft.handle
    (key,) = rows(door, PasskeyRow)
    assert (key.identity_id, key.sign_count) == (person.id, 1)


def test_each_made_key_is_another_person(door: Door, soft: SoftAuthenticator) -> None:
    made(door, soft)
    made(door, SoftAuthenticator(host="localhost", origin=SERVER), name="Bruno")
    assert sorted(person.name for person in rows(door, Identity)) == ["Anna", "Bruno"]


def test_synced_keys_never_count(door: Door, soft: SoftAuthenticator) -> None:
    made(door, soft)
    assert [outcome(used(door, soft, step=0)) for _ in range(3)] == ["done"] * 3


@pytest.mark.parametrize("step", [0, -1, -4])
def test_a_counter_that_does_not_rise_is_refused(
    door: Door, soft: SoftAuthenticator, step: int
) -> None:
    made(door, soft)
    assert outcome(used(door, soft, step=5)) == "done"
    assert outcome(used(door, soft, step=step)) == "provider_bad_answer"
    assert rows(door, PasskeyRow)[0].sign_count == 5


Lie = Callable[[SoftAuthenticator], SoftAuthenticator]
LIES: dict[str, Lie] = {
    "another host": lambda soft: replace(soft, host="evil.example"),
    "another origin": lambda soft: replace(soft, origin="http://localhost:9999"),
    "in a frame": lambda soft: replace(soft, client_data={"crossOrigin": True}),
    "below another page": lambda soft: replace(
        soft, client_data={"topOrigin": "https://a.example"}
    ),
    "another challenge": lambda soft: replace(
        soft, client_data={"challenge": base64url(b"x" * 32)}
    ),
    "another ceremony": lambda soft: replace(soft, client_data={"type": "payment.get"}),
    "nobody present": lambda soft: replace(soft, flags=VERIFIED),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies_are_refused_when_made_and_when_used(
    door: Door, soft: SoftAuthenticator, lie: str
) -> None:
    assert outcome(made(door, LIES[lie](soft))) == "provider_bad_answer"
    assert rows(door, Identity) == rows(door, PasskeyRow) == []
    made(door, soft)
    assert outcome(used(door, LIES[lie](soft))) == "provider_bad_answer"
    assert rows(door, PasskeyRow)[0].sign_count == 0


USED_LIES: dict[str, Lie] = {
    "another key": lambda soft: replace(soft, key=ec.generate_private_key(ec.SECP256R1())),
    "another user": lambda soft: replace(soft, handle=base64url(b"u" * 32)),
    "no user": lambda soft: replace(soft, handle=""),
}


@pytest.mark.parametrize("lie", USED_LIES)
def test_a_key_proves_its_own_person_alone(door: Door, soft: SoftAuthenticator, lie: str) -> None:
    made(door, soft)
    assert outcome(used(door, USED_LIES[lie](soft))) == "provider_bad_answer"


def test_verification_is_preferred_and_not_demanded(door: Door, soft: SoftAuthenticator) -> None:
    assert outcome(made(door, replace(soft, flags=PRESENT))) == "done"


def test_an_answer_serves_one_attempt_of_one_browser(door: Door, soft: SoftAuthenticator) -> None:
    made(door, soft)
    state, other = door.start(), door.start()
    answer = soft.use(attribute(door.look(state), "data-challenge"))
    assert door.send(state, {"credential": answer}, who="bruno").status_code == 403
    assert outcome(door.send(other, {"credential": answer})) == "provider_bad_answer"
    assert outcome(door.send(state, {"credential": answer})) == "done"
    assert "used before" in door.send(state, {"credential": answer}).text


def test_a_key_made_twice_stays_whose_it_was(door: Door, soft: SoftAuthenticator) -> None:
    made(door, soft)
    handle = soft.handle
    assert outcome(made(door, soft, name="Eve")) == "provider_bad_answer"
    soft.handle = handle
    assert outcome(used(door, soft)) == "done"
    assert [person.name for person in rows(door, Identity)] == ["Anna"]


def test_a_key_of_another_site_is_not_known_here(door: Door, soft: SoftAuthenticator) -> None:
    made(door, soft)
    with door.world.kit.database.begin() as db:
        sites.add(
            db,
            name="third",
            title="The third",
            language="en",
            origins=[BLOG],
            rules=SiteRules(hold="nobody"),
            now=door.world.clock(),
        )
    state = door.start(site="third")
    answer = soft.use(attribute(door.look(state), "data-challenge"))
    page = door.send(state, {"credential": answer})
    assert page.status_code == 404
    assert "This passkey is not known here." in page.text
    assert outcome(made(door, SoftAuthenticator(host="localhost", origin=SERVER))) == "done"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"credential": ""}, "gave no passkey"),
        ({"credential": "[]"}, "gave no passkey"),
        ({"credential": "{" * 4_000}, "gave no passkey"),
        ({"credential": json.dumps({"rawId": "é"})}, "gave no passkey"),
        ({"credential": "x" * 8_001}, "cannot be used"),
        ({"credential": "{}", "name": " "}, "Enter your name."),
        ({"credential": json.dumps({"rawId": "AAAA"})}, "not known here"),
    ],
)
def test_what_is_no_passkey_is_said(door: Door, fields: dict[str, str], said: str) -> None:
    page = door.send(door.start(), fields)
    assert page.status_code in (400, 404)
    assert said in page.text


def test_any_part_may_be_anything(door: Door, soft: SoftAuthenticator) -> None:
    """No malformed answer ends in more than a refusal, and none in a person."""
    made(door, soft)
    provider = door.world.kit.providers["passkey"]
    trip = RoundTrip(
        http=door.world.kit.services.http,
        metadata=door.world.kit.services.metadata,
        redirect_uri=f"{SERVER}/commentkit/callback/passkey",
        state="s",
        nonce=base64url(b"n" * 32),
        code_verifier="v" * 43,
        now=door.world.clock(),
        site_id=door.world.site.id,
        database=door.world.kit.database,
    )
    right = json.loads(soft.use(trip.nonce))
    assert (
        provider.finish(trip, params={"credential": json.dumps(right)}, secret=None).name == "Anna"
    )
    for path in leaves(right):
        for junk in (None, 7, "", "AAAA", "!", "é", "[]", [], {}, "x" * 500):
            wrong = copy.deepcopy(right)
            put(wrong, path, junk)
            if path == ("clientExtensionResults",):  # ours read none
                continue
            for more in ({}, {"name": "Eve"}):
                params = {"credential": json.dumps(wrong), **more}
                with pytest.raises(ProviderError) as caught:
                    provider.finish(trip, params=params, secret="h")
                assert caught.value.kind == "bad_answer"


def test_an_attestation_may_be_anything(door: Door, soft: SoftAuthenticator) -> None:
    """Nobody asked for one; parsers for what Android once sent take whatever comes."""
    tpm = {"ver": "2.0", "certInfo": b"", "pubArea": b"", "alg": -7, "sig": b"", "x5c": []}
    for statement in (
        ("android-safetynet", {"ver": "1", "response": [b"x"]}),
        ("android-key", {"alg": -7, "sig": b"", "x5c": [b"x"]}),
        ("tpm", tpm),
        ("packed", {"alg": "x", "sig": [], "x5c": {}}),
    ):
        state = door.start()
        asked = [attribute(door.look(state), f"data-{name}") for name in ("challenge", "handle")]
        answer = soft.make(*asked, statement=statement)
        end = door.send(state, {"credential": answer, "name": "Eve"})
        assert outcome(end) == "provider_bad_answer"
    assert rows(door, Identity) == []


def test_the_mapping_is_pure() -> None:
    assert Passkey().profile({"handle": "h", "name": "A"}) == Profile(subject="h", name="A")


def test_it_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "host name" in Passkey(origin="http://127.0.0.1:8000").lacking
    assert "host name" in Passkey(origin="https://[::1]").lacking
    assert Passkey(origin="https://comments.example.org").configured
    monkeypatch.setattr(passkey, "find_spec", lambda name: None)
    assert "commentkit[passkey]" in Passkey(origin="https://comments.example.org").lacking


def test_what_is_kept_may_be_kept_again_after_a_lost_commit(
    door: Door, soft: SoftAuthenticator
) -> None:
    made(door, soft)
    ((person,), (key,)) = rows(door, Identity), rows(door, PasskeyRow)
    new = NewKey(key.credential, key.public_key, 0)
    used_key = UsedKey(key.id, 0, 7)
    for each in (new, used_key, used_key):
        with door.world.kit.database.begin() as db:
            keep(db, person, each, now=door.world.clock())
    assert [row.sign_count for row in rows(door, PasskeyRow)] == [7]
    door.world.clock.move(seconds=1)
    with pytest.raises(ProviderError, match="twice at once"), door.world.kit.database.begin() as db:
        keep(db, person, used_key, now=door.world.clock())
