"""Who is asked, who is told, and that nobody learns who was known."""

import re
from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from delivery_support import LINKS, START, Catcher, Town, catching
from itsdangerous import URLSafeSerializer
from sqlalchemy import select

from commentkit.delivery import subscriptions
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.delivery.letters import inert
from commentkit.delivery.links import Links
from commentkit.delivery.outbox import Delivered, deliver_due
from commentkit.errors import CommentKitError
from commentkit.ids import new_id
from commentkit.model import Site, Subscription, Thread


def _subscribe(town: Town, email: str = "anna@example.org", **changed: Any) -> None:
    wish = {
        "site_id": town.site_id,
        "kind": "comments",
        "thread_id": town.thread_id,
        "account_id": 1,
        "email": email,
        "verified": False,
        "language": "en",
        "now": town.now,
    }
    with town.database.begin() as db:
        subscriptions.subscribe(db, **{**wish, **changed})


def _all(town: Town) -> list[Subscription]:
    with town.database.read() as db:
        return list(db.scalars(select(Subscription).order_by(Subscription.id)))


def _drain(town: Town, catcher: Catcher, *, page: int = 200) -> list[EmailMessage]:
    """Deliver until nothing is due; return what was caught in all.

    A round's own clock runs on, and what it enqueues is due by that: the next begins well after it.
    """
    handlers = town.handlers(catcher.url, page=page)
    while deliver_due(town.database, handlers, now=town.later(minutes=1)) != Delivered():
        pass
    return catcher.messages


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _token(message: EmailMessage) -> str:
    found = re.search(r"https://\S+", _text(message))
    assert found is not None
    return parse_qs(urlsplit(found[0]).query)["t"][0]


def _confirm(town: Town, token: str, *, site_id: int | None = None) -> Subscription:
    with town.database.begin() as db:
        return subscriptions.confirm(
            db, token, site_id=site_id or town.site_id, links=LINKS, now=town.now
        )


def _announce(town: Town, comment_id: int) -> None:
    with town.database.begin() as db:
        subscriptions.notify_new_comment(
            db, site_id=town.site_id, comment_id=comment_id, now=town.now
        )


def _to(messages: list[EmailMessage]) -> list[str]:
    return sorted(str(message["To"]) for message in messages)


# Asking


def test_unproven_address_is_asked_and_then_told(any_town: Town) -> None:
    town = any_town
    _subscribe(town)
    with catching() as catcher:
        (asked,) = _drain(town, catcher)
        _announce(town, town.comment(town.person()).id)
        assert len(_drain(town, catcher)) == 1  # still the question alone
        _confirm(town, _token(asked))
        _announce(town, town.comment(town.person()).id)
        assert len(_drain(town, catcher)) == 2


def test_address_that_the_provider_vouches_for_is_not_asked(town: Town) -> None:
    _subscribe(town, verified=True)
    with catching() as catcher:
        assert _drain(town, catcher) == []
    assert _all(town)[0].confirmed_at == START


def test_wish_is_one_however_often_it_is_made(any_town: Town) -> None:
    for email in ("anna@example.org", "Anna@Example.ORG", " anna@example.org "):
        _subscribe(any_town, email)
    assert len(_all(any_town)) == 1
    assert len(any_town.outbox()) == 1


def test_question_is_repeated_after_a_day(town: Town) -> None:
    _subscribe(town)
    town.later(hours=23)
    _subscribe(town)
    assert len(town.outbox()) == 1
    town.later(hours=2)
    _subscribe(town)
    _subscribe(town)
    assert len(town.outbox()) == 2


def test_address_cannot_be_flooded_with_questions(town: Town) -> None:
    for thread_id in range(20):
        _subscribe(town, thread_id=thread_id)
    assert len(town.outbox()) == subscriptions.ASKS_PER_DAY
    _subscribe(town, "luca@example.org")
    assert len(town.outbox()) == subscriptions.ASKS_PER_DAY + 1


