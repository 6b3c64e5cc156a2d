"""What the sign-in tests share: a scripted provider, and what to look at."""

import base64
import hashlib
from collections.abc import Callable

import widget_fragments as fragments
from playwright.sync_api import Page
from widget_server import SITE, Answer, Asked, Reply
from widget_world import World

START = f"{SITE}/sign-in/google"
REDEEM = f"{SITE}/sign-in/redeem"


def popup_page(
    asked: Asked, *, ticket: str = "TICKET", aid: str = "", code: str = "", message: str = ""
) -> str:
    """The last page of the sign-in window."""
    return fragments.canned(
        "popup.html",
        aid=aid or asked.query["aid"],
        origin=asked.query["origin"],
        ticket=ticket,
        code=code,
        message=message,
    )


def delivers(**details: str) -> Callable[[Asked], Answer]:
    """A provider that answers at once."""
    return lambda asked: Answer(popup_page(asked, **details))


def redeemed(token: str | None = None) -> Answer:
    """The server's answer to a ticket."""
    return Answer({"token": token, "viewer": fragments.viewer("signed-in")})


def refused(code: str, status: int, message: str = "", field: str | None = None) -> Answer:
    """An error as the contract has it."""
    error = {"code": code, "message": message, "field": field}
    return Answer({"error": error, "errors": [error]}, status)


def script(world: World, start: Reply, redeem: Reply | None = None) -> None:
    """Say what happens at the provider and with the ticket."""
    world.server.table[START] = start
    world.server.table[REDEEM] = redeem or redeemed()


def press(world: World) -> Page:
    """Write something and press a provider's button."""
    world.textarea.fill("What I typed")
    with world.page.expect_popup() as popup:
        world.provider("google").click()
    return popup.value


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, section 4.2)."""
    return (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    )


def stored(world: World) -> str | None:
    """What stands where a token would."""
    key = f"commentkit:{world.server.origin}/commentkit:blog"
    return world.page.evaluate("key => localStorage.getItem(key)", key)


def signed_in_before(world: World, value: str = "1") -> None:
    """A browser that was signed in here when it last left."""
    key = f"commentkit:{world.server.origin}/commentkit:blog"
    world.context.add_init_script(
        f"if (location.origin === '{world.site.origin}' && !sessionStorage.been) {{"
        f" sessionStorage.been = 1; localStorage.setItem('{key}', '{value}'); }}"
    )
    world.server.table[f"{SITE}/viewer"] = lambda asked: Answer(
        fragments.viewer("changing" if asked.query.get("state") == "changing" else "signed-in")
    )


def broadcast(world: World, aid: str) -> Page:
    """A page of the site's origin that brings a ticket, as the way home without an opener does."""
    home = world.context.new_page()
    home.goto(world.site.page("/empty", ""))
    home.evaluate(
        "aid => new Promise(done => { const c = new BroadcastChannel('commentkit');"
        " c.onmessage = e => e.data.received && done(); c.postMessage({aid, ticket: 'BY-AIR'}) })",
        aid,
    )
    return home
