"""`site add|set|list|host-key`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from commentkit import sites
from commentkit.cli.common import kit_here, one_line, the_site
from commentkit.cli.host_keys import host_key
from commentkit.rules import parse_rule, read_rules
from commentkit.sites import KnownSite
from commentkit.web.kit import Kit

site = AppGroup("site", help="Register, change and list sites.")
site.add_command(host_key)

_title = click.option("--title", help="Shown to people; one line of at most 200 characters.")
_rules = click.option(
    "--rule", "rules", multiple=True, metavar="NAME=VALUE", help="May be repeated."
)


@site.command("add")
@click.argument("name")
@click.option("--origin", "origins", multiple=True, required=True, help="May be repeated.")
@_title
@click.option("--language", default="en", show_default=True)
@_rules
@click.option("--return-url", help="Where a sign-in without its window comes back to.")
def add(
    name: str,
    origins: tuple[str, ...],
    title: str | None,
    language: str,
    rules: tuple[str, ...],
    return_url: str | None,
) -> None:
    """Register a site."""
    with one_line():
        register(
            kit_here(),
            name=name,
            title=title or name,
            language=language,
            origins=origins,
            rules=rules,
            return_url=return_url,
        )


def register(
    kit: Kit,
    *,
    name: str,
    title: str,
    language: str,
    origins: Sequence[str],
    rules: Sequence[str],
    return_url: str | None = None,
) -> None:
    """Register a site and say so."""
    chosen = read_rules(_parsed(rules))
    kit.database.write(
        lambda db: sites.add(
            db,
            name=name,
            title=title,
            language=language,
            origins=list(origins),
            rules=chosen,
            return_url=return_url,
            now=kit.clock(),
        )
    )
    click.echo(f"Registered {name} for {', '.join(origins)}.")
    click.echo(f"Put this where the comments should stand:\n{_tag(kit, name)}")


def _tag(kit: Kit, name: str) -> str:
    address = f"{kit.settings.base_url}/embed.js"
    return f'<script async src="{address}" data-site="{name}"></script>'


def _parsed(rules: Sequence[str]) -> Mapping[str, Any]:
    pairs = [rule.partition("=") for rule in rules]
    return {key: parse_rule(key, text) for key, _, text in pairs}


@site.command("set")
@click.argument("name")
@_title
@click.option("--language")
@click.option("--origin", "origins", multiple=True, help="In place of those it has.")
@click.option("--add-origin", "added", multiple=True, help="Beside those it has.")
@click.option("--remove-origin", "removed", multiple=True)
@_rules
@click.option("--return-url", help="Empty: none any more.")
def change(
    name: str,
    title: str | None,
    language: str | None,
    origins: tuple[str, ...],
    added: tuple[str, ...],
    removed: tuple[str, ...],
    rules: tuple[str, ...],
    return_url: str | None,
) -> None:
    """Change what is given of a site, and nothing else."""
    if not any((title, language, origins, added, removed, rules, return_url is not None)):
        raise click.UsageError("Say what to change; --help lists it.")
    kit = kit_here()

    def apply(db: Session) -> KnownSite:
        known = the_site(db, name)
        return sites.change(
            db,
            name,
            title=title,
            language=language,
            origins=_origins(known, origins, added, removed),
            rules=read_rules({**known.rules.to_json(), **_parsed(rules)}),
            return_url=return_url,
        )

    with one_line():
        changed = kit.database.write(apply)
    _show(changed)


def _origins(
    known: KnownSite, instead: Sequence[str], added: Sequence[str], removed: Sequence[str]
) -> list[str] | None:
    if not (instead or added or removed):
        return None
    missing = set(removed) - known.origins
    if missing:
        raise click.UsageError(f"{known.name} has no origin {', '.join(sorted(missing))}.")
    kept = [*(instead or sorted(known.origins)), *added]
    left = [origin for origin in kept if origin not in removed]
    if not left:
        raise click.UsageError("A site needs an origin.")
    return left


@site.command("list")
def show_all() -> None:
    """List the sites with their origins and rules.

    Only the rules that differ from the defaults are shown.
    """
    kit = kit_here()
    with one_line(), kit.database.read() as db:
        known = sites.everyone(db)
    for one in known:
        _show(one)


def _show(one: KnownSite) -> None:
    click.echo(f"{one.name}  {one.title} ({one.language})")
    click.echo(f"    {' '.join(sorted(one.origins))}")
    if one.return_url:
        click.echo(f"    comes back to {one.return_url}")
    if one.rules.to_json():
        click.echo(f"    {json.dumps(one.rules.to_json(), ensure_ascii=False)}")
