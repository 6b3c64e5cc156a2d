"""User text becomes HTML in one place: what the sources themselves say about that."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import commentkit.text

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCES = REPOSITORY / "src" / "commentkit"
TEXT = SOURCES / "text"
SINK = REPOSITORY / "widget" / "src" / "html.ts"
RENDERERS = {"bleach", "nh3", "markdown_it", "linkify_it", "mdurl"}
MAY_READ_STORED = {"discussion", "view", "view.py", "text"}

UNESCAPED = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\b|\bMarkup\b")
HTML_SINK = re.compile(
    r"\b(?:(?:inner|outer)HTML\s*[+?|&]{0,2}=(?!=)|insertAdjacentHTML|setHTMLUnsafe|parseHTMLUnsafe|srcdoc"
    r"|parseFromString|createContextualFragment|document\s*\.\s*write(?:ln)?\b|eval\s*\(|new\s+Function\b)"
)


def python_files() -> list[Path]:
    return [*SOURCES.rglob("*.py"), *(REPOSITORY / "examples").rglob("*.py")]


def outside_text() -> list[Path]:
    return [path for path in python_files() if not path.is_relative_to(TEXT)]


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every import as (module, name); name is "" for a whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def renderers_imported(tree: ast.AST) -> list[str]:
    return [module for module, _ in imports(tree) if module.split(".")[0] in RENDERERS]


def text_internals(tree: ast.AST) -> list[str]:
    public = {*commentkit.text.__all__, ""}
    return [
        f"{module}.{name}"
        for module, name in imports(tree)
        if module.startswith("commentkit.text.")
        or (module == "commentkit.text" and name not in public)
    ]


def markup_made(tree: ast.AST) -> list[int]:
    """Lines that call Markup, by any of its names, or one of its constructors."""
    named = {"Markup"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "Markup" and alias.asname
    }
    uses = [node for node in ast.walk(tree) if is_named(node, named)]
    as_types = {id(part) for note in annotations(tree) for part in ast.walk(note)}
    return [node.lineno for node in uses if id(node) not in as_types]


def is_named(node: ast.AST, names: set[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (
        isinstance(node, ast.Attribute) and node.attr in names
    )


def annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                yield part


def reads_stored(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "stored"
        and is_named(node.value, {"SafeHtml"})
        for node in ast.walk(tree)
    )


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_only_text_imports_the_renderers():
    found = {name_of(path): renderers_imported(parsed(path)) for path in outside_text()}
    assert {name: modules for name, modules in found.items() if modules} == {}
    assert sum(len(renderers_imported(parsed(path))) for path in TEXT.glob("*.py")) >= 3


def test_the_rest_uses_only_the_public_names_of_text():
    found = {name_of(path): text_internals(parsed(path)) for path in outside_text()}
    assert {name: names for name, names in found.items() if names} == {}


def test_only_text_makes_markup():
    # Examples are hosts: they vouch for their own articles.
    found = {name_of(path): markup_made(parsed(path)) for path in SOURCES.rglob("*.py")}
    assert [name for name, lines in found.items() if lines] == ["src/commentkit/text/safe_html.py"]


def test_stored_html_is_read_where_comments_are():
    callers = {path for path in SOURCES.rglob("*.py") if reads_stored(parsed(path))}
    packages = {path.relative_to(SOURCES).parts[0] for path in callers}
    assert packages <= MAY_READ_STORED


def test_no_template_turns_escaping_off():
    templates = [
        path
        for root in (SOURCES / "templates", REPOSITORY / "examples")
        for path in root.rglob("*")
        if path.suffix in {".html", ".txt", ".xml", ".jinja", ".j2"}
    ]
    found = [
        name_of(path) for path in templates if UNESCAPED.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_widget_makes_html_in_one_file():
    scripts = [
        path
        for path in (REPOSITORY / "widget").rglob("*")
        if path.suffix in {".ts", ".js", ".mjs"} and "node_modules" not in path.parts
    ]
    found = [path for path in scripts if HTML_SINK.search(path.read_text(encoding="utf-8"))]
    assert found == [SINK]


@pytest.mark.parametrize(
    "code",
    [
        "from markupsafe import Markup\nMarkup('x')",
        "from markupsafe import Markup as M\nM('x')",
        "import markupsafe\nmarkupsafe.Markup('x')",
        "import flask\nflask.Markup('x')",
        "from markupsafe import Markup\nMarkup.format('x')",
        "from markupsafe import Markup\nmake = Markup\nmake('x')",
        "from markupsafe import Markup\nmap(Markup, x)",
    ],
)
def test_made_markup_is_seen(code):
    assert markup_made(ast.parse(code))


def test_markup_as_a_type_is_no_making():
    code = "from markupsafe import Markup\ndef f(x: Markup) -> Markup: return x\ny: list[Markup]"
    assert markup_made(ast.parse(code)) == []


def test_the_other_searches_see_what_they_seek():
    assert renderers_imported(ast.parse("import bleach.sanitizer"))
    assert renderers_imported(ast.parse("def f():\n    from nh3 import clean"))
    assert text_internals(ast.parse("from commentkit.text.safe_html import sealed"))
    assert text_internals(ast.parse("from commentkit.text import rendering"))
    assert reads_stored(ast.parse("text.SafeHtml.stored(row.html)"))


@pytest.mark.parametrize(
    "template", ["{{ x|safe }}", "{{ x | safe }}", "{% autoescape false %}", "{%- autoescape x %}"]
)
def test_unescaped_templates_are_seen(template):
    assert UNESCAPED.search(template)


@pytest.mark.parametrize(
    "script",
    [
        "a.innerHTML = b",
        "a.innerHTML+=b",
        "a.outerHTML ||= b",
        "a.insertAdjacentHTML('x', b)",
        "document.write(b)",
        "new DOMParser().parseFromString(b)",
        "a.setHTMLUnsafe(b)",
        "frame.srcdoc = b",
        "eval(b)",
        "new Function(b)",
    ],
)
def test_html_sinks_are_seen(script):
    assert HTML_SINK.search(script)


def test_reading_html_is_no_sink():
    assert not HTML_SINK.search("if (a.innerHTML === b) retrieval(a.outerHTML)")
