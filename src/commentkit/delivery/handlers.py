"""Which handler delivers which kind of parcel, where e-mail is set up."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from commentkit.delivery import wishes
from commentkit.delivery.links import Links
from commentkit.delivery.parcels import Handler
from commentkit.limits import Limiter
from commentkit.model import Database
from commentkit.settings import Settings, impossible

if TYPE_CHECKING:
    from commentkit.delivery.mail import Renders


def handlers_of(
    settings: Settings,
    *,
    database: Database,
    renderer: "Renders",
    links: Links,
    clock: Callable[[], datetime],
    limiter: Limiter,
) -> Mapping[str, Handler]:
    """Return the handlers by kind of parcel; none where e-mail is not set up.

    Raises `SettingsError` for a server or a sender that cannot work.
    """
    if not settings.smtp_url:
        return {}
    # Letters, TLS and SMTP are for who sends any.
    from commentkit.delivery.fanout import FanOut
    from commentkit.delivery.mail import EmailHandler, Mailer
    from commentkit.delivery.message import address
    from commentkit.delivery.transport import transport

    _demand(transport, "smtp_url", settings.smtp_url)
    _demand(address, "mail_from", settings.mail_from)
    mailer = Mailer(settings.smtp_url, sender=settings.mail_from, host=links.host)
    return {
        "email": EmailHandler(database, mailer, renderer, links, clock, limiter),
        "fan_out": FanOut(database),
        wishes.KIND: wishes.Wishes(database, clock),
    }


def _demand(read: Callable[[str], object], name: str, value: str) -> None:
    try:
        read(value)
    except ValueError as error:
        raise impossible(name, value) from error