def test_tags_do_not_make_a_mailbox_another_one(any_town: Town) -> None:
    for number in range(subscriptions.ASKS_PER_DAY + 3):
        _subscribe(any_town, f"Victim+{number}@example.ORG")
    _subscribe(any_town, "victim@example.org")
    assert len(any_town.outbox()) == subscriptions.ASKS_PER_DAY
    for other in ("victim_@example.org", "victimology@example.org", "victim+1@example.com"):
        _subscribe(any_town, other)
    assert len(any_town.outbox()) == subscriptions.ASKS_PER_DAY + 3


def test_a_strangers_wish_gives_no_hold_on_a_mailbox(town: Town) -> None:
    _subscribe(town, account_id=666, language="en")
    _subscribe(town, account_id=7, language="it")
    assert [(wish.account_id, wish.language) for wish in _all(town)] == [(7, "it")]
    with town.database.begin() as db:
        db.get_one(Subscription, (town.site_id, _all(town)[0].id)).confirmed_at = town.now
    _subscribe(town, account_id=666)
    assert [wish.account_id for wish in _all(town)] == [7]


def test_later_proof_confirms_an_open_wish(town: Town) -> None:
    _subscribe(town)
    _subscribe(town, verified=True)
    assert _all(town)[0].confirmed_at is not None
    with catching() as catcher:
        assert _drain(town, catcher) == []  # the question has become pointless


def test_answers_are_the_same_for_known_and_unknown_addresses(town: Town) -> None:
    town.subscriber("known@example.org")
    for email in ("known@example.org", "unknown@example.org"):
        with town.database.begin() as db:
            answer = subscriptions.subscribe(  # type: ignore[func-returns-value]
                db,
                site_id=town.site_id,
                kind="comments",
                thread_id=town.thread_id,
                account_id=1,
                email=email,
                verified=False,
                language="en",
                now=town.now,
            )
            assert answer is None


def test_silent_addresses_are_forgotten(town: Town) -> None:
    _subscribe(town)
    town.subscriber("kept@example.org")
    tidy(town.database, CHORES, now=START + timedelta(days=7))
    assert len(_all(town)) == 2
    tidy(town.database, CHORES, now=START + timedelta(days=7, minutes=1))
    assert [row.email for row in _all(town)] == ["kept@example.org"]


# Links


def _links_of(town: Town) -> tuple[str, str]:
    (found,) = _all(town)
    names = {"site": "blog", "site_id": town.site_id, "subscription_id": found.id}
    confirm = LINKS.confirm(**names, now=START)  # type: ignore[arg-type]
    leave = LINKS.unsubscribe(**names)  # type: ignore[arg-type]
    return parse_qs(urlsplit(confirm).query)["t"][0], parse_qs(urlsplit(leave).query)["t"][0]


def test_confirming_twice_keeps_the_first_time(town: Town) -> None:
    _subscribe(town)
    confirm, _ = _links_of(town)
    _confirm(town, confirm)
    town.later(hours=1)
    assert _confirm(town, confirm).confirmed_at == START


def test_confirm_link_ends_after_seven_days(town: Town) -> None:
    _subscribe(town)
    confirm, _ = _links_of(town)
    town.later(days=7, seconds=1)
    with pytest.raises(CommentKitError) as refusal:
        _confirm(town, confirm)
    assert refusal.value.code == "link_invalid"


def _mangled(town: Town) -> list[str]:
    confirm, leave = _links_of(town)
    stranger = Links(LINKS.base_url, "another secret altogether").confirm(
        site="blog", site_id=town.site_id, subscription_id=_all(town)[0].id, now=START
    )
    return [
        leave,
        stranger.split("t=")[1],
        confirm[:-1],
        confirm + "A",
        "x" + confirm,
        "",
        ".",
        "\x00",
        "é.é",
        "A" * 100_000,
    ]


def test_forged_and_foreign_links_confirm_nothing(town: Town) -> None:
    _subscribe(town)
    for token in _mangled(town):
        with pytest.raises(CommentKitError, match="link_invalid"):
            _confirm(town, token)
    confirm, _ = _links_of(town)
    with pytest.raises(CommentKitError, match="link_invalid"):
        _confirm(town, confirm, site_id=town.site_id + 1)
    assert _all(town)[0].confirmed_at is None


