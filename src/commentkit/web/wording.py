"""How counts are said."""

from commentkit.web.call import Call


def count_text(call: Call, count: int) -> str:
    """Say a count as a link does."""
    if count == 0:
        return call.kit.renderer.gettext(call.language, "Leave a comment")
    return call.kit.renderer.ngettext(call.language, "%(num)s comment", "%(num)s comments", count)


def heading(call: Call, count: int) -> str:
    """Say a count as the heading of a list, where a link would invite to the first comment."""
    if count == 0:
        return call.kit.renderer.gettext(call.language, "Comments")
    return count_text(call, count)
