"""Whatever a visitor asks for, the database finds it by an index and looks at one page's worth.

Fifty thousand comments, one thread of twenty thousand among them; the statements are recorded from
the real addresses, and each database says how it goes about them.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
from bench.seed import Seeded, SeededThread, seed
from database_support import Databases, Pool, databases_of
from plan_support import Recorder, Statement, faults
from signin_world import SignInWorld, signin_world
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse
from world import BLOG, OTHER, SERVER

from commentkit import ids
from commentkit.delivery.links import Claim
from commentkit.discussion.addresses import key_of
from commentkit.discussion.cursors import Cursor, List, replies_of, roots_of
from commentkit.model import Comment, Picture, Subscription, Token, sqlite_engine
from commentkit.people import claims
from commentkit.testing.identity_services import scripted_sign_in

COMMENTS = int(os.environ.get("COMMENTKIT_TEST_COMMENTS", "50000"))
"""How many there are in all; `make bench BENCH=large` reads the plans at a million."""
LONG, SMALL, SMALL_SIZE, EMPTY, ELSEWHERE = (
    COMMENTS * 2 // 5,
    COMMENTS // 25,
    10,
    20_000,
    COMMENTS // 5,
)
MAIL = {"COMMENTKIT_SMTP_URL": "smtp://127.0.0.1:2", "COMMENTKIT_MAIL_FROM": "c@example.org"}


@dataclass
class Town:
    """A comment server with a past."""

    signin: SignInWorld
    seeded: Seeded
    recorder: Recorder
    planners: list[Engine]
    """What to ask for plans: on SQLite once without statistics, which nobody collects there."""

    @property
    def long(self) -> SeededThread:
        return self.seeded.threads[0]

    def get(self, path: str, **query: object) -> TestResponse:
        return self.signin.world.get(path, query_string={"url": self.long.url} | query)

    def bearer(self, person: str = "anna") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.signin.signed_in(person=person)}"}

    def post(self, headers: dict[str, str] | None = None, **fields: object) -> TestResponse:
        number = next(_numbers)
        self.signin.world.clock.move(seconds=1)
        thread = {"url": self.long.url, "title": "A page"}
        fields = {"thread": thread, "idempotency_key": f"{number:022}"} | fields
        return self.signin.world.post(f"Words {number}", headers=headers, **fields)

    def own(self, headers: dict[str, str]) -> str:
        answer = self.post(headers)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["comment"]["id"])

    def form(self, verb: str, **fields: object) -> TestResponse:
        return self.signin.world.send(verb, {"url": self.long.url} | fields)


def _count() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_numbers = _count()
Ask = Callable[[], TestResponse]


def _page(town: Town, **query: object) -> Ask:
    return lambda: town.get("/thread", **query)


def _middle(town: Town, within: List) -> str:
    kit = town.signin.world.kit
    with kit.database.read() as db:
        comment = db.get_one(Comment, (town.seeded.site_id, town.long.middle_id))
    return kit.cursors.write(Cursor(comment.created_at, comment.id), within)


def _later(town: Town, sort: str) -> Ask:
    within = roots_of(town.seeded.site_id, key_of(key=None, url=town.long.url), sort)
    return _page(town, sort=sort, after=_middle(town, within))


def _replies(town: Town) -> Ask:
    town.get("/thread")
    within = replies_of(town.seeded.site_id, town.long.long_root_id)
    return lambda: town.get(f"/replies/{town.long.long_root_id}", after=_middle(town, within))


def _counts(town: Town) -> Ask:
    asked = "&".join(f"url={thread.url}" for thread in town.seeded.threads[:50])
    return lambda: town.signin.world.get(f"/counts?{asked}")


def _personal(town: Town, method: str, path: str, **request: object) -> Ask:
    headers = town.bearer()
    return lambda: town.signin.world.call(method, path, headers=headers, **request)


def _viewer(town: Town) -> Ask:
    return _personal(town, "GET", f"/viewer?url={town.long.url}")


def _reply(town: Town) -> Ask:
    headers = town.bearer()
    return lambda: town.post(headers, parent=str(town.long.long_root_id))


def _changed(town: Town, method: str, path: str = "", **request: object) -> Ask:
    headers = town.bearer()
    own = f"/comments/{town.own(headers)}{path}"
    return lambda: town.signin.world.call(method, own, headers=headers, **request)


def _callback(town: Town) -> Ask:
    address = town.signin.answer(town.signin.start())
    return lambda: town.signin.call_back(address)


def _redeem(town: Town) -> Ask:
    ticket = town.signin.delivered()
    return lambda: town.signin.redeem(ticket)


def _picture(town: Town) -> Ask:
    with town.signin.world.kit.database.read() as db:
        number = db.scalar(select(Picture.id).where(Picture.site_id == town.seeded.site_id))
    return lambda: town.signin.world.get(f"/pictures/{number}")


def _mail(town: Town, link: str) -> Ask:
    with town.signin.world.kit.database.read() as db:
        of_site = select(Subscription).where(Subscription.site_id == town.seeded.site_id)
        known = db.scalars(of_site.order_by(Subscription.id).limit(1)).one()
    about = {"site": "blog", "site_id": town.seeded.site_id, "subscription_id": known.id}
    links = town.signin.world.kit.mail_links
    when = {"now": town.signin.world.clock()} if link == "confirm" else {}
    address = getattr(links, link)(**about, **when).partition("/mail/")[2]
    return lambda: town.signin.world.client().post(
        f"http://127.0.0.1:8000/commentkit/blog/mail/{address}"
    )


def _identity(town: Town) -> Ask:
    headers = town.bearer()
    secret = headers["Authorization"].removeprefix("Bearer ")
    with town.signin.world.kit.database.read() as db:
        token = db.scalars(select(Token).where(Token.secret_hash == ids.sha256(secret))).one()
    body = {"identity": str(token.active_identity_id)}
    return lambda: town.signin.world.call("POST", "/identity", headers=headers, json=body)


class Desk:
    """A browser on the account page of somebody who has just signed in, and commented."""

    def __init__(self, town: Town) -> None:
        self.town, self.who = town, f"desk {next(_numbers)}"
        self.signed_in("google", "anna")
        town.signin.world.send("comments", {"url": town.long.url, "text": self.who}, who=self.who)

    def send(self, verb: str, **form: object) -> TestResponse:
        url = f"{SERVER}/commentkit/blog/account/{verb}"
        headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
        return self.town.signin.world.client(self.who).post(url, data=form, headers=headers)

    def signed_in(self, provider: str, person: str, verb: str = "sign-in", **form: object) -> None:
        assert self.arrival(provider, person, verb, **form)().status_code == 303

    def arrival(self, provider: str, person: str, verb: str, **form: object) -> Ask:
        leaving = self.send(verb, provider=provider, **form)
        url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
        self.town.signin.world.clock.move(seconds=1)
        back = scripted_sign_in(url, person)
        return lambda: self.town.signin.call_back(back, who=self.who)

    def number(self, field: str) -> str:
        page = self.town.signin.world.get("/account", who=self.who)
        return re.findall(rf'name="{field}" value="(\d+)"', page.text)[0]

    def asks(self, verb: str, *fields: str, **form: object) -> Ask:
        known = {name: self.number(name) for name in fields}
        return lambda: self.send(verb, **known, **form)


def _account_page(town: Town, path: str = "") -> Ask:
    desk = Desk(town)
    return lambda: town.signin.world.get(f"/account{path}", who=desk.who)


def _linked(town: Town) -> Ask:
    desk = Desk(town)
    return desk.arrival("facebook", "anna", "link", account=desk.number("account"))


def _merged(town: Town) -> Ask:
    desk = Desk(town)
    desk.signed_in("x", "luca")
    return desk.asks("merge", "account", "other", sure="1")


def _undone(town: Town) -> Ask:
    desk = Desk(town)
    desk.signed_in("x", "marta")
    desk.asks("merge", "account", "other", sure="1")()
    return desk.asks("undo", "change")


def _was_guest(town: Town) -> Desk:
    """Write as a guest in the browser of somebody who is signed in."""
    desk = Desk(town)
    form = {"url": town.long.url, "text": f"As a guest, {desk.who}", "as": "guest"}
    sent = town.signin.world.send("comments", form | GUEST, who=desk.who)
    assert sent.status_code == 303
    return desk


def _offered(town: Town) -> Ask:
    who = _was_guest(town).who
    return lambda: town.signin.world.get("/page", who=who, query_string={"url": town.long.url})


def _claimed(town: Town) -> Ask:
    who = _was_guest(town).who
    shown = town.signin.world.get("/page", who=who, query_string={"url": town.long.url})
    form = {"url": town.long.url, "claim": re.findall(r'name="claim" value="(\d+)"', shown.text)[0]}
    return lambda: town.signin.world.send("claim", form, who=who)


def _letter(town: Town, *, taken: bool = False) -> Ask:
    """Come by the link of a letter to the address of some guests."""
    _was_guest(town)
    desk, kit, site = Desk(town), town.signin.world.kit, town.signin.world.site
    with kit.database.read() as db:
        found = claims.with_address(
            db, site_id=site.id, email=GUEST["email"], retired=["past"], limit=2
        )
    until = town.signin.world.clock() + timedelta(hours=1)
    numbers = tuple(author.id for author in found)
    claim = Claim(next(_numbers), until, kit.mail_links.mark_of(GUEST["email"]), numbers)
    link = kit.mail_links.claim(site=site.name, site_id=site.id, claim=claim)
    path = link.partition("/blog/account/")[2]
    if taken:
        return lambda: desk.send(path, **{f"author-{number}": "1" for number in numbers})
    return lambda: town.signin.world.get(f"/account/{path}", who=desk.who)


GUEST = {"name": "Gino", "email": "gino@example.org"}
REQUESTS: dict[str, Callable[[Town], Ask]] = {
    "first page": _page,
    "later page": lambda town: _later(town, "oldest"),
    "newest page": lambda town: _page(town, sort="newest"),
    "later newest page": lambda town: _later(town, "newest"),
    "permalink": lambda town: _page(town, comment=town.long.middle_id),
    "page of nobody": lambda town: _page(town, url=f"{BLOG}/nobody.html"),
    "replies": _replies,
    "counts": _counts,
    "viewer": _viewer,
    "guest's comment": lambda town: lambda: town.post(),
    "guest's comment, with mail": lambda town: (
        lambda: town.post(notify_comments=True, notify_posts=True)
    ),
    "comment that opens a thread": lambda town: (
        lambda: town.post(thread={"url": f"{BLOG}/new.html"})
    ),
    "reply": _reply,
    "edit": lambda town: _changed(town, "PATCH", json={"text": "Better"}),
    "source": lambda town: _changed(town, "GET", "/source"),
    "delete": lambda town: _changed(town, "DELETE"),
    "sign-in, begun": lambda town: town.signin.start,
    "sign-in, answered": _callback,
    "sign-in, redeemed": _redeem,
    "sign-out": lambda town: _personal(town, "POST", "/sign-out", json={}),
    "another identity": _identity,
    "picture": _picture,
    "mail confirmed": lambda town: _mail(town, "confirm"),
    "mail ended": lambda town: _mail(town, "unsubscribe"),
    "whole page": lambda town: lambda: town.get("/page"),
    "comment by form": lambda town: lambda: town.form("comments", text="By form", **GUEST),
    "form kept": lambda town: lambda: town.form("comments", text="", **GUEST),
    "change by form": lambda town: lambda: town.form("change", text="half a", state="changing"),
    "account page": _account_page,
    "own comments": lambda town: _account_page(town, "/comments"),
    "identity linked": _linked,
    "accounts merged": _merged,
    "merge undone": _undone,
    "signed out everywhere": lambda town: Desk(town).asks("end-everywhere", "account"),
    "everything downloaded": lambda town: Desk(town).asks("download", "account"),
    "account erased": lambda town: Desk(town).asks("erase", "account", step="2", sure="1"),
    "sign-in by form": lambda town: lambda: town.form("sign-in", provider="google", text="half"),
    "guest's comments offered": _offered,
    "guest's comments claimed": _claimed,
    "letter's comments shown": _letter,
    "letter's comments claimed": lambda town: _letter(town, taken=True),
}


@pytest.fixture(scope="module")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Databases of its own: so many rows are dropped faster than deleted."""
    folder = tmp_path_factory.mktemp("plans")
    pool = Pool(request.param, folder)
    with databases_of(pool, folder) as databases:
        yield databases
    pool.close()


