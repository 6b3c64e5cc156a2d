"""`site host-key`: the keys by which a site vouches for its own users."""

from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from commentkit.cli.common import kit_here, one_line, the_site
from commentkit.people import ending
from commentkit.people.viewer import SSO
from commentkit.signin import host_keys
from commentkit.signin.host_keys import DISQUS, EDDSA, HS256, HostKey, HostKeyError
from commentkit.web.kit import Kit

_FILE = click.Path(dir_okay=False, path_type=Path)
_MAX_CHARS = 10_000
_AT_ONCE = 500
"""People a transaction: visitors have the database too."""


@click.command("host-key")
@click.argument("name")
@click.option("--public-key", type=_FILE, help="Take the public half (PEM) of an Ed25519 pair.")
@click.option("--disqus-secret", type=_FILE, help="Take remote_auth_s3 with the secret in a file.")
@click.option("--list", "lists", is_flag=True, help="List the keys; no secret is shown.")
@click.option("--remove", metavar="KID", help="Forget a key: what it signs counts no more.")
@click.option("--sign-out", is_flag=True, help="End every sign-in that came by such a key.")
@with_appcontext
def host_key(
    name: str,
    public_key: Path | None,
    disqus_secret: Path | None,
    lists: bool,
    remove: str | None,
    sign_out: bool,
) -> None:
    """Make a key by which a site's server signs who its user is.

    Several count at once: make the next, use it, then remove the one before. Where one was stolen,
    remove it, then sign out whoever came by any.
    """
    if sum(map(bool, (public_key, disqus_secret, lists, remove, sign_out))) > 1:
        raise click.UsageError("Choose one option at a time.")
    kit = kit_here()
    with one_line():
        if lists:
            _list(kit, name)
        elif remove:
            _remove(kit, name, remove)
        elif sign_out:
            _sign_out(kit, name)
        elif disqus_secret:
            _keep(kit, name, HostKey("disqus", DISQUS, _read(disqus_secret)))
            click.echo(f"{name} takes Disqus's remote_auth_s3 now.")
        elif public_key:
            kid, _ = host_keys.new_secret()
            _keep(kit, name, HostKey(kid, EDDSA, _read(public_key)))
            click.echo(f"Sign with alg EdDSA and kid {kid}.")
        else:
            _make(kit, name)


def _make(kit: Kit, name: str) -> None:
    kid, secret = host_keys.new_secret()
    _keep(kit, name, HostKey(kid, HS256, secret))
    click.echo(f"Sign with alg HS256 and kid {kid}; the secret, shown this once, is")
    click.echo(secret)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")[:_MAX_CHARS].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read as text.") from error


def _keep(kit: Kit, name: str, key: HostKey) -> None:
    def store(db: Session) -> None:
        host_keys.keep(
            db,
            key,
            site_id=the_site(db, name).id,
            secret_key=kit.settings.secret_key,
            now=kit.clock(),
        )

    try:
        kit.database.write(store)
    except HostKeyError as error:
        raise click.ClickException(f"This cannot be a key: {error}.") from error


def _list(kit: Kit, name: str) -> None:
    with kit.database.read() as db:
        known = host_keys.listed(db, site_id=the_site(db, name).id)
    for key in known:
        click.echo(f"{key.kid}  {key.kind}  since {key.created_at:%Y-%m-%d}")


def _remove(kit: Kit, name: str, kid: str) -> None:
    def forget(db: Session) -> bool:
        return host_keys.remove(db, site_id=the_site(db, name).id, kid=kid)

    if not kit.database.write(forget):
        raise click.ClickException(f"{name} has no key {kid}.")
    click.echo(f"What {kid} signs counts no more.")


def _sign_out(kit: Kit, name: str) -> None:
    last: int | None = 0
    while last is not None:
        last = kit.database.write(partial(_let_go, kit=kit, name=name, after=last), repeatable=True)
    click.echo(f"Nobody is signed in by the word of {name} now.")


def _let_go(db: Session, *, kit: Kit, name: str, after: int) -> int | None:
    return ending.let_go_next(
        db,
        site_id=the_site(db, name).id,
        provider=SSO,
        after=after,
        limit=_AT_ONCE,
        now=kit.clock(),
    )
