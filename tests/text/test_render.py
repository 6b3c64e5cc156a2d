# ruff: noqa: RUF001 - look-alike letters are what is tested
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from text_oracles import Reader, faults

from commentkit.text import (
    MAX_SOURCE_CHARS,
    RENDERER_VERSION,
    SafeHtml,
    allowlist,
    render,
    rendering,
)
from commentkit.text.markdown import html_of, tokens_of
from commentkit.text.tokens import prepared

REL = 'rel="nofollow ugc noopener"'


def html(source: str) -> str:
    return render(source).html.strip()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", "<p>plain</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("7. a", '<ol start="7">\n<li>a</li>\n</ol>'),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("# a *b*", "<p><strong>a <em>b</em></strong></p>"),
        ("a\n===", "<p><strong>a</strong></p>"),
        ("```js onload=x\na<b\n```", "<pre><code>a&lt;b\n</code></pre>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("a &amp; b", "<p>a &amp; b</p>"),
        ("", "<p></p>"),
    ],
)
def test_markdown(source, expected):
    assert html(source) == expected


@pytest.mark.parametrize(
    ("source", "href", "text"),
    [
        ("[x](https://a.example/b)", "https://a.example/b", "x"),
        ("https://a.example/b", "https://a.example/b", "https://a.example/b"),
        ("<https://a.example>", "https://a.example", "https://a.example"),
        ("<a@b.example>", "mailto:a@b.example", "a@b.example"),
        ("[x](HTTPS://A.Example/B)", "https://a.example/B", "x"),
        (
            "https://it.example/L'Aquila",
            "https://it.example/L%27Aquila",
            "https://it.example/L'Aquila",
        ),
        ("[x](<https://a.example/`>)", "https://a.example/%60", "x"),
        ("[x](https://bücher.example/ü)", "https://xn--bcher-kva.example/%C3%BC", "x"),
        ("![alt](https://a.example/p.png)", "https://a.example/p.png", "alt"),
        ("[![alt](https://a.example/p.png)](https://b.example)", "https://b.example", "alt"),
        (
            "[a <https://a.example/> b](https://a.example)",
            "https://a.example",
            "a https://a.example/ b",
        ),
        ("[x](https://a.example 'title')", "https://a.example", "x"),
        ("[x][r]\n\n[r]: https://a.example", "https://a.example", "x"),
        ("[x](http://[::1]:8000/)", "http://[::1]:8000/", "x"),
    ],
)
def test_links(source, href, text):
    assert html(source) == f'<p><a href="{href}" {REL}>{text}</a></p>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "javascript:123",
        "JaVaScRiPt:alert(1)",
        "javascript:`Ваш аккаунт`",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "tel:0900123456",
        "ftp://a.example",
        "/relative",
        "relative",
        "#here",
        "?q",
        "//a.example",
        "http:a.example",
        "https:///a.example",
        "https://user@a.example",
        "https://bank.example:pw@a.example",
        "https://a.example:99999/",
        "https://xn--pple-/",
        "https://1.2.3.4.5/",
        "https://",
        "mailto:",
        "",
    ],
)
def test_other_addresses_make_no_link(address):
    assert Reader(html(f"[x](<{address}>) {address} <{address}>")).links == []


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://a.example\\\\@b.example", "https://a.example"),
        ("https://a%2eexample/", "https://a"),
    ],
)
def test_of_a_doubtful_address_only_its_plain_beginning_is_linked(address, link):
    assert set(Reader(html(f"[x](<{address}>) {address} <{address}>")).links) == {link}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[https://bank.example](https://evil.example)", "https://bank.example (evil.example)"),
        ("[bank.example](https://evil.example/bank.example)", "bank.example (evil.example)"),
        ("[www.bank.example](https://evil.example)", "www.bank.example (evil.example)"),
        ("[bank.example.](https://evil.example)", "bank.example. (evil.example)"),
        ("[to **bank**.example, now](https://evil.example)", "to bank.example, now (evil.example)"),
        ("[bank\u200b.example](https://evil.example)", "bank\u200b.example (evil.example)"),
        ("[ｂａｎｋ．example](https://evil.example)", "ｂａｎｋ．example (evil.example)"),
        ("[bank。example](https://evil.example)", "bank。example (evil.example)"),
        (
            "[https:\\\\\\\\bank.example](https://evil.example)",
            "https:\\\\bank.example (evil.example)",
        ),
        ("[→bank.example](https://evil.example)", "→bank.example (evil.example)"),
        (
            "[bank.example@evil.example](https://evil.example)",
            "bank.example@evil.example (evil.example)",
        ),
        ("[me@bank.example](mailto:me@evil.example)", "me@bank.example (evil.example)"),
        ("[192.0.2.7](https://evil.example)", "192.0.2.7 (evil.example)"),
        ("![bank.example](https://evil.example/p.png)", "bank.example (evil.example)"),
        ("https://аррӏе.example", "https://аррӏе.example (xn--80ak6aa92e.example)"),
        ("[](https://evil.example)", "evil.example"),
        ("[&#8203;](https://evil.example)", "evil.example"),
    ],
)
def test_a_link_cannot_hide_its_host(source, text):
    assert Reader(html(source)).text.replace("\u200b", "") == text.replace("\u200b", "")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "www.a.example",
        "https://a.example/b.html",
        "A.Example",
        "see @bob",
        "Python 3.11",
        "e.g. x",
    ],
)
def test_an_honest_link_stays_as_it_is(text):
    assert Reader(html(f"[{text}](https://a.example/x)")).text == text


