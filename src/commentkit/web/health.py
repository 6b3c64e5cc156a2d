"""Whether this process can serve: asked by whoever sends it visitors."""

from flask import Response, jsonify
from sqlalchemy import Connection, inspect

from commentkit.model import Site
from commentkit.model.revision import current_revision, said_of, state_of
from commentkit.web.kit import Kit


def health(kit: Kit) -> Response:
    """Answer 200 when the database answers and its tables are not older than this version.

    Tables of a newer version are named, and served: an older version goes on until it is replaced.
    """
    with kit.database.read() as db:
        connection = db.connection()
        revision = current_revision(connection)
        state = _state(connection, revision)
    if state == "current":
        return jsonify({"status": "ok"})
    answer = jsonify({"status": "ok" if state == "newer" else state, "tables": said_of(revision)})
    answer.status_code = 200 if state == "newer" else 503
    return answer


def _state(connection: Connection, revision: str | None) -> str:
    """Compare with what this version needs; tables that others made for us have no revision."""
    if revision is None and inspect(connection).has_table(Site.__tablename__):
        return "current"
    return state_of(revision)
