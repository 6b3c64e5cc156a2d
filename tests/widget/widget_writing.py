"""What the tests of the form share: the server's answers, and the press on the button."""

from datetime import UTC, datetime, timedelta
from typing import Any

import widget_fragments as fragments
from widget_server import SITE, Answer
from widget_world import World

COMMENTS = f"{SITE}/comments"


def posted(
    number: int,
    *,
    parent: int | None = None,
    status: str = "approved",
    token: str | None = None,
    **viewer: Any,
) -> Answer:
    """The answer to a comment."""
    html = fragments.comment(number, author="Me", status=status)
    said = {
        "id": str(number),
        "parent": str(parent) if parent else None,
        "status": status,
        "html": html,
    }
    seen = fragments.viewer(count=3, count_text="3 comments", token=True, **viewer)
    return Answer({"comment": said, "token": token, "viewer": seen}, 201)


def refusal(*errors: tuple[str, str, str | None], status: int = 400) -> Answer:
    """An error answer with every field that is wrong."""
    data = [{"code": code, "message": message, "field": field} for code, message, field in errors]
    return Answer({"error": data[0], "errors": data}, status)


def own(number: int, *, seconds: float = 600, **more: Any) -> dict[str, object]:
    """A viewer who may still change a comment."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return fragments.viewer("signed-in", editable={str(number): until.isoformat()}, **more)


def as_author(world: World, number: int = 1, *, seconds: float = 600) -> None:
    """Open the page as the author of one comment."""
    key = f"commentkit:{world.server.origin}/commentkit:blog"
    world.context.add_init_script(f"localStorage.setItem('{key}', '1')")
    world.server.table[f"{SITE}/viewer"] = Answer(own(number, seconds=seconds))
    world.start()
    world.kit.locator(f"[data-comment='{number}'] [data-action=edit]").wait_for()


def send(world: World) -> None:
    """Press the button."""
    world.kit.locator("[part~=submit]").click()


def body(world: World, at: int = -1) -> dict[str, Any]:
    """What was posted."""
    sent = world.server.calls(COMMENTS, "POST")[at].body
    assert isinstance(sent, dict)
    return sent
