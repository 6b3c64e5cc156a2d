"""The addresses that e-mails carry; those that act are signed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from itsdangerous import BadData, URLSafeSerializer

from commentkit import ids
from commentkit.errors import CommentKitError

CONFIRM_WITHIN = timedelta(days=7)
CLAIM_WITHIN = timedelta(days=1)
MOST_CLAIMED = 10
"""Authors that one link may name; another letter names the next."""
_MAX_TOKEN = 800


@dataclass(frozen=True)
class Claim:
    """What a letter to an address lets its reader take over."""

    number: int
    """Of the letter: its link counts once."""
    until: datetime
    mark: str
    """Stands for the address that the letter went to."""
    identity_ids: tuple[int, ...]


@dataclass(frozen=True)
class Links:
    """Makes and reads them, under the server's own public address."""

    base_url: str
    """The address of the blueprint, without a slash at its end."""
    secret_key: str = field(repr=False)

    @property
    def host(self) -> str:
        """Return the host by which our messages name themselves."""
        return urlsplit(self.base_url).hostname or "localhost"

    def comment(self, *, site: str, url: str | None, key: str, comment_id: int | None) -> str:
        """Return where a comment (or its whole thread) is read: on its page, else on ours."""
        place = f"#comment-{comment_id}" if comment_id is not None else ""
        if url is not None:
            return url.split("#")[0] + place
        asked = {"key": key} | ({"comment": str(comment_id)} if comment_id is not None else {})
        return f"{self.base_url}/{site}/page?{urlencode(asked)}{place}"

    def confirm(self, *, site: str, site_id: int, subscription_id: int, now: datetime) -> str:
        """Return the link that confirms a subscription, good for seven days."""
        until = int((now + CONFIRM_WITHIN).timestamp())
        token = self._signer("confirm").dumps([site_id, subscription_id, until])
        return f"{self.base_url}/{site}/mail/confirm?{urlencode({'t': token})}"

    def unsubscribe(self, *, site: str, site_id: int, subscription_id: int) -> str:
        """Return the link that ends a subscription, good for ever."""
        token = self._signer("unsubscribe").dumps([site_id, subscription_id])
        return f"{self.base_url}/{site}/mail/unsubscribe?{urlencode({'t': token})}"

    def claim(self, *, site: str, site_id: int, claim: Claim) -> str:
        """Return the link by which what was written with an address can be taken over."""
        said = [site_id, claim.number, int(claim.until.timestamp()), claim.mark]
        token = self._signer("claim").dumps([*said, *claim.identity_ids])
        return f"{self.base_url}/{site}/account/claimed?{urlencode({'t': token})}"

    def mark_of(self, email: str) -> str:
        """Return what stands for an address in a link; only we can make it."""
        return ids.derive(self.secret_key, f"claim\0{email.lower()}")[:22]

    def read_claim(self, token: str, *, site_id: int, now: datetime) -> Claim:
        """Return what a link is about; raises `link_invalid` if forged, foreign or too old."""
        number, until, mark, *identity_ids = self._read("claim", token, site_id=site_id)
        if until < now.timestamp():
            raise CommentKitError("link_invalid")
        end = datetime.fromtimestamp(until, UTC)
        return Claim(number, end, mark, tuple(identity_ids))

    def read_confirm(self, token: str, *, site_id: int, now: datetime) -> int:
        """Return the subscription's id; raises `link_invalid` if forged, foreign or too old."""
        subscription_id, until = self._read("confirm", token, site_id=site_id, parts=3)
        if until < now.timestamp():
            raise CommentKitError("link_invalid")
        return int(subscription_id)

    def read_unsubscribe(self, token: str, *, site_id: int) -> int:
        """Return the subscription's id; raises `link_invalid` if forged or foreign."""
        return int(self._read("unsubscribe", token, site_id=site_id, parts=2)[0])

    def _read(
        self, purpose: str, token: str, *, site_id: int, parts: int | None = None
    ) -> list[Any]:
        if len(token) > _MAX_TOKEN:
            raise CommentKitError("link_invalid")
        try:
            found = self._signer(purpose).loads(token)
        except BadData:
            raise CommentKitError("link_invalid") from None
        if (parts is not None and len(found) != parts) or found[0] != site_id:
            raise CommentKitError("link_invalid")
        return list(found[1:])

    def _signer(self, purpose: str) -> URLSafeSerializer:
        """Sign for one purpose only, so that no link serves for another."""
        return URLSafeSerializer(
            self.secret_key,
            salt=f"commentkit.mail.{purpose}",
            signer_kwargs={"digest_method": sha256},
        )
