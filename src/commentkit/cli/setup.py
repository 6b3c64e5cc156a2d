"""Make the tables, keep them up to date, and see that all is well."""

import json
import sys
from collections.abc import Sequence
from itertools import chain

import click
from flask import current_app
from flask.cli import with_appcontext

from commentkit import doctor as examinations
from commentkit import migrations
from commentkit.cli.common import bring_up, kit_here, one_line
from commentkit.cli.sites import register
from commentkit.discussion.rerender import rerender
from commentkit.migrations.planning import Planned

_CALL = '{{ commentkit.thread("the-page", title="Its title") }}'


@click.command()
@click.option("--name", prompt="Name of the site (a-z, 0-9, -)", help="As in data-site.")
@click.option("--title", prompt="Its title", help="Shown to people.")
@click.option("--origin", prompt="Its origin, such as https://blog.example.org")
@click.option("--language", default="en", show_default=True)
@with_appcontext
def init(name: str, title: str, origin: str, language: str) -> None:
    """Make the tables and register the first site."""
    kit = kit_here()
    with one_line():
        migrations.upgrade(kit.database.engine)
        register(kit, name=name, title=title, language=language, origins=(origin,), rules=())
    if name == kit.settings.site:
        click.echo(f"or in a template of this app:\n{_CALL}")


_plan_option = click.option(
    "--plan", "planning", is_flag=True, help="Say what it would do and cost, and change nothing."
)


@click.command()
@_plan_option
@with_appcontext
def upgrade(planning: bool) -> None:
    """Bring tables and stored HTML to this version.

    One that was stopped goes on where it was.
    """
    database = kit_here().database
    with one_line():
        if planning:
            _show(migrations.plan(database.engine))
            return
        bring_up(database.engine)
        rendered = rerender(database)
    click.echo(f"The tables are up to date; {rendered} comments were rendered anew.")


@click.command()
@click.argument("revision")
@_plan_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def downgrade(revision: str, planning: bool, yes: bool) -> None:
    """Take the tables back to an earlier revision.

    Do it before an older version of the package is installed.
    """
    engine = kit_here().database.engine
    with one_line():
        planned = migrations.plan_back(engine, revision)
        _show(planned)
        if planning:
            return
        if not yes:
            click.confirm("Take this back?", abort=True)
        migrations.downgrade(engine, revision, tell=click.echo)
    click.echo(f"The tables are at revision {revision}.")


def _show(planned: Sequence[Planned]) -> None:
    for line in chain.from_iterable(one.lines() for one in planned):
        click.echo(line)
    if not planned:
        click.echo("There is nothing to do.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@click.option("--offline", is_flag=True, help="Ask nothing of other machines.")
@with_appcontext
def doctor(as_json: bool, offline: bool) -> None:
    """Examine this app and say what to do about each finding."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    findings = examinations.examine(app, kit_here(), offline=offline)
    if as_json:
        click.echo(json.dumps([finding.to_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding.to_text())
    sys.exit(any(finding.level == "fail" for finding in findings))