def _leave(town: Town, token: str, *, site_id: int | None = None) -> None:
    with town.database.begin() as db:
        subscriptions.unsubscribe(db, token, site_id=site_id or town.site_id, links=LINKS)


def test_what_was_signed_for_another_purpose_confirms_nothing(town: Town) -> None:
    _subscribe(town)
    until = int(START.timestamp()) + 1000
    for purpose, confirms in (("confirm", True), ("unsubscribe", False)):
        signer = URLSafeSerializer(
            LINKS.secret_key,
            salt=f"commentkit.mail.{purpose}",
            signer_kwargs={"digest_method": sha256},
        )
        token = signer.dumps([town.site_id, _all(town)[0].id, until])
        assert isinstance(token, str)
        if confirms:
            assert LINKS.read_confirm(token, site_id=town.site_id, now=START)
            continue
        with pytest.raises(CommentKitError, match="link_invalid"):
            _confirm(town, token)


def test_unsubscribing_works_for_ever_and_twice(town: Town) -> None:
    _subscribe(town, verified=True)
    _, leave = _links_of(town)
    town.later(days=4000)
    _leave(town, leave)
    assert _all(town) == []
    _leave(town, leave)


def test_no_other_link_unsubscribes(town: Town) -> None:
    _subscribe(town, verified=True)
    confirm, leave = _links_of(town)
    for token, site_id in ((confirm, None), (leave[:-1], None), (leave, town.site_id + 1)):
        with pytest.raises(CommentKitError, match="link_invalid"):
            _leave(town, token, site_id=site_id)
    assert len(_all(town)) == 1


def test_old_confirm_link_does_not_bring_back_who_left(town: Town) -> None:
    _subscribe(town)
    confirm, leave = _links_of(town)
    _confirm(town, confirm)
    _leave(town, leave)
    with pytest.raises(CommentKitError, match="link_invalid"):
        _confirm(town, confirm)


# Telling


def test_a_request_writes_one_row_and_the_worker_fills_pages(any_town: Town) -> None:
    town = any_town
    emails = sorted(f"reader{number}@example.org" for number in range(7))
    for email in emails:
        town.subscriber(email)
    _announce(town, town.comment(town.person()).id)
    assert len(town.outbox()) == 1
    with catching() as catcher:
        messages = _drain(town, catcher, page=3)
    assert _to(messages) == emails
    assert [row.kind for row in town.outbox()].count("fan_out") == 3


def test_page_that_is_just_full_ends_too(town: Town) -> None:
    for number in range(4):
        town.subscriber(f"reader{number}@example.org")
    _announce(town, town.comment(town.person()).id)
    with catching() as catcher:
        assert len(_drain(town, catcher, page=2)) == 4


def test_author_is_not_told_by_account_or_by_address(town: Town) -> None:
    author = town.person("luca@example.org")
    _subscribe(town, "other@example.org", account_id=author.account_id, verified=True)
    town.subscriber("luca@example.org")
    town.subscriber("anna@example.org")
    _announce(town, town.comment(author).id)
    with catching() as catcher:
        assert _to(_drain(town, catcher)) == ["anna@example.org"]


def test_a_comment_is_told_of_once(any_town: Town) -> None:
    comment = any_town.comment(any_town.person())
    _announce(any_town, comment.id)
    _announce(any_town, comment.id)
    assert len(any_town.outbox()) == 1


def test_only_confirmed_subscribers_of_this_thread_and_site_are_told(town: Town) -> None:
    town.subscriber("here@example.org")
    town.subscriber("unproven@example.org", confirmed=False)
    town.subscriber("posts@example.org", kind="posts")
    _subscribe(town, "elsewhere@example.org", thread_id=town.thread_id + 1, verified=True)
    with town.database.begin() as db:
        other = Site(
            id=new_id(START), name="other", title="O", language="en", rules={}, created_at=START
        )
        db.add(other)
    _subscribe(town, "othersite@example.org", site_id=other.id, verified=True)
    _announce(town, town.comment(town.person()).id)
    with catching() as catcher:
        assert _to(_drain(town, catcher)) == ["here@example.org"]


