"""Our own environment, the choice of a language, and what the templates promise to scripts."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import look_scenes as look
import pytest
from cpu import cpu_seconds
from jinja2 import UndefinedError

from commentkit.render import Renderer
from commentkit.view import (
    CommentFragment,
    ErrorPage,
    FormView,
    GuestView,
    IdentityFragment,
    RepliesFragment,
    ReplyTo,
    SignedInPage,
    SignInFailedPage,
    SubscriptionPage,
)

TEMPLATES = Path(__file__).parent.parent / "src" / "commentkit" / "templates" / "commentkit"
EVIL = "<img src=x onerror=alert(1)>\"'&"
FORM = FormView(notify_comments=False, notify_posts=False)
LETTERS = ("confirm", "confirm_posts", "reply", "new_comment", "new_post", "moderation")
MAIL = {
    "site_title": "Appunti",
    "thread_title": "La parte difficile",
    "action_url": "https://example.org/?a=1&b=2",
    "author": "Anna",
    "excerpt": "Prima riga\nseconda",
    "unsubscribe_url": "https://example.org/stop",
}


class Elements(HTMLParser):
    """Every start tag with its attributes, and the words between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def having(self, name, value=None):
        found = [a for _, a in self.tags if name in a]
        return found if value is None else [a for a in found if a[name] == value]

    def parts(self):
        return {part for a in self.having("part") for part in (a["part"] or "").split()}


@pytest.fixture(scope="module")
def renderer():
    return Renderer()


def section(renderer, identity=look.SIGNED_OUT, form=FORM, comments=(), language="en"):
    shown = look.view(identity, form, comments)
    return renderer.render("thread.html", language=language, view=shown)


def identity_part(renderer, identity, language="it"):
    view = IdentityFragment(identity=identity, links=look.LINKS)
    return Elements(renderer.render("identity.html", language=language, view=view))


# The environment


def test_making_a_renderer_reads_nothing(monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("read a file")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr("os.scandir", refuse)
    Renderer(["/nowhere"])


def test_a_forgotten_value_is_an_error(renderer):
    with pytest.raises(UndefinedError):
        renderer.render("error.html", language="en", view={"assets": look.ASSETS})


def test_a_view_is_a_mapping_or_a_dataclass(renderer):
    with pytest.raises(TypeError, match="dataclass"):
        renderer.render("error.html", language="en", view=["no"])


def test_the_hosts_template_wins_and_may_extend_ours(tmp_path):
    folder = tmp_path / "commentkit"
    folder.mkdir()
    (folder / "error.html").write_text(
        '{% extends "commentkit_original/error.html" %}{% block title %}Ours{% endblock %}'
    )
    view = ErrorPage(assets=look.ASSETS, code="x", message="No.")
    html = Renderer([tmp_path]).render("error.html", language="en", view=view)
    assert "<title>Ours</title>" in html
    assert "<p>No.</p>" in html


def test_templates_of_the_host_outside_our_folder_stay_out(tmp_path):
    (tmp_path / "error.html").write_text("the host's own")
    view = ErrorPage(assets=look.ASSETS, code="x", message="No.")
    assert "host" not in Renderer([tmp_path]).render("error.html", language="en", view=view)


def test_a_bare_page_has_no_shell(renderer):
    view = ErrorPage(assets=look.ASSETS, code="x", message="No.")
    bare = renderer.render("error.html", language="en", view=view, bare=True)
    assert bare.strip().startswith("<main")
    assert "<!doctype" in renderer.render("error.html", language="en", view=view)


def test_the_digest_follows_every_word(tmp_path):
    ours = Renderer().digest
    (tmp_path / "commentkit").mkdir()
    (tmp_path / "commentkit" / "closed.html").write_text("Shut.")
    theirs = Renderer([tmp_path]).digest
    (tmp_path / "commentkit" / "closed.html").write_text("Shut!")
    assert len({ours, theirs, Renderer([tmp_path]).digest}) == 3
    assert Renderer().digest == ours


def test_two_renderers_do_not_meet(tmp_path, renderer):
    (tmp_path / "commentkit").mkdir()
    (tmp_path / "commentkit" / "closed.html").write_text("Shut.")
    assert "Shut." in section(Renderer([tmp_path]), form=None)
    assert "Comments are closed" in section(renderer, form=None)


# Languages


@pytest.mark.parametrize(
    ("asked", "default", "expected"),
    [
        (None, "it", "it"),
        ("", "it", "it"),
        ("it", "en", "it"),
        ("IT-ch", "en", "it"),
        ("it_IT", "en", "it"),
        ("de-DE,de;q=0.9,it;q=0.8,en;q=0.7", "en", "it"),
        ("en;q=0.1,it;q=0.9", "en", "it"),
        ("it;q=0,en", "it", "en"),
        ("it;q=much", "en", "en"),
        ("*", "it", "it"),
        ("../../etc/passwd", "it", "it"),
        ("xx", "yy", "en"),
    ],
)
def test_a_language_is_chosen_among_those_there_are(renderer, asked, default, expected):
    assert renderer.negotiate(asked, default) == expected


def test_a_huge_wish_costs_nothing(renderer):
    renderer.negotiate("it", "en")
    assert cpu_seconds(renderer.negotiate, "a-b;q=0.1," * 100_000, "en") < 0.005


def test_words_come_from_the_catalogue(renderer):
    assert renderer.gettext("it", "Log out") == "Chiudi sessione"
    assert renderer.gettext("en", "Log out") == "Log out"
    assert renderer.gettext("xx", "Log out") == "Log out"
    assert renderer.gettext(
        "it", "The request must be sent as %(expected)s.", {"expected": "JSON"}
    ).endswith("JSON.")


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("it", 0, "0 commenti"),
        ("it", 1, "1 commento"),
        ("it", 2, "2 commenti"),
        ("en", 1, "1 comment"),
        ("en", 0, "0 comments"),
    ],
)
def test_counts_follow_the_plural_rule(renderer, language, count, expected):
    said = renderer.ngettext(language, "%(num)s comment", "%(num)s comments", count)
    assert said == expected


