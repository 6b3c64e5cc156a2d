"""The host's own users: asked of the app that we live in, or told by another site's server."""

from dataclasses import replace
from typing import Literal
from urllib.parse import urljoin

from sqlalchemy.orm import Session

from commentkit.model import Identity
from commentkit.model.database import Asked
from commentkit.people import host_users, pictures
from commentkit.people.host_users import AT_HOST, HostUser, Kept, Teller
from commentkit.people.viewer import HOST, SSO, Viewer
from commentkit.settings import Settings
from commentkit.sites import KnownSite
from commentkit.view import LoginView
from commentkit.web.call import Call
from commentkit.web.kit import Kit


def asks(kit: Kit, site: KnownSite) -> bool:
    """Tell whether the host knows people on this site: one of its pages is at home here."""
    here = kit.host_users is not None and kit.settings.origin in site.origins
    return here and HOST not in site.rules.retired


def asked(kit: Kit, site: KnownSite, origin: str) -> HostUser | None:
    """Ask the host who makes this request, where its own cookies came along.

    Outside any transaction: the host may look into its own tables, or write there.
    """
    return named(kit) if origin == kit.settings.origin and asks(kit, site) else None


def named(kit: Kit) -> HostUser | None:
    """Ask the host who makes this request; raises `TypeError` for an answer of another kind."""
    user = kit.host_users.current() if kit.host_users is not None else None
    if user is None:
        return None
    if not isinstance(user, HostUser):
        raise TypeError("current_user must return a commentkit.HostUser or None")
    return replace(
        user,
        picture=_absolute(kit.settings, user.picture),
        profile_url=_absolute(kit.settings, user.profile_url),
    )


def _absolute(settings: Settings, address: str | None) -> str | None:
    return urljoin(f"{settings.public_url}/", address) if address else None


Where = Literal["home", "elsewhere", "anywhere"]
"""Which pages of a site: those of the app that we live in, all others, or any of them."""


def where(call: Call) -> Where:
    """Tell where the page is that makes a personal call."""
    return "home" if call.own_origin and asks(call.kit, call.site) else "elsewhere"


def logins(call: Call, at: Where) -> tuple[LoginView, ...]:
    """Return where people log in with an account of the site itself: never said by a request."""
    asking, users = asks(call.kit, call.site), call.kit.host_users
    ours = users.login_url if users is not None and asking else None
    theirs = call.site.rules.login_url if SSO not in call.site.rules.retired else None
    doors = {"home": ours, "elsewhere": theirs}
    return tuple(
        LoginView(
            site=call.site.title,
            url=url,
            place=place if asking and at == "anywhere" else "",
        )
        for place, url in doors.items()
        if url and at in (place, "anywhere")
    )


def loopback(settings: Settings) -> bool:
    """Tell whether addresses on this machine may be shown: we are reached there ourselves."""
    return settings.loopback_services or not settings.secure


def viewer(call: Call, db: Asked, user: HostUser) -> Viewer:
    """Return the person whom the host names."""
    kept = host_users.find(db, site_id=call.site.id, user=user, teller=AT_HOST)
    return _seen(call, user, kept)


def _seen(call: Call, user: HostUser, kept: Kept | None) -> Viewer:
    return host_users.viewer(
        kept,
        site_id=call.site.id,
        user=user,
        origin=call.origin,
        loopback=loopback(call.kit.settings),
    )


def settled(call: Call, seen: Viewer) -> Viewer:
    """Store the person whom the host names, where they are about to write; others stay as is."""
    user = call.host_user
    if user is None or not seen.of_host:
        return seen
    with call.kit.database.look() as db:
        kept = host_users.find(db, site_id=call.site.id, user=user, teller=AT_HOST)
    if is_current(call, user, AT_HOST, kept):
        return _seen(call, user, kept)
    picture = look_at_picture(call, user)

    def store(db: Session) -> Viewer:
        keep(call, db, user, AT_HOST, picture)
        return viewer(call, db, user)

    return call.kit.database.write(store, repeatable=True)


def is_current(call: Call, user: HostUser, teller: Teller, kept: Kept | None) -> bool:
    """Tell whether nothing has to be stored of a person, nor their picture fetched."""
    told = host_users.vouched(user, teller=teller, loopback=loopback(call.kit.settings))
    return host_users.is_current(kept, told, now=call.now)


def look_at_picture(call: Call, user: HostUser) -> tuple[str, bytes] | None:
    """Fetch a person's picture; initials are shown where there is none."""
    return pictures.fetch(call.kit.services.http, user.picture) if user.picture else None


def keep(
    call: Call,
    db: Session,
    user: HostUser,
    teller: Teller,
    picture: tuple[str, bytes] | None,
) -> Identity:
    """Store a person as the host describes them today."""
    return host_users.keep(
        db,
        site_id=call.site.id,
        user=user,
        teller=teller,
        picture=picture,
        loopback=loopback(call.kit.settings),
        now=call.now,
    )
