"""The rules of one site: validated once, then frozen."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Hold = str
"""Whose comments wait for approval: `everyone`, `first_time` (none approved yet) or `nobody`."""

_CHOICES = {
    "hold": ("everyone", "first_time", "nobody"),
    "proven_address": ("hold", "ask", "always", "allow"),
    "sort": ("oldest", "newest"),
    "threads": ("origins", "known", "tagged"),
    "erased": ("delete", "keep"),
}
_RANGES = {
    "page_size": (1, 100),
    "replies_shown": (1, 100),
    "nested_depth": (0, 10),
    "edit_seconds": (0, 30 * 86_400),
    "close_after_days": (1, 36_500),
    "max_chars": (20, 10_000),
}
_MOST_CHARS = {"login_url": 500, "form_title": 200, "placeholder": 200, "moderator_email": 320}
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


class RulesError(ValueError):
    """A rule that cannot work; the message names it and what it accepts."""


@dataclass(frozen=True, kw_only=True)
class SiteRules:
    """What one site's owner chose."""

    hold: Hold = "first_time"
    guests: bool = True
    guest_email_required: bool = True
    proven_address: str = "hold"
    """When a guest types an address that a provider proved to be somebody else's: `hold` the
    comment where others wait as well, `ask` the address's owner too, by a letter, to sign in, hold
    it `always`, though that tells that the address is known, or `allow` it."""
    providers: tuple[str, ...] | None = None
    """Offered in this order; None offers all that are configured."""
    retired: tuple[str, ...] = ()
    """Providers that ended: nobody signs in with them any more, and what was written stays."""
    login_url: str = ""
    """Where people log in with an account of the site itself, inside its origins: offered before
    any provider on pages that sign who their user is. `{page}` in it becomes the page to come back
    to."""
    form_title: str = ""
    """Empty: the translated default."""
    placeholder: str = ""
    sort: str = "oldest"
    page_size: int = 50
    """Root comments on a page."""
    replies_shown: int = 20
    """Replies shown under one root before "more replies"."""
    nested_depth: int = 4
    """Levels of replies that are indented; deeper ones are flat."""
    edit_seconds: int = 900
    close_after_days: int | None = None
    max_chars: int = 10_000
    notify_comments: bool = True
    notify_posts: bool = False
    moderator_email: str = ""
    pictures_by_email: bool = False
    """Ask Gravatar for guests' pictures; the server asks, browsers never do."""
    threads: str = "origins"
    """Which addresses may become threads: inside the `origins`, `known` ones only, or `tagged`:
    pages on which the server itself found our tag."""
    erased: str = "delete"
    """What becomes of comments whose author erases their account: `delete` them, or `keep` what
    was approved, without the name."""
    time_zone: str = "UTC"

    def offers(self, provider: str) -> bool:
        """Tell whether people may sign in with a provider of this name."""
        offered = self.providers is None or provider in self.providers
        return offered and provider not in self.retired

    def to_json(self) -> dict[str, Any]:
        """Return what differs from the defaults."""
        default = asdict(SiteRules())
        return {k: v for k, v in asdict(self).items() if v != default[k]}


def read_rules(stored: Mapping[str, Any]) -> SiteRules:
    """Make the rules from JSON; raises `RulesError` for an unknown name or an impossible value."""
    hints = get_type_hints(SiteRules)
    unknown = set(stored) - {f.name for f in fields(SiteRules)}
    if unknown:
        raise _unknown(sorted(unknown))
    values = {name: _value(name, value, hints[name]) for name, value in stored.items()}
    return SiteRules(**values)


def parse_rule(name: str, text: str) -> Any:
    """Read one `name=value` of the command line as JSON-like data."""
    hint = get_type_hints(SiteRules).get(name)
    if hint is None:
        raise _unknown([name])
    if hint is bool:
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if hint is str:
        return text
    if text.lower() in ("", "none"):
        return [] if name == "retired" else None
    return (
        text.split(",")
        if name in ("providers", "retired")
        else int(text)
        if text.isdecimal()
        else text
    )


def _unknown(names: Iterable[str]) -> RulesError:
    """Name what was probably meant, and all there is."""
    known = [f.name for f in fields(SiteRules)]
    meant = [near for name in names for near in get_close_matches(name, known, n=1)]
    hint = f" Did you mean {' and '.join(meant)}?" if meant else ""
    return RulesError(f"unknown rule: {', '.join(names)}.{hint} Known are: {', '.join(known)}.")


def _value(name: str, value: Any, hint: Any) -> Any:
    if value is None and type(None) in get_args(hint):
        return None
    if name in ("providers", "retired"):
        return _names(name, value)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise RulesError(f"{name} accepts {', '.join(_CHOICES[name])}; not {value!r}")
    if name in _RANGES:
        return _number(name, value)
    if name == "time_zone":
        return _zone(value)
    if not isinstance(value, hint):
        raise RulesError(f"{name} accepts a value of type {hint.__name__}; not {value!r}")
    if name in _MOST_CHARS:
        _check_line(name, value)
    return value


def _check_line(name: str, value: str) -> None:
    most = _MOST_CHARS[name]
    if len(value) > most or not value.isprintable():
        raise RulesError(f"{name} accepts one line of at most {most} characters")
    if name == "moderator_email" and value and not _EMAIL.fullmatch(value):
        raise RulesError(f"{name} accepts one e-mail address; not {value!r}")


def _names(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise RulesError(f"{name} accepts a list of provider names")
    return tuple(value)


def _number(name: str, value: Any) -> int:
    low, high = _RANGES[name]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise RulesError(f"{name} accepts {low} to {high}; not {value!r}")
    return value


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise RulesError(
            f"time_zone accepts an IANA name such as Europe/Rome; not {value!r}"
        ) from error