def test_a_language_written_from_the_right_says_so(renderer, monkeypatch):
    assert 'dir="ltr"' in section(renderer)
    monkeypatch.setattr("commentkit.render.direction", lambda _: "rtl")
    assert 'dir="rtl"' in section(Renderer())


# What is typed stays text


@pytest.mark.parametrize("language", ["en", "it"])
def test_nothing_a_person_gives_becomes_markup(renderer, language):
    evil = replace(look.ANNA, person=replace(look.ANNA.person, name=EVIL, initials=EVIL))
    comment = look.comment(1, EVIL, "x", in_reply_to=ReplyTo(2, EVIL))
    form = FormView(
        title=EVIL,
        placeholder=EVIL,
        text=EVIL,
        reply_to=ReplyTo(2, EVIL),
        errors={"text": EVIL},
        notice=EVIL,
    )
    guest = GuestView(email=EVIL, name=EVIL, website=EVIL)
    identities = [
        replace(
            state,
            current=state.current and evil,
            others=state.others and (evil,),
            guest=state.guest and guest,
        )
        for state in look.STATES.values()
    ]
    for identity in identities:
        html = section(renderer, identity, form, (comment,), language)
        images = [a for tag, a in Elements(html).tags if tag == "img"]
        assert images == []
        assert not [a for _, a in Elements(html).tags if any(name.startswith("on") for name in a)]


def test_a_comments_own_html_is_shown_as_it_is(renderer):
    html = section(renderer, comments=look.thread())
    assert "<strong>a che cosa serviamo</strong>" in html


def test_a_text_that_begins_with_an_empty_line_keeps_it(renderer):
    html = section(renderer, form=FormView(text="\n\nhello"))
    # A parser drops one newline right after the tag: the template's own.
    assert re.search(r"<textarea[^>]*>\n\n\nhello</textarea>", html)


# What the widget and the tests rely on


