"""What of a page is surely live: our tag, its keys, and what the page calls its address."""

import pytest

from commentkit.signin.page_reader import read_page

EMBED = "https://c.example/commentkit/embed.js"
TAG = f'<script async src="{EMBED}" data-site="blog"></script>'
INERT = [
    *("noscript", "template", "textarea", "title", "iframe", "xmp"),
    *("noembed", "noframes", "select", "svg", "math", "style"),
]


@pytest.mark.parametrize(
    "html",
    [
        TAG,
        f"<!doctype html><html><head><title>A</title><style>a{{}}</style></head><body>{TAG}",
        f'<script src="{EMBED}?v=2"></script>',
        f'<SCRIPT SRC=" {EMBED} "></SCRIPT>',
        f'<script type="module" src="{EMBED}"></script>',
        f'<script type="text/javascript" src="{EMBED}"></script>',
        f'<script src="{EMBED}" src="https://e.example/x.js"></script>',
        f"<!--[if IE]><script src=old.js></script><![endif]-->{TAG}",
        f"<noscript><img src=x></noscript><template>x</template><textarea></textarea>{TAG}",
        f"<svg/><svg><path/></svg>{TAG}",
    ],
)
def test_a_live_tag_is_seen(html: str) -> None:
    assert read_page(html, embed_url=EMBED).has_tag


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<script></script>",
        f'<script src="{EMBED}">',  # never ends, so it never runs
        f'<script src="{EMBED}.evil"></script>',
        f'<script src="https://e.example/x.js" src="{EMBED}"></script>',
        f'<script type="application/json" src="{EMBED}"></script>',
        f'<script type="text/plain" src="{EMBED}"></script>',
        f"<!-- {TAG} -->",
        f"<!-- -- > {TAG} -->",
        f"<script>var text = '{TAG}'</script>",
        f"<script><!--<script></script>{TAG}--></script>",
        f"<script/>{TAG}",
        f"<img alt='{TAG}'>",
        f"<plaintext>{TAG}",
        f"<template><textarea></template></textarea>{TAG}</template>",
        f"<template><template></template>{TAG}</template>",
        f"<textarea/>{TAG}",
        f"<svg><![CDATA[{TAG}]]></svg>",
        f"<![ {TAG}",
        *(f"<{name}>{TAG}</{name}>" for name in INERT),
    ],
)
def test_what_a_browser_may_not_run_is_not_there(html: str) -> None:
    assert not read_page(html, embed_url=EMBED).has_tag


def test_a_page_names_its_keys_and_its_address() -> None:
    page = read_page(
        f'<base href="/b/"><base href="/c/"><link rel="icon canonical" href="a.html">'
        f'<script src="{EMBED}" data-key="one"></script><comment-kit key="two"></comment-kit>'
        '<template><comment-kit key="three"></comment-kit><link rel=canonical href=x></template>',
        embed_url=EMBED,
    )
    assert {"one", "two"} <= page.keys
    assert "three" not in page.keys
    assert (page.canonical, page.base) == (["a.html"], "/b/")


@pytest.mark.parametrize(
    "piece",
    ["<!", "<a ", "<script ", "</", "<!--", "<a b='", "<?", "<![CDATA[", "<style>", "<!-- -"],
)
@pytest.mark.timeout(20)
def test_a_hostile_page_is_read_in_time(piece: str) -> None:
    assert not read_page(piece * (1_000_000 // len(piece)), embed_url=EMBED).has_tag
