"""What a query or a body says of the page a section stands on; no framework needed."""

from commentkit.discussion.cursors import read_cursor
from commentkit.discussion.threads import Page
from commentkit.web import vouching
from commentkit.web.bodies import Fields
from commentkit.web.call import Call
from commentkit.web.section import Ask


def ask_of(call: Call, query: Fields, *, composed: bool = False) -> Ask:
    """Read which part of which thread is asked for; raises `bad_cursor`, `field_invalid`."""
    after = read_cursor(query.optional("after", limit=60))
    return Ask(
        page=page_of(call, query),
        sort=query.text("sort", limit=20) or call.site.rules.sort,
        after=str(after) if after else None,
        comment=query.number("comment"),
        composed=composed,
    )


def page_of(call: Call, fields: Fields) -> Page:
    """Read the page of the host that a section stands on, vouched for where it carries a proof."""
    said = Page(key=fields.optional("key"), url=fields.optional("url"), title=fields.text("title"))
    proof = fields.text("proof", limit=vouching.MAX_PROOF_CHARS)
    return vouching.checked(call.kit.settings, site=call.site.name, page=said, proof=proof)
