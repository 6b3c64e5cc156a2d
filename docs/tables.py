"""Write the tables of settings, rules, rates, errors and providers into the pages that show them.

`python docs/tables.py` rewrites what stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from itertools import pairwise
from pathlib import Path

import provider_table

from commentkit import rules
from commentkit.errors import ERRORS
from commentkit.limits import DEFAULT_RATES
from commentkit.rules import SiteRules
from commentkit.settings import PREFIX, Settings
from commentkit.signin import configured
from commentkit.signin.providers.oauth2 import PlainOAuth2

DOCS = Path(__file__).parent
_PLACE = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_MEANINGS = {
    "hold": "Whose comments wait for approval.",
    "guests": "Whether people may comment without signing in.",
    "guest_email_required": "Whether a guest must give an e-mail address.",
    "proven_address": "What happens when a guest types an address that a provider proved to be "
    "somebody else's: `hold` the comment where others wait as well, `ask` the owner too by a "
    "letter to sign in, hold it `always`, though that tells that the address is known, or "
    "`allow` it.",
    "retired": "Ways to sign in that ended; `provider retire` writes it.",
    "providers": "The ways to sign in that this site offers, in this order; none given: all that "
    "are configured.",
    "form_title": "The form's title; empty: “Leave a comment” in the reader's language.",
    "placeholder": "What the empty field says; empty: “Write a comment…” in the reader's language.",
    "sort": "Which comments come first.",
    "edit_seconds": "How long authors may edit or delete their own comments, in seconds.",
    "close_after_days": "Days after which a thread takes no more comments; none given: never.",
    "max_chars": "The longest comment, in characters.",
    "notify_comments": "Whether the form offers “Notify me of new comments by e-mail”.",
    "notify_posts": "Whether the form offers “Notify me of new posts by e-mail”.",
    "moderator_email": "Who is told of comments that wait for approval; empty: nobody.",
    "time_zone": "The zone in which dates are shown, as an IANA name.",
}
"""Of the rules whose field says nothing of itself."""


def table(name: str) -> str:
    """Return one table as Markdown."""
    made = {"settings": _settings, "rules": _rules, "rates": _rates, "errors": _errors}
    made["oauth2"] = _oauth2
    made["providers"] = _providers
    made["conditions"] = lambda: "".join(provider_table.conditions())
    return made[name]()


def fresh(page: str) -> str:
    """Return a page with its tables as they should be."""
    return _PLACE.sub(lambda at: at[1] + table(at["name"]) + at[3], page)


def pages() -> list[Path]:
    """List the pages that have a table."""
    return [page for page in sorted(DOCS.glob("*.md")) if _PLACE.search(page.read_text())]


def _settings() -> str:
    rows = (
        (f"`{PREFIX}{field.name.upper()}`", _default(field), _meaning(field.metadata))
        for field in fields(Settings)
    )
    return _markdown(("Key", "Default", "Meaning"), rows)


def _default(field: Field[object]) -> str:
    if field.default is MISSING:
        return "" if field.name == "limits" else "required"
    return f"`{field.default}`" if field.default != "" else ""


def _meaning(metadata: Mapping[str, str]) -> str:
    why = metadata["why"]
    return f"{why[0].upper()}{why[1:]}. Accepts {metadata['accepts']}."


def _oauth2() -> str:
    """List what declares a service that has no adapter."""
    rows = (
        (
            f"`{configured.stem('club')}{end}`",
            "required" if setting.required else "",
            f"{setting.accepts[0].upper()}{setting.accepts[1:]}.",
        )
        for end, setting in configured.settings_of(PlainOAuth2).items()
    )
    return _markdown(("Key", "", "Accepts"), rows)


def _providers() -> str:
    return _markdown(provider_table.HEADS, provider_table.rows())


def _rules() -> str:
    said = _docstrings(Path(rules.__file__), SiteRules.__name__)
    unknown = set(_MEANINGS) - {field.name for field in fields(SiteRules)}
    assert not unknown, f"no such rule: {unknown}"
    rows = (
        (
            f"`{field.name}`",
            _code(field.default),
            _accepts(field.name, field.default),
            _MEANINGS.get(field.name) or said[field.name],
        )
        for field in fields(SiteRules)
    )
    return _markdown(("Rule", "Default", "Accepts", "Meaning"), rows)


def _accepts(name: str, default: object) -> str:
    if name in rules._CHOICES:
        return ", ".join(f"`{choice}`" for choice in rules._CHOICES[name])
    if name in rules._RANGES:
        low, high = rules._RANGES[name]
        return f"{low:,} to {high:,}"
    if isinstance(default, bool):
        return "`true`, `false`"
    return "names, separated by commas" if name == "providers" else "text"


def _docstrings(source: Path, name: str) -> dict[str, str]:
    """Read what stands beneath each field of a class."""
    found = (n for n in ast.parse(source.read_text()).body if isinstance(n, ast.ClassDef))
    body = next(node for node in found if node.name == name).body
    said: dict[str, str] = {}
    for field, after in pairwise(body):
        value = after.value if isinstance(after, ast.Expr) else None
        if isinstance(field, ast.AnnAssign) and isinstance(value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            said[field.target.id] = " ".join(str(value.value).split())
    return said


def _rates() -> str:
    rows = ((f"`{action}`", f"`{rate}`") for action, rate in DEFAULT_RATES.items())
    return _markdown(("Action", "Rate"), rows)


def _errors() -> str:
    rows = (
        (f"`{code}`", str(kind.status), f"`{kind.field}`" if kind.field else "", kind.message)
        for code, kind in ERRORS.items()
    )
    return _markdown(("Code", "Status", "Field", "Sentence (English)"), rows)


def _code(value: object) -> str:
    if value is None or value == "":
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _markdown(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in lines)


def _cell(text: str) -> str:
    """Keep what Markdown would take for a column or an address."""
    return text.replace("|", "&#124;").replace("<", "&lt;")


def main() -> None:
    """Rewrite every page that has a table."""
    for page in pages():
        page.write_text(fresh(page.read_text()))


if __name__ == "__main__":
    main()
