"""What a host's own templates call: the section inlined, counts, and the script tag."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from flask import Response, request
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from commentkit import sites
from commentkit.discussion import threads
from commentkit.discussion.addresses import canonical_url
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.people.host_users import HostUser
from commentkit.sites import KnownSite
from commentkit.view import InlinedLink, InlinedSection, Links, ThreadView
from commentkit.web import cookies, host_users, proofs, section, vouching, wording
from commentkit.web.call import Call
from commentkit.web.composed import Wanted, compose
from commentkit.web.kit import Kit
from commentkit.web.read_path.responses import KeptResponse
from commentkit.web.section import Ask

_log = logging.getLogger("commentkit.web")
_OUR_TROUBLE = (CommentKitError, SQLAlchemyError)
_PRIVATE, _UNDER_WAY = "commentkit.private", "commentkit.under_way"
_IN_PATHS = "/:@!$&'()*+,;=~"


@dataclass(frozen=True)
class HostTemplates:
    """`commentkit` in the host's Jinja environment."""

    kit: Kit
    default_site: str

    def thread(
        self,
        key: str,
        *,
        title: str = "",
        url: str | None = None,
        language: str | None = None,
        sort: str | None = None,
        site: str | None = None,
        personal: bool = False,
    ) -> Markup:
        """Inline a thread's section, readable and usable without JavaScript.

        `url` is the page's own address; by default this request's path and query on our public
        URL: give it where a query may hold more than the page needs. What is inlined says nothing
        about its reader, so the page may be cached. `personal=True` composes the viewer's part too,
        for readers without JavaScript, and marks such a response `private, no-store`: use it only
        where nothing of yours caches the page regardless. A streamed page cannot be marked so late,
        and is shown without it.

        Raises nothing for what goes wrong here, a database that does not answer included: it is
        logged, and a link to our own page of the thread stands in the section's place.
        """
        address = url or _own_address(self.kit.settings.origin)
        page = Page(key=str(key), url=str(address), title=_encodable(str(title)), vouched=True)
        try:
            return self._inlined(page, language=language, sort=sort, site=site, personal=personal)
        except _OUR_TROUBLE:
            _log.exception("the thread %r cannot be shown: a link stands in its place", key)
            return self._bare(page, language=language, site=site)

    def count(self, key: str, *, site: str | None = None, language: str | None = None) -> str:
        """Say how many comments a thread has, as a link would."""
        return self.counts([key], site=site, language=language)[key]

    def counts(
        self, keys: Sequence[str], *, site: str | None = None, language: str | None = None
    ) -> dict[str, str]:
        """Say it for the threads of a list page, in one query."""
        try:
            with self.kit.database.read() as db:
                call = self._call(db, site, language)
                found = threads.counts(db, call.site, keys)
        except _OUR_TROUBLE:
            _log.exception("comments cannot be counted: links say no number")
            tongue = self.kit.renderer.negotiate(language, "en")
            return dict.fromkeys(keys, self.kit.renderer.gettext(tongue, "Comments"))
        return {key: wording.count_text(call, count.comments) for key, count in found.items()}

    def _call(self, db: Session, name: str | None, language: str | None) -> Call:
        site: KnownSite = sites.find(db, name or self.default_site)
        return Call(
            kit=self.kit,
            site=site,
            language=self.kit.renderer.negotiate(language, site.language),
            origin=self.kit.settings.origin,
            now=self.kit.clock(),
        )

    def _who(self, name: str | None) -> HostUser | None:
        """Ask the host whose page this is, before any transaction."""
        if self.kit.host_users is None:
            return None
        site = self.kit.sites.find(name or self.default_site)
        return host_users.asked(self.kit, site, self.kit.settings.origin)

    def _ask(self, call: Call, page: Page, sort: str | None) -> Ask:
        """Describe the page: the host names its own threads, so it vouches for their addresses."""
        return Ask(
            page=replace(page, language=call.language),
            sort=sort or call.site.rules.sort,
            proof=vouching.signed(self.kit.settings, site=call.site.name, page=page),
        )

    def _inlined(
        self,
        page: Page,
        *,
        language: str | None,
        sort: str | None,
        site: str | None,
        personal: bool,
    ) -> Markup:
        composes = personal and not _is_under_way(page)
        user = self._who(site) if composes else None
        with self.kit.database.read() as db:
            call = replace(self._call(db, site, language), host_user=user)
            ask = self._ask(call, page, sort)
            mine = composes and (user is not None or self._holds_cookie(call))
            view = self._personal(call, db, ask) if mine else self._public(call, db, ask)
        inlined = InlinedSection(
            embed_url=f"{self.kit.settings.base_url}/embed.js",
            server=self.kit.settings.base_url,
            asks_viewer=personal or host_users.asks(self.kit, call.site),
            section=view,
        )
        return self.kit.renderer.render("inlined.html", language=call.language, view=inlined)

    def _bare(self, page: Page, *, language: str | None, site: str | None) -> Markup:
        """Stand in for a section that cannot be shown now, without asking the database."""
        settings, name = self.kit.settings, site or self.default_site
        said = replace(page, key=_encodable(page.key or ""), url=_encodable(page.url or ""))
        tongue = self.kit.renderer.negotiate(language, "en")
        links = Links(
            endpoint=f"{settings.base_url}/{name}",
            key=said.key or "",
            url=said.url,
            language=tongue,
            proof=self._proof_if_any(page, name),
        )
        view = InlinedLink(
            embed_url=f"{settings.base_url}/embed.js",
            server=settings.base_url,
            site=name,
            title=page.title,
            links=links,
        )
        return self.kit.renderer.render("inlined_link.html", language=tongue, view=view)

    def _proof_if_any(self, page: Page, site: str) -> str:
        try:
            return vouching.signed(self.kit.settings, site=site, page=page)
        except CommentKitError:
            return ""

    def _holds_cookie(self, call: Call) -> bool:
        settings, name = self.kit.settings, call.site.name
        ours = (cookies.page_name(name, settings), cookies.draft_name(name, settings))
        return any(cookie in request.cookies for cookie in ours)

    def _public(self, call: Call, db: Session, ask: Ask) -> ThreadView:
        return section.public_view(call, db, section.stand(call, db, ask), at="home")

    def _personal(self, call: Call, db: Session, ask: Ask) -> ThreadView:
        request.environ[_PRIVATE] = True
        viewer = proofs.viewer_of(call, db, strict=False)
        return compose(call, db, viewer, Wanted(ask=ask))


def settle(response: Response) -> Response:
    """Mark a page that names its reader, last of all; what is rendered later is streamed."""
    if isinstance(response, KeptResponse):
        return response  # ours, at hand: nothing is rendered any more
    environ = request.environ
    if _PRIVATE in environ:
        response.headers["Cache-Control"] = "private, no-store"
    environ[_UNDER_WAY] = True
    return response


def _is_under_way(page: Page) -> bool:
    if _UNDER_WAY not in request.environ:
        return False
    _log.error("the thread %r is shown to all alike: a streamed page cannot be private", page.key)
    return True


def _own_address(origin: str) -> str:
    """Return the address of the page that is being made, as our public URL spells it."""
    path = quote(request.script_root + request.path, safe=_IN_PATHS, errors="replace")
    query = request.query_string.decode("utf-8", "replace")
    try:
        return canonical_url(f"{origin}{path}?{query}")
    except CommentKitError:
        return f"{origin}{path}"  # a query that no address may have


def _encodable(text: str) -> str:
    """Return text that a page can hold: lone surrogates would break the host's own answer."""
    return text.encode("utf-8", "replace").decode()
