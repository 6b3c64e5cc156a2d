"""What a query or a body says of the page a section stands on; no framework needed."""

from commentkit.discussion.cursors import Cursor, replies_of, roots_of
from commentkit.discussion.threads import Page
from commentkit.web import vouching
from commentkit.web.bodies import Fields
from commentkit.web.call import Call
from commentkit.web.section import Ask


def ask_of(call: Call, query: Fields, *, composed: bool = False) -> Ask:
    """Read which part of which thread is asked for; raises `bad_cursor`, `field_invalid`."""
    page = page_of(call, query)
    sort = query.text("sort", limit=20) or call.site.rules.sort
    return Ask(
        page=page,
        sort=sort,
        after=_place(call, query, page, sort, composed=composed),
        comment=query.number("comment"),
        composed=composed,
    )


def _place(call: Call, query: Fields, page: Page, sort: str, *, composed: bool) -> Cursor | None:
    """Read where to go on: among the roots, or on a whole page among the replies of one."""
    text = query.optional("after", limit=60)
    if text is None:
        return None
    root = query.number("root") if composed else None
    if root is not None:
        return call.kit.cursors.read(text, replies_of(call.site.id, root))
    return call.kit.cursors.read(text, roots_of(call.site.id, page.thread_key, sort))


def page_of(call: Call, fields: Fields) -> Page:
    """Read the page of the host that a section stands on, vouched for where it carries a proof."""
    said = Page(key=fields.optional("key"), url=fields.optional("url"), title=fields.text("title"))
    proof = fields.text("proof", limit=vouching.MAX_PROOF_CHARS)
    return vouching.checked(call.kit.settings, site=call.site.name, page=said, proof=proof)
