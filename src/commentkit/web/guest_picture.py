"""A guest's picture by e-mail, where a site opted in: the server asks, browsers never do."""

from functools import partial

from flask import Response, jsonify, request
from itsdangerous import BadSignature, Signer

from commentkit import ids
from commentkit.errors import CommentKitError
from commentkit.people import accounts, pictures
from commentkit.settings import Settings
from commentkit.web import section
from commentkit.web.bodies import read_json
from commentkit.web.call import Call

_SALT = "commentkit.guest-picture"


def find(call: Call) -> Response:
    """Answer with the picture of an e-mail address, and a proof that lets its comment carry it.

    The proof binds picture and address, so that nobody can put on a picture that is not theirs.
    """
    if not call.site.rules.pictures_by_email:
        raise CommentKitError("not_found")
    call.limit("guest_picture")
    email = accounts.checked_email(read_json(request).text("email", limit=400), required=True)
    url = pictures.gravatar_url(email or "")
    found = pictures.fetch(call.kit.services.http, url)
    if found is None:
        return jsonify({"picture": None, "proof": None})
    content_type, body = found
    store = partial(
        pictures.store,
        site_id=call.site.id,
        source_url=url,
        content_type=content_type,
        body=body,
        now=call.now,
    )
    number = call.kit.database.write(store, repeatable=True)
    proof = _signer(call.kit.settings, call.site.id, email or "").sign(str(number)).decode()
    return jsonify({"picture": f"{section.pictures(call)}/{number}", "proof": proof})


def proven(call: Call, *, email: str | None, proof: str | None) -> int | None:
    """Return the picture that was found for this address here; None for any other."""
    if not (email and proof and call.site.rules.pictures_by_email):
        return None
    try:
        return int(_signer(call.kit.settings, call.site.id, email).unsign(proof))
    except (BadSignature, ValueError):
        return None


def _signer(settings: Settings, site_id: int, email: str) -> Signer:
    about = ids.sha256(f"{site_id}\0{email.lower()}").hex()
    return Signer(settings.secret_key, salt=f"{_SALT}.{about}")
