"""Run the demo: migrate, fill, serve three sites, say where they are, stop on Ctrl-C."""

import os
import secrets
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask

from commentkit.migrations import upgrade
from commentkit.signin.provider import Provider
from commentkit.signin.providers.facebook import Facebook
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.wordpress import WordPress
from commentkit.signin.providers.x import X
from commentkit.testing.identity_services import create_app as create_identity_services
from commentkit.testing.identity_services.clients import demo_client

from . import flask_site
from .addresses import Addresses, BadAddressError, read_addresses
from .blog import create_blog
from .conversations import NOTEBOOK
from .seed import seed
from .servers import PortTakenError, claim, serving


def main() -> int:
    """Run until Ctrl-C; return the exit code."""
    try:
        addresses = read_addresses(os.environ)
        listeners = claim([addresses.port, addresses.port + 1, addresses.port + 2])
    except BadAddressError as error:
        print(error, file=sys.stderr)
        return 2
    except PortTakenError as error:
        print(
            f"{error} Stop that program, or move the demo's three sites: PORT=9000 make demo",
            file=sys.stderr,
        )
        return 1
    folder = Path("var") / addresses.folder_name
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    apps = (
        create_site(addresses, folder, os.environ),
        create_blog(addresses),
        create_identity_services(),
    )
    with serving(dict(zip(listeners, apps, strict=True))):
        announce(addresses, folder)
        stopping.wait()
    print("\nStopped.")
    return 0


def create_site(
    addresses: Addresses,
    folder: Path,
    environ: Mapping[str, str],
    *,
    more: Mapping[str, Any] | None = None,
    also: Sequence[Provider] = (),
) -> Flask:
    """Make the Flask site over its migrated and filled database.

    `more` are further settings, `also` further providers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    app = flask_site.create_app(
        {**configuration(addresses, folder, environ), **(more or {})},
        providers=[*providers(addresses, environ), *also],
        articles=folder / "site.sqlite",
    )
    database = app.extensions["commentkit"].database
    upgrade(database.engine)
    seed(database, addresses, now=datetime.now(UTC))
    return app


def configuration(addresses: Addresses, folder: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Choose the settings; credentials of real providers pass through from the environment."""
    folder = folder.resolve()
    credentials = {name: value for name, value in environ.items() if _is_credential(name)}
    return credentials | {
        "SECRET_KEY": _secret_key(folder / "secret-key"),
        "COMMENTKIT_PUBLIC_URL": addresses.flask_site,
        "COMMENTKIT_SITE": NOTEBOOK,
        "COMMENTKIT_DATABASE_URL": f"sqlite:///{folder / 'comments.sqlite'}",
        "COMMENTKIT_SMTP_URL": (folder / "mail").as_uri().replace("file:", "folder:"),
        "COMMENTKIT_MAIL_FROM": "Commenti <commenti@example.org>",
        "COMMENTKIT_LAYOUT": "comments.html",
        "COMMENTKIT_LOOPBACK_SERVICES": True,
    }


def _is_credential(name: str) -> bool:
    return name.startswith("COMMENTKIT_") and name.endswith(("_CLIENT_ID", "_CLIENT_SECRET"))


def _secret_key(file: Path) -> str:
    """Keep one key a checkout, so that a restart breaks no link."""
    if not file.exists():
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def providers(addresses: Addresses, environ: Mapping[str, str]) -> list[Provider]:
    """Offer the four; each real where the environment has its credentials, else ours."""
    services = addresses.identity
    pairs: list[tuple[Provider, Provider]] = [
        (WordPress(), WordPress(base_url=f"{services}/wordpress")),
        (X(), X(authorize_base=f"{services}/x", api_base=f"{services}/x")),
        (
            Facebook(),
            Facebook(www_base=f"{services}/facebook", graph_base=f"{services}/facebook"),
        ),
        (Google(), Google(issuer=f"{services}/google")),
    ]
    return [_real(real, environ) or _ours(ours) for real, ours in pairs]


def _real(provider: Provider, environ: Mapping[str, str]) -> Provider | None:
    prefix = f"COMMENTKIT_{provider.name.upper()}_CLIENT_"
    if prefix + "ID" in environ and prefix + "SECRET" in environ:
        return provider.with_credentials(environ[prefix + "ID"], environ[prefix + "SECRET"])
    return None


def _ours(provider: Provider) -> Provider:
    client = demo_client(provider.name)
    return provider.with_credentials(client.client_id, client.client_secret)


def announce(addresses: Addresses, folder: Path) -> None:
    """Say where everything is."""
    print(
        f"""
  A Flask site with its article     {addresses.flask_site}/
  A static blog, one script tag     {addresses.blog}/
  Identity services to sign in at   {addresses.identity}/

  E-mail lands in {folder / "mail"}; everything is kept in {folder}.
  Ctrl-C stops it.
""",
        flush=True,
    )
