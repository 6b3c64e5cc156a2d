"""Give old comments the HTML of today's renderer: sources are the truth, HTML is made from them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from commentkit.discussion import threads
from commentkit.model import Comment, Database, Site
from commentkit.text import RENDERER_VERSION, render

BATCH = 200


def rerender(database: Database) -> int:
    """Render what an older renderer made, in batches that each commit; returns how many.

    It may be interrupted at any time and goes on where it stopped.
    """
    with database.read() as db:
        site_ids = list(db.scalars(select(Site.id)))
    return sum(_site(database, site_id) for site_id in site_ids)


def _site(database: Database, site_id: int) -> int:
    total = 0
    while True:
        with database.read() as db:
            found = {row.id: row.source for row in db.scalars(_old(site_id))}
        if not found:
            return total
        rendered = {number: (source, render(source).html) for number, source in found.items()}
        database.write(partial(_replace_all, site_id=site_id, rendered=rendered), repeatable=True)
        total += len(rendered)


def _old(site_id: int) -> Select[Any]:
    return (
        select(Comment)
        .where(Comment.site_id == site_id, Comment.renderer_version != RENDERER_VERSION)
        .order_by(Comment.id)
        .limit(BATCH)
    )


def _replace_all(db: Session, *, site_id: int, rendered: Mapping[int, tuple[str, str]]) -> None:
    for number, (source, html) in rendered.items():
        _replace(db, site_id, number, source=source, html=html)


def _replace(db: Session, site_id: int, number: int, *, source: str, html: str) -> None:
    """Leave alone what was edited meanwhile: that was rendered anew already."""
    row = db.get(Comment, (site_id, number))
    if row is None or row.source != source:
        return
    row.html, row.renderer_version = html, RENDERER_VERSION
    db.flush()
    if row.shown:
        threads.bump(db, threads.by_id(db, site_id, row.thread_id))
