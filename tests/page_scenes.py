"""Every whole page of ours, rendered; `python tests/page_scenes.py FOLDER` takes pictures of it."""

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from look_scenes import LOGIN, PROVIDERS, STATIC, held

from commentkit.errors import ERRORS
from commentkit.people.host_users import HostUsers
from commentkit.render import Renderer
from commentkit.view import (
    AccountClaimedPage,
    AccountClaimPage,
    AccountCommentsPage,
    AccountLinks,
    AccountPage,
    AccountQuestionPage,
    AccountSignInPage,
    Assets,
    ChangeView,
    ClaimedAuthor,
    ConnectingPage,
    DeletePage,
    ErrorPage,
    InstancePage,
    LoggedOutPage,
    OtherAccount,
    OwnComment,
    OwnIdentity,
    OwnPageView,
    ProviderView,
    SignedInAt,
    SignedInPage,
    SignInFailedPage,
    SubscriptionPage,
    own_views,
    person_view,
)

ASSETS = Assets(
    style="commentkit.css",
    script="section.js",
    page_style="page.css",
    popup_script="popup.js",
    icon="icon.svg",
)
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
SENT = "If comments were written here with that address, a letter is on its way to it."
UNSURE = "Tick the box first: what is erased cannot be brought back."
LONG = "Maria Annunziata Bartolomea de' Precipitevolissimevolmente-Supercalifragilis di Sant'Elia"
TITLE = "Appunti di lavoro"
DIGEST = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
MESSAGE = f"""comments.example.org wants you to sign in with your Ethereum account:
0x52908400098527886E0F7030069857D2E4169EE7

URI: https://comments.example.org/commentkit/callback/ethereum/page
Version: 1
Chain ID: 1
Nonce: {DIGEST[:32]}
Issued At: 2026-11-22T18:30:00Z"""


@dataclass(frozen=True)
class PageScene:
    """One page, by the name of what it shows."""

    name: str
    html: str


WROTE = {"at": NOW, "title": "A page", "excerpt": "Its first words"}


def many(count: int) -> tuple[ProviderView, ...]:
    """The four, and as many as it takes."""
    others = (
        ProviderView(
            name=name, label=label, icon=f"{name}.svg", picture_alt="Photo", account_choice=True
        )
        for name, label in (
            ("github", "GitHub"),
            ("gitlab", "GitLab"),
            ("microsoft", "Microsoft"),
            ("mastodon", "Mastodon"),
            ("bluesky", "Bluesky"),
            ("discord", "Discord"),
            ("linkedin", "LinkedIn"),
            ("slack", "Slack"),
            ("twitch", "Twitch"),
            ("telegram", "Telegram"),
            ("line", "LINE"),
            ("kakao", "Kakao"),
            ("yahoo", "Yahoo"),
            ("yandex", "Yandex"),
            ("naver", "Naver"),
            ("paypal", "PayPal"),
            ("amazon", "Amazon"),
            ("patreon", "Patreon"),
            ("stackexchange", "Stack Exchange"),
            ("steam", "Steam"),
            ("wikimedia", "Wikimedia"),
            ("openstreetmap", "OpenStreetMap"),
            ("orcid", "ORCID"),
            ("indieauth", "IndieAuth"),
            ("university", "Università degli Studi di Reggio nell'Emilia"),
            ("email", "E-mail"),
        )
    )
    return (*PROVIDERS, *others)[:count]


@cache
def scenes(language: str = "it") -> list[PageScene]:
    """Every page: as it comes, refused, empty, and with more than anybody has."""
    renderer = Renderer()
    return [
        PageScene(name, str(renderer.render(template, language=language, view=view)))
        for name, (template, view) in _pages(renderer, language).items()
    ]


def templates() -> set[str]:
    """Give the templates that are shown."""
    return {template for template, _ in _pages(Renderer(), "en").values()}


def _pages(renderer, language):
    def said(what, **values):
        message = ERRORS[what].message if what in ERRORS else what
        return renderer.gettext(language, message, values)

    return {**_windows(said), **_letters(said), **_account(said, language)}


def _own(shown, said=None, **page):
    errors = {field: said(code) for field, code in page.pop("errors", {}).items()}
    return f"own/{shown}.html", OwnPageView(
        assets=ASSETS,
        site_title=TITLE,
        provider=page.pop("provider", "E-mail"),
        action_url="/callback/own/page?state=one",
        state="state",
        script="own.js",
        page=page,
        errors=errors,
        typed=page.pop("typed", {}),
    )


