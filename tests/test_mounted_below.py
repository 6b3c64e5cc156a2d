"""Below a path of its origin, and at its root: every address that we give leads back to us."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from database_support import Databases
from flask import Flask, render_template_string
from site_scope import unwatched
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse
from world import BLOG, PAGE_URL, SERVER, World, make_world

from commentkit import CommentKit, migrations
from commentkit.doctor import examine
from commentkit.signin.providers.facebook import Facebook

PREFIXES = ["/comments", ""]


class Mounted:
    """A world whose app is mounted at /app, and a browser in front of the whole server."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.world: World = make_world(
            folder,
            COMMENTKIT_PUBLIC_URL=f"{SERVER}/app",
            COMMENTKIT_URL_PREFIX=prefix,
            COMMENTKIT_SITE="blog",
            PROVIDERS=[Facebook(client_id="id", client_secret="secret")],
        )
        self.base = f"{SERVER}/app{prefix}"
        nothing = Flask("nothing", static_folder=None)
        self.browser = Client(DispatcherMiddleware(nothing, {"/app": self.world.app}))

    def get(self, address: str) -> TestResponse:
        assert address.startswith(self.base), address
        return self.browser.get(address)

    def send(self, address: str, form: dict[str, str]) -> TestResponse:
        assert address.startswith(self.base), address
        headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
        return self.browser.post(address, data=form, headers=headers)


@pytest.fixture(params=PREFIXES)
def mounted(request: pytest.FixtureRequest, tmp_path: Path, databases: Databases) -> Mounted:
    return Mounted(tmp_path, request.param)


def addresses(page: TestResponse) -> list[str]:
    """Return where the styles, scripts, forms and links of a page lead, but for other origins."""
    found = re.findall(r'(?:href|src|action|formaction|data-[a-z]+)="([^"]+)"', page.text)
    return [one.replace("&amp;", "&") for one in found if one.startswith(SERVER)]


def test_a_comment_is_written_on_our_own_page(mounted: Mounted) -> None:
    page = mounted.get(f"{mounted.base}/blog/page?url={PAGE_URL}")
    assert page.status_code == 200
    for address in addresses(page):
        assert address == SERVER or address.startswith(mounted.base)
    form = {"url": PAGE_URL, "text": "Hello", "name": "Anna", "email": "a@example.org"}
    done = mounted.send(f"{mounted.base}/blog/page/comments", form)
    assert done.status_code == 303, done.text
    assert "Hello" in mounted.get(done.location).text


def test_the_files_that_a_page_needs_are_there(mounted: Mounted) -> None:
    page = mounted.get(f"{mounted.base}/blog/page?url={PAGE_URL}")
    files = [one for one in addresses(page) if "/static/" in one]
    assert files
    for address in files:
        assert mounted.get(address).status_code == 200
    assert mounted.get(f"{mounted.base}/embed.js").status_code == 200


def test_the_widget_may_ask(mounted: Mounted) -> None:
    headers = {"Origin": BLOG, "X-CommentKit": "1"}
    body = {
        "thread": {"url": PAGE_URL},
        "text": "Hello",
        "name": "Anna",
        "email": "a@example.org",
        "transport": "bearer",
    }
    answer = mounted.browser.post(f"{mounted.base}/blog/comments", json=body, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == BLOG


def test_a_sign_in_comes_back_below_the_path(mounted: Mounted) -> None:
    asked = {"aid": "a" * 22, "challenge": "c" * 43, "origin": BLOG, "mode": "popup"}
    page = {"url": PAGE_URL, "lang": "en"}
    begun = mounted.get(f"{mounted.base}/blog/sign-in/facebook?{urlencode(asked | page)}")
    assert begun.status_code == 303, begun.text
    told = parse_qs(urlsplit(begun.location).query)
    (callback,), (state,) = told["redirect_uri"], told["state"]
    back = mounted.get(f"{callback}?{urlencode({'error': 'access_denied', 'state': state})}")
    assert "sign_in_cancelled" in back.text


def test_a_host_inlines_the_section_below_its_path(mounted: Mounted) -> None:
    @mounted.world.app.get("/post")
    def post() -> str:
        return render_template_string('{{ commentkit.thread("post", title="A post") }}')

    page = mounted.browser.get(f"{SERVER}/app/post")
    assert page.status_code == 200
    assert f"{mounted.base}/embed.js" in page.text
    assert f"{SERVER}/app/post" in page.text


def test_the_doctor_reaches_it(mounted: Mounted) -> None:
    engine = mounted.world.kit.database.engine
    with unwatched(engine):  # a migration fills whole tables
        migrations.upgrade(engine)
    found = examine(mounted.world.app, mounted.world.kit, offline=True)
    said = {finding.check: finding.level for finding in found}
    checks = ("answers", "csrf", "public_headers", "page_headers", "error_handlers")
    assert [said[check] for check in checks] == ["ok"] * 5


def test_at_the_root_the_hosts_own_files_stay_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "static" / "css"
    folder.mkdir(parents=True)
    (folder / "site.css").write_text("body { color: red }")
    app = Flask("host", instance_path=str(tmp_path), root_path=str(tmp_path))
    app.config.update(SECRET_KEY="k" * 16, COMMENTKIT_PUBLIC_URL=SERVER, COMMENTKIT_URL_PREFIX="")
    CommentKit(app)
    client = app.test_client()
    with client.get("/static/css/site.css") as own:
        assert own.status_code == 200
    style = urlsplit(app.extensions["commentkit"].assets.style).path
    assert client.get(style).status_code == 200
