"""Every error a person or a client can meet: a stable code, a status, a sentence that helps."""

from dataclasses import dataclass, field
from typing import Any

from commentkit.words import N_


@dataclass(frozen=True)
class Kind:
    """One row of the table of errors."""

    status: int
    message: str
    field: str | None = None


ERRORS: dict[str, Kind] = {
    # What was typed
    "comment_empty": Kind(400, N_("Write something before you send."), "text"),
    "comment_too_long": Kind(
        400, N_("This comment is too long. Keep it under %(limit)s characters."), "text"
    ),
    "comment_unusable": Kind(
        400, N_("This text contains characters that cannot be stored. Remove them."), "text"
    ),
    "duplicate_comment": Kind(
        409, N_("You have already said exactly that here. Is there something to add?"), "text"
    ),
    "name_required": Kind(400, N_("Enter your name."), "name"),
    "name_too_long": Kind(400, N_("This name is too long. Shorten it a little."), "name"),
    "name_of_staff": Kind(
        403,
        N_(
            "This name looks like that of somebody who runs this site. Choose another one, or sign "
            "in if it is yours."
        ),
        "name",
    ),
    "email_required": Kind(400, N_("Enter your e-mail address. It is never made public."), "email"),
    "email_invalid": Kind(
        400, N_("This e-mail address is not complete. Check the part around the @."), "email"
    ),
    "website_invalid": Kind(
        400,
        N_("This address is not a web page. It should look like https://example.org."),
        "website",
    ),
    # Where it was sent
    "unknown_site": Kind(404, N_("This site is not known here. Check the name in the script tag.")),
    "unknown_thread": Kind(404, N_("There is no discussion at this address.")),
    "thread_not_allowed": Kind(
        403, N_("This page's address does not belong to the site, so it cannot have comments.")
    ),
    "thread_missing": Kind(400, N_("The request does not say which page it is about.")),
    "thread_closed": Kind(403, N_("Comments are closed on this page.")),
    "unknown_comment": Kind(404, N_("This comment does not exist, or not any more.")),
    "parent_gone": Kind(
        409,
        N_("The comment you are answering is no longer here. You can post without replying."),
        "text",
    ),
    "unknown_sort": Kind(400, N_("Comments can be sorted by oldest or newest.")),
    "bad_cursor": Kind(
        400, N_("This page of comments does not exist. Start again from the first.")
    ),
    "origin_not_registered": Kind(
        403,
        N_(
            "This page's origin is not registered for the site. Its owner can add it: "
            "flask commentkit site set NAME --add-origin ORIGIN"
        ),
    ),
    "not_found": Kind(404, N_("There is nothing at this address.")),
    "method_not_allowed": Kind(405, N_("This address cannot be used that way.")),
    # Who asks
    "sign_in_required": Kind(401, N_("Sign in to comment here.")),
    "token_expired": Kind(
        401, N_("Your sign-in has ended. Sign in again; your text is still here.")
    ),
    "not_yours": Kind(403, N_("Only its author can change this comment.")),
    "blocked": Kind(403, N_("You cannot comment on this site.")),
    "edit_window_over": Kind(403, N_("The time for changing this comment is over.")),
    "edit_conflict": Kind(412, N_("This comment was changed elsewhere. Reload it and try again.")),
    "unknown_identity": Kind(
        404, N_("That account is not signed in here any more. Sign in again.")
    ),
    "cross_site": Kind(
        403, N_("This form was sent from another site. Open the page and try again.")
    ),
    # Signing in
    "unknown_provider": Kind(404, N_("This way of signing in is not offered here.")),
    "sign_in_cancelled": Kind(
        400, N_("Nothing was shared: the sign-in was cancelled. Your text is still here.")
    ),
    "sign_in_disallowed": Kind(403, N_("This account cannot sign in here. Choose another one.")),
    "attempt_expired": Kind(
        400,
        N_("This sign-in took too long or was used before. Close this window and start again."),
    ),
    "attempt_foreign": Kind(
        403,
        N_(
            "This sign-in was started in another browser or window. Close this one and start again."
        ),
    ),
    "attempt_invalid": Kind(
        400, N_("This sign-in cannot begin: the page that started it is out of date. Reload it.")
    ),
    "provider_unavailable": Kind(
        502,
        N_("%(provider)s is not answering right now. Try again shortly, or choose another way."),
    ),
    "provider_bad_answer": Kind(
        502,
        N_("%(provider)s gave an answer that cannot be trusted. Nothing changed; try another way."),
    ),
    "provider_misconfigured": Kind(
        502,
        N_("Signing in with %(provider)s is not set up correctly here. Choose another way."),
    ),
    "instance_invalid": Kind(
        400,
        N_("This is not an address that %(provider)s can be reached at. Check how it is written."),
        "instance",
    ),
    "instance_unusable": Kind(
        502,
        N_("Nothing at this address lets you sign in with %(provider)s right now. Check it."),
        "instance",
    ),
    "code_wrong": Kind(
        400,
        N_("That is not the code of the latest e-mail. Look again, or ask for a new one."),
        "code",
    ),
    "code_over": Kind(
        400, N_("That was wrong too often. Ask for a new e-mail: its code will work."), "code"
    ),
    "passkey_missing": Kind(
        400, N_("The browser gave no passkey. Try again, or choose another way to sign in.")
    ),
    "passkey_unknown": Kind(
        404, N_("This passkey is not known here. Use another one, or make one now.")
    ),
    "wallet_silent": Kind(
        400, N_("The wallet named no account. Unlock it and try again, or choose another way.")
    ),
    "wallet_contract": Kind(
        400,
        N_(
            "This wallet is a contract, and here an account needs a key of its own. Choose another "
            "account in it, or another way."
        ),
    ),
    "ticket_invalid": Kind(400, N_("This sign-in could not be completed. Press the button again.")),
    "ticket_expired": Kind(
        410, N_("The sign-in waited too long. Press the same button again; it will be quick.")
    ),
    "way_back_unknown": Kind(
        409,
        N_(
            "This window cannot find its way back to the page. Close it and press the button again."
        ),
    ),
    # The site's own users
    "host_user_malformed": Kind(
        400,
        N_(
            "What this page says about its user cannot be read: it must be a signed JWT of "
            "at most 4,000 characters, without special headers."
        ),
    ),
    "host_user_algorithm": Kind(
        400,
        N_(
            "What this page says about its user must be signed with HS256 or EdDSA, as its "
            "key was made for."
        ),
    ),
    "host_user_key": Kind(
        403,
        N_(
            "What this page says about its user names no key of this site. Its owner can "
            "make one: flask commentkit site host-key NAME"
        ),
    ),
    "host_user_signature": Kind(
        403,
        N_("What this page says about its user is not signed with the key that it names."),
    ),
    "host_user_issuer": Kind(
        400,
        N_(
            "What this page says about its user must name the site, or one of its origins, "
            "as “iss”."
        ),
    ),
    "host_user_audience": Kind(
        400,
        N_("What this page says about its user must name this comment server as “aud”."),
    ),
    "host_user_lifetime": Kind(
        400,
        N_(
            "What this page says about its user needs “iat” and “exp”, now and at most ten "
            "minutes apart. Compare the clocks."
        ),
    ),
    "host_user_expired": Kind(
        410,
        N_("What this page says about you is too old. Reload the page."),
    ),
    "host_user_used": Kind(
        409,
        N_("What this page says about you was used before. Reload the page."),
    ),
    "host_user_claims": Kind(
        400,
        N_(
            "What this page says about its user needs a “sub”, a “jti” and a “name”, and the "
            "rest as documented."
        ),
    ),
    # One's account
    "account_signed_out": Kind(
        401, N_("You are not signed in to this account any more. Sign in and try again.")
    ),
    "proof_needed": Kind(403, N_("Sign in once more first, to show that it is still you.")),
    "identity_taken": Kind(
        409,
        N_("That sign-in belongs to another account here. If both are yours, you can merge them."),
    ),
    "identity_last": Kind(
        409, N_("This is the only way into your account. Link another one before you remove it.")
    ),
    "claim_over": Kind(410, N_("There is nothing left here that could become yours.")),
    "undo_over": Kind(410, N_("This cannot be undone any more.")),
    # The request itself
    "json_invalid": Kind(400, N_("The request is not valid JSON.")),
    "content_type": Kind(415, N_("The request must be sent as %(expected)s.")),
    "too_large": Kind(413, N_("The request is too large."), "text"),
    "field_invalid": Kind(400, N_("The field “%(name)s” has a value that cannot be used.")),
    "header_missing": Kind(403, N_("The request lacks the header X-CommentKit.")),
    "too_many": Kind(429, N_("That was a lot in a short time. Wait a moment and try again.")),
    "link_invalid": Kind(400, N_("This link is not complete, or not valid any more.")),
    "unavailable": Kind(
        503, N_("Comments cannot be reached right now. Your text is kept; try again shortly.")
    ),
    "internal": Kind(500, N_("Something went wrong here. Your text is kept; try again.")),
}


@dataclass
class CommentKitError(Exception):
    """A refusal with a stable `code` from `ERRORS`; `values` fill its sentence."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.code)

    @property
    def all(self) -> "list[CommentKitError]":
        """Return every error of a form that was refused; for others, this one."""
        return [self]

    @property
    def kind(self) -> Kind:
        """Return the status, sentence and form field of this error."""
        return ERRORS[self.code]


class FormRefused(CommentKitError):  # noqa: N818 - says what happened
    """Several fields are wrong at once; its own code is the first one's."""

    def __init__(self, errors: list[CommentKitError]) -> None:
        super().__init__(errors[0].code, errors[0].values)
        self._errors = errors

    @property
    def all(self) -> list[CommentKitError]:
        """Return the error of each field, in the order they stand in the form."""
        return self._errors
