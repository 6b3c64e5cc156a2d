"""`flask commentkit …` for an app that mounts the section; `commentkit demo|serve` stand-alone."""

from importlib import import_module

import click
from flask.cli import AppGroup

__all__ = ["commands", "main"]

_WHERE = {
    "init": "setup",
    "upgrade": "setup",
    "downgrade": "setup",
    "doctor": "setup",
    "site": "sites",
    "thread": "threads",
    "comment": "comments",
    "account": "accounts",
    "provider": "providers",
    "announce": "mail",
    "deliver": "mail",
}
"""The module of each command. A server never runs one, so none is imported with the package."""


class _Commands(AppGroup):
    """Imports a command when it is asked for; migrations alone cost half of all else here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in alphabetical order."""
        return sorted(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in _WHERE:
            return None
        module = import_module(f"commentkit.cli.{_WHERE[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


commands = _Commands("commentkit", help="Look after the comment section.")


def main() -> None:
    """Run `commentkit`."""
    from commentkit.cli.stand_alone import stand_alone

    stand_alone()
