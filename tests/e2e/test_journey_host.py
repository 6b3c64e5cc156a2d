"""The host's own users: on the host's pages without any press, on another site by its word."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e_support import WIDE_LIMITS, Section, three_in_a_row
from examples.servers import serving
from flask import Flask, redirect, render_template_string, request
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.wrappers import Response

from commentkit import CommentKit, HostUser, ids, sites
from commentkit.migrations import upgrade
from commentkit.rules import SiteRules
from commentkit.signin import host_keys
from commentkit.signin.host_keys import HS256, HostKey

SECRET = "what the other site and the server know"
PEOPLE = {
    "anna": HostUser(id="7", name="Anna Bianchi", email="anna@example.org", email_verified=True),
    "luca": HostUser(id="8", name="Luca Greco"),
}
DOOR = "Accedi con il tuo account su Il circolo"
LAYOUT = """<!doctype html><html lang="it"><meta charset="utf-8"><title>Il circolo</title>
<body><h1>Il circolo</h1>{}</body></html>"""
INLINED = LAYOUT.format("{{ commentkit.thread('riunione', title='Riunione') }}")
PERSONAL = LAYOUT.format("{{ commentkit.thread('riunione', title='Riunione', personal=True) }}")
TAGGED = LAYOUT.format('<script async src="/commentkit/embed.js" data-site="circolo"></script>')


@dataclass(frozen=True)
class Club:
    """A club's site that knows its members, and a blog elsewhere that has its own login."""

    home: str
    blog: str


def member() -> HostUser | None:
    """Know members by the club's own cookie."""
    who = PEOPLE.get(request.cookies.get("member", ""))
    return replace(who, signed_in_at=datetime.now(UTC)) if who else None


def create_club(home: str, folder: Path) -> Flask:
    """Make the club's app, with two ways to mount the section."""
    app = Flask("club", instance_path=str(folder))
    app.config.update(
        SECRET_KEY="a secret of the club",
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        COMMENTKIT_PUBLIC_URL=home,
        COMMENTKIT_SITE="circolo",
        COMMENTKIT_DATABASE_URL=f"sqlite:///{folder / 'club.sqlite'}",
        COMMENTKIT_LIMITS=WIDE_LIMITS,
        COMMENTKIT_DELIVERY_THREAD=False,
    )
    doors = {"login_url": "/log-in?to={page}", "logout_url": "/log-out"}
    CommentKit(current_user=member, **doors).init_app(app)
    pages = {"/inlined": INLINED, "/personal": PERSONAL, "/tagged": TAGGED}
    for path, page in pages.items():
        app.add_url_rule(path, path, lambda page=page: render_template_string(page))

    @app.get("/log-in")
    def log_in() -> Response:
        answer = redirect(request.args.get("to", "/inlined"))
        answer.set_cookie("member", request.args.get("as", "anna"), httponly=True, samesite="Lax")
        return answer

    @app.get("/log-out")
    def log_out() -> Response:
        answer = redirect("/inlined")
        answer.delete_cookie("member")
        return answer

    return app


def create_blog(club: str) -> Flask:
    """Make the blog elsewhere: its server knows who is there, and signs it."""
    app = Flask("blog")

    @app.get("/post")
    def post() -> str:
        who = PEOPLE.get(request.args.get("as", ""))
        user = f' data-user="{statement(who, club)}"' if who else ' data-user=""'
        tag = f'<script async src="{club}/commentkit/embed.js" data-site="circolo"{user}></script>'
        return LAYOUT.format(tag)

    return app


def statement(who: HostUser, club: str) -> str:
    """Sign who is there, as docs say."""
    now = int(time.time())
    claims = {"iss": "circolo", "aud": club, "sub": f"blog-{who.id}", "name": who.name}
    claims |= {"iat": now, "exp": now + 300, "jti": ids.new_secret()}  # type: ignore[dict-item]
    parts = [{"alg": "HS256", "kid": "blog", "typ": "JWT"}, claims]
    over = ".".join(ids.base64url(json.dumps(part).encode()) for part in parts)
    return f"{over}.{ids.base64url(hmac.digest(SECRET.encode(), over.encode(), hashlib.sha256))}"


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    """Both, running."""
    here, there, spare = three_in_a_row()
    spare.close()
    home = f"http://127.0.0.1:{here.getsockname()[1]}"
    blog = f"http://localhost:{there.getsockname()[1]}"
    app = create_club(home, tmp_path_factory.mktemp("club"))
    kit = app.extensions["commentkit"]
    upgrade(kit.database.engine)
    with kit.database.begin() as db:
        site = sites.add(
            db,
            name="circolo",
            title="Il circolo",
            language="it",
            origins=[home, blog],
            rules=SiteRules(hold="nobody", login_url=f"{blog}/post?as=anna"),
            now=kit.clock(),
        )
        key = HostKey("blog", HS256, SECRET)
        secret_key = kit.settings.secret_key
        host_keys.keep(db, key, site_id=site.id, secret_key=secret_key, now=kit.clock())
    with serving({here: app, there: create_blog(home)}):
        yield Club(home, blog)


