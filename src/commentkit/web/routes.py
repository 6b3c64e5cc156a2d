"""Every address of the blueprint, with who it is for."""

from flask import Blueprint

from commentkit.signin.flow import CLIENT_DOCUMENT
from commentkit.signin.provider import MARK_CHARS
from commentkit.web import (
    api,
    assets,
    backchannel,
    callback,
    claiming,
    fragments,
    guest_picture,
    host_token,
    logged_out,
    mail,
    own_page,
    pages,
    servers,
    signin,
    way_home,
)
from commentkit.web.account import changing, leaving
from commentkit.web.account import page as account_page
from commentkit.web.doors import Audience, Doors
from commentkit.web.health import health
from commentkit.web.kit import Kit


def add_routes(blueprint: Blueprint, kit: Kit) -> None:
    """Open every door of the comment server."""
    doors = Doors(blueprint, kit)
    _public(doors)
    _personal(doors)
    _windows(doors)
    _pages(doors)
    doors.close()


def _public(doors: Doors) -> None:
    public = Audience.PUBLIC
    doors.open("/health", health, audience=public)
    doors.open(CLIENT_DOCUMENT, servers.client_document, audience=public)
    doors.open("/embed.js", assets.embed, audience=public)
    doors.open("/static/<string(length=16):digest>/<name>", assets.static, audience=public)
    doors.open("/<site>/thread", fragments.thread, audience=public, kept=True)
    doors.open("/<site>/replies/<root>", fragments.replies, audience=public, kept=True)
    doors.open("/<site>/counts", fragments.counts, audience=public, kept=True)
    doors.open("/<site>/pictures/<number>", fragments.picture, audience=public)


def _personal(doors: Doors) -> None:
    personal = Audience.PERSONAL
    post, one = ("POST",), "/<site>/comments/<number>"
    doors.open("/<site>/viewer", api.viewer, audience=personal)
    doors.open("/<site>/comments", api.post, audience=personal, methods=post)
    doors.open(one, api.edit, audience=personal, methods=("PATCH",))
    doors.open(one, api.delete, audience=personal, methods=("DELETE",))
    doors.open(f"{one}/source", api.source, audience=personal)
    doors.open("/<site>/guest-picture", guest_picture.find, audience=personal, methods=post)
    doors.open("/<site>/probe", api.set_probe, audience=personal, methods=post)
    doors.open("/<site>/probe", api.read_probe, audience=personal)
    doors.open("/<site>/sign-in/redeem", api.redeem, audience=personal, methods=post)
    doors.open("/<site>/host-user", host_token.exchange, audience=personal, methods=post)
    doors.open("/<site>/sign-out", api.sign_out, audience=personal, methods=post)
    doors.open("/<site>/identity", api.use_identity, audience=personal, methods=post)


def _windows(doors: Doors) -> None:
    popup, both = Audience.POPUP, ("GET", "POST")
    doors.open("/<site>/sign-in/<provider>", signin.begin, audience=popup)
    doors.open("/callback/<provider>", callback.take, audience=popup, methods=both)
    server = f"/callback/<provider>/<string(length={MARK_CHARS}):server>"
    doors.open(server, callback.take_of_server, audience=popup)
    doors.open("/callback/<provider>/page", own_page.page, audience=popup, methods=both)
    doors.open("/logged-out/<provider>", logged_out.page, audience=popup)
    logout = "/backchannel-logout/<provider>"
    doors.open(logout, backchannel.logged_out, audience=Audience.SERVER, methods=("POST",))
    doors.open("/<site>/mail/confirm", mail.confirm, audience=popup, methods=both)
    doors.open("/<site>/mail/unsubscribe", mail.unsubscribe, audience=popup, methods=both)


def _pages(doors: Doors) -> None:
    page, post, again = Audience.PAGE, ("POST",), pages.again
    doors.open("/<site>/sign-in/continue", way_home.go_on, audience=page, methods=post)
    server = "/<site>/sign-in/<provider>/server"
    doors.open(server, signin.choose_server, audience=page, methods=post)
    doors.open(server, signin.ask_again, audience=page)
    doors.open("/<site>/page", pages.show, audience=page, again=pages.show_again)
    for verb, view in (
        ("comments", pages.post),
        ("delete", pages.delete),
        ("sign-in", pages.sign_in),
        ("sign-out", pages.sign_out),
        ("change", pages.change),
        ("identity", pages.use_identity),
        ("claim", pages.claim),
    ):
        doors.open(f"/<site>/page/{verb}", view, audience=page, methods=post, again=again)
    _account(doors)
    doors.open("/<site>/page/edit", pages.edit, audience=page, methods=post, again=pages.edit_again)


def _account(doors: Doors) -> None:
    page, post, again = Audience.PAGE, ("POST",), account_page.again
    doors.open("/<site>/account", account_page.show, audience=page)
    doors.open("/<site>/account/comments", account_page.comments, audience=page, again=again)
    both, ask_again = ("GET", "POST"), claiming.again
    doors.open("/<site>/account/claimed", claiming.claimed, audience=page, methods=both)
    claim = "/<site>/account/claim"
    doors.open(claim, claiming.ask, audience=page)
    doors.open(claim, claiming.send, audience=page, methods=post, again=ask_again)
    verbs = (
        ("sign-in", changing.sign_in),
        ("link", changing.link),
        ("unlink", changing.unlink),
        ("merge", changing.merge),
        ("undo", changing.undo),
        ("use", changing.use),
        ("download", leaving.download),
        ("erase", leaving.erase),
    )
    ends = (("end", changing.end), ("end-everywhere", changing.end_everywhere))
    for verb, view in (*verbs, *ends):
        doors.open(f"/<site>/account/{verb}", view, audience=page, methods=post, again=again)
    for those, opened in ((verbs, account_page.instead), (ends, account_page.refuse)):
        named = ", ".join(f'"{verb}"' for verb, _ in those)
        doors.open(f"/<site>/account/<any({named}):verb>", opened, audience=page)
