"""The invented people of the identity services, and who each of them is at which provider."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Describe somebody who has an account at every provider."""

    key: str
    """Stable name in forms, cookies and picture addresses."""
    name: str
    handle: str
    email: str | None
    email_verified: bool
    initials: str
    """What stands on the picture; Latin letters."""
    picture: str | None
    """Name of the picture without its ending, or None for somebody without one."""
    profile_url: str | None = None
    language: str = "it"


#: Ninety characters, right to left: what the narrowest column has to bear.
LONG_NAME = (
    "عبد الرحمن بن محمد بن عبد الله بن يوسف بن إبراهيم بن عبد العزيز الأندلسي القرطبي الإشبيليّ"
)

PEOPLE: tuple[Person, ...] = (
    Person(
        key="anna",
        name="Anna Bianchi",
        handle="annab",
        email="anna.bianchi@example.org",
        email_verified=True,
        initials="AB",
        picture="anna",
        profile_url="https://annabianchi.example/",
    ),
    Person(
        key="marta",
        name="Marta Rossi",
        handle="martarossi",
        email="marta.rossi@example.org",
        email_verified=True,
        initials="MR",
        picture="marta",
        profile_url="https://martarossi.example/",
    ),
    Person(
        key="luca",
        name="Luca Greco",
        handle="lucagreco",
        email="luca.greco@example.org",
        email_verified=True,
        initials="LG",
        picture="luca",
        profile_url=None,
    ),
    Person(
        key="rahman",
        name=LONG_NAME,
        handle="alrahman",
        email="rahman@example.org",
        email_verified=True,
        initials="AR",
        picture="rahman",
        profile_url="https://rahman.example/",
        language="ar",
    ),
    Person(
        key="giulia",
        name="Giulia Ferri",
        handle="giuliaferri",
        email=None,
        email_verified=False,
        initials="GF",
        picture="giulia",
        profile_url=None,
    ),
    Person(
        key="paolo",
        name="Paolo D'Angelo",
        handle="paolo_dangelo",
        email="paolo.dangelo@example.org",
        email_verified=False,
        initials="PD",
        picture=None,
        profile_url="https://dangelo.example/paolo",
    ),
)


def find_person(people: Sequence[Person], key: str) -> Person | None:
    """Return the person of that key."""
    return next((person for person in people if person.key == key), None)


def wordpress_id(person: Person) -> int:
    """Return the numeric ID of `/rest/v1/me`."""
    return int(_digits("wordpress-legacy", person.key, length=9))


def wordpress_subject(person: Person) -> str:
    """Return the OpenID Connect `sub`; unlike the legacy ID, so nobody can mix them up."""
    return _digits("wordpress", person.key, length=10)


def google_subject(person: Person) -> str:
    """Return a subject of 21 digits, too long for a 64-bit integer."""
    return _digits("google", person.key, length=21)


def x_id(person: Person) -> str:
    """Return the id that OAuth 1.0a and 2.0 share."""
    return _digits("x", person.key, length=18)


def facebook_id(person: Person, client_id: str) -> str:
    """Return the app-scoped id: another app sees another one."""
    return _digits("facebook", person.key, client_id, length=17)


def generic_subject(person: Person) -> str:
    """Return an opaque subject."""
    return hashlib.sha256(f"oidc/{person.key}".encode()).hexdigest()[:32]


def _digits(*parts: str, length: int) -> str:
    number = int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest(), "big")
    return "1" + str(number)[-(length - 1) :]