def test_the_section_carries_what_a_script_needs(renderer):
    (root,) = Elements(section(renderer)).having("data-commentkit")
    names = "version script style site key endpoint origin count language"
    assert {"lang", "dir", *(f"data-{name}" for name in names.split())} <= set(root)
    assert section(renderer).lstrip().startswith('<link rel="stylesheet"')


def test_the_parts_of_the_design_are_there(renderer):
    seen = Elements(section(renderer, look.STATES["signed in"], comments=look.thread())).parts()
    seen |= Elements(section(renderer)).parts()
    assert {
        "form",
        "identity",
        "providers",
        "comment",
        "comment-list",
        "author",
        "avatar",
        "body",
        "actions",
        "submit",
        "notice",
        "signed-in",
        "signed-out",
    } <= seen


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("signed out", {"sign-in"}),
        ("connecting", {"back", "continue-here", "cancel"}),
        ("signed in", {"sign-out", "change", "account"}),
        ("changing", {"keep", "use", "sign-in", "guest"}),
    ],
)
def test_each_state_offers_its_ways(renderer, name, actions):
    seen = identity_part(renderer, look.STATES[name])
    (root,) = seen.having("data-state")
    assert root["part"] == f"identity {root['data-state']}"
    assert {a["data-action"] for a in seen.having("data-action")} == actions


def test_the_words_of_the_form_are_those_of_the_page(renderer):
    said = " ".join(identity_part(renderer, look.SIGNED_OUT).words.split())
    assert "Inserisci i tuoi dati qui sotto o clicca su un'icona per effettuare l'accesso:" in said
    said = " ".join(identity_part(renderer, look.STATES["signed in"]).words.split())
    assert "Stai commentando usando il tuo account WordPress.com." in said
    assert "Chiudi sessione Modifica" in said
    connecting = identity_part(renderer, look.STATES["connecting"])
    assert connecting.having("data-message")[0]["data-text"] == "Connessione a %s..."


@pytest.mark.parametrize(
    ("provider", "alt"),
    [(0, "Logo WordPress.com"), (1, "Foto X"), (2, "Foto di Facebook"), (3, "Foto di Google")],
)
def test_the_photo_says_whose_it_is(renderer, provider, alt):
    held = look.held(1, "Anna", provider)
    seen = identity_part(renderer, replace(look.STATES["signed in"], current=held))
    assert seen.having("aria-label", alt)
    photographed = replace(held, person=replace(held.person, picture="https://c.example.org/p/1"))
    seen = identity_part(renderer, replace(look.STATES["signed in"], current=photographed))
    assert seen.having("alt", alt)


def test_every_control_works_without_a_script(renderer):
    html = section(renderer, look.STATES["changing"], comments=look.thread())
    page = re.sub(r"<template.*?</template>", "", html, flags=re.S)
    here = {f"#{attrs['id']}" for attrs in Elements(page).having("id")}
    for tag, attrs in Elements(page).tags:
        if tag == "a":
            assert attrs["href"].startswith("https://") or attrs["href"] in here
        if tag == "button":
            assert attrs["type"] == "submit"
        if tag == "form":
            assert attrs["method"] == "post"
            assert attrs["action"].startswith("https://")


def test_enter_in_a_field_sends_and_does_not_sign_in(renderer):
    buttons = [a for tag, a in Elements(section(renderer)).tags if tag == "button"]
    assert "formaction" not in buttons[0]
    assert "data-action" not in buttons[0]


def test_every_field_has_a_label_and_the_place_of_its_error(renderer):
    seen = Elements(section(renderer))
    slots = {a["data-error-for"]: a["id"] for a in seen.having("data-error-for") if "id" in a}
    labelled = {a["for"] for a in seen.having("for")}
    for name in ("text", "email", "name", "website"):
        (field,) = [a for a in seen.having("name", name) if a.get("type") != "hidden" and "id" in a]
        assert field["aria-describedby"] == slots[name]
        assert field["id"] in labelled


def test_an_error_stands_at_its_field(renderer):
    html = section(renderer, look.STATES["signed out"])
    assert re.search(r'data-error-for="email"[^>]*role="alert">Questo indirizzo', html)
    assert Elements(html).having("aria-invalid", "true")[0]["name"] == "email"


