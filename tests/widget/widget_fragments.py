"""Canned fragments after the markup contract (docs/architecture.md, section 4)."""

from datetime import UTC, datetime
from pathlib import Path
from string import Template

CANNED = Path(__file__).parent / "canned"


def canned(name: str, **values: object) -> str:
    """Return a canned file with its `$names` filled in."""
    text = (CANNED / name).read_text()
    return Template(text).substitute(values) if values else text


STYLE = canned("style.css")
SIGNED_OUT = canned("signed_out.html")
SIGNED_IN = canned("signed_in.html")
CHANGING = canned("changing.html")
NO_EMAIL = SIGNED_IN.replace('data-state="signed-in"', 'data-state="signed-in" data-no-email')
FORM = canned("form.html").replace("{{ signed_out }}", SIGNED_OUT)
TEMPLATES = canned("templates.html")
REPLY = '<a data-action="reply" href="/commentkit/blog/page">Reply</a>'
CURRENT = ' aria-current="true"'


def comment(
    number: int,
    *,
    author: str = "Marta",
    status: str = "approved",
    text: str = "",
    replies: str = "",
) -> str:
    """One list item."""
    pending = status == "pending"
    return canned(
        "comment.html",
        number=number,
        author=author,
        status=' data-status="pending"' if pending else "",
        reply="" if pending else REPLY,
        text=text or f"Words {number}",
        replies=replies,
        at=datetime.now(UTC).isoformat(),
    )


def listing(items: str, *, count: int, sort: str = "oldest", more: str = "") -> str:
    """The list with its header."""
    return canned(
        "list.html",
        items=items,
        count=count,
        oldest=CURRENT if sort == "oldest" else "",
        newest=CURRENT if sort == "newest" else "",
        more=canned("more.html", after=more) if more else "",
    )


def section(
    items: str = "",
    *,
    count: int = 0,
    version: int = 1,
    language: str = "en",
    form: str = FORM,
    key: str = "post",
    more: str = "",
    sort: str = "oldest",
    extra: str = "",
    server: str = "",
) -> str:
    """The whole fragment."""
    return canned(
        "section.html",
        listing=listing(items, count=count, more=more, sort=sort),
        form=form,
        templates=TEMPLATES,
        count=count,
        version=version,
        language=language,
        key=key,
        extra=extra,
        server=server,
    )


def viewer(state: str = "signed-out", **more: object) -> dict[str, object]:
    """A viewer answer."""
    parts = {"signed-out": SIGNED_OUT, "signed-in": SIGNED_IN, "changing": CHANGING}
    answer: dict[str, object] = {
        "state": "signed-in" if state == "changing" else state,
        "identity": parts[state],
        "comments": [],
        "editable": {},
        "count": 2,
        "count_text": "2 comments",
        "token": state != "signed-out",
    }
    return answer | more
