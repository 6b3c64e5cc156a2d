"""The documentation: every command, key, link, file and hook that it names exists."""

import ast
import inspect
import re
import sys
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from docs_pages import NAMES, ROOT, blocks, commands_of, read

from commentkit import errors, signals
from commentkit.cli import commands
from commentkit.cli.stand_alone import stand_alone
from commentkit.serve import PROVIDERS_KEY, SERVER_KEYS
from commentkit.settings import PREFIX, Settings
from commentkit.signin import configured, registry
from commentkit.signin.providers.oauth2 import PlainOAuth2
from commentkit.signin.providers.oidc import OpenIDConnect

SOURCE = ROOT / "src" / "commentkit"

sys.path.insert(0, str(ROOT / "docs"))
import tables  # noqa: E402

# Commands


def lines_of_shell() -> list[tuple[str, list[str]]]:
    return [
        (name, words)
        for name in NAMES
        for block in blocks("sh", name)
        for words in commands_of(block.text)
    ]


@pytest.mark.parametrize(
    ("name", "words"), lines_of_shell(), ids=[f"{n}: {' '.join(w)}" for n, w in lines_of_shell()]
)
def test_a_command_exists(name: str, words: list[str]):
    given = {word.partition("=")[0] for word in words if re.match(r"[A-Z_]+=", word)}
    assert given <= known_keys() | {
        "ARGS",
        "BENCH",
        "DATABASES",
        "DEMO_HOST",
        "PORT",
        "ROWS",
        "SECRET_KEY",
    }
    program, *rest = [word for word in words if word.partition("=")[0] not in given]
    if program == "make":
        assert f"\n{rest[0]}: " in read("Makefile")
    elif program == "flask":
        assert rest[0] == "--app"
        check_command(rest[2:])
    elif program == "commentkit":
        check(stand_alone, rest)
    elif program == "pip":
        check_install(rest)
    else:
        assert words[0] == "export"
        assert given


def check_install(words: list[str]) -> None:
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    wanted = re.fullmatch(r"(?:\.|commentkit)(?:\[([\w,]+)\])?", words[1])
    assert words[0] == "install"
    assert wanted
    assert {*filter(None, (wanted[1] or "").split(","))} <= {*extras}


def check_command(words: list[str]) -> None:
    if words == ["run"]:
        return
    assert words[0] == "commentkit"
    check(commands, words[1:])


def command_of(group: click.Group, name: str) -> click.Command | None:
    return group.get_command(click.Context(group), name)


def check(group: click.Command, words: list[str]) -> None:
    """Parse the words as click would, and run nothing."""
    if isinstance(group, click.Group):
        name, *rest = words
        found = command_of(group, name)
        assert found, f"there is no command {name}"
        check(found, rest)
    else:
        group.make_context(group.name, list(words))


def test_mentioned_commands_exist():
    told = {
        match[1]
        for name in NAMES
        for match in re.finditer(r"`flask commentkit ([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", read(name))
    }
    for mentioned in told:
        first, *second = mentioned.split()
        found = command_of(commands, first)
        assert found
        assert not second or (isinstance(found, click.Group) and command_of(found, second[0]))


# What exists


@cache
def known_keys() -> set[str]:
    settings = {PREFIX + field.name.upper() for field in fields(Settings)}
    adapters = {name: registry.load(name) for name in registry.names()}
    adapters |= {"works": OpenIDConnect, "club": PlainOAuth2}
    ends = ("CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", configured.CONDITIONS_MET)
    declared = {
        configured.stem(name) + end
        for name, adapter in adapters.items()
        for end in (*ends, *configured.settings_of(adapter))
    }
    tests = {
        key
        for file in (ROOT / "tests").rglob("*.py")
        if file != Path(__file__)
        for key in re.findall(r'"(COMMENTKIT_[A-Z_]+)"', file.read_text())
        if key in ("COMMENTKIT_CHROMIUM", "COMMENTKIT_FIREFOX", "COMMENTKIT_SHARED")
        or "_TEST_" in key
    }
    return settings | declared | tests | {*SERVER_KEYS, PROVIDERS_KEY}


@pytest.mark.parametrize("name", NAMES)
def test_every_key_exists(name: str):
    told = set(re.findall(r"COMMENTKIT_[A-Z0-9_]*[A-Z0-9]", read(name)))
    assert told <= known_keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_link_and_picture_exists(name: str):
    text = re.sub(r"^```.*?^```$|`[^`\n]+`", "", read(name), flags=re.DOTALL | re.MULTILINE)
    inline = re.findall(r"\]\((?!https?://)([^)]+)\)", text)
    for target in [*inline, *re.findall(r'(?:src|srcset|href)="(?!https?://)([^"]+)"', text)]:
        path, _, anchor = target.partition("#")
        page = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert page.is_file(), f"{name} links to {target}"
        assert not anchor or anchor in anchors(page.read_text()), f"{name} links to {target}"