def test_an_account_of_the_same_provider_asks_for_another(renderer):
    seen = identity_part(renderer, look.STATES["changing"])
    held = {look.ANNA.provider.name, look.ANNAB.provider.name}
    again = seen.having("data-switch")
    assert {button["data-provider"] for button in again} == held
    assert all(button["formaction"].endswith("/page/sign-in?switch=1") for button in again)
    assert "Altro account WordPress.com" in seen.words


def test_a_button_says_what_it_does_to_whoever_does_not_see_the_form(renderer):
    seen = identity_part(renderer, look.STATES["changing"])
    (google,) = seen.having("data-provider", "google")
    assert google["aria-label"] == "Accedi con Google"
    # What stands there says it already.
    (other,) = seen.having("data-provider", "wordpress")
    assert "aria-label" not in other
    assert "Usa questo @annab" in " ".join(seen.words.split())


def ways_at_once(seen):
    return [button["data-provider"] for button in seen.having("data-action", "sign-in")]


def test_of_many_ways_the_first_few_stand_there_and_one_press_shows_the_others(renderer):
    html = section(renderer, replace(look.SIGNED_OUT, providers=look.MANY), language="it")
    before, folded = html.split("<details", 1)
    names = [provider.name for provider in look.MANY]
    assert ways_at_once(Elements(before)) == names[:6]
    assert ways_at_once(Elements(folded)) == names[6:]
    assert "Altri modi per accedere (5)" in folded
    assert 'name="email"' in folded.split("</details>")[1]


def test_whoever_changes_finds_the_guest_before_what_is_folded(renderer):
    html = section(renderer, replace(look.STATES["changing"], providers=look.MANY))
    before = html.split("<details", 1)[0]
    assert Elements(before).having("data-action", "guest")


def test_eight_ways_hide_nothing(renderer):
    seen = identity_part(renderer, replace(look.SIGNED_OUT, providers=look.MANY[:8]))
    assert len(ways_at_once(seen)) == 8
    assert "Altri modi" not in seen.words


def test_who_cannot_be_asked_for_another_account_says_where_to_log_out(renderer):
    way = replace(look.PROVIDERS[0], logout_url="https://id.example/logout")
    state = replace(look.STATES["changing"], providers=(way, *look.PROVIDERS[1:]))
    seen = identity_part(renderer, state)
    (link,) = seen.having("href", "https://id.example/logout")
    assert link["rel"] == "noopener noreferrer"
    assert "Esci da WordPress.com" in seen.words
    assert not identity_part(renderer, look.STATES["changing"]).having("target", "_blank")


@pytest.mark.parametrize(
    ("language", "some", "said"),
    [
        ("en", 1, "A <b> does not ask which account to use: to change it, first log out on its"),
        ("en", 2, "A <b> and B do not ask which account to use"),
        ("en", 3, "A <b>, B, and C do not ask which account to use"),
        ("it", 1, "A <b> non chiede quale account usare"),
        (
            "it",
            3,
            "A <b>, B e C non chiedono quale account usare: per cambiarlo, esci prima dai loro",
        ),
    ],
)
def test_those_that_ask_for_no_account_share_one_sentence(renderer, language, some, said):
    labels = ("A <b>", "B", "C")[:some]
    ways = [
        replace(look.PROVIDERS[0], name=label, label=label, account_choice=False)
        for label in labels
    ]
    changing = look.STATES["changing"]
    held = [replace(changing.current, id=n, provider=way) for n, way in enumerate(ways)]
    state = replace(changing, providers=tuple(ways), current=held[0], others=tuple(held[1:]))
    words = unescape(str(identity_part(renderer, state, language=language).words))
    assert said in words
    asking = "which account" if language == "en" else "quale account"
    assert words.count(asking) == 1


def test_no_email_disables_the_boxes_and_says_why(renderer):
    html = section(renderer, look.STATES["no e-mail"], language="it")
    (box,) = Elements(html).having("data-notify")
    assert "disabled" in box
    assert "X non ha condiviso un indirizzo e-mail" in html


