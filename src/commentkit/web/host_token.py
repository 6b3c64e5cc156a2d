"""What a page of another site says about its user, turned into a token of ours."""

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit.errors import CommentKitError
from commentkit.model import Identity
from commentkit.people import accounts, host_users, tokens
from commentkit.people.host_users import HostUser, Teller
from commentkit.people.tokens import Issued
from commentkit.people.viewer import SSO, Viewer
from commentkit.signin import host_keys, host_token
from commentkit.signin.host_keys import HostKey
from commentkit.signin.host_token import Told
from commentkit.signin.spent import spend
from commentkit.web import acts, api, proofs
from commentkit.web.bodies import MAX_BYTES, read_json
from commentkit.web.call import Call
from commentkit.web.host_users import is_current, keep, look_at_picture


def exchange(call: Call) -> Response:
    """Turn the word of a site's server about its user into a token, once."""
    if SSO in call.site.rules.retired:
        raise CommentKitError("unknown_provider")
    fields = read_json(request)
    transport = proofs.checked_transport(call, fields.text("transport", limit=20))
    text = fields.text("user", limit=MAX_BYTES)
    call.limit("redeem")
    told = _read(call, text)
    picture = _picture(call, told.user)

    def use_up(db: Session) -> Issued:
        if not spend(db, site_id=call.site.id, key=told.once, expires_at=told.until):
            raise CommentKitError("host_user_used")
        identity = keep(call, db, told.user, _teller(call), picture)
        if accounts.of_identity(db, identity).blocked_at is not None:
            raise CommentKitError("sign_in_disallowed")
        previous = _without_another(call, db, identity)
        return acts.sign_in(call, db, identity, previous, transport=transport)

    return api.handed_out(call, fields, call.kit.database.write(use_up))


def _without_another(call: Call, db: Session, identity: Identity) -> Viewer:
    """Return who was here before; somebody else whom the site named is signed out.

    Only the site knows that its user changed: whoever comes next at the same browser would hold
    what the one before wrote, and signed in with.
    """
    previous = proofs.viewer_of(call, db, strict=False)
    named = {i.id for i in previous.identities if i.provider == SSO}
    if previous.token is None or named <= {identity.id}:
        return previous
    tokens.end(db, site_id=call.site.id, token_id=previous.token.id, now=call.now)
    return Viewer(site_id=call.site.id)


def _read(call: Call, text: str) -> Told:
    return host_token.read(
        text,
        site=call.site,
        audience=call.kit.settings.public_url,
        key_of=lambda kid: _key(call, kid),
        now=call.now,
    )


def _key(call: Call, kid: str) -> HostKey | None:
    secret_key = call.kit.settings.secret_key
    with call.kit.database.read() as db:
        return host_keys.find(db, site_id=call.site.id, kid=kid, secret_key=secret_key)


def _teller(call: Call) -> Teller:
    """Name each site an issuer of its own, so that nobody is known across sites."""
    return Teller(SSO, f"{SSO}:{call.site.id}")


def _picture(call: Call, user: HostUser) -> tuple[str, bytes] | None:
    """Fetch the picture of somebody new, or of whom it was long ago."""
    teller = _teller(call)
    with call.kit.database.look() as db:
        kept = host_users.find(db, site_id=call.site.id, user=user, teller=teller)
    return None if is_current(call, user, teller, kept) else look_at_picture(call, user)
