"""One's own account, on our own pages: linked, merged, taken apart, taken along, erased."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from database_support import Databases, everything_in
from signin_world import SignInWorld, signin_world
from sqlalchemy import select
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, SERVER

from commentkit import signals
from commentkit.model import Account, AccountChange, Comment, Identity, Outbox, Picture, Site, Token
from commentkit.people import changes
from commentkit.people.viewer import Viewer
from commentkit.testing.identity_services import scripted_sign_in

MAIL = {"COMMENTKIT_SMTP_URL": "smtp://127.0.0.1:2", "COMMENTKIT_MAIL_FROM": "c@example.org"}
OURS = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
VERBS = (
    "sign-in",
    "link",
    "unlink",
    "merge",
    "undo",
    "use",
    "end",
    "end-everywhere",
    "download",
    "erase",
)


class Desk:
    """A browser on the account page."""

    def __init__(self, signin: SignInWorld, who: str = "anna") -> None:
        self.signin, self.world, self.who = signin, signin.world, who

    def show(self, path: str = "") -> TestResponse:
        return self.world.get(f"/account{path}", who=self.who)

    def send(self, verb: str, **form: Any) -> TestResponse:
        url = f"{SERVER}/commentkit/blog/account/{verb}"
        return self.world.client(self.who).post(url, data=form, headers=OURS)

    def arrive(self, leaving: TestResponse, person: str, *, refuse: bool = False) -> TestResponse:
        assert leaving.status_code == 200, leaving.text
        self.world.clock.move(seconds=1)
        url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
        back = self.signin.call_back(scripted_sign_in(url, person, refuse=refuse), who=self.who)
        return self.follow(back)

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, answer.text
        return self.world.client(self.who).get(answer.headers["Location"])

    def sign_in(self, provider: str = "google", person: str = "anna") -> TestResponse:
        return self.arrive(self.send("sign-in", provider=provider), person)

    def link(self, provider: str, person: str = "anna") -> TestResponse:
        return self.arrive(self.send("link", provider=provider, account=self.account), person)

    @property
    def account(self) -> str:
        return re.findall(r'name="account" value="(\d+)"', self.show().text)[0]

    def field(self, name: str, *, at: int = 0) -> str:
        return re.findall(rf'name="{name}" value="(\d+)"', self.show().text)[at]

    def post(self, text: str) -> str:
        self.world.clock.move(seconds=1)
        answer = self.world.send("comments", {"url": PAGE_URL, "text": text}, who=self.who)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("#comment-")[2]


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    with signin_world(tmp_path, **MAIL) as world:
        yield world


@pytest.fixture
def desk(signin: SignInWorld) -> Desk:
    return Desk(signin)


def rows(desk: Desk, entity: Any) -> list[Any]:
    with desk.world.kit.database.read() as db:
        of_site = select(entity).where(entity.site_id == desk.world.site.id)
        return list(db.scalars(of_site.order_by(entity.id)))


def test_who_is_not_signed_in_sees_the_ways_and_nothing_else(desk: Desk) -> None:
    page = desk.show("?lang=it")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert 'value="google"' in page.text
    assert 'lang="it"' in page.text
    assert "data-code" not in page.text
    assert desk.show("/comments").status_code == 401


def test_the_widgets_tokens_open_nothing_here(desk: Desk) -> None:
    bearer = desk.signin.signed_in()
    held = {"Authorization": f"Bearer {bearer}"}
    page = desk.world.get("/account", headers=held)
    assert "Anna" not in page.text
    partitioned = {"Cookie": f"__Host-commentkit-blog={bearer}"}
    assert "Anna" not in desk.world.get("/account", headers=partitioned).text


def test_one_signs_in_by_a_provider_and_sees_everything(desk: Desk) -> None:
    page = desk.sign_in()
    assert "Anna Bianchi" in page.text
    assert "You can go on" not in page.text
    assert "only way" not in page.text
    assert ">Remove" not in page.text
    assert "this page, in this browser" in page.text


def test_a_refused_sign_in_comes_back_with_a_sentence(desk: Desk) -> None:
    leaving = desk.send("sign-in", provider="x")
    page = desk.arrive(leaving, "anna", refuse=True)
    assert "the sign-in was cancelled" in page.text


def test_a_crafted_address_says_nothing(desk: Desk) -> None:
    desk.sign_in()
    for query in ("done=erased", "problem=blocked"):
        assert 'class="told' not in desk.show(f"?{query}").text
    desk.world.clock.move(seconds=1)
    page = desk.follow(desk.send("use", identity=rows(desk, Identity)[0].id))
    assert "You comment with this one" in page.text
    assert "You comment with this one" not in desk.show().text
    assert 'class="told' not in desk.show("?done=erased").text


def test_no_other_site_sends_these_forms(desk: Desk) -> None:
    desk.sign_in()
    headers = {"Origin": "http://localhost:8001", "Sec-Fetch-Site": "cross-site"}
    form = {"account": desk.account, "step": "2", "sure": "1"}
    for verb in VERBS:
        url = f"{SERVER}/commentkit/blog/account/{verb}"
        assert desk.world.client().post(url, data=form, headers=headers).status_code == 403, verb
    assert "Anna Bianchi" in desk.show().text


@pytest.mark.parametrize("verb", sorted({*VERBS} - {"end", "end-everywhere"}))
def test_what_a_form_leads_to_can_be_opened_by_itself(desk: Desk, verb: str) -> None:
    desk.sign_in()
    led = desk.show(f"/{verb}?lang=it")
    assert led.headers["Location"] == f"{SERVER}/commentkit/blog/account?lang=it"
    assert "Anna Bianchi" in desk.follow(led).text
    assert desk.show("/nothing").status_code == 404


@pytest.mark.parametrize("verb", ["end", "end-everywhere"])
def test_an_address_that_signs_out_by_form_alone_shows_the_account(desk: Desk, verb: str) -> None:
    desk.sign_in()
    refused = desk.show(f"/{verb}")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert "Anna Bianchi" in refused.text
    assert "cannot be used that way" in refused.text


def test_a_second_way_is_linked_and_the_first_stays_in_use(desk: Desk) -> None:
    heard: list[Any] = []

    def hear(_app: object, **said: Any) -> None:
        heard.append(said["change"])

    desk.sign_in()
    with signals.account_changed.connected_to(hear):
        page = desk.link("x")
    assert "It is linked" in page.text
    assert [change.kind for change in heard] == ["link"]
    google, x = rows(desk, Identity)
    assert google.account_id == x.account_id
    *_, token = rows(desk, Token)
    assert token.active_identity_id == google.id
    [letter] = rows(desk, Outbox)
    assert letter.payload["template"] == "account_link"
    assert letter.payload["identity"] == google.id
    assert "@" not in json.dumps(letter.payload)
    again = desk.link("x")
    assert "It was linked already: nothing changed." in again.text
    assert len(rows(desk, Outbox)) == 1


def test_another_persons_identity_is_refused_and_may_be_merged(desk: Desk) -> None:
    other = Desk(desk.signin, "luca")
    other.sign_in("x", "luca")
    comment = other.post("By Luca")
    desk.sign_in()
    mine = desk.post("By Anna")
    page = desk.link("x", "luca")
    assert "belongs to another account" in page.text
    assert len({row.account_id for row in rows(desk, Identity)}) == 2
    account, theirs = desk.account, desk.field("other")
    asked = desk.send("merge", account=account, other=theirs)
    assert "Make one account of these two?" in asked.text
    assert len({row.account_id for row in rows(desk, Identity)}) == 2
    merged = desk.follow(desk.send("merge", account=account, other=theirs, sure="1"))
    assert "are one now" in merged.text
    [one] = {row.account_id for row in rows(desk, Identity)}
    assert {row.account_id for row in rows(desk, Comment)} == {one}
    listed = desk.show("/comments").text
    assert "By Luca" in listed
    assert listed.index("By Anna") < listed.index("By Luca")
    told = {row.payload["identity"] for row in rows(desk, Outbox) if row.kind == "email"}
    assert told == {row.id for row in rows(desk, Identity) if row.email_verified}
    assert len(told) == 2
    undone = desk.follow(desk.send("undo", change=desk.field("change")))
    assert "It is undone" in undone.text
    by_id = {str(row.id): row.account_id for row in rows(desk, Comment)}
    assert by_id[comment] != by_id[mine]


def test_badges_follow_at_once_and_the_page_says_so_before(desk: Desk) -> None:
    other = Desk(desk.signin, "luca")
    other.sign_in("x", "luca")
    other.post("By Luca")
    desk.sign_in()
    desk.post("By Anna")
    with desk.world.kit.database.begin() as db:
        db.get_one(Account, (desk.world.site.id, int(desk.account))).role = "moderator"
    desk.sign_in("x", "luca")
    thread = f"/thread?url={PAGE_URL}"
    assert desk.world.get(thread, who="nobody").text.count(">moderator<") <= 1
    account, theirs = desk.account, desk.field("other")
    asked = desk.send("merge", account=account, other=theirs)
    assert "will be a moderator of this site" in asked.text
    desk.send("merge", account=account, other=theirs, sure="1")
    assert desk.world.get(thread, who="nobody").text.count(">moderator<") == 2
    assert "every sign-in below can do what you can" in desk.show().text


def test_an_old_sign_in_has_to_be_proven_again(desk: Desk) -> None:
    desk.sign_in()
    account = desk.account
    desk.world.clock.move(minutes=10, seconds=1)
    for verb in ("link", "unlink", "merge", "download", "erase"):
        answer = desk.send(verb, account=account, provider="x", identity="1", other="2", sure="1")
        assert answer.status_code == 403, verb
        assert "Sign in once more" in answer.text
        assert "Sign in with Google" in answer.text
    proven = desk.arrive(desk.send("sign-in", provider="google", again="1"), "anna")
    assert "Thank you" in proven.text
    assert desk.send("link", account=account, provider="x").status_code == 200


def test_who_signed_in_beside_proves_only_themselves(desk: Desk) -> None:
    desk.sign_in()
    account = desk.account
    desk.world.clock.move(minutes=11)
    desk.sign_in("x", "luca")
    assert desk.send("download", account=account).status_code == 403
    assert desk.send("download", account=desk.account).status_code == 200


def test_a_link_ends_with_the_sign_in_that_began_it(desk: Desk) -> None:
    desk.sign_in()
    leaving = desk.send("link", provider="x", account=desk.account)
    desk.send("end-everywhere", account=desk.account)
    page = desk.arrive(leaving, "luca")
    assert "not signed in to this account any more" in page.text
    assert len(rows(desk, Identity)) == 1


def test_a_link_cannot_be_begun_by_the_widget(desk: Desk) -> None:
    page = desk.signin.start(mode="popup", purpose="link", account_id="1")
    finished = desk.signin.call_back(desk.signin.answer(page))
    assert finished.status_code == 200
    assert len({row.account_id for row in rows(desk, Identity)}) == 1


def test_an_identity_is_removed_and_the_last_one_is_not(desk: Desk) -> None:
    desk.sign_in()
    desk.link("x")
    google, x = rows(desk, Identity)
    account = desk.account
    page = desk.follow(desk.send("unlink", account=account, identity=x.id))
    assert "It is removed" in page.text
    assert google.email == x.email
    letters = {row.payload["template"]: row.payload["provider"] for row in rows(desk, Outbox)}
    assert letters == {"account_link": "X", "account_unlink": "X"}
    assert "Removed: Anna" in page.text
    last = desk.send("unlink", account=account, identity=google.id)
    assert last.status_code == 409
    assert "only way into your account" in last.text
    stranger = desk.send("unlink", account=account, identity=x.id)
    assert stranger.status_code == 404


def test_another_identity_held_here_is_used(desk: Desk) -> None:
    desk.sign_in()
    first = desk.account
    desk.sign_in("x", "luca")
    assert desk.account != first
    desk.follow(desk.send("use", identity=rows(desk, Identity)[0].id))
    assert desk.account == first


def test_signed_out_here_there_and_everywhere(desk: Desk) -> None:
    desk.sign_in()
    desk.signin.signed_in(who="phone")
    shown = desk.show().text
    assert "http://localhost:8001" in shown
    assert re.search(r"last used on \w+ \d+, \d{4}</span>", shown)
    tokens = [row for row in rows(desk, Token) if row.revoked_at is None]
    there = next(row for row in tokens if row.transport == "bearer")
    page = desk.follow(desk.send("end", token=there.id))
    assert "That browser is logged out" in page.text
    assert "http://localhost:8001" not in page.text
    stranger = Desk(desk.signin, "luca")
    stranger.sign_in("x", "luca")
    here = next(row for row in tokens if row.transport == "page")
    stranger.send("end", token=here.id)
    assert stranger.send("end-everywhere", account=desk.account).status_code == 401
    assert "Anna Bianchi" in desk.show().text
    out = desk.follow(desk.send("end-everywhere", account=desk.account))
    assert "You are logged out everywhere" in out.text
    assert "Anna" not in desk.show().text
    assert "Luca" in stranger.show().text


def test_a_sign_in_that_ended_elsewhere_brings_nothing_after_signing_out_everywhere(
    desk: Desk,
) -> None:
    with desk.world.kit.database.begin() as db:
        db.get_one(Site, desk.world.site.id).return_url = f"{BLOG}/comments.html"
    desk.sign_in()
    ticket = desk.signin.delivered(who="phone")
    started = desk.signin.start(who="tablet", mode="tab", url=f"{BLOG}/a.html")
    waiting = desk.signin.call_back(desk.signin.answer(started), who="tablet")
    other = desk.signin.delivered("x", who="luca", person="luca")
    number = re.findall(r'name="attempt" value="(\d+)"', waiting.text)[0]
    desk.send("end-everywhere", account=desk.account)
    refused = desk.signin.redeem(ticket, who="phone")
    assert refused.status_code == 400
    assert refused.get_json()["error"]["code"] == "ticket_invalid"
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    led = desk.world.client("tablet").post(url, data={"attempt": number}, headers=OURS)
    assert led.status_code == 400
    assert "Location" not in led.headers
    assert desk.signin.redeem(other, who="luca").status_code == 200
    assert desk.signin.signed_in(who="phone")


def test_one_takes_everything_along(desk: Desk) -> None:
    desk.sign_in()
    desk.link("x")
    for number in range(3):
        desk.post(f"Words “{number}”")
    Desk(desk.signin, "luca").sign_in("x", "luca")
    answer = desk.send("download", account=desk.account)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="commentkit-blog.json"'
    held = json.loads(answer.text)
    assert [c["source"] for c in held["comments"]] == ["Words “0”", "Words “1”", "Words “2”"]
    assert {i["provider"] for i in held["identities"]} == {"google", "x"}
    assert held["identities"][0]["email"].endswith("@example.org")
    assert len(held["account"]) == 1
    assert held["passkeys"] == []
    assert "secret" not in answer.text
    assert "Luca" not in answer.text


def test_a_long_past_is_sent_in_pieces(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commentkit.people.holdings.PIECE", 2)
    desk.sign_in()
    for number in range(5):
        desk.post(f"Words {number}")
    held = json.loads(desk.send("download", account=desk.account).text)
    assert [c["source"] for c in held["comments"]] == [f"Words {n}" for n in range(5)]


def erase(desk: Desk) -> TestResponse:
    account = desk.account
    first = desk.send("erase", account=account)
    assert "Erase your account?" in first.text
    second = desk.send("erase", account=account, step="1")
    assert "for good" in second.text
    unsure = desk.send("erase", account=account, step="2")
    assert "Tick the box first" in unsure.text
    assert "Anna Bianchi" in desk.show().text
    return desk.follow(desk.send("erase", account=account, step="2", sure="1"))


def test_one_goes_and_nothing_says_who_it_was(desk: Desk) -> None:
    erased: list[int] = []

    def hear(_app: object, **said: Any) -> None:
        erased.append(said["account_id"])

    desk.sign_in()
    desk.link("x")
    root = desk.post("My secret words")
    desk.world.post("An answer", who="gino", parent=root)
    desk.post("And more of mine")
    wish = {"url": PAGE_URL, "text": "With mail", "notify_comments": "1"}
    desk.world.send("comments", wish)
    account = desk.account
    with signals.account_erased.connected_to(hear):
        page = erase(desk)
    assert "Your account is erased" in page.text
    assert erased == [int(account)]
    left = everything_in(desk.world.kit.database.engine)
    for trace in (
        "Anna Bianchi",
        "annab",
        "My secret words",
        "anna.bianchi@example.org",
        "more of mine",
    ):
        assert trace not in left, trace
    assert account not in {str(row.id) for row in rows(desk, Account)}
    shown = [row for row in rows(desk, Comment) if row.shown]
    assert {row.status for row in shown} == {"deleted", "approved"}
    assert len(shown) == 2
    thread = desk.world.get(f"/thread?url={PAGE_URL}", who="nobody").text
    assert "An answer" in thread
    assert "secret words" not in thread
    assert "1 comment" in thread
    assert desk.send("erase", account=account, step="2", sure="1").status_code == 401
    assert len({bytes(row.body) for row in rows(desk, Picture)}) <= 1


def test_who_is_signed_out_while_the_question_is_made_is_told_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sign_in()
    account, demand = desk.account, changes.demand_proven

    def demand_and_leave(viewer: Viewer, account_id: int, now: datetime) -> None:
        demand(viewer, account_id, now)
        desk.send("end-everywhere", account=account)

    monkeypatch.setattr(changes, "demand_proven", demand_and_leave)
    asked = desk.send("erase", account=account)
    assert asked.status_code == 401
    assert "not signed in to this account any more" in asked.text


def test_of_a_merged_account_nothing_stays_either(desk: Desk) -> None:
    desk.sign_in()
    desk.sign_in("x", "luca")
    account, theirs = desk.account, desk.field("other")
    desk.send("merge", account=account, other=theirs, sure="1")
    [kept] = {row.account_id for row in rows(desk, Identity)}
    desk.send("erase", account=str(kept), step="2", sure="1")
    for entity in (Account, Identity, AccountChange):
        assert rows(desk, entity) == []


@pytest.mark.parametrize("proven", [True, False])
def test_who_goes_stops_only_letters_to_addresses_that_are_theirs(desk: Desk, proven: bool) -> None:
    desk.world.rules(hold="everyone", moderator_email="anna.bianchi@example.org")
    desk.world.post("Held for a look", who="gino")
    desk.sign_in()
    with desk.world.kit.database.begin() as db:
        [anna] = db.scalars(select(Identity).where(Identity.provider == "google"))
        anna.email_verified = proven
    waiting = [row.payload["template"] for row in rows(desk, Outbox)]
    assert waiting == ["moderation"]
    erase(desk)
    assert [row.payload["template"] for row in rows(desk, Outbox)] == ([] if proven else waiting)


def test_where_the_site_keeps_them_comments_stay_without_a_name(desk: Desk) -> None:
    desk.world.rules(erased="keep")
    desk.sign_in()
    desk.post("Worth keeping")
    erase(desk)
    thread = desk.world.get(f"/thread?url={PAGE_URL}", who="nobody").text
    assert "Worth keeping" in thread
    assert "Former commenter" in thread
    assert "Anna" not in thread


def test_who_is_blocked_may_take_along_and_change_nothing(desk: Desk) -> None:
    desk.sign_in()
    desk.link("x")
    account = desk.account
    with desk.world.kit.database.begin() as db:
        row = db.get_one(Account, (desk.world.site.id, int(account)))
        row.blocked_at = desk.world.clock()
    for verb in ("link", "unlink", "undo", "erase"):
        identity, change = rows(desk, Identity)[1].id, desk.field("change")
        form = {"identity": identity, "change": change, "provider": "x", "step": "2", "sure": "1"}
        answer = desk.send(verb, account=account, **form)
        assert answer.status_code == 403, verb
        assert "cannot comment on this site" in answer.text
    assert desk.send("download", account=account).status_code == 200


def test_own_comments_go_on_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commentkit.web.account.page._COMMENTS", 2)
    desk.sign_in()
    for number in range(3):
        desk.post(f"Words {number}")
    first = desk.show("/comments")
    assert "Words 2" in first.text
    assert "Words 0" not in first.text
    older = unescape(re.findall(r'rel="next" href="([^"]+)"', first.text)[0])
    second = desk.world.client().get(older)
    assert "Words 0" in second.text
    assert "Words 1" not in second.text
    assert 'rel="next"' not in second.text


def test_a_proof_does_not_outlive_its_ten_minutes_by_carrying_it_along(desk: Desk) -> None:
    desk.sign_in()
    account = desk.account
    for _ in range(2):
        desk.world.clock.move(seconds=timedelta(minutes=6).total_seconds())
        desk.sign_in("x", "luca")
    assert desk.send("download", account=account).status_code == 403


def test_taking_along_is_counted(desk: Desk) -> None:
    desk.sign_in()
    account = desk.account
    sent = [desk.send("download", account=account).status_code for _ in range(5)]
    assert sent == [200] * 5
    refused = desk.send("download", account=account)
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    assert "Wait a moment" in refused.text
    assert "Anna Bianchi" in refused.text
