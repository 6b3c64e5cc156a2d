"""No shown word is outside the catalogue, and every catalogue is whole."""

import re
from pathlib import Path

import pytest
from babel.messages.checkers import python_format
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "src" / "commentkit"
TEMPLATES = PACKAGE / "templates" / "commentkit"
CATALOGUES = sorted((PACKAGE / "translations").glob("*/LC_MESSAGES/commentkit.po"))
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def asked_for():
    with (REPOSITORY / "babel.cfg").open() as source:
        methods, options = parse_mapping_cfg(source)
    found = extract_from_dir(PACKAGE, methods, options, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def catalogue(path):
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3])


def places(message):
    return set(re.findall(r"%\((\w+)\)s", message))


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def translated(request):
    return catalogue(request.param)


def test_there_is_an_italian_catalogue():
    assert "it" in [path.parts[-3] for path in CATALOGUES]


def test_the_search_finds_errors_templates_and_providers():
    found = asked_for()
    assert {
        "Enter your name.",
        "Log out",
        "Photo from X",
        ("%(num)s comment", "%(num)s comments"),
    } <= found


def test_nothing_is_missing_and_nothing_left_over(translated):
    known = {message.id for message in translated if message.id}
    assert asked_for() - known == set()
    assert known - asked_for() == set()


def test_nothing_is_empty_or_doubtful(translated):
    for message in translated:
        strings = message.string if message.pluralizable else (message.string,)
        assert all(strings), message.id
        assert message.fuzzy is (message.id == "" and message.fuzzy)
        if message.pluralizable:
            assert len(strings) == translated.num_plurals


def test_places_are_kept(translated):
    for message in translated:
        if not message.id:
            continue
        python_format(translated, message)
        ids = message.id if message.pluralizable else (message.id,)
        strings = message.string if message.pluralizable else (message.string,)
        for string in strings:
            assert places(string) == places(ids[-1]), message.id


def test_a_sentence_has_one_translation(translated):
    ids = [str(message.id) for message in translated]
    assert len(ids) == len(set(ids))


LETTER = re.compile(r"[^\W\d_]")
SHOWN_ATTRIBUTES = r"(?:alt|title|aria-label|placeholder|data-text|data-busy-text|label)"


def bare_words(source: str) -> list[str]:
    """Letters that a person would see although no catalogue knows them."""
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.S)
    source = re.sub(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", "", source, flags=re.S)
    attributes = re.findall(rf'\s{SHOWN_ATTRIBUTES}="([^"{{]*)', source)
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.S)
    text = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", "\n", source, flags=re.S)
    return [piece.strip() for piece in [*text.split("\n"), *attributes] if LETTER.search(piece)]


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(TEMPLATES.rglob("*")) if p.suffix in (".html", ".txt")],
    ids=lambda path: path.relative_to(TEMPLATES).as_posix(),
)
def test_no_template_shows_words_of_its_own(path):
    assert bare_words(path.read_text()) == []


@pytest.mark.parametrize(
    "template",
    ["<p>Hello</p>", '<img alt="Photo">', "{% if x %}yes{% endif %}", '<a title="Go {{ x }}"></a>'],
)
def test_bare_words_are_seen(template):
    assert bare_words(template)


def test_marked_words_are_not_bare():
    template = (
        "{# note #}<p class=\"a\" {{ x }}>{% trans n=x %}Hi {{ n }}{% endtrans %} {{ _('Hi') }}</p>"
    )
    assert bare_words(template) == []
