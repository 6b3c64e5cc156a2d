"""Judges of HTML that share no code with the renderer; the allowlist is written down twice."""

import re
from html.parser import HTMLParser

import nh3

TAGS = {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
REL = "nofollow ugc noopener"
HREF = re.compile(
    r"(?:https?://[a-z0-9_\[]|mailto:[A-Za-z0-9])[^\x00-\x20\x7f-\U0010ffff\"'<>`\\]*"
)
VOID = {"br", "hr"}


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.foreign: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.shape: list[tuple] = []
        self.open: list[str] = []
        self.deepest = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.shape.append((tag, *sorted(attrs)))
        if tag not in TAGS:
            self.foreign.append(f"<{tag}>")
        self.foreign += [
            f"{tag}[{name}={value}]" for name, value in attrs if not own(tag, name, value)
        ]
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def handle_endtag(self, tag):
        self.shape.append((f"/{tag}",))
        if not self.open or self.open.pop() != tag:
            self.foreign.append(f"unbalanced </{tag}>")

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.foreign.append(f"<!--{data}-->")

    def handle_decl(self, decl):
        self.foreign.append(f"<!{decl}>")

    unknown_decl = handle_decl

    def handle_pi(self, data):
        self.foreign.append(f"<?{data}>")


def own(tag: str, name: str, value: str | None) -> bool:
    if (tag, name) == ("a", "href"):
        return HREF.fullmatch(value or "") is not None
    return ((tag, name, value) == ("a", "rel", REL)) or (
        (tag, name) == ("ol", "start")
        and re.fullmatch(r"\d{1,9}", value or "", re.ASCII) is not None
    )


def faults(html: str) -> list[str]:
    """What either judge finds foreign in `html`; an empty list is innocence."""
    reader = Reader(html)
    found = reader.foreign + [f"left open: {tag}" for tag in reader.open]
    cleaned = Reader(by_nh3(html))
    if (cleaned.shape, cleaned.text) != (reader.shape, reader.text):
        found.append("nh3 removes something")
    return found


def by_nh3(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "rel"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
