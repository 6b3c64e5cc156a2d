# ruff: noqa: RUF001 - look-alike letters are what is tested
import unicodedata

import pytest
from cpu import cpu_seconds

from commentkit.text import UnusableText, clean_line, clean_source, is_visible


def line(value: str) -> str:
    return clean_line(value, limit=80)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  Anna \t\n Bianchi ", "Anna Bianchi"),
        ("Cafe\u0301", "Café"),
        ("Mode\u200brator", "Moderator"),
        ("Mode\u200drator", "Moderator"),
        ("\ufeffAnna\u00ad", "Anna"),
        ("\u202eannA\u202c", "annA"),
        ("\u2066Anna\u2069", "Anna"),
        ("An\x00na\x1b[1m", "Anna[1m"),
        ("A\ud800nna", "Anna"),
        ("A\u2028B\u2029C", "A B C"),
        ("A\u00a0B\u3000C", "A B C"),
        ("<b>Anna</b>", "<b>Anna</b>"),
    ],
)
def test_a_line_is_clean(value, expected):
    assert line(value) == expected


@pytest.mark.parametrize(
    "name",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d💻",
        "❤\ufe0f",
        "👩🏽\u200d❤\ufe0f\u200d👨🏻",
        "1\ufe0f\u20e3",
        "葛\U000e0100城",
        "O'Brien-Ñandú",
        "Nguyễn",
        "שָׁלוֹם",
    ],
)
def test_a_line_keeps_what_its_script_needs(name):
    assert line(name) == unicodedata.normalize("NFC", name)


def test_a_line_has_no_towers_of_marks():
    assert len(line("Z" + "\u0316\u0301" * 1000)) <= 5


def test_a_line_is_cut_at_its_limit():
    assert clean_line("abc def", limit=4) == "abc"
    assert len(clean_line("x" * 500, limit=80)) == 80


def test_a_cut_leaves_no_joiner_behind():
    assert clean_line("👩\u200d💻", limit=2) == "👩"


def test_a_line_is_cleaned_in_linear_time():
    for long in ("a" + "\u0301\u0316" * 100_000, " \u200b" * 100_000):
        assert cpu_seconds(clean_line, long, limit=80) < 0.5


@pytest.mark.parametrize(
    "nothing",
    [
        *["", " ", "\n\t", "\u200b", "\u00a0", "\u3000", "\u3164", "\uffa0", "\u115f\u1160"],
        *["\u2800", "\u034f" * 5, "\u00ad", "\u200e\u200f", "\u202e", "\ufe0f", "\u0301"],
        *["\U000e0041", "\u17b4", "\u180e", "\U0001d159", "\ufffe", "\U0010ffff", "\x00"],
        *["\x85", "\ud800", "\u2065"],
    ],
)
def test_nothing_visible(nothing):
    assert not is_visible(nothing)
    assert line(nothing) == ""


@pytest.mark.parametrize("something", ["a", "1", ".", "�", "👍", "\u200bx", "ـ", "क", "\U0001faff"])
def test_something_visible(something):
    assert is_visible(something)
    assert line(something)


def test_a_source_keeps_every_character():
    source = " \u202e\u200b\ufeffe\u0301\x01\x85\u2028\r x \t\n\n"
    assert clean_source(source) == source


def test_line_ends_become_one_kind():
    assert clean_source("a\r\nb\n\r\nc\r") == "a\nb\n\nc\r"


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800", "\udfff x"])
def test_what_no_database_keeps_is_refused(bad):
    with pytest.raises(UnusableText):
        clean_source(bad)