@pytest.fixture(scope="module")
def town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    limits = dict.fromkeys(
        ("post", "post_try", "post_site", "mail_confirm", "download", "account", "sign_in_start"),
        "100000/minute",
    )
    folder = tmp_path_factory.mktemp("world")
    with signin_world(folder, COMMENTKIT_LIMITS=limits, **MAIL) as signin:
        world, engine = signin.world, databases.engine(folder)
        planners = [world.kit.database.engine]
        sizes = [LONG, *[SMALL_SIZE] * SMALL, *[0] * EMPTY]
        seeded = seed(engine, world.site.id, threads=sizes, origin=BLOG, people=2_000)
        seed(engine, world.other_site.id, threads=[ELSEWHERE], origin=OTHER, people=500)
        if databases.kind == "sqlite":  # the one above has read the schema before they were
            planners.append(sqlite_engine(folder / "commentkit.sqlite3"))
        yield Town(signin, seeded, Recorder(world.kit.database.engine), planners)
        planners[-1].dispose()


@pytest.fixture
def most_rows(town: Town) -> int:
    """A page's roots and the first replies of each, and one more."""
    rules = town.signin.world.site.rules
    return 2 + rules.page_size * (1 + rules.replies_shown)


def _asked(town: Town, name: str) -> list[Statement]:
    ask = REQUESTS[name](town)
    with town.recorder.recording() as statements:
        answer = ask()
    assert answer.status_code in (200, 201, 303) or name == "form kept"
    return statements


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_finds_its_rows_by_an_index(town: Town, most_rows: int, name: str) -> None:
    statements = _asked(town, name)
    assert statements
    for planner in town.planners:
        assert faults(planner, statements, most_rows=most_rows) == []


