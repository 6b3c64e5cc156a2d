import pytest

from commentkit.text import excerpt


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", "plain"),
        ("*a* **b**\nc", "a b c"),
        ("# Title\n\nText", "Title Text"),
        ("- a\n- b", "a b"),
        ("[x](https://a.example) ![alt](https://b.example/p.png)", "x alt"),
        ("<b>x</b> & y", "<b>x</b> & y"),
        ("`a`\n\n    code\n", "a code"),
        ("&lt;b&gt;", "<b>"),
        ("a\u202eb\u200bc", "abc"),
        ("[only]: https://a.example", "[only]: https://a.example"),
        ("", ""),
    ],
)
def test_reads_like_the_comment(source, expected):
    assert excerpt(source, limit=60) == expected


def test_is_cut_between_words():
    assert excerpt("one two three", limit=10) == "one two…"


@pytest.mark.parametrize("limit", [1, 2, 5, 9, 30])
def test_never_exceeds_the_limit(limit):
    for source in ("one two three four", "x" * 50, "é" * 50, "> " * 500 + "a"):
        assert 0 < len(excerpt(source, limit=limit)) <= limit
