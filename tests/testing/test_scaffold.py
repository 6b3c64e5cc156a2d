"""`provider new` and `provider check`: what is written works once its blanks are filled."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commentkit.cli.stand_alone import stand_alone
from commentkit.signin import registry
from commentkit.testing import checking, scaffold

ROOT = Path(__file__).parent.parent.parent
TODAY = date(2026, 11, 23)


def commentkit(*words: str) -> Result:
    return CliRunner().invoke(stand_alone, ["provider", *words])


def filled(folder: Path) -> None:
    """Take the blanks as they stand: they describe a provider that does not exist."""
    for path in folder.glob("*.py"):
        text = path.read_text()
        text = re.sub(r"FILL IN the addresses of the documents", "https://club.example/docs", text)
        text = re.sub(r"FILL IN which document shows these answers", "its documents", text)
        text = re.sub(r"^ *# FILL IN.*\n|  # FILL IN.*$", "", text, flags=re.MULTILINE)
        path.write_text(text)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])


def test_what_is_written_passes_everything_once_it_is_filled_in(tmp_path: Path):
    """By a linter's word, and by the contract's, in every protocol."""
    for protocol in scaffold.PROTOCOLS:
        scaffold.write(f"club_{protocol}", protocol=protocol, label="Club", today=TODAY)
    style = ["ruff", "check", "--isolated", "--select", "E,F,I,UP,B,D1", "--line-length", "100"]
    adapters = [path.name for path in tmp_path.glob("commentkit_*.py")]
    assert run(tmp_path, *style, *adapters).returncode == 0
    filled(tmp_path)
    assert run(tmp_path, *style, *adapters).returncode == 0
    contract = run(
        tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "-k", "not faults and not lies"
    )
    assert contract.returncode == 0, contract.stdout
    assert "passed" in contract.stdout


@pytest.mark.parametrize("protocol", scaffold.PROTOCOLS)
def test_nothing_is_left_of_a_template(tmp_path: Path, protocol: str):
    written = scaffold.write("a_club", protocol=protocol, label="A Club", today=TODAY)
    text = written.adapter.read_text() + written.test.read_text()
    assert "$" not in text
    assert "class AClub(" in text
    assert "class TestAClub(" in text
    assert 'name: str = "a_club"' in text
    assert "https://a-club.example" in text
    assert "read 2026-11-23" in text
    assert written.entry_point == 'a_club = "commentkit_a_club:AClub"'


def test_this_projects_source_has_its_own_places(tmp_path: Path):
    for folder in scaffold.REPOSITORY:
        (tmp_path / folder).mkdir(parents=True)
    said = commentkit("new", "club", "--protocol", "oidc")
    assert said.exit_code == 0
    assert 'club = "commentkit.signin.providers.club:Club"' in said.output
    test = tmp_path / "tests/signin/providers/test_club.py"
    assert "from commentkit.signin.providers.club import Club" in test.read_text()
    adapter = tmp_path / "src/commentkit/signin/providers/club.py"
    assert 'N_("Photo from Club")' in adapter.read_text()


def test_nothing_is_written_over(tmp_path: Path):
    (tmp_path / "test_commentkit_club.py").write_text("mine")
    said = commentkit("new", "club", "--protocol", "oauth2", "--into", str(tmp_path))
    assert said.exit_code == 1
    assert "is there already" in said.output
    assert not (tmp_path / "commentkit_club.py").exists()
    assert (tmp_path / "test_commentkit_club.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["Club", "1st", "a-b", "class", "", "a" * 33, "../up", "a.b"])
def test_an_impossible_name_is_refused(tmp_path: Path, name: str):
    said = commentkit("new", "--protocol", "oidc", "--", name)
    assert said.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_label_cannot_break_the_source(tmp_path: Path):
    commentkit("new", "club", "--protocol", "oidc", "--label", 'A "Club"\\\n$x')
    compile((tmp_path / "commentkit_club.py").read_text(), "club", "exec")


def test_blanks_are_listed_by_the_check_and_by_the_contract(tmp_path: Path):
    commentkit("new", "blank_club", "--protocol", "oauth1")
    said = commentkit("check", "blank_club")
    assert said.exit_code == 1
    assert "commentkit_blank_club.py:3: FILL IN the addresses" in said.output
    assert "test_commentkit_blank_club.py:1:" in said.output
    assert re.search(r"\d+ lines are still to be filled in", said.output)


def test_the_check_runs_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ran: list[str] = []

    def call(words: list[str]) -> int:
        ran.extend(words)
        return 1

    commentkit("new", "checked_club", "--protocol", "oidc")
    filled(tmp_path)
    monkeypatch.setattr("commentkit.testing.checking.subprocess.call", call)
    assert commentkit("check", "checked_club").exit_code == 1
    assert ran[:3] == [sys.executable, "-m", "pytest"]
    assert str(tmp_path / "test_commentkit_checked_club.py") in ran


@pytest.mark.parametrize("name", registry.names())
def test_each_adapter_of_this_project_has_a_test_that_is_found(name: str):
    adapter = checking.adapter_of(name)
    found = checking.contract_test_of(adapter)
    assert found
    assert found.parent == ROOT / "tests/signin/providers"
    assert re.search(rf"\b{adapter.__name__}\b", found.read_text())


def test_an_unknown_name_is_named():
    said = commentkit("check", "nobody")
    assert said.exit_code == 1
    assert "no provider 'nobody' is installed" in said.output
