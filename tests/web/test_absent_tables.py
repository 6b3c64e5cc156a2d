"""A server that was started before its tables were made."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from world import BLOG, PAGE_URL, SERVER, World

from commentkit.model import metadata
from commentkit.model.absent import tables_absent

BELOW = f"{SERVER}/commentkit"
ASKED = (
    f"/blog/thread?url={PAGE_URL}",
    f"/blog/counts?url={PAGE_URL}",
    f"/blog/viewer?url={PAGE_URL}",
    f"/blog/page?url={PAGE_URL}",
)


@pytest.fixture
def empty(world: World) -> Iterator[World]:
    engine = world.kit.database.engine
    metadata.drop_all(engine)
    yield world
    metadata.create_all(engine)


@pytest.mark.parametrize("path", ASKED)
def test_every_door_says_that_it_cannot_serve_and_the_log_why_in_one_line(
    empty: World, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = empty.client().get(BELOW + path, headers={"X-CommentKit": "1", "Origin": BLOG})
    assert answer.status_code == 503
    said = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage() for record in said] == [
        "commentkit: its tables are absent; the command `upgrade` makes them"
    ]
    assert said[0].exc_info is None


def test_another_missing_table_is_no_sign_of_it(world: World) -> None:
    """It is a mistake, and must be seen as one."""
    with world.kit.database.read() as db, pytest.raises(DBAPIError) as error:
        db.execute(text("SELECT * FROM somebody_elses"))
    assert not tables_absent(error.value)
