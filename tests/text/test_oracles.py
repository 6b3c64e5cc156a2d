"""The judges themselves: they must see what is bad, or their silence means nothing."""

import pytest
from text_corpora import OWN, rows
from text_oracles import faults


@pytest.mark.parametrize(
    "bad",
    [
        "<p><img src=x onerror=alert(1)></p>",
        "<script>alert(1)</script>",
        "<p onclick='alert(1)'>x</p>",
        "<p class=x>x</p>",
        "<p id=x>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='javascript:123'>x</a>",
        "<a href='/relative'>x</a>",
        "<a href='//evil.example'>x</a>",
        "<a href='https://x.example' rel='opener'>x</a>",
        "<a href='https://x.example' target=_blank>x</a>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<!-- x --><p>x</p>",
        "<!doctype html>",
        "<?php x ?>",
        "<p><em>x</p>",
        "<ol start='1;x'></ol>",
    ],
)
def test_sees(bad):
    assert faults(bad)


def test_lets_good_html_pass():
    assert (
        faults('<p>a <a href="https://x.example" rel="nofollow ugc noopener">b</a><br>\n</p>') == []
    )


def test_sees_every_payload_that_fires_unsanitised():
    firing = [r for r in rows(OWN) if "channel=body-html; fires_raw=load" in r["note"]]
    assert len(firing) > 50
    assert [row["id"] for row in firing if not faults(row["payload"])] == []
