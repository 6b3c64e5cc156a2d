"""The demo's sites, by the links and forms that a browser without JavaScript has."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from examples import demo
from examples.addresses import Addresses
from examples.blog import create_blog
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ADDRESSES = Addresses(port=9000, host="localhost")
"""Not those that the blog's pages were written for."""
ARTICLE = "/2013/04/social-media-manager"
THREAD = "/commentkit/notebook/page?key=2013/04/social-media-manager&sort=newest&lang=it"
BLOG_PAGES = {
    "it/pomodori-al-vento.html": "6 commenti",
    "it/il-vicino-del-terzo.html": "2 commenti",
    "en/what-a-balcony-knows.html": "4 comments",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return demo.create_site(ADDRESSES, tmp_path_factory.mktemp("demo"), {}).test_client()


def get(site: FlaskClient, address: str) -> TestResponse:
    return site.get(address, base_url=ADDRESSES.flask_site)


def send_nothing(site: FlaskClient, language: str) -> TestResponse:
    """Send the form of the thread's page without a word."""
    form = {"key": ARTICLE[1:], "lang": language, "sort": "newest", "text": "", "as": "guest"}
    return site.post(
        "/commentkit/notebook/page/comments",
        base_url=ADDRESSES.flask_site,
        headers={"Origin": ADDRESSES.flask_site},
        data=form,
    )


def switch(page: TestResponse, language: str) -> str:
    """Find where the language switch leads from a page."""
    [found] = re.findall(rf'<a href="([^"]+)" lang="{language}" hreflang', page.text)
    return urljoin(page.request.url, unescape(found))


def language_of(page: TestResponse) -> str:
    return re.findall(r'<html lang="(\w+)"', page.text)[0]


def test_the_language_switch_keeps_what_was_asked_for(site: FlaskClient):
    english = get(site, switch(get(site, THREAD), "en"))
    assert (english.status_code, language_of(english)) == (200, "en")
    assert "sort=newest" in english.request.url
    assert get(site, switch(english, "it")).request.url.count("lang=") == 1


def test_the_language_switch_leads_on_from_a_refused_form(site: FlaskClient):
    refused = send_nothing(site, "it")
    assert refused.status_code == 400
    english = get(site, switch(refused, "en"))
    assert (english.status_code, language_of(english)) == (200, "en")
    assert urlsplit(english.request.url).path == "/commentkit/notebook/page"
    assert "12 comments" in english.text


def test_a_refused_form_stands_in_the_shell_of_its_own_language(site: FlaskClient):
    assert language_of(send_nothing(site, "en")) == "en"


@pytest.mark.parametrize(
    ("language", "said"), [("it", "Qui non c&#39;è niente"), ("en", "There is nothing")]
)
def test_a_missing_article_is_told_in_the_sites_own_page(
    site: FlaskClient, language: str, said: str
):
    page = get(site, f"/2013/nothing?lang={language}")
    assert page.status_code == 404
    assert said in page.text
    assert 'class="masthead"' in page.text


def test_a_missing_page_of_the_blog_is_told_in_its_own_page():
    page = create_blog(ADDRESSES).test_client().get("/it/niente.html")
    assert page.status_code == 404
    assert "Quarto piano" in page.text


@pytest.mark.parametrize("name", BLOG_PAGES)
def test_without_javascript_a_blog_page_links_to_its_thread(site: FlaskClient, name: str):
    page = create_blog(ADDRESSES).test_client().get(f"/{name}").text
    [link] = re.findall(r'<noscript><p><a href="([^"]+)"', page)
    thread = get(site, unescape(link))
    assert thread.status_code == 200
    assert 'name="text"' in thread.text
    assert f'value="{ADDRESSES.blog}/{name}"' in thread.text
    assert BLOG_PAGES[name] in thread.text
