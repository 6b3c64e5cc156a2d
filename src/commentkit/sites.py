"""Verbs over sites: register, find, change."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.model import Site, SiteOrigin
from commentkit.model.base import table_of
from commentkit.model.written import note_written
from commentkit.rules import RulesError, SiteRules, read_rules
from commentkit.settings import MAX_SITE_NAME, RESERVED_NAMES, is_origin, is_site_name

_VERSION = select(table_of(Site).c.version).where(table_of(Site).c.id == bindparam("site_id"))

MAX_TITLE = 200
_MAX_LANGUAGE = 20
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, its shape


@dataclass(frozen=True)
class KnownSite:
    """A site as everything above the tables sees it."""

    id: int
    name: str
    title: str
    language: str
    return_url: str | None
    private: bool
    version: int
    rules: SiteRules
    origins: frozenset[str]

    def owns(self, url: str) -> bool:
        """Tell whether an absolute address lies inside the site's origins."""
        return origin_of(url) in self.origins


def origin_of(url: str) -> str | None:
    """Return the origin of an absolute http(s) address in canonical form, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def add(
    db: Session,
    *,
    name: str,
    title: str,
    language: str,
    origins: list[str],
    rules: SiteRules,
    now: datetime,
    return_url: str | None = None,
    private: bool = False,
) -> KnownSite:
    """Register a site; raises `RulesError` where a value cannot work or the name is taken."""
    _check_name(name)
    _check_words(title, language)
    _check_return_url(return_url, origins)
    _check_login_url(rules, origins)
    site = Site(
        id=ids.new_id(now),
        name=name,
        title=title,
        language=language,
        return_url=return_url,
        rules=rules.to_json(),
        private=private,
        version=1,
        created_at=now,
    )
    db.add(site)
    try:
        db.flush()
    except IntegrityError as error:
        raise RulesError(f"there is already a site named {name!r}") from error
    _set_origins(db, site.id, origins)
    return _known(site, origins)


def change(
    db: Session,
    name: str,
    *,
    title: str | None = None,
    language: str | None = None,
    origins: Sequence[str] | None = None,
    rules: SiteRules | None = None,
    return_url: str | None = None,
) -> KnownSite:
    """Change what is given of a site; raises `RulesError` or `unknown_site`.

    An empty `return_url` takes the present one away.
    """
    known = find(db, name)
    row = db.get_one(Site, known.id)
    row.title, row.language = title or row.title, language or row.language
    _check_words(row.title, row.language)
    row.rules = rules.to_json() if rules is not None else row.rules
    if origins is not None:
        _set_origins(db, known.id, origins)
    if return_url is not None:
        row.return_url = return_url or None
    row.version += 1
    note_written(db, row.version, written_name(name))
    db.flush()
    changed = by_id(db, known.id)
    _check_return_url(changed.return_url, changed.origins)
    _check_login_url(changed.rules, changed.origins)
    return changed


def _set_origins(db: Session, site_id: int, origins: Sequence[str]) -> None:
    for origin in origins:
        _check_origin(origin)
    db.execute(delete(SiteOrigin).where(SiteOrigin.site_id == site_id))
    for origin in dict.fromkeys(origins):
        db.add(SiteOrigin(site_id=site_id, origin_hash=ids.sha256(origin), origin=origin))
    db.flush()


def written_name(name: str) -> tuple[str, str]:
    """Return the name under which this process remembers that it changed a site."""
    return ("site", name)


def find(db: Session, name: str) -> KnownSite:
    """Return the site of that name; raises `unknown_site`."""
    if not is_site_name(name):  # a database may refuse to compare what no site is called
        raise CommentKitError("unknown_site")
    site = db.scalar(select(Site).where(Site.name == name))
    if site is None:
        raise CommentKitError("unknown_site")
    return _known(site, _origins(db, site.id))


def version_of(db: Session, site_id: int) -> int | None:
    """Return the version of a site, which rises with any change of it; None where it is gone."""
    version: int | None = db.connection().execute(_VERSION, {"site_id": site_id}).scalar()
    return version


def by_id(db: Session, site_id: int) -> KnownSite:
    """Return the site with that id; raises `unknown_site`."""
    site = db.get(Site, site_id)
    if site is None:
        raise CommentKitError("unknown_site")
    return _known(site, _origins(db, site_id))


def everyone(db: Session) -> list[KnownSite]:
    """Return all sites by name, for the instance's admin."""
    origins: dict[int, list[str]] = {}
    for row in db.scalars(select(SiteOrigin)):
        origins.setdefault(row.site_id, []).append(row.origin)
    return [
        _known(site, origins.get(site.id, []))
        for site in db.scalars(select(Site).order_by(Site.name))
    ]


def _origins(db: Session, site_id: int) -> list[str]:
    return list(db.scalars(select(SiteOrigin.origin).where(SiteOrigin.site_id == site_id)))


def _known(site: Site, origins: list[str]) -> KnownSite:
    return KnownSite(
        id=site.id,
        name=site.name,
        title=site.title,
        language=site.language,
        return_url=site.return_url,
        private=site.private,
        version=site.version,
        rules=read_rules(site.rules),
        origins=frozenset(origins),
    )


def _check_name(name: str) -> None:
    if not is_site_name(name):
        raise RulesError(
            f"a site's name is a-z, 0-9 and -, at most {MAX_SITE_NAME} long, and none of "
            f"{', '.join(sorted(RESERVED_NAMES))}; not {name!r}"
        )


def _check_words(title: str, language: str) -> None:
    if not title.isprintable() or not 0 < len(title.strip()) <= len(title) <= MAX_TITLE:
        raise RulesError(f"a site's title is one line of 1 to {MAX_TITLE} characters")
    if not _LANGUAGE.fullmatch(language) or len(language) > _MAX_LANGUAGE:
        raise RulesError(f"a site's language is a tag such as en or pt-BR; not {language!r}")


def _check_return_url(url: str | None, origins: Collection[str]) -> None:
    if url is not None and origin_of(url) not in origins:
        raise RulesError(f"the return address must lie inside the site's origins; not {url!r}")


def _check_login_url(rules: SiteRules, origins: Collection[str]) -> None:
    """Refuse an address that would lead away: whoever registers a site says where it is."""
    if rules.login_url and origin_of(rules.login_url) not in origins:
        raise RulesError(
            f"login_url accepts an address inside the site's origins; not {rules.login_url!r}"
        )


def _check_origin(origin: str) -> None:
    if not is_origin(origin):
        raise RulesError(
            f"an origin is https://host[:port] (http only on a loopback name); not {origin!r}"
        )
