"""`flask commentkit …` for an app that mounts the section; `commentkit demo|serve` stand-alone."""

from flask.cli import AppGroup

from commentkit.cli import comments, mail, providers, setup, sites, threads
from commentkit.cli.stand_alone import stand_alone

__all__ = ["commands", "main", "stand_alone"]

commands = AppGroup("commentkit", help="Look after the comment section.")

for command in (
    setup.init,
    setup.upgrade,
    setup.doctor,
    sites.site,
    threads.thread,
    comments.comment,
    providers.provider,
    mail.announce,
    mail.deliver,
):
    commands.add_command(command)


def main() -> None:
    """Run `commentkit`."""
    stand_alone()