def _windows(said):
    """The window of a sign-in."""
    person = person_view("Anna Bianchi", seed=1, provider="WordPress.com")
    long = person_view(LONG, seed=3, provider="Università degli Studi di Reggio nell'Emilia")
    signed_in = {
        "assets": ASSETS,
        "aid": "a",
        "origin": "https://blog.example.org",
        "continue_url": "/continue",
        "hidden": (("attempt", "1"),),
    }
    destination = "https://blog.example.org/2013/04/social-media-manager"
    asked = {
        "assets": ASSETS,
        "site_title": TITLE,
        "provider": "Mastodon",
        "label": "Your Mastodon server, or your handle",
        "example": "@anna@mastodon.social",
        "action_url": "/server",
        "hidden": (),
    }
    failed = {
        "assets": ASSETS,
        "site_title": TITLE,
        "aid": "a",
        "origin": "https://blog.example.org",
        "code": "sign_in_cancelled",
        "message": said("sign_in_cancelled"),
        "back_url": destination,
    }
    key = {"challenge": "", "host": "", "handle": "", "milliseconds": 1, "provider": "Passkey"}
    letter = {"address": "anna.bianchi@example.org"}
    return {
        "on the way": (
            "signin_connecting.html",
            ConnectingPage(
                assets=ASSETS,
                site_title=TITLE,
                provider="WordPress.com",
                url="about:blank",
                back_url="/",
            ),
        ),
        "which server": ("signin_instance.html", InstancePage(**asked, typed="")),
        "which server, refused": (
            "signin_instance.html",
            InstancePage(
                **asked,
                typed="mastodon.invalid",
                error=said("instance_unusable", provider="Mastodon"),
                back_url="/",
            ),
        ),
        "continue": (
            "signin_continue.html",
            SignedInPage(**signed_in, site_title=TITLE, person=person, destination=destination),
        ),
        "delivered": (
            "signin_delivered.html",
            SignedInPage(**signed_in, site_title=TITLE, person=person, destination=destination),
        ),
        "delivered, no way back": (
            "signin_delivered.html",
            SignedInPage(**signed_in, site_title=TITLE, person=person),
        ),
        "continue, long names": (
            "signin_continue.html",
            SignedInPage(
                **signed_in,
                site_title=f"{TITLE}, pensieri e altre cose di un gruppo di amici",
                person=long,
                destination=f"{destination}/{DIGEST}",
            ),
        ),
        "failed": ("signin_failed.html", SignInFailedPage(**failed)),
        "failed, alone": ("signin_failed.html", SignInFailedPage(**failed, alone=True)),
        "address": _own("address"),
        "address, refused": _own(
            "address",
            said,
            typed={"email": "anna@", "name": ""},
            errors={
                "email": "email_invalid",
                "name": "name_required",
            },
        ),
        "code": _own("code", more=True, **letter),
        "code, refused": _own("code", said, more=True, errors={"code": "code_wrong"}, **letter),
        "opened": _own("opened", proof="p", **letter),
        "elsewhere": ("own/elsewhere.html", {"assets": ASSETS, "provider": "E-mail"}),
        "passkey": _own("key", **key),
        "wallet": _own("wallet", provider="Ethereum"),
        "wallet's message": _own("message", provider="Ethereum", address="0x", message=MESSAGE),
        "logged out": ("logged_out.html", LoggedOutPage(assets=ASSETS, provider="Keycloak")),
    }


def _letters(said):
    """What letters lead to, and what stands alone."""
    asked = {
        "assets": ASSETS,
        "subject": "La parte più difficile",
        "email": "anna.bianchi@example.org",
        "action_url": "/mail",
        "back_url": "/",
    }
    confirm, stop = "subscription/confirm.html", "subscription/unsubscribe.html"
    return {
        "confirm": (confirm, SubscriptionPage(**asked)),
        "confirmed": (confirm, SubscriptionPage(**asked, done=True)),
        "unsubscribe": (stop, SubscriptionPage(**asked)),
        "unsubscribed": (stop, SubscriptionPage(**asked, done=True)),
        "delete": (
            "delete.html",
            DeletePage(
                assets=ASSETS,
                excerpt="Secondo me la parte più difficile è farsi capire.",
                action_url="/delete",
                hidden=(),
                back_url="/",
            ),
        ),
        "error": (
            "error.html",
            ErrorPage(assets=ASSETS, code="not_found", message=said("not_found")),
        ),
        "error, with what was typed": (
            "error.html",
            ErrorPage(
                assets=ASSETS,
                code="internal",
                message=said("internal"),
                back_url="/",
                typed="Secondo me la parte più difficile è farsi capire.\n\n" * 3,
            ),
        ),
    }