def test_deleted_comment_is_not_told(town: Town) -> None:
    town.subscriber("anna@example.org")
    comment = town.comment(town.person())
    _announce(town, comment.id)
    with town.database.begin() as db:
        db.merge(comment).status = "deleted"
    with catching() as catcher:
        assert _drain(town, catcher) == []


def test_deleted_between_page_and_mail_is_not_told(town: Town) -> None:
    town.subscriber("anna@example.org")
    comment = town.comment(town.person())
    _announce(town, comment.id)
    with catching() as catcher:
        handlers = town.handlers(catcher.url)
        deliver_due(town.database, {"fan_out": handlers["fan_out"]}, now=town.now)
        with town.database.begin() as db:
            db.merge(comment).status = "deleted"
        assert _drain(town, catcher) == []
    assert all(row.done_at is not None for row in town.outbox())


def test_who_left_in_the_meantime_is_not_told(town: Town) -> None:
    _subscribe(town, verified=True)
    _, leave = _links_of(town)
    _announce(town, town.comment(town.person()).id)
    with catching() as catcher:
        handlers = town.handlers(catcher.url)
        deliver_due(town.database, {"fan_out": handlers["fan_out"]}, now=town.now)
        _leave(town, leave)
        assert _drain(town, catcher) == []


def test_edited_comment_is_quoted_as_it_reads_now(town: Town) -> None:
    town.subscriber("anna@example.org")
    comment = town.comment(town.person(), "first words")
    _announce(town, comment.id)
    with town.database.begin() as db:
        db.merge(comment).source = "second thoughts"
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    assert "second thoughts" in _text(message)
    assert "first words" not in str(message)


def test_reply_to_me_says_so_and_others_hear_of_a_comment(town: Town) -> None:
    mine = town.person("anna@example.org")
    question = town.comment(mine)
    _subscribe(town, "anna@example.org", account_id=mine.account_id, verified=True)
    town.subscriber("luca@example.org")
    _announce(town, town.comment(town.person(), parent=question, name="Marta").id)
    with catching() as catcher:
        subjects = {str(m["To"]): str(m["Subject"]) for m in _drain(town, catcher)}
    assert subjects["anna@example.org"] == "Marta replied to you on “An article”"
    assert subjects["luca@example.org"] == "Marta commented on “An article”"


def test_mail_is_in_the_language_of_the_subscription(town: Town) -> None:
    _subscribe(town, language="it", verified=True)
    _announce(town, town.comment(town.person(), name="Marta").id)
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    assert "Marta" in str(message["Subject"])
    assert "commented on" not in str(message)


def test_subscribers_of_posts_hear_of_posts(town: Town) -> None:
    town.subscriber("posts@example.org", kind="posts")
    town.subscriber("comments@example.org")
    with town.database.begin() as db:
        subscriptions.notify_new_post(
            db, site_id=town.site_id, thread_id=town.thread_id, now=town.now
        )
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    assert message["To"] == "posts@example.org"
    assert "https://blog.example.org/2013/04/article" in _text(message)


def test_question_about_posts_speaks_of_posts(town: Town) -> None:
    _subscribe(town, kind="posts")
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    assert "post" in _text(message)
    assert "comments on" not in _text(message)
    _confirm(town, _token(message))
    assert _all(town)[0].thread_id == 0


def test_moderator_is_told_while_the_comment_waits(town: Town) -> None:
    waiting = town.comment(town.person(), status="pending")
    decided = town.comment(town.person(), status="approved")
    with town.database.begin() as db:
        for comment in (waiting, decided):
            subscriptions.notify_moderators(
                db,
                site_id=town.site_id,
                comment_id=comment.id,
                to="owner@example.org",
                now=town.now,
            )
        subscriptions.notify_moderators(
            db, site_id=town.site_id, comment_id=waiting.id, to="", now=town.now
        )
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    assert message["To"] == "owner@example.org"
    assert waiting.author_name in _text(message)
    assert message["List-Unsubscribe"] is None