WRONG = {
    "a table read whole": "SELECT max(edited_at) FROM commentkit_comment",
    "a site read whole": "SELECT max(html) FROM commentkit_comment WHERE site_id = {site}",
    "a thread read whole": "SELECT * FROM commentkit_comment WHERE site_id = {site} AND "
    "thread_id = {thread} ORDER BY author_name LIMIT 10",
    "rows skipped": "SELECT id FROM commentkit_comment WHERE site_id = {site} AND thread_id = "
    "{thread} AND parent_id IS NULL ORDER BY shown, created_at, id LIMIT 10 OFFSET 9000",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_statement_that_grows_is_seen(town: Town, most_rows: int, name: str) -> None:
    text = WRONG[name].format(site=town.seeded.site_id, thread=town.long.id)
    wrong = [Statement(text, ())]
    for planner in town.planners:
        assert faults(planner, wrong, most_rows=most_rows)


def test_a_thread_costs_the_same_whatever_it_holds(town: Town) -> None:
    small = next(t for t in town.seeded.threads[1:])
    with town.recorder.recording() as of_small:
        town.get("/thread", url=small.url, lang="it")
    with town.recorder.recording() as of_long:
        town.get("/thread", lang="it")
    assert len(of_long) <= len(of_small) + 1  # the beginnings of long discussions are one more
