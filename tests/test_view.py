"""Views from rows: the tree and its depth, tombstones, and who the form says you are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cpu import cpu_seconds

from commentkit.model import Comment, Identity, Token
from commentkit.people.viewer import Viewer
from commentkit.rules import SiteRules
from commentkit.view import (
    CommentView,
    GuestView,
    Links,
    ProviderView,
    Showing,
    colour_of,
    comment_tree,
    comment_view,
    identity_view,
    initials_of,
    offered,
)

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
PICTURES = "https://comments.example.org/commentkit/blog/pictures"
PROVIDERS = {
    name: ProviderView(
        name=name, label=label, icon=f"{name}.svg", picture_alt=f"Photo from {label}"
    )
    for name, label in (("wordpress", "WordPress.com"), ("x", "X"))
}
LINKS = Links(
    endpoint="https://comments.example.org/commentkit/blog",
    key="a b",
    url="https://blog.example.org/a?x=1#top",
    language="it",
)


def row(
    number: int, parent: int | None = None, *, root: int | None = None, **more: object
) -> Comment:
    values = {
        "author_name": f"Author {number}",
        "author_url": None,
        "author_picture_id": None,
        "author_provider": "guest",
        "account_id": number,
        "html": f"<p>{number}</p>",
        "source": str(number),
        "status": "approved",
        "created_at": NOW + timedelta(minutes=number),
    }
    return Comment(id=number, parent_id=parent, root_id=root or parent or number, **values | more)


def showing(**more: object) -> Showing:
    return Showing(providers=PROVIDERS, pictures=PICTURES, **more)  # type: ignore[arg-type]


def shape(comments: tuple[CommentView, ...]) -> dict[int, object]:
    return {comment.id: shape(comment.replies) for comment in comments}


def chain(length: int) -> list[Comment]:
    return [row(1), *(row(n, n - 1, root=1) for n in range(2, length + 1))]


def test_replies_nest_under_their_parents():
    rows = [row(1), row(2), row(3, 1), row(4, 2), row(5, 3, root=1), row(6, 1)]
    assert shape(comment_tree(rows, showing())) == {1: {3: {5: {}}, 6: {}}, 2: {4: {}}}


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (0, {1: {2: {}, 3: {}, 4: {}}}),
        (1, {1: {2: {}, 3: {}, 4: {}}}),
        (2, {1: {2: {3: {}, 4: {}}}}),
        (9, {1: {2: {3: {4: {}}}}}),
    ],
)
def test_below_the_depth_replies_are_flat(depth, expected):
    assert shape(comment_tree(chain(4), showing(nested_depth=depth))) == expected


def test_a_flat_reply_says_whom_it_answers():
    (root,) = comment_tree(chain(3), showing(nested_depth=1))
    direct, flat = root.replies
    assert direct.in_reply_to is None
    assert (flat.in_reply_to.id, flat.in_reply_to.name) == (2, "Author 2")


def test_only_comments_with_room_hold_replies():
    (root,) = comment_tree(chain(2), showing(nested_depth=1))
    assert (root.nests, root.replies[0].nests) == (True, False)
    (flat,) = comment_tree(chain(2), showing(nested_depth=0))
    assert (flat.nests, flat.indents) == (True, False)


def test_a_reply_to_one_on_another_page_stands_under_its_root():
    (root,) = comment_tree([row(1), row(9, 5, root=1)], showing())
    assert [reply.id for reply in root.replies] == [9]
    assert root.replies[0].in_reply_to.name is None


def test_a_parent_that_is_only_known_gives_its_name():
    (reply,) = comment_tree([row(9, 5, root=1)], showing(), known={5: row(5, 1)})
    assert reply.in_reply_to.name == "Author 5"


def test_the_name_of_a_deleted_author_is_not_repeated():
    gone = row(2, 1, status="deleted")
    (root,) = comment_tree([row(1), gone, row(3, 2, root=1)], showing(nested_depth=1))
    assert root.replies[1].in_reply_to.name is None


def test_a_very_long_chain_is_shown_in_linear_time():
    rows = chain(3000)
    (root,) = comment_tree(rows, showing(nested_depth=1))
    assert len(root.replies) == 2999
    assert cpu_seconds(comment_tree, rows, showing(nested_depth=1)) < 2


@pytest.mark.parametrize(
    ("status", "gone"),
    [
        ("approved", None),
        ("pending", "held"),
        ("deleted", "deleted"),
        ("rejected", "removed"),
        ("spam", "removed"),
    ],
)
def test_what_is_gone_is_a_tombstone(status, gone):
    assert comment_view(row(1, status=status), showing()).gone == gone


def test_dates_are_in_the_time_zone_of_the_site():
    seen = comment_view(row(1), showing(time_zone=ZoneInfo("Europe/Rome")))
    assert (seen.created_at.day, seen.created_at.hour) == (23, 0)


def test_a_retired_provider_leaves_its_name():
    author = comment_view(row(1, author_provider="google-plus"), showing()).author
    assert (author.provider, author.guest) == ("google-plus", False)


def test_a_guest_has_no_provider():
    author = comment_view(row(1), showing()).author
    assert (author.provider, author.guest) == (None, True)


def test_pictures_come_from_our_own_server():
    author = comment_view(row(1, author_picture_id=7, author_provider="x"), showing()).author
    assert author.picture == f"{PICTURES}/7"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Bianchi", "AB"),
        ("anna", "A"),
        ("Maria Luisa de Rossi", "MR"),
        ("@annab", "A"),
        ("e\u0301va", "É"),
        ("ßtraße Wien", "SSW"),
        ("אביגיל", "א"),
        ("★ ★", "?"),
        ("", "?"),
    ],
)
def test_initials(name, expected):
    assert initials_of(name) == expected


def test_a_person_keeps_their_colour():
    assert {colour_of(seed) for seed in range(100)} == set(range(8))
    assert colour_of(41) == colour_of(41)


def identity(number: int, provider: str, **more: object) -> Identity:
    values = {
        "account_id": number,
        "name": "Anna",
        "profile_url": None,
        "picture_id": None,
        "email": "a@example.org",
    }
    return Identity(id=number, provider=provider, **values | more)


def viewer(*identities: Identity, active: int | None = None) -> Viewer:
    return Viewer(site_id=1, token=Token(active_identity_id=active), identities=identities)


def part(asks: Viewer, *, rules: SiteRules | None = None, state: str = "", **more: object):
    return identity_view(
        asks,
        rules=rules or SiteRules(),
        providers=PROVIDERS,
        pictures=PICTURES,
        state=state,
        **more,
    )


def test_nobody_sees_the_choices():
    seen = part(Viewer(site_id=1))
    assert (seen.state, seen.guest, seen.current) == ("signed-out", GuestView(), None)
    assert [provider.name for provider in seen.providers] == ["wordpress", "x"]


def test_somebody_sees_their_account():
    seen = part(viewer(identity(1, "x"), active=1))
    assert (seen.state, seen.current.provider.label, seen.no_email) == ("signed-in", "X", False)


def test_an_account_without_email_cannot_be_notified():
    assert part(viewer(identity(1, "x", email=None), active=1)).no_email


def test_changing_keeps_the_account_and_shows_the_others():
    held = (identity(1, "x"), identity(2, "wordpress"), identity(3, "guest"))
    seen = part(viewer(*held, active=1), state="changing")
    assert (seen.state, seen.current.id) == ("changing", 1)
    assert [other.id for other in seen.others] == [2]
    assert seen.providers


def test_guest_fields_beside_a_held_account_still_name_it():
    seen = part(viewer(identity(1, "x", email=None), active=1), state="guest")
    assert (seen.state, seen.current.id, seen.no_email) == ("signed-out", 1, False)


def test_a_site_without_guests_keeps_the_account():
    seen = part(viewer(identity(1, "x"), active=1), rules=SiteRules(guests=False), state="guest")
    assert (seen.state, seen.guest) == ("signed-in", None)


def test_a_guest_finds_their_details_again():
    known = identity(3, "guest", profile_url="https://anna.example.org")
    seen = part(viewer(known))
    assert seen.guest == GuestView(
        name="Anna", email="a@example.org", website="https://anna.example.org"
    )


def test_what_was_typed_wins_over_what_is_known():
    seen = part(viewer(identity(3, "guest")), typed=GuestView(name="Anne"), errors={"email": "!"})
    assert (seen.guest.name, seen.errors) == ("Anne", {"email": "!"})


def test_rules_say_whether_email_is_required():
    assert not part(
        Viewer(site_id=1), rules=SiteRules(guest_email_required=False)
    ).guest.email_required


def test_a_site_offers_its_own_choice_in_its_own_order():
    rules = SiteRules(providers=("x", "unconfigured", "wordpress"))
    assert [provider.name for provider in offered(PROVIDERS, rules)] == ["x", "wordpress"]
    assert offered(PROVIDERS, SiteRules(providers=())) == ()


def test_permalinks_lead_to_the_hosts_page():
    assert LINKS.comment(5) == "https://blog.example.org/a?x=1#comment-5"


def test_links_carry_the_thread_the_order_and_the_language():
    assert LINKS.reply(5) == (
        "https://comments.example.org/commentkit/blog/page?lang=it&reply=5#commentkit-form"
    )
    assert replace(LINKS, composed=True).reply(5) == (
        "https://comments.example.org/commentkit/blog/page?key=a+b"
        "&url=https%3A%2F%2Fblog.example.org%2Fa%3Fx%3D1%23top&sort=oldest&lang=it&reply=5#commentkit-form"
    )
    assert "/thread?" in LINKS.after("9", fragment=True)
    assert "/page?" in LINKS.after("9")
    assert "sort=newest" in LINKS.sorted("newest")


def test_what_templates_spell_themselves_agrees_with_the_links():
    assert LINKS.reply(5) == f"{LINKS.replying}5#commentkit-form"
    assert LINKS.comment(5) == f"{LINKS.host}#comment-5"


@pytest.mark.parametrize(
    ("change", "query"), [({"composed": True}, "key=a+b&"), ({"url": None}, "lang=it&comment=5#")]
)
def test_without_a_page_of_the_host_permalinks_stay_with_us(change, query):
    ours = replace(LINKS, **change)
    assert ours.host is None
    page = "https://comments.example.org/commentkit/blog/page?"
    assert ours.comment(5).startswith(page + query)
    assert ours.comment(5).endswith("&comment=5#comment-5")


def test_an_address_without_a_value_does_not_name_it():
    assert LINKS.edit("") == f"{LINKS.page()}#comment-"
    assert "url=" not in replace(LINKS, url=None).page()


def test_a_person_is_shown_as_they_were_at_each_comment():
    same = {"account_id": 7, "author_provider": "x"}
    rows = [
        row(1, author_name="Anna", **same),
        row(2, author_name="Anna", **same),
        row(3, author_name="Anne", **same),
        row(4, author_name="Anna", author_picture_id=9, **same),
        row(5, author_name="Anna", author_url="https://a.example.org", **same),
        row(6, author_name="Anna", account_id=7),
    ]
    authors = [comment.author for comment in comment_tree(rows, showing())]
    assert authors[0] == authors[1]
    assert authors == [comment_view(each, showing()).author for each in rows]


def test_a_pending_comment_is_shown_to_its_author_alone():
    mine = replace(showing(), own=frozenset({1}))
    assert comment_view(row(1, status="pending"), mine).gone is None
    assert comment_view(row(2, status="pending"), mine).gone == "held"
