"""Where a ticket may travel: only to a page of the site that we looked at ourselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from signin_world import AID, SignInWorld, attribute
from werkzeug.test import TestResponse
from world import BLOG, OTHER, PAGE_URL, SERVER

from commentkit import ids
from commentkit.discussion import threads
from commentkit.model import Attempt, Site, SiteOrigin, Thread
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    scripted_provider,
)

TAG = f'<script async src="{SERVER}/commentkit/embed.js" data-site="blog"></script>'


@dataclass
class Blog:
    """A site of ours on this machine, which answers as a test says."""

    signin: SignInWorld
    pages: ScriptedProvider
    origin: str

    def says(self, path: str, html: str = TAG, *, kind: str = "text/html; charset=utf-8") -> str:
        self.pages.say(path, Reply(body=html.encode(), headers={"Content-Type": kind}))
        return f"{self.origin}{path}"

    def arrived(self, url: str, **changes: str) -> TestResponse:
        """Sign in from a window that has no opener."""
        query = {"origin": self.origin, "mode": "tab", "url": url} | changes
        return self.signin.call_back(self.signin.answer(self.signin.start(**query)))

    def press(self, page: TestResponse) -> TestResponse:
        """Press "Continue"."""
        headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
        return self.signin.world.client().post(
            f"{SERVER}/commentkit/blog/sign-in/continue",
            data={"attempt": attribute(page, 'name="attempt" value')},
            headers=headers,
        )

    def goes_to(self, url: str, **changes: str) -> str | None:
        """Do all of it; return where the ticket went, None where it stayed."""
        home = self.press(self.arrived(url, **changes))
        if home.status_code == 409:
            return None
        assert home.status_code == 303, home.text
        return home.headers["Location"].partition(f"#commentkit-ticket={AID}.")[0]

    def thread(self, key: str) -> Thread | None:
        with self.signin.world.kit.database.read() as db:
            return threads.find(db, self.signin.world.site, key)


@pytest.fixture
def blog(signin: SignInWorld) -> Iterator[Blog]:
    with scripted_provider() as pages:
        origin = pages.url
        site_id = signin.world.site.id
        with signin.world.kit.database.begin() as db:
            db.add(SiteOrigin(site_id=site_id, origin_hash=ids.sha256(origin), origin=origin))
        yield Blog(signin, pages, origin)


def canonical(url: str) -> str:
    return f'<link rel="canonical" href="{url}">{TAG}'


def test_a_page_with_our_tag_takes_the_ticket_home(blog: Blog) -> None:
    url = blog.says("/a.html")
    assert blog.goes_to(url) == url


def test_a_page_that_is_looked_at_is_remembered_for_a_day(blog: Blog) -> None:
    url = blog.says("/a.html")
    for _ in range(2):
        assert blog.goes_to(url) == url
    assert len(blog.pages.at("/a.html")) == 1
    blog.signin.world.clock.move(hours=25)
    blog.says("/a.html", "no tag any more")
    assert blog.goes_to(url) is None


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<p>nothing of ours", "text/html"),
        (f"<noscript>{TAG}</noscript>", "text/html"),
        (TAG, "text/plain"),
        (TAG, "application/json"),
        (TAG, ""),
    ],
)
def test_a_page_without_our_live_tag_takes_nothing(blog: Blog, html: str, kind: str) -> None:
    assert blog.goes_to(blog.says("/a.html", html, kind=kind)) is None
    assert blog.signin.count(Thread) == 0


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_a_redirect_or_an_error_takes_nothing(blog: Blog, status: int) -> None:
    headers = {"Content-Type": "text/html", "Location": f"{blog.origin}/b.html"}
    blog.says("/b.html")
    blog.pages.say("/a.html", Reply(status, TAG.encode(), headers))
    assert blog.goes_to(f"{blog.origin}/a.html") is None


def test_an_address_that_answers_by_session_takes_nothing(blog: Blog) -> None:
    """The server, without a cookie, sees a login page; who is logged in would be sent to evil."""

    def login(call: Call) -> Reply:
        if "cookie" in call.headers:
            return Reply(302, b"", {"Location": call.query["next"]})
        return Reply(body=canonical("/login").encode(), headers={"Content-Type": "text/html"})

    blog.pages.answers["/login"] = login
    assert blog.goes_to(f"{blog.origin}/login?next=https://evil.example/") is None


@pytest.mark.parametrize(
    ("said", "goes"),
    [
        ("{origin}/?p=12", True),
        ("/?p=12", True),
        ("?p=12&utm_source=x", True),
        ("/", False),
        ("/?p=13", False),
        ("https://evil.example/?p=12", False),
        ("http://[", False),
    ],
)
def test_an_address_with_a_query_is_the_pages_own_or_nothing(
    blog: Blog, said: str, goes: bool
) -> None:
    blog.says("/", canonical(said.format(origin=blog.origin)))
    url = f"{blog.origin}/?p=12"
    assert blog.goes_to(url) == (url if goes else None)


def test_two_canonical_addresses_are_none(blog: Blog) -> None:
    blog.says("/", canonical("/?p=12") + canonical("/?p=13"))
    assert blog.goes_to(f"{blog.origin}/?p=12") is None


def test_the_page_says_where_it_leads(blog: Blog) -> None:
    url = blog.says("/a.html")
    assert f"You will be taken to {url}" in unescape(blog.arrived(url).text)
    delivered = blog.arrived(url, mode="popup")
    assert f"You will be taken to {url}" in unescape(delivered.text)


@pytest.mark.parametrize("url", ["https://evil.example/", OTHER, "javascript:alert(1)", BLOG])
def test_only_the_waiting_origin_is_a_way_home(blog: Blog, url: str) -> None:
    page = blog.arrived(url)
    assert "You will be taken" not in page.text
    assert "evil.example" not in page.text


def test_a_registered_address_is_shown_and_needs_no_look(blog: Blog) -> None:
    home = f"{blog.origin}/comments.html"
    with blog.signin.world.kit.database.begin() as db:
        db.get_one(Site, blog.signin.world.site.id).return_url = home
    assert f"You will be taken to {home}" in blog.arrived(f"{blog.origin}/x").text
    assert blog.goes_to(f"{blog.origin}/x") == home
    assert blog.pages.calls == []


# Threads


def test_a_start_makes_no_thread_and_binds_no_key(blog: Blog) -> None:
    evil = {"key": "localhost:8001/a.html", "url": f"{BLOG}/r?to=evil", "title": "PWNED"}
    for provider in ("nope", "google"):
        blog.signin.start(provider, **evil)
    blog.signin.start(**evil, origin="https://evil.example")
    blog.signin.start(**evil, aid="")
    blog.signin.start(**evil, challenge="short")
    assert blog.signin.count(Thread) == 0
    assert blog.signin.count(Attempt) == 1
    blog.signin.world.post("a real comment")
    thread = blog.thread("localhost:8001/a.html")
    assert thread is not None
    assert (thread.url, thread.title) == (PAGE_URL, "A page")


def test_a_look_ties_no_address_to_a_key_that_its_page_does_not_name(blog: Blog) -> None:
    url = blog.says("/a.html")
    assert blog.goes_to(url, key="post-12") == url
    thread = blog.thread("post-12")
    assert thread is None or thread.url is None
    named = blog.says("/b.html", TAG.replace("data-site", 'data-key="post-13" data-site'))
    assert blog.goes_to(named, key="post-13") == named
    thread = blog.thread("post-13")
    assert thread is not None
    assert thread.url == named


def test_a_look_opens_no_thread_that_the_site_would_not(blog: Blog) -> None:
    blog.signin.world.rules(threads="known")
    url = blog.says("/a.html")
    assert blog.goes_to(url) == url
    assert blog.signin.count(Thread) == 0


# The press itself


def test_a_severed_window_goes_home_only_after_a_click_and_only_to_a_page_we_looked_at(
    signin: SignInWorld,
) -> None:
    """Nobody serves PAGE_URL here, so our own look at it fails and no ticket travels."""
    page = signin.call_back(signin.answer(signin.start()))
    number = attribute(page, 'name="attempt" value')
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = signin.world.client().post(url, data={"attempt": number}, headers=headers)
    assert answer.status_code == 409
    assert "Location" not in answer.headers


def test_a_registered_return_address_leads_home(signin: SignInWorld) -> None:
    _set_return_url(signin, f"{BLOG}/comments.html")
    page = signin.call_back(
        signin.answer(signin.start(mode="tab", url=f"{BLOG}/evil?u=//evil.example"))
    )
    assert "Continue to “The blog” as Anna Bianchi" in page.text
    number = attribute(page, 'name="attempt" value')
    assert BLOG in page.headers["Content-Security-Policy"].split("form-action")[1]
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    home = signin.world.client().post(url, data={"attempt": number}, headers=headers)
    address, _, ticket = home.headers["Location"].partition(f"#commentkit-ticket={AID}.")
    assert (home.status_code, address) == (303, f"{BLOG}/comments.html")
    assert signin.redeem(ticket).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": BLOG, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_another_site_cannot_press_continue(signin: SignInWorld, headers: dict[str, str]) -> None:
    _set_return_url(signin, f"{BLOG}/comments.html")
    page = signin.call_back(signin.answer(signin.start(mode="tab")))
    number = attribute(page, 'name="attempt" value')
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = signin.world.client().post(url, data={"attempt": number}, headers=headers)
    assert answer.status_code == 403


def test_another_browser_cannot_press_continue(signin: SignInWorld) -> None:
    _set_return_url(signin, f"{BLOG}/comments.html")
    page = signin.call_back(signin.answer(signin.start(mode="tab")))
    number = attribute(page, 'name="attempt" value')
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    url = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = signin.world.client("mallory").post(url, data={"attempt": number}, headers=headers)
    assert answer.status_code == 403


def _set_return_url(signin: SignInWorld, url: str) -> None:
    with signin.world.kit.database.begin() as db:
        db.get_one(Site, signin.world.site.id).return_url = url


# The rule `tagged`


@pytest.mark.parametrize(
    ("html", "key", "status"),
    [
        (TAG, None, 201),
        (TAG, "post-12", 403),
        (TAG.replace("data-site", 'data-key="post-12" data-site'), "post-12", 201),
        (f'{TAG}<comment-kit key="post-12"></comment-kit>', "post-12", 201),
        (f"<!-- {TAG} -->", None, 403),
    ],
)
def test_a_tagged_page_is_one_that_names_its_key(
    blog: Blog, html: str, key: str | None, status: int
) -> None:
    blog.signin.world.rules(threads="tagged")
    url = blog.says("/a.html", html)
    thread, here = {"url": url, "key": key}, {"Origin": blog.origin}
    assert blog.signin.world.post(thread=thread, headers=here).status_code == status
    stored = blog.thread(key or url.partition("://")[2])
    assert (stored.url if stored else None) == (url if status == 201 else None)
