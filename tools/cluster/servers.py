"""The comment servers: `commentkit serve`, each in a process of its own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.cluster.answering import answers
from tools.cluster.ports import HOST
from tools.cluster.programs import Program, run

PREFIX = "/commentkit"
HEALTH = f"{PREFIX}/health"
SITE = "blog"

_COMMENTKIT = ("-c", "from commentkit.cli import main; main()")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with these settings, and none of another server's."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("COMMENTKIT_")}
    return {**ours, **settings}


def settings_in(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what is ours of an environment."""
    return {k: v for k, v in environment.items() if k.startswith("COMMENTKIT_")}


def register_site(folder: Path, settings: Mapping[str, str], *, origins: tuple[str, ...]) -> None:
    """Make the tables and the one site, where nobody's comments wait for approval."""
    options = [word for origin in origins for word in ("--origin", origin)]
    _flask(folder, settings, "upgrade")
    _flask(folder, settings, "site", "add", SITE, *options, "--rule", "hold=nobody")


def _flask(folder: Path, settings: Mapping[str, str], *words: str) -> None:
    flask = (sys.executable, "-m", "flask", "--app", "commentkit.serve", "commentkit")
    run(*flask, *words, environment=environment(settings), folder=folder)


def comment_server(
    name: str, folder: Path, port: int, settings: Mapping[str, str], *options: str
) -> Program:
    """Describe one server process; it works in `folder`, where SQLite's file would be."""
    serve = ("serve", "--bind", f"{HOST}:{port}", *options)
    return Program(
        name=name,
        argv=(sys.executable, *_COMMENTKIT, *serve),
        port=port,
        log=folder / f"{name}.log",
        ready=lambda: answers(f"http://{HOST}:{port}{HEALTH}"),
        folder=folder,
        environment=environment(settings),
    )
