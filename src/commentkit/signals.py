"""Past-tense signals, sent after commit; a signal informs, it never decides."""

from blinker import Namespace

_signals = Namespace()

comment_posted = _signals.signal("commentkit.comment_posted")
"""Sent with `site`, `thread` and `comment`, whatever the comment's status."""
comment_approved = _signals.signal("commentkit.comment_approved")
comment_edited = _signals.signal("commentkit.comment_edited")
comment_deleted = _signals.signal("commentkit.comment_deleted")
comment_rejected = _signals.signal("commentkit.comment_rejected")
signed_in = _signals.signal("commentkit.signed_in")
"""Sent with `site` and `identity`."""
signed_out = _signals.signal("commentkit.signed_out")
account_changed = _signals.signal("commentkit.account_changed")
"""Sent with `site` and `change`: identities came to an account or left it, or that was undone."""
account_erased = _signals.signal("commentkit.account_erased")
"""Sent with `site` and `account_id`, which nothing here has any more."""
