"""`thread list|close|reopen`."""

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit.cli.common import (
    kit_here,
    limit_option,
    one_line,
    shortened,
    site_option,
    the_site,
    typed,
)
from commentkit.discussion import threads
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Thread
from commentkit.sites import KnownSite

thread = AppGroup("thread", help="Look at discussions, close them and open them again.")

_which = click.argument("which", metavar="KEY-OR-ADDRESS")


@thread.command("list")
@site_option
@limit_option
def show_all(site_name: str | None, limit: int) -> None:
    """List threads, the newest first."""
    kit = kit_here()
    with one_line(), kit.database.read() as db:
        known = the_site(db, site_name)
        newest = select(Thread).where(Thread.site_id == known.id).order_by(Thread.id.desc())
        found = list(db.scalars(newest.limit(limit)))
    for row in found:
        state = "closed" if threads.is_closed(row, known.rules, now=kit.clock()) else "open"
        comments = "1 comment" if row.comment_count == 1 else f"{row.comment_count} comments"
        click.echo(f"{shortened(row.key)}  {comments}, {state}")
        click.echo(f"    {shortened(row.title)} {row.url or ''}".rstrip())
    if not found:
        click.echo("There is no thread yet.")


@thread.command()
@site_option
@_which
def close(site_name: str | None, which: str) -> None:
    """Take no more comments there; those that stand stay."""
    kit = kit_here()

    def shut(db: Session) -> Thread:
        row = _find(db, the_site(db, site_name), which)
        threads.close(db, row, now=kit.clock())
        return row

    with one_line():
        row = kit.database.write(shut, repeatable=True)
    click.echo(f"{shortened(row.key)} is closed.")


@thread.command()
@site_option
@_which
def reopen(site_name: str | None, which: str) -> None:
    """Take comments again.

    The site's rule close_after_days may still say otherwise.
    """
    kit = kit_here()

    def unlock(db: Session) -> tuple[KnownSite, Thread]:
        known = the_site(db, site_name)
        row = _find(db, known, which)
        threads.reopen(db, row)
        return known, row

    with one_line():
        known, row = kit.database.write(unlock, repeatable=True)
    if threads.is_closed(row, known.rules, now=kit.clock()):
        raise click.ClickException(
            f"{shortened(row.key)} stays closed by the rule close_after_days: raise it with "
            f"'{typed(f'site set {known.name} --rule close_after_days=…')}'."
        )
    click.echo(f"{shortened(row.key)} is open.")


def _find(db: Session, known: KnownSite, which: str) -> Thread:
    """Find a thread by its key, or by the address of its page."""
    found = threads.find(db, known, which)
    if found is None and "://" in which:
        found = threads.find(db, known, Page(url=which).thread_key)
    if found is None:
        raise CommentKitError("unknown_thread")
    return found
