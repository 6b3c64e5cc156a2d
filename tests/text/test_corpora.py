"""Every payload and every awkward string, through the renderer and past the judges."""

import re
from dataclasses import dataclass

import pytest
from cpu import cpu_seconds
from text_corpora import OWN, at_length, rows, shared
from text_oracles import Reader, faults

from commentkit.text import MAX_SOURCE_CHARS, UnusableText, clean_source, excerpt, render

CPU_SECONDS = 0.5
GROWTH = 2.6
MAX_BYTES, MAX_DEPTH, MAX_LINKS = 200_000, 20, 20
# In forms a comment wraps a payload in, so that it meets inline, block and link parsing.
FRAMES = ["{}", "> {}", "- {}\n- x", "[x]({})", "[{}](https://x.example)", "<{}>", "![{}]({})"]


def misrendered(payloads: list[dict]) -> dict[str, list[str]]:
    found = {}
    for row in payloads:
        for frame in FRAMES:
            source = frame.replace("{}", row["payload"])
            if wrong := faults(render(source).html):
                found[f"{row['id']} in {frame}"] = wrong
    return found


@dataclass(frozen=True)
class Rendered:
    html: str
    seconds: float


@pytest.fixture(scope="module")
def pathological() -> dict[str, Rendered]:
    """Each pathological text at full length, by its id: rendered once, for all that ask of it."""
    return {
        row["id"]: rendered(at_length(row, MAX_SOURCE_CHARS))
        for row in shared("markdown-pathological.jsonl")
    }


def rendered(source: str) -> Rendered:
    html: list[str] = []
    seconds = cpu_seconds(lambda: html.append(render(source).html), tries=1)
    return Rendered(html[0], seconds)


def test_own_payloads_stay_within_the_allowlist():
    assert misrendered(rows(OWN)) == {}


def test_public_payloads_stay_within_the_allowlist():
    assert misrendered(shared("xss-public.jsonl")) == {}


def test_the_sanitisers_agree_on_every_payload(caplog):
    for row in [*rows(OWN), *shared("xss-public.jsonl")]:
        render(row["payload"])
    assert caplog.records == []


def test_pathological_text_stays_within_bounds(pathological):
    assert pathological
    for name, made in pathological.items():
        reader = Reader(made.html)
        assert faults(made.html) == [], name
        assert len(made.html.encode()) <= MAX_BYTES, name
        assert len(reader.links) <= MAX_LINKS, name
        assert reader.deepest <= MAX_DEPTH, name


def test_pathological_text_is_rendered_in_time(pathological):
    slow = {}
    for row in shared("markdown-pathological.jsonl"):
        if pathological[row["id"]].seconds <= CPU_SECONDS:
            continue
        taken = cpu_seconds(render, at_length(row, MAX_SOURCE_CHARS), enough=CPU_SECONDS)
        if taken > CPU_SECONDS:
            slow[row["id"]] = taken
    assert slow == {}


def test_cost_grows_with_length_not_faster(pathological):
    corpus = shared("markdown-pathological.jsonl")
    third = MAX_SOURCE_CHARS // 3
    costs = {
        MAX_SOURCE_CHARS: {name: made.seconds for name, made in pathological.items()},
        third: {row["id"]: rendered(at_length(row, third)).seconds for row in corpus},
    }
    for length, cost in costs.items():
        worst = sorted(corpus, key=lambda row: -cost[row["id"]])[:8]
        growth = {row["id"]: growth_to(length, row) for row in worst}
        assert {name: factor for name, factor in growth.items() if factor > GROWTH} == {}


def growth_to(length: int, row: dict) -> float:
    """Full over half, each the least of what it took: other work only ever adds to either."""
    half = cpu_seconds(render, at_length(row, length // 2))
    return cpu_seconds(render, at_length(row, length), tries=9, enough=GROWTH * half) / half


def test_excerpts_of_pathological_text_are_made_in_time():
    for row in shared("markdown-pathological.jsonl"):
        source = at_length(row, MAX_SOURCE_CHARS)
        assert len(excerpt(source, limit=120)) <= 120
        taken = cpu_seconds(excerpt, source, limit=120, enough=CPU_SECONDS)
        assert taken <= CPU_SECONDS, row["id"]


def test_naughty_strings_come_back_byte_for_byte_or_are_refused():
    for row in shared("naughty-strings.jsonl"):
        text = row["payload"]
        if re.search("[\x00\ud800-\udfff]", text):
            with pytest.raises(UnusableText):
                clean_source(text)
        else:
            kept = clean_source(text)
            assert kept.encode() == text.replace("\r\n", "\n").encode(), row["id"]


def test_naughty_strings_render(caplog):
    for row in shared("naughty-strings.jsonl"):
        assert faults(render(row["payload"]).html) == [], row["id"]
    assert caplog.records == []