def anchors(page: str) -> set[str]:
    """Return the names that headings get on the web."""
    heads = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_place_on_somebodys_machine(name: str):
    assert not re.search(r"(?<![\w./])/(?:work|root|home|tmp|usr|Users)/", read(name))


@pytest.mark.parametrize("name", NAMES)
def test_named_files_exist(name: str):
    named = re.findall(r"`((?:tests|docs|tools|src|widget|requirements)/[\w./-]+)`", read(name))
    missing = [path for path in named if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("page", tables.pages(), ids=lambda page: page.name)
def test_the_tables_are_fresh(page: Path):
    text = page.read_text()
    assert text == tables.fresh(text), "run: python docs/tables.py"


def test_every_table_is_shown_once():
    shown = re.findall(r"<!-- table: (\w+) -->", "".join(map(read, NAMES)))
    tables_of_ours = ["conditions", "errors", "oauth2", "providers", "rates", "rules", "settings"]
    assert sorted(shown) == tables_of_ours


def test_codes_in_sentences_exist():
    told = set(re.findall(r"code `(\w+)`", "".join(map(read, NAMES))))
    assert told
    assert told <= set(errors.ERRORS)


def column(name: str, head: str, after: str = "") -> set[str]:
    """Return the code in the first column of the table that has this head."""
    rest = read(name).split(f"| {head} |", 1)[1]
    rows = rest.split("\n\n", 1)[0].splitlines()[2:]
    return {code for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_every_dependency_is_explained():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    assert column("docs/dependencies.md", "Package") == names_of(project["dependencies"])
    rest = read("docs/dependencies.md").split("## Extras")[1].split("## The widget")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", rest, re.MULTILINE)) == names_of(extras)


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[]", requirement)[0] for requirement in requirements}


def test_signals_are_those_that_are_sent():
    sources = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    sent = {name for name in vars(signals) if re.search(rf"signals\.{name}\b", sources)}
    assert column("docs/mounting.md", "Signal in `commentkit.signals`") == sent


def test_arguments_of_thread_are_all_described():
    from commentkit.web.host import HostTemplates

    taken = set(inspect.signature(HostTemplates.thread).parameters) - {"self", "key"}
    assert column("docs/mounting.md", "Argument") == taken


# The widget


def widget() -> str:
    return "".join(path.read_text() for path in (ROOT / "widget" / "src").glob("*.ts"))


def test_events_are_those_that_are_sent():
    sent = {f"commentkit:{name}" for name in re.findall(r'emit\([\w.#]+, "([\w-]+)"', widget())}
    assert column("docs/embedding.md", "Event") == sent


def test_attributes_are_those_that_are_read():
    place = read("widget/src/place.ts")
    listed = re.search(r"ATTRIBUTES = \[(.+?)\]", place)
    assert listed
    read_there = set(re.findall(r'"(\w+)"', listed[1])) | {"only"}
    assert column("docs/embedding.md", "Attribute") == read_there
    assert "dataset.only" in place


def test_custom_properties_are_those_of_the_stylesheet():
    style = (SOURCE / "static" / "commentkit.css").read_text()
    used = set(re.findall(r"var\((--commentkit-[a-z]+)", style))
    assert column("docs/embedding.md", "Property") == used


def test_parts_are_those_of_the_templates():
    templates = "".join(path.read_text() for path in (SOURCE / "templates").rglob("*.html"))
    parts = {at.split()[0] for at in re.findall(r'\bpart="([^"]+)"', templates)}
    said = read("docs/embedding.md").split("Parts, for `::part()`:")[1].split(".")[0]
    assert set(re.findall(r"`([\w-]+)`", said)) == parts


def test_the_policy_is_the_one_that_is_tested():
    [policy] = [b.text for b in blocks("text", "docs/embedding.md") if "default-src" in b.text]
    tested = ast.parse(read("tests/widget/test_embedding.py")).body
    strict = [n for n in tested if isinstance(n, ast.FunctionDef) and n.name == "strict"]
    defined: dict[str, Any] = {}
    exec(compile(ast.Module(strict, []), "strict", "exec"), defined)
    headers = defined["strict"]("https://comments.example.org")
    assert headers == {"Content-Security-Policy": " ".join(policy.split())}
