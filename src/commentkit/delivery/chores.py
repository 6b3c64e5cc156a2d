"""What is tidied up now and then, in every deployment."""

from commentkit.delivery import outbox, subscriptions
from commentkit.discussion import drafts
from commentkit.people import tokens
from commentkit.signin import flow, spent

CHORES: tuple[outbox.Chore, ...] = (
    outbox.forget_settled,
    subscriptions.forget_unconfirmed,
    tokens.forget_expired,
    flow.forget_expired,
    spent.forget_expired,
    drafts.forget_expired,
)