def test_the_language_of_code_is_dropped_before_the_sanitisers():
    assert html_of(prepared(tokens_of("```js\nx\n```"))) == "<pre><code>x\n</code></pre>\n"


def test_no_direction_override_reaches_the_page():
    assert "\u202e" not in html(
        "a \u202e b &#x202e; `\u202e` [\u202e](https://x.example)\n\n    \u202e"
    )


def test_controls_and_lone_surrogates_are_shown_as_replaced():
    assert html("a\x00b\x01c\ud800d\x85e") == "<p>a\ufffdb\ufffdc\ufffdd\ufffde</p>"


def test_text_right_to_left_is_kept():
    assert html("שלום \u200fעולם") == "<p>שלום \u200fעולם</p>"


@pytest.mark.parametrize(
    "source",
    [
        ">" * 21 + " a",
        "- " * 12 + "a",
        "https://a.example " * 21,
        "[r] " * 21 + "\n\n[r]: https://a.example",
        "*a* " * 1001,
        "a\n" * 1001,
        "a" * (MAX_SOURCE_CHARS + 1),
        "[only]: https://a.example",
    ],
)
def test_beyond_a_bound_the_source_is_shown_as_typed(source):
    shown = Reader(html(source))
    assert shown.text.split() == source.split()
    assert {tag for tag, *_ in shown.shape} <= {"p", "/p", "br"}


def test_up_to_the_bounds_markdown_works():
    assert len(Reader(html("https://a.example " * 20)).links) == 20
    assert Reader(html(">" * 19 + " a")).deepest == 20
    assert html("*a*" + " " * (MAX_SOURCE_CHARS - 4) + "b").startswith("<p><em>")


def test_plain_text_keeps_its_lines():
    source = "[only]: https://a.example\n\n\n[b]: https://b.example\n[c]: https://c.example"
    assert html(source) == (
        "<p>[only]: https://a.example</p>\n"
        "<p>[b]: https://b.example<br>\n[c]: https://c.example</p>"
    )


def test_a_huge_source_is_cut_at_the_size_of_the_output():
    for filler in '"', "&", "\n", "a", "€", "\n\na":
        shown = html(filler * 400_000)
        assert len(shown.encode()) <= 200_000
        assert faults(shown) == []
    assert html('"' * 400_000).endswith("…</p>")


def test_a_disagreement_shows_plain_text_and_is_logged_without_the_text(monkeypatch, caplog):
    monkeypatch.setattr(allowlist.nh3, "clean", lambda html, **_: html.replace("secret", ""))
    assert html("*secret*") == "<p>*secret*</p>"
    assert [(r.name, r.levelno) for r in caplog.records] == [("commentkit.text", logging.ERROR)]
    assert "secret" not in caplog.text


def test_what_both_sanitisers_pass_is_still_checked(monkeypatch, caplog):
    monkeypatch.setattr(
        allowlist.Cleaner, "clean", lambda _self, html: html.replace("<em>", "<em id=x>")
    )
    monkeypatch.setattr(allowlist.nh3, "clean", lambda html, **_: html)
    assert html("*secret*") == "<p>*secret*</p>"
    assert "something foreign" in caplog.text


@pytest.mark.parametrize(
    "failure", [RecursionError("secret"), ValueError("secret"), KeyError("secret")]
)
def test_a_failing_parser_shows_plain_text_and_is_logged_without_the_text(
    monkeypatch, caplog, failure
):
    def fail(_source):
        raise failure

    monkeypatch.setattr(rendering, "tokens_of", fail)
    assert html("*secret*") == "<p>*secret*</p>"
    assert type(failure).__name__ in caplog.text
    assert "secret" not in caplog.text


def test_rendering_twice_gives_the_same():
    source = "# a\n\n[x](https://a.example) ~~b~~"
    assert render(source) == render(source)


def test_the_version_is_a_number_to_compare():
    assert RENDERER_VERSION >= 1
    assert isinstance(render("x"), SafeHtml)


def test_a_comment_says_the_same_after_any_other() -> None:
    sources = ["*a* <b>b</b>", "`c` & d", "> " * 30 + "deep", "[e](https://e.example/) ![f](x)"]
    alone = {source: _in_a_new_thread(source) for source in sources}
    for source in [*sources, *reversed(sources)]:
        assert render(source).html == alone[source]


def _in_a_new_thread(source: str) -> str:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(render, source).result().html
