"""`comment list|approve|reject|delete`."""

from collections.abc import Sequence

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import signals
from commentkit.cli.common import kit_here, limit_option, one_line, shortened, site_option, the_site
from commentkit.delivery import subscriptions
from commentkit.discussion import comments, statuses, threads
from commentkit.model import Comment, Thread
from commentkit.sites import KnownSite
from commentkit.web.acts import announce
from commentkit.web.kit import Kit

comment = AppGroup("comment", help="Look at comments and decide about them.")

_STATUSES = ("pending", "approved", "rejected", "spam", "deleted")
_SIGNALS = {
    "approved": signals.comment_approved,
    "rejected": signals.comment_rejected,
    "deleted": signals.comment_deleted,
}
_numbers = click.argument(
    "numbers", metavar="ID…", type=click.IntRange(1, 2**63 - 1), nargs=-1, required=True
)


@comment.command("list")
@site_option
@click.option("--status", type=click.Choice(_STATUSES), default="pending", show_default=True)
@limit_option
def show_all(site_name: str | None, status: str, limit: int) -> None:
    """List comments, the newest first."""
    with one_line(), kit_here().database.read() as db:
        known = the_site(db, site_name)
        found = db.execute(
            select(Comment, Thread.key)
            .join(Thread, (Thread.site_id == Comment.site_id) & (Thread.id == Comment.thread_id))
            .where(Comment.site_id == known.id, Comment.status == status)
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(limit)
        ).all()
    for row, key in found:
        who, where = shortened(row.author_name), shortened(key)
        click.echo(f"{row.id}  {row.created_at:%Y-%m-%d %H:%M}  {who}  {where}")
        click.echo(f"    {shortened(row.source)}")
    if not found:
        click.echo(f"No comment is {status}.")


@comment.command()
@site_option
@_numbers
def approve(site_name: str | None, numbers: tuple[int, ...]) -> None:
    """Show comments to everybody."""
    _decide(site_name, numbers, "approved")


@comment.command()
@site_option
@_numbers
def reject(site_name: str | None, numbers: tuple[int, ...]) -> None:
    """Show comments to nobody; they can be approved later."""
    _decide(site_name, numbers, "rejected")


@comment.command()
@site_option
@_numbers
def delete(site_name: str | None, numbers: tuple[int, ...]) -> None:
    """Delete what was written, for good."""
    _decide(site_name, numbers, "deleted")


def _decide(site_name: str | None, numbers: Sequence[int], status: str) -> None:
    """Move every comment to `status`, or none."""
    kit = kit_here()

    def move_all(db: Session) -> int:
        known = the_site(db, site_name)
        return len([_move(db, kit, known, number, status) for number in dict.fromkeys(numbers)])

    with one_line():
        moved = kit.database.write(move_all)
    click.echo(f"{moved} {status}.")


def _move(db: Session, kit: Kit, known: KnownSite, number: int, status: str) -> Comment:
    row = comments.find(db, known.id, number)
    if row.status == status:
        return row
    if status == "deleted":
        comments.erase(db, row, now=kit.clock())
    else:
        thread = threads.by_id(db, row.site_id, row.thread_id)
        statuses.set_status(db, thread, row, status)
    if status == "approved" and kit.mail:
        subscriptions.notify_new_comment(
            db, site_id=row.site_id, comment_id=row.id, now=kit.clock()
        )
    announce(db, _SIGNALS[status], site=known, comment=row)
    return row
