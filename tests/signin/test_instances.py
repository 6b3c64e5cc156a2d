"""What people type for a server: one spelling of a public name comes out, or nothing is asked."""

import pytest

from commentkit.signin.instances import address_of, handle_of, origin_of
from commentkit.signin.provider import ProviderError

NOWHERE = [
    "",
    " ",
    "x" * 301,
    "localhost",
    "mastodon",
    "127.0.0.1",
    "https://127.0.0.1/",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "127.0.0.0x1",
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "[::1]",
    "https://[::ffff:127.0.0.1]/",
    "https://[fd00::1]",
    "169.254.169.254",
    "metadata.google.internal",
    "printer.local",
    "router.home.arpa",
    "site.onion",
    "mastodon.social:8443",
    "https://mastodon.social:443",
    "https://anna:secret@mastodon.social/",
    "https://anna@mastodon.social/",
    "@anna@mastodon.social@10.0.0.1",
    "@anna@",
    "@@mastodon.social",
    "anna@mastodon.social:22",
    "mastodon.social.",
    "-mastodon.social",
    "mast odon.social",
    "mastodon.social\r\nHost: x",
    "mastodon.social\0.evil.example",
    "mastodon.social%2f.evil.example",
    "https:\\\\mastodon.social",
    "mastodon.social\\@10.0.0.1",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "ftp://mastodon.social",
    "//mastodon.social",
    "https://",
    "a" * 64 + ".example",
    "xn--.example",
    "\ud800.example",
    "\u202emastodon.social",
    "anna.test",
]


@pytest.mark.parametrize("typed", NOWHERE)
def test_what_names_no_public_server_is_refused(typed: str) -> None:
    for read in (origin_of, address_of):
        with pytest.raises(ProviderError) as caught:
            read(typed, loopback=False)
        assert caught.value.kind == "instance"
        assert not typed.strip() or typed.strip() not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("mastodon.social", "https://mastodon.social"),
        (" Mastodon.Social ", "https://mastodon.social"),
        ("https://mastodon.social/@anna", "https://mastodon.social"),
        ("HTTP://mastodon.social?x#y", "https://mastodon.social"),
        ("mastodon.social/explore", "https://mastodon.social"),
        ("@anna@mastodon.social", "https://mastodon.social"),
        ("anna@mastodon.social", "https://mastodon.social"),
        ("bücher.example", "https://xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "https://xn--bcher-kva.example"),
        ("例え.jp", "https://xn--r8jz45g.jp"),
        ("straße.example", "https://xn--strae-oqa.example"),
    ],
)
def test_a_server_has_one_spelling(typed: str, origin: str) -> None:
    assert origin_of(typed, loopback=False) == origin


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Anna.Example", "https://anna.example/"),
        ("http://anna.example", "https://anna.example/"),
        ("https://anna.example/Me?id=1", "https://anna.example/Me?id=1"),
        ("anna.example?id=1", "https://anna.example/?id=1"),
        ("https://anna.example/è", "https://anna.example/%C3%A8"),
    ],
)
def test_a_web_address_is_spelled_as_indieauth_does(typed: str, address: str) -> None:
    assert address_of(typed, loopback=False) == address


@pytest.mark.parametrize(
    "typed", ["https://anna.example/a/../b", "https://anna.example/./", "https://anna.example/#me"]
)
def test_an_address_of_no_person_is_refused(typed: str) -> None:
    with pytest.raises(ProviderError):
        address_of(typed, loopback=False)


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("anna.bsky.social", "anna.bsky.social"),
        ("@Anna.bsky.social", "anna.bsky.social"),
        ("at://anna.bsky.social", "anna.bsky.social"),
        ("https://bsky.app/profile/anna.example", "anna.example"),
        ("did:plc:z72i7hdynmk6r22z27h6tvur", "did:plc:z72i7hdynmk6r22z27h6tvur"),
        ("did:web:anna.example", "did:web:anna.example"),
    ],
)
def test_a_handle_has_one_spelling(typed: str, handle: str) -> None:
    assert handle_of(typed) == handle


@pytest.mark.parametrize(
    "typed",
    ["anna", "@anna", "anna.local", "did:plc:short", "did:key:z6Mk", "127.0.0.1", "did:web:a b"],
)
def test_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(ProviderError) as caught:
        handle_of(typed)
    assert caught.value.kind == "instance"


def test_this_machine_is_admitted_where_services_here_are() -> None:
    assert origin_of("127.0.0.1:8080", loopback=True) == "http://127.0.0.1:8080"
    assert origin_of("http://id.localhost:80/x", loopback=True) == "http://id.localhost:80"
    with pytest.raises(ProviderError):
        origin_of("10.0.0.1:8080", loopback=True)
