"""Who may do what: one table, asked by every verb and every template."""

from collections.abc import Callable
from dataclasses import dataclass

from commentkit.errors import CommentKitError
from commentkit.model import Comment
from commentkit.people.viewer import Viewer


@dataclass(frozen=True)
class Circumstance:
    """What a rule may look at."""

    viewer: Viewer
    comment: Comment | None = None


Rule = Callable[[Circumstance], bool]


def _owner(c: Circumstance) -> bool:
    return c.comment is not None and c.comment.account_id in c.viewer.account_ids


def _not_blocked(c: Circumstance) -> bool:
    return not c.viewer.blocked


PERMISSIONS: dict[str, tuple[Rule, str]] = {
    "post": (_not_blocked, "blocked"),
    "read_source": (_owner, "not_yours"),
    "edit": (_owner, "not_yours"),
    "delete": (_owner, "not_yours"),
}
"""Action → (who, the code of the refusal)."""


def demand(action: str, viewer: Viewer, comment: Comment | None = None) -> None:
    """Raise the action's refusal unless `viewer` may do it."""
    rule, refusal = PERMISSIONS[action]
    if not rule(Circumstance(viewer, comment)):
        raise CommentKitError(refusal)