def signed_in_as(section: Section, name: str) -> None:
    """Expect the form of somebody whom the site itself knows."""
    section.in_state("signed-in")
    expect(section.identity).to_contain_text(name)
    expect(section.identity).to_contain_text("Stai commentando con il tuo account su questo sito.")


@pytest.mark.parametrize("mount", ["inlined", "tagged"])
def test_members_are_known_without_a_press(mount: str, club: Club, italian: BrowserContext) -> None:
    place = f"{club.home}/{mount}"
    section = Section.open(italian.new_page(), place)
    section.write("Una bozza da socio")
    section.in_state("signed-out")
    section.identity.get_by_role("link", name=DOOR).click()
    signed_in_as(section, "Anna Bianchi")
    section.keeps("Una bozza da socio")
    section.text.click()
    text = f"Ci sono anch'io, da {mount}"
    section.text.fill(text)
    section.submit.click()
    expect(section.comment(text)).to_contain_text("Anna Bianchi")
    section.page.goto(f"{club.home}/log-in?as=luca&to=/{mount}")
    signed_in_as(section, "Luca Greco")
    section.text.click()
    section.identity.get_by_role("link", name="Chiudi sessione").click()
    section.page.goto(place)
    section.in_state("signed-out")
    expect(section.comment(text)).to_contain_text("Anna Bianchi")


def test_members_have_an_account_page(club: Club, italian: BrowserContext) -> None:
    section = Section.open(italian.new_page(), f"{club.home}/inlined")
    section.write("Da scaricare e poi da cancellare")
    section.identity.get_by_role("link", name=DOOR).click()
    signed_in_as(section, "Anna Bianchi")
    section.submit.click()
    said = section.comment("Da scaricare e poi da cancellare")
    expect(said).to_contain_text("Anna Bianchi")
    section.text.click()
    with section.page.expect_popup() as opened:
        section.identity.get_by_role("link", name="Il tuo account").click()
    account = opened.value
    expect(account.locator("main")).to_contain_text("Il tuo account su questo sito")
    with account.expect_download() as kept:
        account.get_by_role("button", name="Scarica").click()
    assert "Da scaricare" in kept.value.path().read_text()
    account.get_by_role("button", name="Cancella il mio account").click()
    account.get_by_role("button", name="Continua").click()
    account.get_by_role("checkbox").check()
    account.get_by_role("button", name="Cancella il mio account").click()
    expect(account.locator("main")).to_contain_text("Il tuo account è cancellato.")
    section.page.reload()
    expect(said).to_have_count(0)


def test_members_are_known_without_scripts(club: Club, plain_page: Page) -> None:
    plain_page.goto(f"{club.home}/log-in?as=anna&to=/personal")
    section = Section(plain_page, scripts=False)
    text = "Scritto senza script"
    expect(section.identity).to_contain_text("Anna Bianchi")
    section.text.fill(text)
    section.submit.click()
    expect(section.comment(text)).to_contain_text("Anna Bianchi")


def test_another_sites_users_come_by_its_word(club: Club, italian: BrowserContext) -> None:
    section = Section.open(italian.new_page(), f"{club.blog}/post?as=anna")
    signed_in_as(section, "Anna Bianchi")
    section.write("Dal blog, con il nome di casa")
    section.submit.click()
    expect(section.comment("Dal blog, con il nome di casa")).to_contain_text("Anna Bianchi")
    section.page.goto(f"{club.blog}/post?as=luca")
    signed_in_as(section, "Luca Greco")
    section.page.goto(f"{club.blog}/post")
    section.in_state("signed-out")
    section.text.click()
    section.identity.get_by_role("link", name=DOOR).click()
    signed_in_as(section, "Anna Bianchi")
