"""Serve the blog's plain pages; what stands in the folder is all that its owner wrote."""

from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, abort, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from .addresses import Addresses

PAGES = Path(__file__).parent / "static_blog"
WRITTEN_FOR = Addresses()
"""The addresses that the pages name; they are replaced where the demo runs elsewhere."""


def create_blog(addresses: Addresses) -> Flask:
    """Serve the folder, under the policy that commentkit's documentation asks of a page."""
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def index() -> Response:
        return _page("index.html", addresses)

    @app.get("/<path:name>")
    def file(name: str) -> AnyResponse:
        if name == "index.html":
            return redirect("/")
        if name.endswith(".html"):
            return _page(name, addresses)
        return send_from_directory(PAGES, name)

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[Response, int]:
        return _page("404.html", addresses), 404

    @app.after_request
    def protect(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = policy(addresses.flask_site)
        return answer

    return app


def policy(server: str) -> str:
    """Write the strictest Content-Security-Policy that lets the section work."""
    return (
        f"default-src 'none'; script-src {server}; connect-src {server}; "
        f"style-src 'self' {server}; img-src 'self' {server}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types commentkit"
    )


def _page(name: str, addresses: Addresses) -> Response:
    known = {str(file.relative_to(PAGES)) for file in PAGES.rglob("*.html")}
    if name not in known:
        abort(404)
    text = (PAGES / name).read_text("utf-8")
    return Response(_moved(text, addresses), mimetype="text/html")


def _moved(text: str, addresses: Addresses) -> str:
    """Name the addresses of this run; they stand as they are, and inside a link's query."""
    for written, now in (
        (WRITTEN_FOR.flask_site, addresses.flask_site),
        (WRITTEN_FOR.blog, addresses.blog),
    ):
        text = text.replace(written, now).replace(quote(written, safe=""), quote(now, safe=""))
    return text
