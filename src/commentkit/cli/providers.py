"""`provider list|new|check`."""

import os
import sys
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from flask import has_app_context
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from commentkit import sites
from commentkit.cli.common import kit_here, one_line, shortened, the_site
from commentkit.model import Site
from commentkit.people.retirement import Concerned, concerned
from commentkit.people.viewer import GUEST, HOST, SSO
from commentkit.signin import registry
from commentkit.signin.http import HttpClient
from commentkit.signin.provider import Profile, Provider, ProviderError
from commentkit.testing import checking, scaffold, terminal
from commentkit.web.kit import Kit

provider = AppGroup("provider", help="See which ways to sign in there are, and write another.")
without_app = click.Group("provider", help="Write one more way to sign in, and try it.")
"""The same for `commentkit provider …`, where there is no app to ask."""

_STEPS = """\
Next: look up each line that says FILL IN, and take those words away. Then:

  commentkit provider check {name}

docs/providers/writing-one.md in the source says more."""


def _command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Add a command to both groups, to one of them with the app."""

    def added(function: Callable[..., Any]) -> click.Command:
        command = click.command(name)(function)
        without_app.add_command(command)
        here = copy(command)
        here.callback = with_appcontext(function)
        provider.add_command(here)
        return command

    return added


@provider.command("list")
def show_all() -> None:
    """List the installed adapters, and what this app makes of each."""
    kit = kit_here()
    for entry in registry.installed():
        click.echo(f"{entry.name}  {_state(kit, entry)}  ({entry.value})")
    with one_line():
        if inspect(kit.database.engine).has_table(Site.__tablename__):
            _show_retired(kit)


def _show_retired(kit: Kit) -> None:
    with kit.database.read() as db:
        for site in sites.everyone(db):
            for name in site.rules.retired:
                whom = concerned(db, site_id=site.id, provider=name)
                click.echo(f"{name}  retired at {site.name}  ({_said(whom)})")


@provider.command("retire")
@click.argument("name")
@click.option("--site", "site_name", help="At this site alone; else at all of them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--undo", is_flag=True, help="Offer it again.")
def retire(name: str, site_name: str | None, yes: bool, undo: bool) -> None:
    """End a provider; what was written stays."""
    kit = kit_here()
    with one_line():
        with kit.database.read() as db:
            chosen = [the_site(db, site_name)] if site_name else sites.everyone(db)
            found = {
                one.name: concerned(db, site_id=one.id, provider=name)
                for one in chosen
                if (name in one.rules.retired) == undo
            }
        _demand_known(kit, name, found)
        for place, whom in found.items():
            click.echo(f"{place}: {_said(whom)}")
        if not found:
            click.echo("Nothing to change.")
            return
        if not (yes or undo):
            click.confirm(f"End {shortened(name)} there?", abort=True)
        kit.database.write(partial(_set_retired, places=tuple(found), name=name, undo=undo))
    click.echo(f"{shortened(name)} is {'offered again' if undo else 'retired'}.")


def _demand_known(kit: Kit, name: str, found: Mapping[str, Concerned]) -> None:
    """Refuse a mistyped name: nothing would ever be wrong with it. Guests are let in by a rule."""
    if name == GUEST:
        raise click.ClickException("Nobody vouches for guests: set the rule guests=false.")
    here = {*kit.providers, *(one.name for one in kit.left_out), *registry.names(), HOST, SSO}
    retired = not found
    if name not in here and not retired and not any(whom.people for whom in found.values()):
        raise click.ClickException(f"Nobody came by a provider {shortened(name)!r}.")


def _said(whom: Concerned) -> str:
    return (
        f"{whom.people:,} people, {whom.reachable:,} of them with a proven address; "
        f"{whom.comments:,} comments"
    )


def _set_retired(db: Session, *, places: Collection[str], name: str, undo: bool) -> None:
    for place in places:
        rules = sites.find(db, place).rules
        left = tuple(one for one in rules.retired if one != name)
        sites.change(db, place, rules=replace(rules, retired=left if undo else (*left, name)))


def _state(kit: Kit, entry: EntryPoint) -> str:
    adapter = registry.load(entry.name)
    offered = [one.name for one in kit.providers.values() if type(one) is adapter]
    left_out = [one for one in kit.left_out if type(one) is adapter]
    if offered:
        others = [name for name in offered if name != entry.name]
        return f"offered as {', '.join(offered)}" if others else "offered"
    if any(one.lacking for one in left_out):
        return "lacks something: see `doctor`"
    return "without credentials" if left_out else "installed"


@_command("new")
@click.argument("name")
@click.option("--protocol", type=click.Choice(scaffold.PROTOCOLS), required=True)
@click.option("--label", help="What its button says; made from NAME without it.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of a package of your own; this project's source has its own places.",
)
def new(name: str, protocol: str, label: str | None, into: Path | None) -> None:
    """Write an adapter and its test, to be filled in."""
    if not scaffold.usable(name):
        raise click.UsageError(
            f"{name!r}: a name accepts a small letter, then a-z, 0-9 and _; 32 at most."
        )
    shown = shortened(label or name.replace("_", " ").title()).replace('"', "").replace("\\", "")
    try:
        written = scaffold.write(
            name, protocol=protocol, label=shown, into=into, today=datetime.now(UTC).date()
        )
    except FileExistsError as error:
        raise click.ClickException(f"{error} is there already.") from error
    click.echo(f"Written: {written.adapter} and {written.test}")
    click.echo("\nPut this into pyproject.toml, and install the package again:\n")
    click.echo(f'[project.entry-points."{registry.GROUP}"]\n{written.entry_point}\n')
    click.echo(_STEPS.format(name=name))


@_command("check")
@click.argument("name")
@click.option("--sign-in", "signing_in", is_flag=True, help="Sign in for real, in a browser.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8400, show_default=True)
@click.option("--localhost", is_flag=True, help="Spell this machine so in the redirect address.")
@click.option("--seconds", type=click.IntRange(1, 3600), default=300, show_default=True)
@click.option("--another", is_flag=True, help="Ask for another account, as Change does.")
@click.option("--server", help="What a person would type, where a provider has many servers.")
@click.option("--redirect-uri", help="Where the provider only takes an address of yours.")
def check(name: str, signing_in: bool, **how: Any) -> None:
    """Run the contract of an adapter, or sign in by it."""
    try:
        adapter = checking.adapter_of(name)
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    if signing_in:
        _sign_in(_with_credentials(name, adapter), **how)
    else:
        _contract(adapter)


def _contract(adapter: type[Provider]) -> None:
    test = checking.contract_test_of(adapter)
    if test is None:
        raise click.ClickException(f"No contract test of {adapter.__name__} was found beside it.")
    left = scaffold.blanks([checking.source_of(adapter), test])
    if left:
        click.echo("\n".join(left))
        raise click.ClickException(f"{len(left)} lines are still to be filled in.")
    if not find_spec("pytest"):
        raise click.ClickException("The contract needs pytest: pip install pytest")
    if not checking.run_contract(test):
        sys.exit(1)


def _with_credentials(name: str, adapter: type[Provider]) -> Provider:
    """Make the provider as the app here has it, or as the environment says."""
    with one_line():
        known = _of_app(name) if has_app_context() else _of_environment(name, adapter)
    try:
        terminal.refuse_unreachable(known)
    except terminal.NoTerminal as error:
        raise click.ClickException(str(error)) from error
    if not known.configured:
        keys = " and ".join(registry.credential_keys(known.name))
        raise click.ClickException(f"{known.label} has no credentials here: set {keys}.")
    return known


def _of_app(name: str) -> Provider:
    kit = kit_here()
    known = {one.name: one for one in (*kit.providers.values(), *kit.left_out)}
    if name not in known:
        raise click.ClickException(f"This app does not name {name!r} among its providers.")
    return known[name]


def _of_environment(name: str, adapter: type[Provider]) -> Provider:
    made = registry.make(name, os.environ) if name in registry.names() else adapter()  # type: ignore[call-arg]
    client_id, secret = (os.environ.get(key, "") for key in registry.credential_keys(made.name))
    return made.with_credentials(client_id, secret) if client_id or secret else made


def _sign_in(known: Provider, redirect_uri: str | None, **how: Any) -> None:
    try:
        profile = _by_paste(known, redirect_uri, **how) if redirect_uri else _by_ear(known, **how)
    except terminal.NobodyCame as error:
        raise click.ClickException("Nobody came back in time.") from error
    except terminal.PortTaken as error:
        raise click.ClickException(f"Port {error} is taken: give another by --port.") from error
    except ProviderError as error:
        raise click.ClickException(f"The sign-in failed: {error}") from error
    for what, value in terminal.described(profile):
        click.echo(f"  {what:<15} {shortened(value)}")


def _by_ear(
    known: Provider, *, port: int, localhost: bool, seconds: int, another: bool, server: str | None
) -> Profile:
    with terminal.listening(known, port) as listener:
        address = listener.redirect_uri("localhost" if localhost else "127.0.0.1")
        click.echo(f"Redirect address to register: {address}")
        attempt = terminal.begin(known, address, server=server, switch=another, http=_http())
        listener.expect(attempt)
        click.echo(f"Open this in a browser, within {seconds} seconds:\n\n{attempt.begun.url}\n")
        return attempt.finish(listener.wait(seconds))


def _by_paste(
    known: Provider, address: str, *, another: bool, server: str | None, **_: int
) -> Profile:
    attempt = terminal.begin(known, address, server=server, switch=another, http=_http())
    click.echo(f"Open this in a browser:\n\n{attempt.begun.url}\n")
    came_to = click.prompt("Paste the address that it ends at", hide_input=True)
    params = terminal.pasted(attempt, came_to)
    if params is None:
        raise click.ClickException("That is not the answer to this sign-in.")
    return attempt.finish(params)


def _http() -> HttpClient | None:
    return kit_here().services.http if has_app_context() else None
