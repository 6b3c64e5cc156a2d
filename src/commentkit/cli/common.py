"""What the commands share."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app, has_app_context
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commentkit import advice, migrations, sites
from commentkit.advice import STAND_ALONE
from commentkit.errors import CommentKitError
from commentkit.migrations.problems import MigrationError
from commentkit.model.revision import state_of
from commentkit.rules import RulesError
from commentkit.settings import SettingsError
from commentkit.sites import KnownSite
from commentkit.web.kit import Kit

NO_MAIL = "E-mail is not set up: set COMMENTKIT_SMTP_URL."
site_option = click.option("--site", "site_name", help="Needed where there are several.")
limit_option = click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many."
)


def kit_here() -> Kit:
    """Return the kit of the app that the command runs in."""
    kit = current_app.extensions["commentkit"]
    assert isinstance(kit, Kit)
    return kit


def typed(words: str) -> str:
    """Spell a command of ours as it must be typed for the app here; without one we stand alone."""
    return advice.command(words, app=current_app.name if has_app_context() else STAND_ALONE)


def bring_up(engine: Engine) -> None:
    """Bring the tables to this version, and say each step; where they are all new, one line."""
    if state_of(migrations.current(engine)) != "absent":
        migrations.upgrade(engine, tell=click.echo)
        return
    migrations.upgrade(engine)
    click.echo("The tables are made.")


@contextmanager
def one_line() -> Iterator[None]:
    """Turn what can go wrong into one line and exit code 1."""
    try:
        yield
    except CommentKitError as error:
        raise click.ClickException(error.kind.message % dict(error.values)) from error
    except (RulesError, SettingsError, MigrationError) as error:
        raise click.ClickException(str(error)) from error
    except DBAPIError as error:
        hint = f"Run '{typed('doctor')}' to see what is wrong with it."
        raise click.ClickException(f"The database refused: {error.orig}. {hint}") from error


def the_site(db: Session, name: str | None) -> KnownSite:
    """Return the site that is named, or the only one."""
    known = {one.name: one for one in sites.everyone(db)}
    names = ", ".join(known) or "none"
    if name is None and len(known) != 1:
        raise click.UsageError(f"Say which site with --site; there are: {names}.")
    if name is not None and name not in known:
        raise click.ClickException(f"There is no site {name!r}; there are: {names}.")
    return known[name] if name is not None else next(iter(known.values()))


def shortened(text: str) -> str:
    """Make one line without control characters, which a terminal might obey."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= 100 else line[:99] + "…"
