"""What a page of a site says of itself, read as a browser would, or less: never more.

Whatever is not surely live is taken as not there, since a ticket may travel on this.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_MAX_CHARS = 500_000
_INERT = frozenset(
    [
        "iframe",
        "math",
        "noembed",
        "noframes",
        "noscript",
        "plaintext",
        "select",
        "svg",
        "template",
        "textarea",
        "title",
        "xmp",
    ]
)
_RAW = _INERT | {"script", "style"}
_FOREIGN = frozenset({"math", "svg"})
_LIVE_TYPES = frozenset({"", "text/javascript", "application/javascript", "module"})
_DOUBTFUL_END = re.compile(r"--\s+>")

Attributes = list[tuple[str, str | None]]


@dataclass
class PageRead:
    """Our tag, the keys it is for, and what the page calls its address."""

    has_tag: bool = False
    keys: set[str] = field(default_factory=set)
    canonical: list[str] = field(default_factory=list)
    base: str | None = None


def read_page(html: str, *, embed_url: str) -> PageRead:
    """Read the first 500,000 characters of a page."""
    reader = _Reader(embed_url)
    text = html[:_MAX_CHARS]
    if _has_doubtful_comment(text):
        return PageRead()
    try:
        reader.feed(text)
    except AssertionError:  # Python's parser gives up on some declarations that browsers skip
        return PageRead()
    return PageRead() if reader.misled else reader.seen


def _has_doubtful_comment(text: str) -> bool:
    """Tell whether Python's parser may end a comment at `-- >`, where no browser does."""
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start)
        end = len(text) if end < 0 else end
        if _DOUBTFUL_END.search(text, start, end):
            return True
        start = text.find("<!--", end)
    return False


class _Reader(HTMLParser):
    """Notes what is live; inside of what a browser does not run or show, nothing is."""

    def __init__(self, embed_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = PageRead()
        self._embed_url = embed_url
        self._within: list[str] = []
        self._tag: dict[str, str] | None = None
        self._commented = False
        self.misled = False

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Go into what is inert, or note what is live."""
        self._commented = False
        if tag in _INERT:
            self._within.append(tag)
        elif not self._within:
            self._note(tag, _first_of_each(attrs))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        """A browser takes `<script/>` for `<script>`; only foreign elements end there."""
        if tag in _RAW:
            if tag not in _FOREIGN:
                self._within.append(tag)
        else:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        """`<!--<script>` in a script makes browsers look for a later end of it than we do."""
        if self.cdata_elem == "script":
            self._commented = self._commented or "<!--" in data
            self.misled = self.misled or (self._commented and "<script" in data.lower())

    def handle_endtag(self, tag: str) -> None:
        """A script runs once it has ended."""
        if self._within:
            if self._within[-1] == tag:
                self._within.pop()
        elif tag == "script" and self._tag is not None:
            self.seen.has_tag = True
            self.seen.keys.add(self._tag.get("data-key", ""))
            self._tag = None

    def _note(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "script":
            self._tag = attrs if self._is_ours(attrs) else None
        elif tag == "comment-kit":
            self.seen.keys.add(attrs.get("key", ""))
        elif tag == "base" and self.seen.base is None and "href" in attrs:
            self.seen.base = attrs["href"]
        elif tag == "link" and "canonical" in attrs.get("rel", "").lower().split():
            self.seen.canonical.append(attrs.get("href", ""))

    def _is_ours(self, attrs: dict[str, str]) -> bool:
        """Compare the whole address, without its query."""
        live = attrs.get("type", "").strip().lower() in _LIVE_TYPES
        return live and attrs.get("src", "").strip().partition("?")[0] == self._embed_url


def _first_of_each(attrs: Attributes) -> dict[str, str]:
    """Browsers keep the first attribute of a name."""
    return {name: value or "" for name, value in reversed(attrs)}
