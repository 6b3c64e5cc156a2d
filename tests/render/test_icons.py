"""The providers' marks: inlined into every form, so that nothing but a shape may be in one."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from commentkit.signin import registry

ROOT = Path(__file__).parent.parent.parent
ICONS = ROOT / "src" / "commentkit" / "templates" / "commentkit" / "icons"
FILES = {path.stem: path for path in ICONS.glob("*.svg")}
LETTERS = {"zitadel"}
"""Whose mark no package has that we may take it from; their button shows a letter."""

sys.path.insert(0, str(ROOT / "tools"))
import icons  # noqa: E402


@pytest.mark.parametrize("name", registry.names())
def test_a_provider_has_its_mark(name: str):
    icon = registry.load(name).__dataclass_fields__["icon"].default
    assert icon in FILES or icon in LETTERS


def test_each_mark_says_where_it_comes_from():
    assert {*FILES} == {*icons.MARKS, *icons.OWN}
    packages = {package for package, _ in icons.MARKS.values()}
    noted = (ROOT / "docs" / "dependencies.md").read_text()
    for package in packages:
        assert f"`{package.npm}` {package.version}" in noted
        assert package.licence in noted


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_mark_is_a_shape_and_nothing_else(name: str):
    text = FILES[name].read_text()
    root = ElementTree.fromstring(text)
    assert root.tag == "svg"
    assert {*root.attrib} == {"viewBox", "width", "height", "fill", "focusable", "aria-hidden"}
    assert (root.get("fill"), root.get("aria-hidden")) == ("currentColor", "true")
    assert {(part.tag, *part.attrib) for part in root} == {("path", "d")}
    assert len(text) < 4_000


def test_credit_is_in_each_file_that_needs_it():
    for name, (package, _) in icons.MARKS.items():
        assert package.credit in FILES[name].read_text()