# What is said


HOSTILE = """Look [here](https://evil.example/x) ![](https://evil.example/pixel.png)
<a href="https://evil.example">x</a> <img src=https://evil.example/p.gif>
www.evil.example/path evil.example mail@evil.example ftp://evil.example
javascript:alert(1) data:text/html,x"""


class _Reader(HTMLParser):
    """Collects the tags, and every address in an attribute, as a mail program would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        wanted = {"href", "src", "srcset", "background", "action", "poster", "style"}
        self.addresses += [value or "" for name, value in attrs if name in wanted]


def test_the_reader_of_these_tests_finds_links_and_pictures() -> None:
    read = _Reader('<a href="https://evil.example/x">x</a><img src=//evil.example/p.gif>')
    assert read.tags == {"a", "img"}
    assert read.addresses == ["https://evil.example/x", "//evil.example/p.gif"]


def test_mail_has_no_link_and_no_picture_of_a_commenter(town: Town) -> None:
    town.subscriber("anna@example.org")
    with town.database.begin() as db:
        db.get_one(Thread, (town.site_id, town.thread_id)).title = "see evil.example now"
    evil = town.comment(town.person(), HOSTILE, name="www.evil.example <b>x</b>")
    _announce(town, evil.id)
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    html = message.get_body(("html",))
    assert html is not None
    content = str(html.get_content())
    read = _Reader(content)
    assert not read.tags & {"img", "b", "script", "iframe", "picture", "video", "link"}
    assert {urlsplit(each).hostname for each in read.addresses} == {
        "blog.example.org",
        "comments.example.org",
    }
    for said in (content, _text(message), str(message["Subject"])):
        assert "evil.example" not in said
        assert "//evil" not in said


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/x",
        "HTTP://A.EXAMPLE",
        "www.a.example",
        "a.example",
        "b@a.example",
        "mailto:b@a.example",
        "a.example/path?x=1",
        "xn--a.example",
    ],
)
def test_nothing_typed_stays_a_link(text: str) -> None:
    said = inert(f"see {text} there")
    assert re.search(r"\w[.@:]\w|//", said) is None
    assert said.startswith("see ")
    assert said.endswith(" there")


def test_plain_words_stay_as_they_are() -> None:
    assert inert("Perché no? È così. 3 di 4: bene!") == "Perché no? È così. 3 di 4: bene!"


def test_thread_without_a_title_or_address_is_still_named(town: Town) -> None:
    town.subscriber("anna@example.org")
    with town.database.begin() as db:
        thread = db.get_one(Thread, (town.site_id, town.thread_id))
        thread.title, thread.url = "", None
    comment = town.comment(town.person())
    _announce(town, comment.id)
    with catching() as catcher:
        (message,) = _drain(town, catcher)
    assert "The Blog" in str(message["Subject"])
    assert f"/blog/page?key=2013%2F04%2Farticle&comment={comment.id}" in _text(message)


def test_mails_of_a_thread_are_shown_as_one_and_twice_is_once(town: Town) -> None:
    town.subscriber("anna@example.org")
    first, second = town.comment(town.person()), town.comment(town.person())
    for comment in (first, second, first):
        _announce(town, comment.id)
    with catching() as catcher:
        messages = _drain(town, catcher)
    assert len({str(m["References"]) for m in messages}) == 1
    assert len({str(m["Message-ID"]) for m in messages}) == 2
    assert all(str(m["Message-ID"]).endswith("@comments.example.org>") for m in messages)


def test_no_address_is_written_into_the_outbox_of_readers(town: Town) -> None:
    _subscribe(town)
    town.subscriber("known@example.org")
    _announce(town, town.comment(town.person("author@example.org")).id)
    with catching() as catcher:
        _drain(town, catcher)
    assert "example.org" not in str([row.payload for row in town.outbox()])
