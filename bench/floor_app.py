"""The bare Flask apps that the rows are measured against, as one would write them by hand."""

import os
from pathlib import Path

from flask import Flask, Response, request
from sqlalchemy import select

_JSON = "application/json"


def page() -> Flask:
    """Answer one route with the bytes of a file that are read once."""
    body, kind = Path(os.environ["BENCH_BODY"]).read_bytes(), os.environ["BENCH_TYPE"]
    app = Flask("floor", static_folder=None)

    @app.get("/page")
    def answer() -> Response:
        return Response(body, content_type=kind)

    return app


def reader() -> Flask:
    """Answer one route with those bytes after one SELECT by a unique key."""
    from commentkit.model import Token, own_engine

    body = Path(os.environ["BENCH_BODY"]).read_bytes()
    engine, table = own_engine(os.environ["BENCH_DATABASE"]), Token.__table__
    app = Flask("floor", static_folder=None)
    asked = select(table.c.id, table.c.active_identity_id, table.c.expires_at)

    @app.get("/page")
    def answer() -> Response:
        key = bytes.fromhex(request.args["key"])
        query = asked.where(
            table.c.site_id == int(request.args["site"]), table.c.secret_hash == key
        )
        with engine.connect() as connection:
            connection.execute(query).one()
        return Response(body, content_type=_JSON)

    return app
