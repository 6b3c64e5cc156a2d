"""`account list|show|export|erase`: who came, and what they may ask of a site's owner by letter."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import signals
from commentkit.cli.common import (
    kit_here,
    limit_option,
    one_line,
    shortened,
    site_option,
    the_site,
)
from commentkit.model import Account, Identity
from commentkit.people import erasing, holdings
from commentkit.people.holdings import Row
from commentkit.people.viewer import GUEST, SSO
from commentkit.sites import KnownSite
from commentkit.web.account.leaving import as_json, kept_as
from commentkit.web.acts import announce
from commentkit.web.kit import Kit

account = AppGroup("account", help="See who came; show, hand over or erase what is kept of one.")

_TOLD = ("provider", "issuer", "subject", "name", "handle")
_Decorated = Callable[..., Any]


def _which(command: _Decorated) -> _Decorated:
    """Have a command ask whose account it is about."""
    for option in (
        click.option("--subject", help="Their permanent id there."),
        click.option("--issuer", help="Who vouches for them: 'host', 'sso', or an address."),
        site_option,
        click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1), required=False),
    ):
        command = option(command)
    return command


def _person(
    db: Session, site_name: str | None, number: int | None, issuer: str | None, subject: str | None
) -> tuple[KnownSite, int]:
    """Find the one account that is meant."""
    if (issuer is None) != (subject is None) or (number is None) == (issuer is None):
        raise click.UsageError("Say whose account: its ID, or --issuer and --subject.")
    known = the_site(db, site_name)
    if number is None:
        told = f"{SSO}:{known.id}" if issuer == SSO else issuer or ""
        number = holdings.of_subject(db, site_id=known.id, issuer=told, subject=subject or "")
    if number is None or db.get(Account, (known.id, number)) is None:
        raise click.ClickException(f"There is no such account at {known.name}.")
    return known, number


@account.command("list")
@site_option
@click.option("--provider", help="Only who came this way; 'guest' for those who never signed in.")
@limit_option
def show_all(site_name: str | None, provider: str | None, limit: int) -> None:
    """List who signed in, the last seen first."""
    way = Identity.provider == provider if provider else Identity.provider != GUEST
    with one_line(), kit_here().database.read() as db:
        known = the_site(db, site_name)
        came = db.scalars(
            select(Identity)
            .where(Identity.site_id == known.id, way)
            .order_by(Identity.seen_at.desc(), Identity.id.desc())
            .limit(limit)
        ).all()
    for one in came:
        told = [shortened(each) for each in (one.provider, one.name, one.handle) if each]
        click.echo("  ".join([str(one.account_id), f"{one.seen_at:%Y-%m-%d %H:%M}", *told]))
    if not came:
        click.echo(f"Nobody came by {provider}." if provider else "Nobody has signed in.")


@account.command()
@_which
@click.option("--email", help="Print the IDs of the accounts with this address, and nothing else.")
def show(
    number: int | None,
    site_name: str | None,
    issuer: str | None,
    subject: str | None,
    email: str | None,
) -> None:
    """Say who an account is and how much is kept about them."""
    kit = kit_here()
    with one_line():
        if email is not None:
            if number is not None or issuer is not None or subject is not None:
                raise click.UsageError("Look for an address alone.")
            _show_ids(kit, site_name, email)
            return
        with kit.database.read() as db:
            known, number = _person(db, site_name, number, issuer, subject)
        for line in _described(kit, known, number):
            click.echo(line)


def _show_ids(kit: Kit, site_name: str | None, email: str) -> None:
    with kit.database.read() as db:
        known = the_site(db, site_name)
        found = holdings.of_email(db, site_id=known.id, email=email.strip())
    for number in found:
        click.echo(number)
    if not found:
        raise click.ClickException(f"No account at {known.name} has this address.")


def _described(kit: Kit, known: KnownSite, number: int) -> Iterable[str]:
    """Describe an account without what was written: an identity a line, then numbers."""
    counted: Counter[str] = Counter()
    for name, row in holdings.read(kit.database, site_id=known.id, account_id=number):
        counted[name] += 1
        if name == "account":
            state = "blocked" if row["blocked_at"] else row["role"]
            yield f"{number}  {state}, since {row['created_at'][:10]}"
        elif name == "identities":
            yield f"    {_identity(row)}"
    rest = (name for name in holdings.LISTS if name not in ("account", "identities"))
    yield "    " + ", ".join(f"{name.replace('_', ' ')}: {counted[name]}" for name in rest)


def _identity(row: Row) -> str:
    told = [shortened(str(row[name])) for name in _TOLD if row[name]]
    if row["email"]:
        state = "proven" if row["email_verified"] else "not proven"
        told.append(f"{shortened(row['email'])} ({state})")
    return "  ".join(told)


@account.command()
@_which
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file, which only you can read; the terminal otherwise.",
)
def export(
    number: int | None,
    site_name: str | None,
    issuer: str | None,
    subject: str | None,
    output: Path | None,
) -> None:
    """Write all that is kept about a person, as JSON.

    It is what their own page lets them download.
    """
    kit = kit_here()
    with one_line():
        with kit.database.read() as db:
            known, number = _person(db, site_name, number, issuer, subject)
        pieces = as_json(holdings.read(kit.database, site_id=known.id, account_id=number))
        if output is None:
            for piece in pieces:
                click.echo(_inert(piece), nl=False)
        else:
            _write(output, pieces)
            click.echo(f"Wrote {output}.")


def _inert(text: str) -> str:
    """Spell as JSON may what a terminal might obey; the data stay the same."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write a file for nobody else's eyes; one that stands there already is left alone."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(number, "w", encoding="utf-8") as file:
                file.writelines(pieces)
        except BaseException:
            path.unlink()  # half of what is kept would pass for all of it
            raise
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error


@account.command()
@_which
@click.option("--blocked", is_flag=True, help="Also who is blocked: they would come back as new.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(
    number: int | None,
    site_name: str | None,
    issuer: str | None,
    subject: str | None,
    blocked: bool,
    yes: bool,
) -> None:
    """Erase a person's account, for good.

    What they wrote goes as the site's rule `erased` says.
    """
    kit = kit_here()
    with one_line():
        with kit.database.read() as db:
            known, number = _person(db, site_name, number, issuer, subject)
            held = db.get_one(Account, (known.id, number))
        if held.blocked_at is not None and not blocked:
            raise click.ClickException(
                f"{number} is blocked: erased, its person would come back as new. "
                "With --blocked it is erased all the same."
            )
        if not yes:
            _ask(kit, known, number)
        _erase(kit, known, number, blocked)
    click.echo(f"{number} is erased.")


def _ask(kit: Kit, known: KnownSite, number: int) -> None:
    """Show whom it is about and ask; whoever says nothing has said no."""
    for line in _described(kit, known, number):
        click.echo(line)
    stays = "stay without a name" if known.rules.erased == "keep" else "are deleted"
    question = f"Erase it at {known.name}? Their comments {stays}; nobody can bring it back."
    click.confirm(question, abort=True)


def _erase(kit: Kit, known: KnownSite, number: int, blocked: bool) -> None:
    def work(db: Session) -> None:
        erasing.erase_for(
            db,
            site_id=known.id,
            account_id=number,
            keep_as=kept_as(kit, known),
            blocked=blocked,
            now=kit.clock(),
        )
        announce(db, signals.account_erased, site=known, account_id=number)

    kit.database.write(work)