def _account(said, language):
    """One's own account."""
    anna, luca = held(1, "Anna Bianchi", 0), held(4, "@annab", 1)
    elder = held(9, LONG, 2)
    providers = many(30)
    page = {
        "assets": ASSETS,
        "links": AccountLinks(endpoint="/commentkit/blog", language=language),
        "site_title": TITLE,
    }
    own = OwnIdentity(held=anna, since=NOW)
    guest = OwnIdentity(held=held(12, "Anna", 0), since=NOW, guest=True)
    here = SignedInAt(id=1, place="https://comments.example.org", used_at=NOW, here=True)
    there = SignedInAt(id=2, place="https://blog.example.org", used_at=NOW, here=False)
    account = {**page, "account_id": 1, "person": anna, "claims": True}
    at_host = own_views(HostUsers(current=lambda: None, logout_url="/log-out"))["host"]
    member = replace(anna, provider=at_host)
    question = {**page, "hidden": {}, "mine": anna}
    comment = OwnComment(
        url="/c", title="La parte più difficile", excerpt="Farsi capire. " * 9, at=NOW, pending=True
    )
    return {
        "account": (
            "account.html",
            AccountPage(
                **account,
                role="member",
                identities=(own,),
                others=(),
                signed_in_at=(here,),
                changes=(),
                providers=PROVIDERS,
                keeps_comments=False,
                notice=said("It is undone."),
            ),
        ),
        "account, full": (
            "account.html",
            AccountPage(
                **account,
                role="owner",
                identities=(
                    own,
                    OwnIdentity(held=luca, since=NOW, removable=False),
                    OwnIdentity(held=elder, since=NOW, ended=True),
                    guest,
                ),
                others=(OtherAccount(id=7, held=held(7, "אביגיל כהן", 3)),),
                signed_in_at=(here, there),
                changes=(
                    ChangeView(id=1, kind="unlink", names="@annab (X)", at=NOW, until=NOW),
                    ChangeView(id=2, kind="merge", names=f"{LONG} (Facebook)", at=NOW, until=NOW),
                ),
                providers=providers,
                keeps_comments=True,
                problem=said("identity_taken"),
            ),
        ),
        "account, signed out": (
            "account_sign_in.html",
            AccountSignInPage(**page, providers=PROVIDERS, back_url="/"),
        ),
        "account, signed out, 30 ways": (
            "account_sign_in.html",
            AccountSignInPage(**page, providers=providers, back_url="/"),
        ),
        "account, once more": (
            "account_sign_in.html",
            AccountSignInPage(
                **page,
                providers=providers,
                known=(own, OwnIdentity(held=elder, since=NOW)),
                again=True,
                back_url="/",
            ),
        ),
        "account, signed out, own door": (
            "account_sign_in.html",
            AccountSignInPage(**page, providers=PROVIDERS, logins=(LOGIN,), back_url="/"),
        ),
        "account at the host": (
            "account.html",
            AccountPage(
                **{**account, "person": member},
                role="member",
                identities=(OwnIdentity(held=member, since=NOW, removable=False),),
                others=(),
                signed_in_at=(there,),
                changes=(),
                providers=PROVIDERS,
                keeps_comments=False,
            ),
        ),
        "account at the host, nothing kept": (
            "account_sign_in.html",
            AccountSignInPage(**page, providers=PROVIDERS, at_host=True, back_url="/"),
        ),
        "account at the host, once more": (
            "account_sign_in.html",
            AccountSignInPage(
                **page, providers=(), logins=(LOGIN,), at_host=True, again=True, back_url="/"
            ),
        ),
        "account at the host, once more, no door": (
            "account_sign_in.html",
            AccountSignInPage(**page, providers=(), at_host=True, again=True, back_url="/"),
        ),
        "account's comments": (
            "account_comments.html",
            AccountCommentsPage(**page, comments=(comment, comment), more="/more"),
        ),
        "account's comments, none": (
            "account_comments.html",
            AccountCommentsPage(**page, comments=(), more=None),
        ),
        "claim": (
            "account_claim.html",
            AccountClaimPage(
                **page,
                notice=said(
                    "If comments were written here with that address, a letter is on its way to it."
                ),
            ),
        ),
        "claimed": (
            "account_claimed.html",
            AccountClaimedPage(
                **page,
                token="t",
                authors=(
                    ClaimedAuthor(id=1, name="Anna", provider="", comments=1, more=False, **WROTE),
                    ClaimedAuthor(
                        id=2, name=LONG, provider="Google+", comments=99, more=True, **WROTE
                    ),
                ),
                mine=anna,
            ),
        ),
        "claimed, signed out": (
            "account_claimed.html",
            AccountClaimedPage(
                **page,
                token="t",
                authors=(
                    ClaimedAuthor(id=1, name="Anna", provider="", comments=3, more=False, **WROTE),
                ),
                mine=None,
                providers=providers,
            ),
        ),
        "merge": ("account_merge.html", AccountQuestionPage(**question, other=elder, role="owner")),
        "erase": ("account_erase.html", AccountQuestionPage(**question)),
        "erase, last": (
            "account_erase.html",
            AccountQuestionPage(**question, last=True, problem=said(UNSURE)),
        ),
    }


def shown(scene: PageScene) -> str:
    """Give a page with its stylesheets inlined and without its scripts."""
    html = scene.html.replace('<meta http-equiv="refresh"', '<meta name="refresh"')
    for name in ("page.css", "commentkit.css"):
        style = f"<style>{(STATIC / name).read_text()}</style>"
        html = html.replace(f'<link rel="stylesheet" href="{name}">', style)
    return html


def _take_pictures(folder: Path) -> None:
    from browser_support import ARGUMENTS, find_chromium
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for width in (360, 760):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": 700},
                    color_scheme=scheme,  # type: ignore[arg-type]
                    has_touch=width < 400,
                    is_mobile=width < 400,
                )
                for scene in scenes():
                    page.set_content(shown(scene))
                    name = f"{scene.name.replace(' ', '-')}-{width}-{scheme}.png"
                    page.screenshot(path=folder / name, full_page=True)
        browser.close()


if __name__ == "__main__":
    _take_pictures(Path(sys.argv[1]))
