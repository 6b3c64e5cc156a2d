"""What the doctor says of doors that need no credentials."""

from pathlib import Path

import pytest
from database_support import Databases
from world import make_world

from commentkit.doctor.finding import Patient
from commentkit.doctor.providers import providers


@pytest.fixture(autouse=True)
def _stored(databases: Databases) -> None:
    """A world needs a database, whichever."""


def said(folder: Path, **config: str) -> dict[str, str]:
    world = make_world(folder, PROVIDERS=["email", "passkey", "ethereum"], **config)
    found = providers(Patient(world.app, world.kit, offline=True))
    return {each.said.partition(" ")[0]: f"{each.level}: {each.said} {each.do}" for each in found}


@pytest.mark.only_on("sqlite")
def test_it_says_what_each_lacks(tmp_path: Path) -> None:
    told = said(tmp_path)
    assert told["E-mail"].startswith("warn: E-mail is not offered")
    assert "Set COMMENTKIT_SMTP_URL and COMMENTKIT_MAIL_FROM." in told["E-mail"]
    assert "an IP address cannot have passkeys" in told["Passkey"]
    assert told["Ethereum"].startswith("ok: Ethereum is asked for on a page of ours.")


@pytest.mark.only_on("sqlite")
def test_it_is_content_where_nothing_lacks(tmp_path: Path) -> None:
    told = said(
        tmp_path,
        COMMENTKIT_PUBLIC_URL="https://comments.example.org",
        COMMENTKIT_SMTP_URL=f"folder://{tmp_path}",
        COMMENTKIT_MAIL_FROM="comments@example.org",
    )
    assert {line.partition(":")[0] for line in told.values()} == {"ok"}
