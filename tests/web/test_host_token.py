"""What another site's server says of its user: believed once, from the key it names, in time."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from database_support import Databases
from werkzeug.test import TestResponse
from world import BLOG, OTHER, PAGE_URL, SERVER, World, make_world

from commentkit import ids
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.model import Identity, Token
from commentkit.signin import host_keys
from commentkit.signin.host_keys import DISQUS, EDDSA, HS256, HostKey

SECRET = "a secret that the site and we know" * 2
NEXT = "the secret that will replace it now" * 2
PAIR = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
PUBLIC = PAIR.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    limits = {"redeem": "1000/minute"}
    world = make_world(tmp_path, COMMENTKIT_LIMITS=limits)
    for kid, kind, value in (
        ("one", HS256, SECRET),
        ("two", HS256, NEXT),
        ("pair", EDDSA, PUBLIC),
    ):
        add_key(world, HostKey(kid, kind, value))
    return world


def add_key(world: World, key: HostKey, *, site_id: int | None = None) -> None:
    with world.kit.database.begin() as db:
        host_keys.keep(
            db,
            key,
            site_id=site_id or world.site.id,
            secret_key=world.kit.settings.secret_key,
            now=world.clock(),
        )


def claims(world: World, **changes: Any) -> dict[str, Any]:
    """Say who Anna is; None takes a claim away."""
    at = int(world.clock().timestamp())
    said = {
        "iss": "blog",
        "aud": SERVER,
        "sub": "7",
        "name": "Anna Bianchi",
        "email": "anna@example.org",
        "email_verified": True,
        "iat": at,
        "exp": at + 600,
        "jti": "first",
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def part(data: Mapping[str, Any]) -> str:
    return ids.base64url(json.dumps(data).encode())


def signed(said: Mapping[str, Any], *, secret: str = SECRET, **header: Any) -> str:
    heading = {"alg": "HS256", "kid": "one", "typ": "JWT"} | header
    over = f"{part(heading)}.{part(said)}"
    if heading["alg"] in ("EdDSA", "Ed25519"):
        return f"{over}.{ids.base64url(PAIR.sign(over.encode()))}"
    if heading["alg"] == "none":
        return f"{over}."
    return f"{over}.{ids.base64url(hmac.digest(secret.encode(), over.encode(), 'sha256'))}"


def hand(world: World, user: str, *, who: str = "anna", **more: Any) -> TestResponse:
    """Exchange it as the widget does."""
    url = f"{more.get('origin', BLOG)}/a.html"
    body = {"user": user, "transport": "bearer", "thread": {"url": url}}
    return world.call("POST", "/host-user", who=who, json=body, **more)


def people(world: World) -> list[tuple[str, str, str]]:
    with world.kit.database.read() as db:
        mine = db.query(Identity).filter(Identity.site_id.in_((world.site.id, world.other_site.id)))
        return sorted((i.issuer, i.subject, i.name) for i in mine)


def refused(world: World, answer: TestResponse, code: str) -> None:
    """Expect a refusal that changed nothing."""
    assert world.error(answer)[1] == code
    assert people(world) == []


def test_a_signed_user_is_signed_in(world: World) -> None:
    answer = hand(world, signed(claims(world)))
    assert answer.status_code == 200, answer.text
    said = answer.get_json()
    assert said["viewer"]["state"] == "signed-in"
    assert "Anna Bianchi" in said["viewer"]["identity"]
    assert "your account on this site" in said["viewer"]["identity"]
    assert people(world) == [(f"sso:{world.site.id}", "7", "Anna Bianchi")]
    bearer = {"Authorization": f"Bearer {said['token']}"}
    posted = world.post("By a user of the site", headers=bearer, transport="bearer")
    assert posted.status_code == 201, posted.text
    assert "Anna Bianchi" in posted.get_json()["comment"]["html"]


def test_each_kind_of_key_serves(world: World) -> None:
    for header in (
        {"alg": "EdDSA", "kid": "pair"},
        {"alg": "Ed25519", "kid": "pair"},
        {"typ": "jwt"},
    ):
        token = signed(claims(world, jti=str(header)), **header)
        assert hand(world, token).status_code == 200


def test_two_keys_serve_while_one_replaces_the_other(world: World) -> None:
    assert hand(world, signed(claims(world, jti="1"))).status_code == 200
    assert hand(world, signed(claims(world, jti="2"), secret=NEXT, kid="two")).status_code == 200
    with world.kit.database.begin() as db:
        assert host_keys.remove(db, site_id=world.site.id, kid="one")
    late = hand(world, signed(claims(world, jti="3")))
    assert world.error(late)[1] == "host_user_key"


def test_what_the_claims_may_be(world: World) -> None:
    for said in ({"iss": BLOG}, {"aud": [SERVER, "https://other.example"]}, {"email": None}):
        token = signed(claims(world, jti=str(said), **said))
        assert hand(world, token).status_code == 200


OTHER_CLAIMS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"iss": "other"}, "host_user_issuer"),
    ({"iss": None}, "host_user_issuer"),
    ({"iss": ["blog"]}, "host_user_issuer"),
    ({"aud": "https://other.example"}, "host_user_audience"),
    ({"aud": None}, "host_user_audience"),
    ({"aud": {SERVER: 1}}, "host_user_audience"),
    ({"exp": None}, "host_user_lifetime"),
    ({"iat": None}, "host_user_lifetime"),
    ({"exp": "soon"}, "host_user_lifetime"),
    ({"exp": True}, "host_user_lifetime"),
    ({"exp": 1e300}, "host_user_lifetime"),
    ({"iat": -1e300}, "host_user_lifetime"),
    ({"exp": 10**400}, "host_user_lifetime"),
    ({"iat": -(10**400)}, "host_user_lifetime"),
    ({"nbf": -(10**400)}, "host_user_lifetime"),
    ({"jti": None}, "host_user_claims"),
    ({"jti": ""}, "host_user_claims"),
    ({"jti": "j" * 256}, "host_user_claims"),
    ({"sub": None}, "host_user_claims"),
    ({"sub": 7}, "host_user_claims"),
    ({"sub": "a\x00"}, "host_user_claims"),
    ({"name": None}, "host_user_claims"),
    ({"name": "​"}, "host_user_claims"),
    ({"email": 1}, "host_user_claims"),
    ({"email_verified": "true"}, "host_user_claims"),
    ({"picture": {}}, "host_user_claims"),
)


def test_other_claims_are_refused(world: World) -> None:
    for said, code in OTHER_CLAIMS:
        refused(world, hand(world, signed(claims(world, **said))), code)


def test_it_lives_now_and_not_for_long(world: World) -> None:
    at = int(world.clock().timestamp())
    for starts, ends, code in (
        (0, 601, "host_user_lifetime"),
        (0, 0, "host_user_lifetime"),
        (62, 100, "host_user_lifetime"),
        (-660, -60, "host_user_expired"),
    ):
        late = signed(claims(world, iat=at + starts, exp=at + ends))
        refused(world, hand(world, late), code)


OTHER_HEADERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"alg": "none"}, "host_user_algorithm"),
    ({"alg": "HS512"}, "host_user_algorithm"),
    ({"alg": None}, "host_user_algorithm"),
    ({"kid": "pair"}, "host_user_algorithm"),
    ({"alg": "EdDSA"}, "host_user_algorithm"),
    ({"kid": "three"}, "host_user_key"),
    ({"kid": None}, "host_user_key"),
    ({"kid": ["one"]}, "host_user_key"),
    ({"kid": "../one"}, "host_user_key"),
    ({"kid": "two"}, "host_user_signature"),
    ({"crit": ["exp"]}, "host_user_malformed"),
    ({"jwk": {"kty": "oct"}}, "host_user_malformed"),
    ({"typ": "logout+jwt"}, "host_user_malformed"),
)


def test_other_headers_are_refused(world: World) -> None:
    for header, code in OTHER_HEADERS:
        refused(world, hand(world, signed(claims(world), **header)), code)


def test_a_public_key_is_no_secret(world: World) -> None:
    confused = signed(claims(world), secret=PUBLIC, kid="pair")
    refused(world, hand(world, confused), "host_user_algorithm")


def test_another_ones_signature_is_refused(world: World) -> None:
    head, _, tail = signed(claims(world)).split(".")
    forged = f"{head}.{part(claims(world, sub='8'))}.{tail}"
    refused(world, hand(world, forged), "host_user_signature")


def test_what_is_no_token_is_refused(world: World) -> None:
    for text in ["", "a.b.c", "..", "é.é.é", "x" * 4_001, "[].[].[]", "a b c"]:
        refused(world, hand(world, text), "host_user_malformed")


def test_it_counts_once(world: World) -> None:
    token = signed(claims(world))
    assert hand(world, token).status_code == 200
    again = hand(world, token, who="luca")
    assert world.error(again)[1] == "host_user_used"
    other_claims = signed(claims(world, sub="8"))
    assert world.error(hand(world, other_claims, who="luca"))[1] == "host_user_used"
    assert len(people(world)) == 1


def test_two_at_once_are_one(world: World) -> None:
    token = signed(claims(world))
    together = Barrier(4)

    def race(who: str) -> int:
        together.wait(10)
        return hand(world, token, who=who).status_code

    browsers = ["a", "b", "c", "d"]
    for who in browsers:
        world.client(who)
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(race, browsers)) == [200, 409, 409, 409]
    with world.kit.database.read() as db:
        assert db.query(Token).filter(Token.site_id == world.site.id).count() == 1


def test_what_was_used_is_remembered_as_long_as_it_would_be_believed(world: World) -> None:
    token = signed(claims(world))
    assert hand(world, token).status_code == 200
    for seconds, code in ((659, "host_user_used"), (1, "host_user_expired")):
        world.clock.move(seconds=seconds)
        tidy(world.kit.database, CHORES, now=world.clock(), rest=lambda _: None)
        assert world.error(hand(world, token, who="luca"))[1] == code


def test_two_names_of_a_word_are_two_words(world: World) -> None:
    """Whatever the database holds alike: large and small, spaces at the end, accents."""
    for jti in ("a", "A", "a ", "á", "a\u0301", "a\0", "\ud800"):
        assert hand(world, signed(claims(world, jti=jti)), who=jti).status_code == 200
    for sub in ("b", "B", "b ", "ß", "ss"):
        token = signed(claims(world, jti=f"sub {sub}", sub=sub, name="B"))
        assert hand(world, token, who=sub).status_code == 200
    assert len([each for each in people(world) if each[2] == "B"]) == 5


def bearer_of(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.get_json()['token']}"}


def test_who_comes_next_holds_nothing_of_who_was_there(world: World) -> None:
    """The site's user changed at one browser: what the first one wrote is not the second one's."""
    anna = bearer_of(hand(world, signed(claims(world, jti="1")), who="pc"))
    posted = world.post("By Anna", who="pc", headers=anna, transport="bearer")
    number = posted.get_json()["comment"]["id"]
    other = claims(world, jti="2", sub="8", name="Luca")
    luca = bearer_of(hand(world, signed(other), who="pc", headers=anna))
    for headers, code in ((luca, "not_yours"), (anna, "token_expired")):
        gone = world.call("DELETE", f"/comments/{number}", who="pc", headers=headers)
        assert world.error(gone)[1] == code
    changing = f"/viewer?url={PAGE_URL}&state=changing"
    seen = world.call("GET", changing, who="pc", headers=luca).get_json()
    assert "Luca" in seen["identity"]
    assert "Anna" not in seen["identity"]


def test_who_is_named_again_keeps_what_they_hold(world: World) -> None:
    guest = world.post("As a guest", who="pc", transport="bearer").get_json()["token"]
    held = {"Authorization": f"Bearer {guest}"}
    for jti in ("1", "2"):
        held = bearer_of(hand(world, signed(claims(world, jti=jti)), who="pc", headers=held))
    viewer = world.call("GET", f"/viewer?url={PAGE_URL}", who="pc", headers=held).get_json()
    assert len(viewer["editable"]) == 1


def test_a_site_that_ended_it_takes_no_more_words(world: World) -> None:
    before = bearer_of(hand(world, signed(claims(world, jti="1"))))
    world.rules(login_url=f"{BLOG}/enter")
    thread = f"/thread?url={PAGE_URL}"
    assert f"{BLOG}/enter" in world.get(thread).text
    world.rules(login_url=f"{BLOG}/enter", retired=("sso",))
    world.clock.move(seconds=1)
    assert f"{BLOG}/enter" not in world.get(thread).text
    answer = hand(world, signed(claims(world, jti="2")), who="luca")
    assert world.error(answer)[1] == "unknown_provider"
    viewer = world.call("GET", f"/viewer?url={PAGE_URL}", headers=before)
    assert viewer.get_json()["state"] == "signed-in"  # who is in stays in


def test_who_came_by_a_stolen_key_is_signed_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commentkit.cli.host_keys._AT_ONCE", 2)
    guest = world.post("As a guest", who="pc", transport="bearer").get_json()["token"]
    held = {"Authorization": f"Bearer {guest}"}
    said = [claims(world, jti=f"{n}", sub=f"{n}") for n in range(5)]
    before = [bearer_of(hand(world, signed(each), who="pc", headers=held)) for each in said[:1]]
    before += [bearer_of(hand(world, signed(each), who=each["sub"])) for each in said[1:]]
    run = world.app.test_cli_runner()
    result = run.invoke(args=["commentkit", "site", "host-key", "blog", "--sign-out"])
    assert result.output == "Nobody is signed in by the word of blog now.\n"
    for headers in before:
        viewer = world.call("GET", f"/viewer?url={PAGE_URL}", headers=headers).get_json()
        assert viewer["state"] == "signed-out"
    kept = world.call("GET", f"/viewer?url={PAGE_URL}", headers=before[0]).get_json()
    assert len(kept["editable"]) == 1  # what this browser wrote as a guest


def test_a_site_vouches_for_itself_alone(world: World) -> None:
    token = signed(claims(world, iss="other"))
    elsewhere = hand(world, token, site="other", origin=OTHER)
    refused(world, elsewhere, "host_user_key")
    add_key(world, HostKey("one", HS256, SECRET), site_id=world.other_site.id)
    told = hand(world, token, site="other", origin=OTHER)
    assert told.status_code == 200, told.text
    assert hand(world, signed(claims(world))).status_code == 200
    assert [issuer for issuer, subject, _ in people(world) if subject == "7"] == sorted(
        (f"sso:{world.site.id}", f"sso:{world.other_site.id}")
    )


def test_only_pages_of_the_site_may_hand_it_over(world: World) -> None:
    foreign = hand(world, signed(claims(world)), origin="https://evil.example")
    refused(world, foreign, "origin_not_registered")


def test_a_changed_secret_of_the_server_opens_no_key(world: World) -> None:
    with world.kit.database.read() as db:
        kept = {"site_id": world.site.id, "kid": "one"}
        assert host_keys.find(db, **kept, secret_key="another secret of a server") is None  # type: ignore[arg-type]


def remote_auth(world: World, *, secret: str = SECRET, age: int = 0, **said: Any) -> str:
    """Say it as Disqus took it."""
    person = {"id": 7, "username": "Anna Bianchi", "email": "anna@example.org"} | said
    message = b64encode(json.dumps(person).encode()).decode()
    at = int(world.clock().timestamp()) - age
    made = hmac.new(secret.encode(), f"{message} {at}".encode(), hashlib.sha1).hexdigest()
    return f"{message} {made} {at}"


def test_what_disqus_took_is_off_until_there_is_a_key(world: World) -> None:
    refused(world, hand(world, remote_auth(world)), "host_user_key")


def test_what_disqus_took_serves_those_who_move(world: World) -> None:
    add_key(world, HostKey("disqus", DISQUS, SECRET))
    text = remote_auth(world)
    assert hand(world, text).status_code == 200
    assert people(world) == [(f"sso:{world.site.id}", "7", "Anna Bianchi")]
    assert world.error(hand(world, text))[1] == "host_user_used"
    assert hand(world, signed(claims(world))).status_code == 200
    assert len(people(world)) == 1  # the same person by either way


OTHER_WORDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"secret": NEXT}, "host_user_signature"),
    ({"age": 661}, "host_user_expired"),
    ({"age": -62}, "host_user_lifetime"),
    ({"id": True}, "host_user_claims"),
    ({"id": None}, "host_user_claims"),
    ({"username": ""}, "host_user_claims"),
)


def test_other_words_to_disqus_are_refused(world: World) -> None:
    add_key(world, HostKey("disqus", DISQUS, SECRET))
    for more, code in OTHER_WORDS:
        refused(world, hand(world, remote_auth(world, **more)), code)


def test_a_secret_of_disqus_signs_no_token(world: World) -> None:
    add_key(world, HostKey("disqus", DISQUS, SECRET))
    refused(world, hand(world, signed(claims(world), kid="disqus")), "host_user_algorithm")


@pytest.mark.parametrize(
    "key",
    [
        HostKey("short", HS256, "x" * 31),
        HostKey("a key", HS256, SECRET),
        HostKey("pair", EDDSA, "no key"),
        HostKey("pair", EDDSA, SECRET),
    ],
)
def test_what_is_no_key_is_not_kept(world: World, key: HostKey) -> None:
    with pytest.raises(host_keys.HostKeyError):
        add_key(world, key)


@pytest.mark.parametrize("verb", ["", "/comments", "/erase", "/link", "/download"])
def test_whom_a_page_names_has_no_account_page_on_the_servers_own_origin_either(
    world: World, verb: str
) -> None:
    """There the token is a cookie of our own pages, and the page's word was as good as a proof."""
    handed = hand(world, signed(claims(world)), origin=SERVER)
    assert handed.get_json()["token"] is None, "it is in the cookie of our own pages"
    with world.kit.database.read() as db:
        [number] = [i.account_id for i in db.query(Identity) if i.subject == "7"]
    address = f"{SERVER}/commentkit/blog/account{verb}"
    browser, form = world.client("anna"), {"account": str(number), "step": "2", "sure": "1"}
    ours = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    reads = verb in ("", "/comments")
    seen = browser.get(address) if reads else browser.post(address, data=form, headers=ours)
    assert "Anna Bianchi" not in seen.text
    assert "anna@example.org" not in seen.text
    assert (seen.status_code == 200) == (verb == "")
    assert [name for _, _, name in people(world)] == ["Anna Bianchi"]
