"""`commentkit demo|serve|provider`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

import commentkit
from commentkit import advice, migrations
from commentkit.advice import STAND_ALONE
from commentkit.cli.common import bring_up, one_line
from commentkit.model.revision import said_of, state_of

MAX_PORT = 65_535


class _Group(click.Group):
    """Imports what maintainers need when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in alphabetical order."""
        return sorted([*super().list_commands(ctx), "provider"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name != "provider":
            return super().get_command(ctx, cmd_name)
        from commentkit.cli.providers import without_app

        return without_app


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def stand_alone() -> None:
    """Try commentkit, or run it as a server of its own."""


@stand_alone.command()
def demo() -> None:
    """Run three sites to try it on.

    PORT=9000 in the environment moves them, DEMO_HOST=localhost swaps their names.
    """
    sys.exit(_demo().main())


def _demo() -> Any:
    """Find the demo inside the package, as a wheel has it, or in the checkout."""
    here = Path(commentkit.__file__).parent
    if (here / "_examples").is_dir():
        return import_module("commentkit._examples.demo")
    sys.path.insert(0, str(here.parent.parent))
    return import_module("examples.demo")


class _ServeCommand(click.Command):
    """Lists the environment below its options; only asked for, since it loads everything."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each variable as its setting describes it."""
        from commentkit.serve import described_settings

        with formatter.section("Environment"):
            for name, meaning in described_settings():
                formatter.write_text(name)
                with formatter.indentation():
                    formatter.write_text(meaning)


@stand_alone.command(cls=_ServeCommand)
@click.option("--bind", envvar="COMMENTKIT_BIND", default="127.0.0.1:8000", show_default=True)
@click.option(
    "--workers",
    envvar="COMMENTKIT_WORKERS",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer.",
)
@click.option(
    "--threads",
    envvar="COMMENTKIT_THREADS",
    type=click.IntRange(1, 512),
    default=8,
    show_default=True,
    help="Requests that each of them answers at once.",
)
@click.option("--upgrade", "upgrading", is_flag=True, help="Bring the tables up to date first.")
@click.option("--no-access-log", is_flag=True)
def serve(bind: str, workers: int, threads: int, upgrading: bool, no_access_log: bool) -> None:
    """Run a server of its own, configured by the environment.

    Requests under way are finished when it is told to stop (SIGTERM). Behind a proxy, set
    COMMENTKIT_TRUSTED_HOPS; no other forwarded header is believed.
    """
    host, _, port = bind.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or int(port) > MAX_PORT:
        raise click.UsageError(f"--bind accepts HOST:PORT, not {bind!r}.")
    from commentkit import serve as server

    with one_line():
        app = server.create_app()  # a wrong setting is told here, not by each worker
        engine = app.extensions["commentkit"].database.engine
        if upgrading:
            bring_up(engine)
    _say_tables(engine)
    server.serve(
        server.Listening(
            host=host.strip("[]"),
            port=int(port),
            workers=workers,
            threads=threads,
            access_log=not no_access_log,
        )
    )


def _say_tables(engine: Engine) -> None:
    """Say it where the tables do not fit; a database that is away may come later."""
    try:
        revision = migrations.current(engine)
    except SQLAlchemyError:
        click.echo("The database does not answer yet.", err=True)
        return
    finally:
        engine.dispose()  # the workers make connections of their own
    if state_of(revision) in _ADVICE:
        click.echo(f"{said_of(revision)} {_ADVICE[state_of(revision)]}", err=True)


_UPGRADE = f"Start with --upgrade, or run: {advice.command('upgrade', app=STAND_ALONE)}"
_ADVICE = {
    "absent": _UPGRADE,
    "older": f"Back the database up. {_UPGRADE}",
    "newer": "It is served as well as this version can; put the newer one back.",
}
