"""E-mail by a one-time link or code, through the comment server's own doors."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from database_support import Databases, everything_in
from own_pages import Door, code_in, hidden, link_in
from signin_world import attribute
from sqlalchemy import select
from world import PAGE_URL, SERVER, make_world

from commentkit.model import Identity, Outbox
from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.email import EmailLink

pytestmark = pytest.mark.provider_contract

WHO = {"email": "Anna@Example.org", "name": "Anna"}


@pytest.fixture
def door(tmp_path: Path, databases: Databases) -> Door:
    mail = tmp_path / "mail"
    limits = {
        "post": "1000/minute",
        "email_letter": "1000/minute",
        "email_letter_to": "6/minute",
        "email_code": "1000/minute",
    }
    world = make_world(
        tmp_path,
        PROVIDERS=[EmailLink()],
        COMMENTKIT_SMTP_URL=f"folder://{mail}",
        COMMENTKIT_MAIL_FROM="comments@example.org",
        COMMENTKIT_LIMITS=limits,
    )
    return Door(world, "email", mail)


def people(door: Door) -> list[Identity]:
    with door.world.kit.database.read() as db:
        return list(db.scalars(select(Identity).where(Identity.site_id == door.world.site.id)))


def asked(door: Door, *, who: str = "anna") -> str:
    """Begin, and ask for a letter."""
    state = door.start(who=who)
    assert door.send(state, WHO, who=who).status_code == 200
    return state


def test_the_code_signs_in_who_reads_the_letters(door: Door) -> None:
    state = asked(door)
    (letter,) = door.letters()
    assert letter["To"] == "anna@example.org"
    page = door.send(state, {"code": code_in(letter)})
    assert page.status_code == 200
    token = door.redeemed(page)
    viewer = door.world.call(
        "GET", f"/viewer?url={PAGE_URL}", headers={"Authorization": f"Bearer {token}"}
    )
    assert "Anna" in viewer.get_json()["identity"]
    (person,) = people(door)
    assert (person.issuer, person.subject) == ("email", "anna@example.org")
    assert (person.email, person.email_verified) == ("anna@example.org", True)


def test_the_link_asks_once_more_and_then_signs_in(door: Door) -> None:
    state = asked(door)
    link = link_in(door.letters()[0])
    opened = door.world.client("anna").get(link)
    assert opened.status_code == 200
    assert people(door) == []
    done = door.send(state, {"proof": hidden(opened, "proof")})
    assert attribute(done, "data-ticket")
    assert len(people(door)) == 1


def test_programs_that_open_links_use_nothing_up(door: Door) -> None:
    state = asked(door)
    (letter,) = door.letters()
    for _ in range(3):
        assert door.world.client("scanner").get(link_in(letter)).status_code == 403
        assert door.world.client("anna").head(link_in(letter)).status_code == 200
    assert attribute(door.send(state, {"code": code_in(letter)}), "data-ticket")


def test_another_browser_is_told_to_go_back_and_gets_nothing(door: Door) -> None:
    state = asked(door)
    (letter,) = door.letters()
    there = door.world.client("victim").get(link_in(letter), headers={"Accept-Language": "it"})
    assert there.status_code == 403
    assert "Torna dove hai cominciato" in there.text
    assert "<form" not in there.text
    assert code_in(letter).replace(" ", "") not in there.text
    proof = link_in(letter).rpartition("proof=")[2]
    for fields in ({"proof": proof}, {"code": code_in(letter)}):
        assert door.send(state, fields, who="victim").status_code == 403
    assert people(door) == []


@pytest.mark.parametrize(
    "spell", [str, lambda code: code.replace(" ", ""), lambda c: f" {c[:4]}-{c[5:]} "]
)
def test_a_code_may_be_typed_as_it_is_read(door: Door, spell: Callable[[str], str]) -> None:
    state = asked(door)
    assert attribute(door.send(state, {"code": spell(code_in(door.letters()[0]))}), "data-ticket")


def test_five_wrong_codes_end_a_letter(door: Door) -> None:
    state = asked(door)
    right = code_in(door.letters()[0])
    wrong = "0000 0000" if right != "0000 0000" else "0000 0001"
    for number in range(5):
        page = door.send(state, {"code": wrong})
        assert page.status_code == 400
        assert ("Look again" if number < 4 else "wrong too often") in page.text
    assert "wrong too often" in door.send(state, {"code": right}).text
    assert people(door) == []
    door.send(state, WHO)
    assert attribute(door.send(state, {"code": code_in(door.letters()[-1])}), "data-ticket")


def test_only_the_latest_letter_counts(door: Door) -> None:
    state = asked(door)
    (first,) = door.letters()
    door.send(state, {"email": "bruno@example.org", "name": "Bruno"})
    second = door.letters()[-1]
    assert second["To"] == "bruno@example.org"
    assert door.send(state, {"code": code_in(first)}).status_code == 400
    old = link_in(first).rpartition("proof=")[2]
    assert door.send(state, {"proof": old}).status_code == 400
    assert attribute(door.send(state, {"code": code_in(second)}), "data-ticket")
    assert [person.subject for person in people(door)] == ["bruno@example.org"]


def test_a_letter_overtaken_before_it_left_is_not_sent(door: Door) -> None:
    state = asked(door)
    door.send(state, {"email": "bruno@example.org", "name": "Bruno"})
    assert [letter["To"] for letter in door.letters()] == ["bruno@example.org"]


def test_it_is_over_after_a_quarter_of_an_hour_and_after_its_use(door: Door) -> None:
    state = asked(door)
    (letter,) = door.letters()
    door.world.clock.move(minutes=14)
    assert door.look(state).status_code == 200
    door.world.clock.move(minutes=1)
    late = door.send(state, {"code": code_in(letter)})
    assert "took too long" in late.text
    again = asked(door)
    code = code_in(door.letters()[-1])
    assert door.send(again, {"code": code}).status_code == 200
    assert "used before" in door.send(again, {"code": code}).text
    assert len(people(door)) == 1


def test_the_answer_never_tells_whether_an_address_is_known(door: Door) -> None:
    known = asked(door)
    door.send(known, {"code": code_in(door.letters()[0])})
    one, other = door.start(), door.start()
    pages = [
        door.send(one, WHO).text.replace(one, "STATE"),
        door.send(other, {"email": "nobody@example.org", "name": "Anna"}).text,
    ]
    assert pages[0].replace("anna@", "x@") == pages[1].replace(other, "STATE").replace(
        "nobody@", "x@"
    )


def test_an_address_is_not_flooded(door: Door) -> None:
    for _ in range(6):
        asked(door)
    state = door.start()
    refused = door.send(state, {"email": "ANNA@example.org", "name": "Anna"})
    assert refused.status_code == 429
    assert "That was a lot" in refused.text
    assert 'value="ANNA@example.org"' in refused.text
    same_mailbox = {"email": "anna+2@example.org", "name": "Anna"}
    assert door.send(state, same_mailbox).status_code == 429
    assert door.send(state, {"email": "b@example.org", "name": "B"}).status_code == 200
    assert len(door.letters()) == 7


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "", "name": "Anna"}, "Enter your e-mail address."),
        ({"email": "anna", "name": "Anna"}, "Check the part around the @."),
        ({"email": "a@b.example\r\nBcc: x@y.example", "name": "Anna"}, "around the @."),
        ({"email": "anna@example.org", "name": " "}, "Enter your name."),
        ({"proof": "x" * 500}, "cannot be used"),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    door: Door, fields: dict[str, str], said: str
) -> None:
    page = door.send(door.start(), fields)
    assert page.status_code == 400
    assert said in page.text
    assert door.letters() == []


def test_no_other_site_sends_its_forms(door: Door) -> None:
    state = door.start()
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert door.send(state, WHO, headers=headers).status_code == 403
    assert door.letters() == []


def test_the_page_stands_where_its_form_leads(door: Door) -> None:
    page = door.send(door.start(), WHO)
    address = unescape(page.text.split('class="ask" method="post" action="')[1].split('"')[0])
    again = door.world.client("anna").get(address)
    assert "Look into your mail" in again.text
    assert door.world.client("luca").get(address).status_code == 403


def test_the_callback_address_itself_answers_nobody(door: Door) -> None:
    state = asked(door)
    callback = door.address.removesuffix("/page")
    client = door.world.client("anna")
    assert client.get(f"{callback}?state={state}").status_code == 400
    assert client.post(callback, data={"state": state}).status_code == 400
    assert door.look(state).status_code == 200


def test_cancelling_is_said_to_the_page_that_waits(door: Door) -> None:
    page = door.send(door.start(), {"cancel": "1"})
    assert attribute(page, "data-code") == "sign_in_cancelled"


def test_what_is_stored_tells_no_code(door: Door) -> None:
    asked(door)
    with door.world.kit.database.read() as db:
        (parcel,) = db.scalars(select(Outbox).where(Outbox.site_id == door.world.site.id))
        assert set(parcel.payload) == {"template", "attempt", "letter"}
    (letter,) = door.letters()
    stored = everything_in(door.world.kit.database.engine)
    for secret in (code_in(letter).replace(" ", ""), link_in(letter).rpartition("proof=")[2]):
        assert secret not in stored


def test_without_mail_it_is_not_offered(tmp_path: Path, databases: Databases) -> None:
    world = make_world(tmp_path, PROVIDERS=[EmailLink()])
    assert "email" not in world.kit.providers
    assert "COMMENTKIT_SMTP_URL" in world.kit.left_out[0].lacking


def test_the_page_speaks_the_language_of_the_site_and_needs_no_script(door: Door) -> None:
    state = door.start(lang="it")
    page = door.look(state)
    assert "Accedi per e-mail" in page.text
    assert "<script" not in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "private, no-store"
    door.send(state, WHO)
    assert "Il tuo codice per The blog" in door.letters()[0]["Subject"]


def test_the_mapping_is_pure() -> None:
    assert EmailLink().profile({"email": "a@b.example", "name": "A"}) == Profile(
        subject="a@b.example", name="A", email="a@b.example", email_verified=True
    )


def test_nobody_is_proven_without_a_letter(door: Door) -> None:
    provider = door.world.kit.providers["email"]
    assert isinstance(provider, EmailLink)
    for memory in (None, '{"state": "s", "address": "a@b.example", "name": "A"}'):
        with pytest.raises(ProviderError, match="no letter"):
            provider.proven(None, {}, memory)  # type: ignore[arg-type]


def test_codes_tried_at_once_are_counted_each(door: Door) -> None:
    state = asked(door)
    code = code_in(door.letters()[0])
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"

    def guess(_: int) -> int:
        client = door.world.app.test_client()
        client._cookies = dict(door.world.client("anna")._cookies)
        sent = {"state": state, "code": wrong}
        return client.post(door.address, data=sent, headers={"Origin": SERVER}).status_code

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(guess, range(8))) == {400}
    assert "wrong too often" in door.send(state, {"code": code}).text
    assert people(door) == []


def test_nothing_secret_is_said(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    state = asked(door)
    (letter,) = door.letters()
    proof = link_in(letter).rpartition("proof=")[2]
    door.send(state, {"code": "0000 0000"})
    door.send(state, {"proof": proof}, who="victim")
    door.send(state, {"code": code_in(letter)})
    assert len(people(door)) == 1
    assert "attempt that this browser did not begin" in caplog.text
    for secret in (code_in(letter), proof, "anna@", state):
        assert secret not in caplog.text
