"""A rule's answer about a new comment."""

from commentkit.model import STAFF, Comment
from commentkit.rules import SiteRules


def status_of_new(rules: SiteRules, *, role: str, has_approved: bool) -> str:
    """Return `approved` or `pending`; people who run the site are never held."""
    if role in STAFF or rules.hold == "nobody":
        return "approved"
    if rules.hold == "first_time" and has_approved:
        return "approved"
    return "pending"


def held_again(rules: SiteRules, comment: Comment, *, role: str) -> bool:
    """Tell whether an edited comment waits for approval anew: where everyone is held.

    Under `first_time` the author is trusted by now, and could as well write another comment.
    """
    return comment.status == "approved" and rules.hold == "everyone" and role == "member"
