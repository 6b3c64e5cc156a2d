"""Avatars: fetched by the server alone, drawn anew, and kept under an id that says nothing."""

import logging
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Picture
from commentkit.model.writing import add_once
from commentkit.signin.http import Answer, HttpFailure

logger = logging.getLogger("commentkit.pictures")

SIDE = 160
"""Longest side in pixels: twice what the section shows, for dense screens."""
WITHIN_SECONDS = 2.0
MAX_BYTES = 1_000_000
MAX_PIXELS = 16_000_000
"""Decoded, 64 MB; a bomb claims more and is refused before anything is decoded."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_REDIRECTS = 2


class Gets(Protocol):
    """What is needed of the guarded client."""

    def within(self, seconds: float) -> "Gets":
        """Return the same with less time."""

    def get(self, url: str, *, redirects: int = 0) -> Answer:
        """Fetch; raises HttpFailure."""


def fetch(http: Gets, url: str) -> tuple[str, bytes] | None:
    """Fetch a picture and draw it anew; None for whatever goes wrong: initials are shown then."""
    try:
        answer = http.within(WITHIN_SECONDS).get(url, redirects=_REDIRECTS).require_ok()
    except HttpFailure as failure:
        logger.info("no picture: %s", failure)  # names the host, never the path or the query
        return None
    return redraw(answer.body, host=answer.host)


def redraw(body: bytes, *, host: str = "") -> tuple[str, bytes] | None:
    """Return content type and bytes of a small WebP with the same first frame and no metadata."""
    if len(body) > MAX_BYTES:
        logger.info("no picture: too_large %s", host)
        return None
    try:
        return "image/webp", _webp(body)
    except Exception as error:  # noqa: BLE001 - decoders fail in every way on bytes from strangers
        logger.info("no picture: %s %s", type(error).__name__, host)
        return None


def store(
    db: Session, *, site_id: int, source_url: str, content_type: str, body: bytes, now: datetime
) -> int:
    """Keep a picture once for each address and look, and return its id.

    When the picture behind an address changes it gets a new id; older comments keep theirs.
    """
    look = ids.sha256(f"{source_url}\0{sha256(body).hexdigest()}")
    same = select(Picture.id).where(Picture.site_id == site_id, Picture.source_hash == look)
    known = db.scalar(same)
    if known is not None:
        return known
    picture = Picture(
        site_id=site_id,
        id=ids.new_id(now),
        source_hash=look,
        content_type=content_type,
        body=body,
        created_at=now,
    )
    return picture.id if add_once(db, picture) else db.scalars(same).one()


def gravatar_url(email: str) -> str:
    """Return where Gravatar keeps a picture for an address, or answers 404.

    For sites that opted in (`pictures_by_email`), and for `fetch` alone: the address holds a hash
    of the e-mail, so it never leaves for a browser. The hash: docs.gravatar.com/rest/hash; `s`, `r`
    and `d`: gravatar.com/site/implement/url, both read 2026-11-22 as stored copies.
    """
    name = sha256(email.strip().lower().encode()).hexdigest()
    return f"https://gravatar.com/avatar/{name}?s={SIDE}&d=404&r=g"


def _webp(body: bytes) -> bytes:
    from PIL import Image, ImageOps  # the first picture pays for it, not every start

    with Image.open(BytesIO(body), formats=_FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        opened.draft("RGB", (SIDE, SIDE))  # lets JPEG decode at a fraction of its size
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    picture.thumbnail((SIDE, SIDE))
    picture.info.clear()
    out = BytesIO()
    picture.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()
