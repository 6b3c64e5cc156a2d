"""Names that could be taken for one another, and those that could not."""

# ruff: noqa: RUF001

import time

import pytest

from commentkit.text.lookalikes import look_alike, skeletons

ANNA = "Anna Bianchi"


@pytest.mark.parametrize(
    "name",
    [
        "anna bianchi",
        "ANNA  BIANCHI",
        "AnnaBianchi",
        "Anna\u00a0Bianchi",
        "Anna\u200bBianchi",
        "A\u00adnna Bianchi",
        "\u202eAnna Bianchi\u202c",
        "Anna_Bianchi.",
        "Ànna Biánchi",
        "A\u0336nna Bianchi",
        "Аnnа Вiаnсhі",  # Cyrillic
        "Αnna Βianchi",  # Greek
        "Ａｎｎａ Ｂｉａｎｃｈｉ",
        "𝓐𝓷𝓷𝓪 𝓑𝓲𝓪𝓷𝓬𝓱𝓲",
        "Ⓐⓝⓝⓐ Bianchi",
        "4nna Bianch1",
        "@nna B|anchi",
        "Anna Blanchl",
        "ANNA BIANCHl",
        "Anna Bianchi ✓",
        "ᴀɴɴᴀ ʙɪᴀɴᴄʜɪ",  # small capitals
        "🅐🅝🅝🅐 🅑🅘🅐🅝🅒🅗🅘",
        "🅰🅽🅽🅰 🅱🅸🅰🅽🅲🅷🅸",
        "🇦🇳🇳🇦 🇧🇮🇦🇳🇨🇭🇮",
        "Anna Ɓiancħi",
        "Aŋɲa Ƀiaɳȼhı",
        "ᗩηпa ᗷiaภchi",
        "Λnna Bian¢h¡",
    ],
)
def test_these_look_like_anna(name: str) -> None:
    assert look_alike(name, ANNA)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marnie", "Mamie"),
        ("vvalter", "Walter"),
        ("Clara", "dara"),
        ("Иван", "ИВАН"),
        ("кирилл", "Кирилл"),
        ("Νίκος", "νίκος"),
        ("Straße", "STRASSE"),
        ("0livia", "Olivia"),
        ("Joseph", "J0s3ph"),
        ("Łukasz Søren", "Lukasz Soren"),
        ("★ 🦊 ★", "★🦊★"),
    ],
)
def test_so_do_these(one: str, other: str) -> None:
    assert look_alike(one, other)


@pytest.mark.parametrize(
    "name", ["Anna", "Anna B.", "Hanna Bianchi", "Anna Bianco", "Bianchi Anna", "", "…", "安娜"]
)
def test_these_are_somebody_else(name: str) -> None:
    assert not look_alike(name, ANNA)


def test_nothing_is_like_nothing() -> None:
    assert skeletons("\u200b \u2014") == frozenset()
    assert not look_alike("", "")
    assert look_alike("安娜", "安娜")
    assert not look_alike("🦊", "🐱")


def test_a_name_made_to_be_slow_is_not() -> None:
    worst = "\ufdfa" * 100_000  # becomes 18 characters each
    began = time.process_time()
    skeletons(worst)
    assert time.process_time() - began < 0.1
