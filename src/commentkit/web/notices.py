"""What is said on the next page once something is done, by stable code; no error among them."""

from commentkit.words import N_

NOTICES: dict[str, str] = {
    "confirm_sent": N_("We have written to you: confirm your address from that message."),
    "deleted": N_("Your comment is deleted."),
}
