"""`flask commentkit announce`: a new post reaches those who asked for it, and nobody else."""

from pathlib import Path

import pytest
from world import BLOG, World, make_world

from commentkit.delivery import outbox, subscriptions

pytestmark = pytest.mark.usefixtures("databases")


def world_with_mail(folder: Path) -> World:
    return make_world(
        folder,
        COMMENTKIT_SMTP_URL=(folder / "mail").as_uri().replace("file:", "folder:"),
        COMMENTKIT_MAIL_FROM="Comments <comments@example.org>",
        COMMENTKIT_DELIVERY_THREAD=False,
    )


def test_a_new_post_goes_to_its_subscribers(tmp_path: Path) -> None:
    world = world_with_mail(tmp_path)
    for name, kind in (("anna", subscriptions.POSTS), ("luca", subscriptions.COMMENTS)):
        with world.kit.database.begin() as db:
            subscriptions.subscribe(
                db,
                site_id=world.site.id,
                kind=kind,
                thread_id=1,
                account_id=1,
                email=f"{name}@example.org",
                verified=True,
                language="en",
                now=world.clock(),
            )
    run = world.app.test_cli_runner()
    words = ["commentkit", "announce", "--site", "blog", f"{BLOG}/new.html", "--title", "A new one"]
    assert run.invoke(args=words).exit_code == 0
    for _ in range(2):
        world.clock.move(seconds=5)
        outbox.deliver_due(world.kit.database, world.kit.handlers, now=world.clock())
    mails = [path.read_text() for path in (tmp_path / "mail").glob("*.eml")]
    assert len(mails) == 1
    assert "To: anna@example.org" in mails[0]
    assert "A new one" in mails[0]


def test_without_mail_it_says_what_to_set(tmp_path: Path) -> None:
    run = make_world(tmp_path).app.test_cli_runner()
    result = run.invoke(args=["commentkit", "announce", "--site", "blog", BLOG, "--title", "x"])
    assert result.exit_code == 1
    assert "COMMENTKIT_SMTP_URL" in result.output


def test_an_endless_title_is_refused(tmp_path: Path) -> None:
    run = world_with_mail(tmp_path).app.test_cli_runner()
    words = ["commentkit", "announce", "--site", "blog", BLOG, "--title"]
    for title in ("t" * 201, " "):
        result = run.invoke(args=[*words, title])
        assert (result.exit_code, "200" in result.output) == (2, True)
