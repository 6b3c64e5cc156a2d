"""Settle what a provider said of a person: the same rules for every provider, in one place."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from commentkit.signin.addresses import web_address
from commentkit.signin.provider import Profile, Provider, ProviderError
from commentkit.text import clean_line

MAX_SUBJECT_CHARS = 255  # OpenID Connect Core 1.0 §2
MAX_NAME_CHARS = 64
MAX_EMAIL_CHARS = 254  # RFC 5321 §4.5.3.1.3


def settle(provider: Provider, profile: Profile, *, loopback: bool) -> Profile:
    """Clean a mapped profile; raise ProviderError when it does not identify anyone.

    Drops what cannot be used: addresses that are not https on a public host, malformed e-mail
    addresses, invisible names. `loopback` also keeps web addresses on this machine.
    """
    _check_subject(profile.subject)
    email = _email(profile.email)
    handle = clean_line(profile.handle or "", limit=MAX_NAME_CHARS) or None
    name = clean_line(profile.name, limit=MAX_NAME_CHARS)
    return replace(
        profile,
        name=name or handle or provider.label,
        handle=handle,
        profile_url=web_address(profile.profile_url, loopback=loopback),
        picture_url=web_address(profile.picture_url, loopback=loopback),
        email=email,
        email_verified=email is not None and _proven(provider, profile),
    )


def _proven(provider: Provider, profile: Profile) -> bool:
    trust = provider.capabilities.email_trust
    return trust == "always" or (trust == "flag" and profile.email_verified)


def _check_subject(subject: str) -> None:
    """Refuse a subject that no database would keep as it is; change nothing in it."""
    unusable = any(unicodedata.category(char) in ("Cc", "Cs") for char in subject)
    if not subject.strip() or len(subject) > MAX_SUBJECT_CHARS or unusable:
        raise ProviderError("bad_answer", "no usable subject")


def _email(value: str | None) -> str | None:
    if value is None or len(value) > MAX_EMAIL_CHARS or value != value.strip():
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
