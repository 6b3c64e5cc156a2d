# ruff: noqa: RUF001 - look-alike letters are what is tested
import pytest

from commentkit.text import display_host, http_url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (" example.org ", "https://example.org/"),
        ("www.example.org/a", "https://www.example.org/a"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("example.org?x", "https://example.org/?x"),
        ("HTTP://EXAMPLE.ORG/A", "http://example.org/A"),
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("https://MÜNCHEN.example", "https://xn--mnchen-3ya.example/"),
        ("https://faß.example", "https://xn--fa-hia.example/"),
        ("https://example.org/L'Aquila`", "https://example.org/L%27Aquila%60"),
        ("https://example.org/%C3%A9%2F", "https://example.org/%C3%A9%2F"),
        ("https://example.org/@anna", "https://example.org/@anna"),
        ("http://localhost:8001/", "http://localhost:8001/"),
        ("http://192.0.2.7/", "http://192.0.2.7/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80/"),
    ],
)
def test_a_web_address(typed, url):
    assert http_url(typed) == url
    assert http_url(url) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "none",
        "n/a",
        "...",
        "javascript:alert(1)",
        "javascript:1",
        "javascript.x:1a",
        "data:text/html,x",
        "ftp://example.org",
        "mailto:a@example.org",
        "a@example.org",
        "//example.org",
        "/example.org",
        "http:example.org",
        "https://",
        "https:///example.org",
        "https://user@example.org",
        "https://user:pw@example.org",
        "https://a.example\\b",
        "https:\\\\a.example",
        "https://a b.example",
        "https://a.example/x y",
        "https://a.example/\n",
        "https://a.example/\x00",
        'https://a.example/"onclick=x',
        "https://a.example/<b>",
        "https://a..example",
        "https://.example",
        "https://-.example/",
        "https://a%2eexample/",
        "https://a.example:99999/",
        "https://xn--pple-/",
        "https://XN--ä.example/",
        "https://1.2.3/",
        "https://1.2.3.4.5/",
        "https://999.1.1.1/",
        "https://a.0x7f/",
        "https://a.example:x/",
        "https://[::1",
        "https://[1.2.3.4]/",
        "https://a.example/\ud800",
        "https://" + "ü" * 300 + ".example",
        "https://a.example/" + "x" * 2000,
        "https://a.example/" + "ü" * 500,
    ],
)
def test_not_a_web_address(typed):
    # Interior line breaks are refused; at the ends they are white space.
    assert http_url(typed if not typed.endswith("\n") else f"{typed}x") is None


def test_hosts_are_shown_in_punycode():
    assert display_host("https://аррӏе.example/x") == "xn--80ak6aa92e.example"
    assert display_host("example.org:8080/x") == "example.org"
    assert display_host("javascript:alert(1)") == ""
