"""Cursors: what they say comes back, to the list they were written for and to no other."""

from datetime import UTC, datetime

import pytest

from commentkit.discussion.cursors import Cursor, Cursors, replies_of, roots_of
from commentkit.errors import CommentKitError

MOON = Cursor(datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC), 2**63 - 1)
OURS = Cursors("a secret of the tests")
LIST = roots_of(1, "a.html", "oldest")


def refused(text: str) -> bool:
    try:
        OURS.read(text, LIST)
    except CommentKitError as error:
        return error.code == "bad_cursor"
    return False


def test_a_cursor_survives_its_link() -> None:
    text = OURS.write(MOON, LIST)
    assert OURS.read(text, LIST) == MOON
    assert Cursors("a secret of the tests").read(text, roots_of(1, "a.html", "oldest")) == MOON
    assert len(text) == 32


def test_nothing_is_the_beginning() -> None:
    assert OURS.read("", LIST) is None
    assert OURS.read(None, LIST) is None


@pytest.mark.parametrize(
    "other",
    [
        roots_of(2, "a.html", "oldest"),
        roots_of(1, "b.html", "oldest"),
        roots_of(1, "a.html", "newest"),
        roots_of(1, "a.html', 'oldest", ""),
        replies_of(1, 1),
    ],
)
def test_a_cursor_of_another_list_is_refused(other: str) -> None:
    assert refused(OURS.write(MOON, other))


def test_a_cursor_of_another_secret_is_refused() -> None:
    assert refused(Cursors("another secret of the tests").write(MOON, LIST))


def test_no_character_of_a_cursor_can_be_changed() -> None:
    text = OURS.write(MOON, LIST)
    assert all(
        refused(text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :])
        for place in range(len(text))
    )


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "1.1",
        "A" * 31,
        "A" * 32,
        "A" * 33,
        "A" * 28 + "AA==",
        "+/" * 16,
        "१" * 32,
        "A" * 31 + "\n",
    ],
)
def test_an_invented_cursor_is_refused(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize("spelled", ["{}\n", " {}", "{}=", "{}AAAA"])
def test_a_cursor_has_one_spelling(spelled: str) -> None:
    assert refused(spelled.format(OURS.write(MOON, LIST)))
