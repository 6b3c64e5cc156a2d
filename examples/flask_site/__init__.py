"""A small Flask site with its own models and templates, and commentkit mounted beside them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from commentkit import CommentKit
from commentkit.signin.provider import Provider

from .articles import Article, newest_first, open_articles
from .words import LANGUAGES, WORDS, shown_date

THREAD_FIELDS = ("key", "url", "sort", "proof")
"""What a form of commentkit says of the thread that it stands in."""


def create_app(
    config: Mapping[str, Any], *, providers: Sequence[Provider], articles: Path
) -> Flask:
    """Make the site; `articles` is its own SQLite file."""
    app = Flask(__name__)
    app.config.from_mapping(config)
    engine = open_articles(articles)

    comments = CommentKit(providers=providers)
    comments.init_app(app)

    @app.context_processor
    def for_every_template() -> dict[str, Any]:
        language = _language()
        return {
            "language": language,
            "other_than_italian": None if language == "it" else language,
            "in_language": _in_language,
            "words": WORDS[language],
            "shown_date": lambda day: shown_date(day, language),
        }

    @app.get("/")
    def index() -> str:
        with Session(engine) as db:
            return render_template("index.html", articles=newest_first(db))

    @app.get("/<path:key>")
    def show(key: str) -> str:
        with Session(engine) as db:
            article = db.get(Article, key) or abort(404)
        address = f"{config['COMMENTKIT_PUBLIC_URL']}/{key}"
        return render_template("article.html", article=article, address=address)

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("missing.html"), 404

    return app


def _language() -> str:
    """Read the language from the address, or from a form that commentkit answers in our layout."""
    asked = request.values.get("lang")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _in_language(code: str) -> str:
    """Return the address of this page in a language, with all else that was asked for.

    What answers a form has no address that a link could name: the thread's own page stands for it.
    """
    if request.method == "POST" and request.blueprint == "commentkit":
        form = request.form
        about: dict[str, Any] = {name: form[name] for name in THREAD_FIELDS if form.get(name)}
        site = (request.view_args or {})["site"]
        return url_for("commentkit.pages_show", site=site, **about, lang=code)
    return "?" + urlencode([*_all_but_language(), ("lang", code)])


def _all_but_language() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
