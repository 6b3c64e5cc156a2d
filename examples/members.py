"""A Flask site with members of its own, who comment as themselves: run it, and log in as anybody.

flask --app examples.members commentkit init, then flask --app examples.members run
"""

from flask import Flask, Response, redirect, render_template_string, request, session
from werkzeug.wrappers import Response as AnyResponse

from commentkit import CommentKit, HostUser

MEMBERS = {"1": "Anna Bianchi", "2": "Luca Verdi"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The club</title>
<h1>The club</h1>
{% if name %}<form method="post" action="/log-out"><button>Log out, {{ name }}</button></form>
{% else %}<a href="/log-in">Log in</a>{% endif %}
{{ commentkit.thread("the-club", title="The club") }}"""
DOOR = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title>
<form method="post">{% for id, name in members.items() %}
<button name="member" value="{{ id }}">{{ name }}</button>{% endfor %}</form>"""


def member() -> HostUser | None:
    """Tell who is logged in: what a site asks of Flask-Login's `current_user` otherwise."""
    number = session.get("member")
    return HostUser(id=number, name=MEMBERS[number]) if number in MEMBERS else None


def create_app(**config: object) -> Flask:
    """Make the site."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="for the example alone, not for you")
    app.config.update(COMMENTKIT_PUBLIC_URL="http://127.0.0.1:5000")
    app.config.update(config)
    CommentKit(app, current_user=member, login_url="/log-in", logout_url="/log-out")

    @app.get("/")
    def page() -> str:
        who = member()
        return render_template_string(PAGE, name=who.name if who else None)

    @app.route("/log-in", methods=["GET", "POST"])
    def log_in() -> str | AnyResponse:
        if request.method == "GET":
            return render_template_string(DOOR, members=MEMBERS)
        session["member"] = request.form["member"]
        return redirect("/")

    @app.route("/log-out", methods=["GET", "POST"])
    def log_out() -> Response | AnyResponse:
        session.clear()
        return redirect("/")

    return app
