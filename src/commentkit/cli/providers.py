"""`provider list`."""

from importlib.metadata import EntryPoint

import click
from flask.cli import AppGroup

from commentkit.cli.common import kit_here
from commentkit.signin import registry
from commentkit.web.kit import Kit

provider = AppGroup("provider", help="See which ways to sign in there are.")


@provider.command("list")
def show_all() -> None:
    """List the installed adapters, and what this app makes of each."""
    kit = kit_here()
    for entry in registry.installed():
        click.echo(f"{entry.name}  {_state(kit, entry)}  ({entry.value})")


def _state(kit: Kit, entry: EntryPoint) -> str:
    adapter = registry.load(entry.name)
    if any(type(one) is adapter for one in kit.providers.values()):
        return "offered"
    if any(type(one) is adapter for one in kit.left_out):
        return "without credentials"
    return "installed"
