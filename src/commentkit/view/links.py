"""Every address in a section: the page without JavaScript, and the public fragment of the same."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlencode

PAGE = "{page}"
"""In an address of the site's own: the page to come back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """Addresses of the static files a page or a fragment names; each carries its digest."""

    style: str
    """commentkit.css"""
    script: str
    """section.js, which the widget loads lazily"""
    page_style: str
    """page.css, of our own whole pages only"""
    popup_script: str
    """popup.js"""
    icon: str
    """icon.svg, of our own whole pages"""


@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses about one thread, in one language and order.

    What all comments of a page share of theirs is spelled once: no slots, so that it can be kept.
    """

    endpoint: str
    """Absolute address of the blueprint's prefix and the site: `https://…/commentkit/blog`."""
    key: str
    url: str | None
    """The thread's canonical address on the host."""
    language: str
    sort: str = "oldest"
    proof: str = ""
    """The host's word for its page, which forms carry; with it the way back."""
    composed: bool = False
    """True on the page without JavaScript: then permalinks stay there."""

    def page(self) -> str:
        """Return the composed page in the same order."""
        return self._page

    def reply(self, comment: int | str) -> str:
        """Return the composed page with the form set to answer `comment`."""
        return f"{self.replying}{comment}#commentkit-form"

    def edit(self, comment: int | str) -> str:
        """Return the composed page with `comment` open for editing."""
        return f"{self._to('page', {'edit': str(comment)})}#comment-{comment}"

    def comment(self, comment: int | str) -> str:
        """Return the permalink: the host's page, where the section scrolls to it."""
        if self.host is not None:
            return f"{self.host}#comment-{comment}"
        return f"{self._of_comment}comment={comment}#comment-{comment}"

    def sorted(self, sort: str, *, fragment: bool = False) -> str:
        """Return the first page in another order."""
        return self._to(_face(fragment), {"sort": sort})

    def after(self, cursor: str, *, fragment: bool = False) -> str:
        """Return the page of roots after `cursor`."""
        return self._to(_face(fragment), {"after": cursor})

    def more_replies(self, root: int, after: str) -> str:
        """Return the page without JavaScript that goes on with a root's replies."""
        return f"{self._to('page', {'root': str(root), 'after': after})}#comment-{root}"

    def replies_fragment(self, root: int, after: str) -> str:
        """Return the public fragment that goes on with a root's replies."""
        return (
            f"{self.endpoint}/replies/{root}?{urlencode({'after': after, 'lang': self.language})}"
        )

    def post(self, verb: str) -> str:
        """Return where a form of ours is sent."""
        return f"{self.endpoint}/page/{verb}"

    def account(self) -> str:
        """Return the reader's own account page, at the comment server."""
        return f"{self.endpoint}/account?{urlencode({'lang': self.language})}"

    def leading_back(self, address: str) -> str:
        """Name this page in an address of the site's own that asks where to lead back to."""
        stays = self.url and (self.proof or not self.composed)
        return naming(address, self.url if stays and self.url else self.page())

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return the hidden fields that every form carries."""
        own = (("key", self.key), ("url", self.url or ""), ("lang", self.language))
        return (*own, ("sort", self.sort), ("proof", self.proof))

    @cached_property
    def host(self) -> str | None:
        """Return the page that permalinks lead to; None where they stay with us."""
        return self.url.partition("#")[0] if self.url and not self.composed else None

    @cached_property
    def replying(self) -> str:
        """Return what `reply` begins with: a template that adds the id saves a call a comment."""
        return f"{self._of_comment}reply="

    @cached_property
    def _of_comment(self) -> str:
        """Return what addresses of a comment begin with: its id alone says which thread it is in.

        With the thread's key and address in each, a page was twice as long. Our own page keeps
        them, and with them its order.
        """
        if self.composed:
            return f"{self._page}&"
        return f"{self.endpoint}/page?{urlencode({'lang': self.language})}&"

    @cached_property
    def _page(self) -> str:
        return self._to("page", {})

    @cached_property
    def _base(self) -> dict[str, str]:
        """Return what every address of ours says of the thread, encoded, by name."""
        said = {"key": self.key, "url": self.url, "sort": self.sort, "lang": self.language}
        return {name: urlencode({name: value}) for name, value in said.items() if value}

    def _to(self, face: str, query: dict[str, str]) -> str:
        more = {name: urlencode({name: value}) for name, value in query.items() if value}
        return f"{self.endpoint}/{face}?{'&'.join((self._base | more).values())}"


def naming(address: str, page: str) -> str:
    """Put a page where an address says `{page}`."""
    return address.replace(PAGE, quote(page, safe=""))


def _face(fragment: bool) -> str:
    return "thread" if fragment else "page"
