"""What a page of another site says about its user, turned into a token of ours."""

from flask import Response, request
from sqlalchemy.orm import Session

from commentkit.errors import CommentKitError
from commentkit.people import accounts, host_users
from commentkit.people.host_users import HostUser, Teller
from commentkit.people.tokens import Issued
from commentkit.people.viewer import SSO
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
        previous = proofs.viewer_of(call, db, strict=False)
        return acts.sign_in(call, db, identity, previous, transport=transport)

    return api.handed_out(call, fields, call.kit.database.write(use_up))


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