def test_without_mail_there_are_no_boxes(renderer):
    seen = Elements(section(renderer, form=FormView()))
    assert not seen.having("name", "notify_comments")
    assert not seen.having("data-notify")


def test_where_only_people_who_sign_in_comment_the_fields_are_gone(renderer):
    seen = identity_part(renderer, look.STATES["sign-in required"])
    assert not seen.having("name", "email")
    assert "solo chi effettua l'accesso" in seen.words


def test_a_closed_thread_has_no_form(renderer):
    seen = Elements(section(renderer, form=None, comments=look.thread()))
    assert not seen.having("data-form")
    assert not seen.having("data-action", "reply")
    assert "Comments are closed on this page." in seen.words


def test_a_tombstone_names_nobody(renderer):
    html = section(renderer, comments=look.thread())
    (stone,) = Elements(html).having("data-tombstone")
    assert stone.keys() == {"data-comment", "data-tombstone"}
    assert "This comment was deleted by its author." in html


def test_own_pending_comments_say_who_sees_them(renderer):
    mine = look.comment(1, "Anna", "x", status="pending", editable=True)
    view = CommentFragment(comment=mine, links=look.LINKS)
    seen = Elements(renderer.render("comment.html", language="it", view=view))
    assert seen.having("data-comment", "1")[0]["data-status"] == "pending"
    assert "Il tuo commento è in attesa di moderazione. Per ora lo vedi solo tu." in seen.words
    assert {a["data-action"] for a in seen.having("data-action")} == {"edit", "delete"}


def test_more_replies_are_list_items(renderer):
    replies = (look.comment(3, "A", "x"), look.comment(4, "B", "y"))
    view = RepliesFragment(root=1, comments=replies, links=look.LINKS, more="9")
    html = renderer.render("replies.html", language="en", view=view)
    assert html.strip().startswith("<li")
    assert Elements(html).having("data-more-replies")


def test_a_reply_has_its_title_and_a_way_out(renderer):
    seen = Elements(section(renderer, form=FormView(reply_to=ReplyTo(2, "Marta"))))
    assert "Reply to Marta" in seen.words
    assert "hidden" in seen.having("data-title")[0]
    assert seen.having("name", "parent")[0]["value"] == "2"
    assert seen.having("data-action", "cancel-reply")[0]["href"].startswith("https://")


def test_the_public_fragment_has_the_widgets_parts_and_the_composed_page_not(renderer):
    kept = {a["data-template"] for a in Elements(section(renderer)).having("data-template")}
    assert kept == {"connecting", "own-actions", "edit-form", "signed-in-here", "notices"}
    composed = replace(look.view(look.SIGNED_OUT, FORM), links=replace(look.LINKS, composed=True))
    page = renderer.render("page.html", language="en", view=composed)
    assert not Elements(page).having("data-template")


def test_a_missing_icon_becomes_a_letter(renderer):
    odd = replace(look.PROVIDERS[0], icon="nowhere.svg", label="Zebra")
    seen = identity_part(renderer, replace(look.SIGNED_OUT, providers=(odd,)))
    assert "Z Zebra" in " ".join(seen.words.split())


# Pages and mail


def pages():
    anna = look.ANNA.person
    signed_in = SignedInPage(
        assets=look.ASSETS,
        site_title="Appunti",
        person=anna,
        aid="a1",
        ticket="t1",
        origin="https://blog.example.org",
        continue_url="https://c.example.org/continue",
        destination="https://blog.example.org/a.html",
        hidden=(("attempt", "5"),),
    )
    failed = SignInFailedPage(
        assets=look.ASSETS,
        site_title="Appunti",
        aid="a1",
        origin="https://blog.example.org",
        code="sign_in_cancelled",
        message="Annullato.",
        back_url="https://b.example.org/",
    )
    asked = SubscriptionPage(
        assets=look.ASSETS,
        subject="Appunti",
        email="a@example.org",
        action_url="https://c.example.org/u",
        back_url="https://b.example.org/",
    )
    composed = replace(
        look.view(look.STATES["signed in"], FORM, look.thread()),
        links=replace(look.LINKS, composed=True),
    )
    return {
        "signin_delivered.html": signed_in,
        "signin_continue.html": replace(signed_in, ticket=""),
        "signin_failed.html": failed,
        "error.html": ErrorPage(
            assets=look.ASSETS,
            code="not_found",
            message="Niente.",
            back_url="https://b.example.org/",
        ),
        "subscription/confirm.html": asked,
        "subscription/unsubscribe.html": replace(asked, done=True),
        "page.html": composed,
    }


