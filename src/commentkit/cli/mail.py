"""`deliver`, and `announce` of new posts."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from commentkit.cli.common import NO_MAIL, kit_here, one_line, site_option, the_site
from commentkit.delivery import outbox, subscriptions
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.discussion import threads
from commentkit.text import clean_line
from commentkit.web.kit import Kit

_MAX_TITLE = 200


@click.command()
@site_option
@click.argument("url")
@click.option("--title", required=True, help="The new post's title, at most 200 characters.")
@with_appcontext
def announce(site_name: str | None, url: str, title: str) -> None:
    """Tell those who asked for it of a new post."""
    if not 0 < len(clean_line(title, limit=_MAX_TITLE + 1)) <= _MAX_TITLE:
        raise click.UsageError(f"--title accepts 1 to {_MAX_TITLE} characters.")
    kit = kit_here()
    if not kit.mail:
        raise click.ClickException(NO_MAIL)

    def note(db: Session) -> None:
        known = the_site(db, site_name)
        page = threads.Page(url=url, title=title, language=known.language, vouched=True)
        thread = threads.open_for(db, known, page, now=kit.clock())
        subscriptions.notify_new_post(db, site_id=known.id, thread_id=thread.id, now=kit.clock())

    with one_line():
        kit.database.write(note)
    click.echo("The mails are on their way.")


@click.command()
@click.option("--watch", is_flag=True, help="Go on until stopped.")
@with_appcontext
def deliver(watch: bool) -> None:
    """Send what waits in the outbox, and tidy up what is over."""
    kit = kit_here()
    if watch:
        _deliver_until_stopped(kit)
        return
    with one_line():
        tidy(kit.database, CHORES, now=kit.clock())
        done = outbox.deliver_due(kit.database, kit.handlers, now=kit.clock())
    if not kit.handlers:
        click.echo(f"Tidied up. {NO_MAIL}")
        return
    click.echo(f"{done.done} delivered, {done.retried} to be tried again, {done.failed} given up.")


def _deliver_until_stopped(kit: Kit) -> None:
    worker = outbox.OutboxWorker(kit.database, kit.handlers, kit.clock, chores=CHORES)
    with _until_signalled() as stopping:
        worker.start()
        click.echo("Delivering until stopped." if kit.handlers else f"Tidying up only. {NO_MAIL}")
        sys.stdout.flush()
        stopping.wait()
        worker.stop()


@contextmanager
def _until_signalled() -> Iterator[threading.Event]:
    """Give an event that SIGINT or SIGTERM sets."""
    stopping = threading.Event()
    before = [
        (number, signal.signal(number, lambda *_: stopping.set()))
        for number in (signal.SIGINT, signal.SIGTERM)
    ]
    yield stopping
    for number, handler in before:
        signal.signal(number, handler)