@pytest.mark.parametrize("name", sorted(pages()))
@pytest.mark.parametrize("language", ["en", "it"])
def test_a_page_has_a_title_a_heading_and_its_language(renderer, name, language):
    seen = Elements(renderer.render(name, language=language, view=pages()[name]))
    tags = [tag for tag, _ in seen.tags]
    assert (tags.count("h1"), tags.count("title"), tags.count("main")) == (1, 1, 1)
    assert seen.tags[0] == ("html", {"lang": language, "dir": "ltr"})


def test_the_way_back_names_site_and_account(renderer):
    html = renderer.render(
        "signin_continue.html", language="it", view=pages()["signin_continue.html"]
    )
    assert "Continua su “Appunti” come Anna Bianchi" in html
    assert "https://blog.example.org/a.html" in html
    seen = Elements(html)
    assert seen.having("name", "attempt")[0]["value"] == "5"
    assert not seen.having("data-ticket")


def test_the_sign_in_window_is_readable_by_itself_and_by_its_script(renderer):
    for name in ("signin_delivered.html", "signin_failed.html"):
        seen = Elements(renderer.render(name, language="en", view=pages()[name]))
        (root,) = seen.having("data-commentkit-popup")
        assert {"data-aid", "data-ticket", "data-origin", "data-code", "data-message"} <= set(root)
        (way,) = seen.having("data-way-back")
        assert "hidden" not in way
        assert "hidden" in seen.having("data-delivering")[0]


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", ["en", "it"])
def test_a_letter_is_plain_text_and_the_same_as_html(renderer, name, language):
    letter = renderer.mail(name, language=language, view=MAIL)
    assert "\n" not in letter.subject
    assert letter.subject
    assert "https://example.org/?a=1&b=2" in letter.text
    assert 'href="https://example.org/?a=1&amp;b=2"' in letter.html
    assert not re.search(r"<(img|style|script|link)\b", letter.html)


def test_a_letter_says_what_somebody_wrote_as_they_wrote_it(renderer):
    view = MAIL | {"author": EVIL, "excerpt": EVIL}
    letter = renderer.mail("reply", language="en", view=view)
    assert EVIL in letter.text
    assert "<img" not in letter.html


def test_a_subject_is_one_line(renderer):
    view = MAIL | {"thread_title": "Titolo\r\nBcc: everyone@example.org"}
    letter = renderer.mail("new_comment", language="en", view=view)
    assert not re.search(r"[\r\n]", letter.subject)


@pytest.mark.parametrize("name", ["reply", "new_comment", "new_post"])
def test_news_can_be_ended(renderer, name):
    letter = renderer.mail(name, language="it", view=MAIL)
    assert "https://example.org/stop" in letter.text
    assert 'href="https://example.org/stop"' in letter.html


# The sources


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script(path):
    source = path.read_text()
    assert not re.search(r"<style|\s(?:style|on[a-z]+)=|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_templates_are_small_and_know_no_provider(path):
    source = path.read_text()
    assert source.count("\n") <= 60
    assert not re.search(r"wordpress|facebook|google|twitter", source, re.I)


def test_the_same_instant_is_spelled_in_each_sites_zone(tmp_path: Path):
    (tmp_path / "commentkit").mkdir()
    (tmp_path / "commentkit" / "when.html").write_text("{{ at | moment }}")
    renderer = Renderer([tmp_path])
    at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    said = [
        str(renderer.render("when.html", language="en", view={"at": at.astimezone(zone)}))
        for zone in (UTC, ZoneInfo("Europe/Rome"))
    ]
    assert "12:00" in said[0]
    assert "2:00" in said[1].replace("12:00", "")
