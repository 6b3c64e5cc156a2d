"""Public answers: the same for everyone, named by a strong ETag, safe from what a request says."""

from html import unescape

import pytest
from world import BLOG, PAGE_URL, Verbs, World

THREAD = f"/thread?url={PAGE_URL}"


def test_everyone_gets_the_same_bytes(world: World) -> None:
    world.post(who="anna")
    signed_in = world.get(THREAD, who="anna", headers={"Origin": BLOG, "Cookie": "a=1"})
    stranger = world.get(THREAD, who="luca", headers={"Accept-Language": "it"})
    assert signed_in.data == stranger.data
    assert signed_in.headers["ETag"] == stranger.headers["ETag"]
    assert signed_in.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in signed_in.headers
    assert signed_in.headers["Access-Control-Allow-Origin"] == "*"
    assert signed_in.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_an_etag_is_strong_and_answers_304(world: World) -> None:
    first = world.get(THREAD)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    assert world.get(THREAD, headers={"If-None-Match": tag}).status_code == 304
    world.post()
    assert world.get(THREAD, headers={"If-None-Match": tag}).status_code == 200


def test_the_etag_changes_with_rules_language_and_order(world: World) -> None:
    tags = {
        world.get(f"{THREAD}{more}").headers["ETag"] for more in ("", "&lang=it", "&sort=newest")
    }
    world.rules(form_title="E tu cosa ne pensi?")
    tags.add(world.get(THREAD).headers["ETag"])
    assert len(tags) == 4


def test_a_comment_waiting_for_approval_is_nowhere_public(world: World) -> None:
    world.rules(hold="everyone")
    answer = world.post("SECRET WORDS").get_json()
    assert answer["comment"]["status"] == "pending"
    assert b"SECRET" not in world.get(THREAD).data
    number = answer["comment"]["id"]
    assert world.get(f"{THREAD}&comment={number}").status_code == 404
    assert "SECRET" in answer["viewer"]["comments"][0]["html"]
    stranger = world.call("GET", f"/viewer?url={PAGE_URL}", who="luca")
    assert "SECRET" not in stranger.text


def test_reading_makes_no_thread(world: World) -> None:
    for number in range(5):
        assert world.get(f"/thread?url={BLOG}/nowhere{number}").status_code == 200
    assert (
        world.get(f"/counts?url={BLOG}/nowhere1").get_json()["counts"][f"{BLOG}/nowhere1"]["count"]
        == 0
    )
    with world.kit.database.read() as db:
        assert (
            db.connection().exec_driver_sql("SELECT count(*) FROM commentkit_thread").scalar() == 0
        )


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "thread_missing"),
        ("url=http://evil.example/x", 403, "origin_not_registered"),
        ("url=javascript:alert(1)", 403, "thread_not_allowed"),
        (f"url={PAGE_URL}&sort=best", 400, "unknown_sort"),
        (f"url={PAGE_URL}&after=zzz", 400, "bad_cursor"),
        (f"url={PAGE_URL}&comment=99", 404, "unknown_comment"),
        (f"url={PAGE_URL}&comment=x", 400, "field_invalid"),
        ("key=" + "x" * 3_000, 400, "field_invalid"),
    ],
)
def test_what_a_thread_address_can_get_wrong(
    world: World, query: str, status: int, code: str
) -> None:
    world.post()
    assert world.error(world.get(f"/thread?{query}"))[:2] == (status, code)


def test_an_unknown_site_is_said_in_the_readers_language(world: World) -> None:
    answer = world.get(THREAD + "&lang=it", site="nowhere")
    assert world.error(answer)[:2] == (404, "unknown_site")
    assert "sito" in answer.get_json()["error"]["message"]


def test_a_long_language_header_costs_nothing(world: World) -> None:
    assert world.get(THREAD, headers={"Accept-Language": "x" * 10_000}).status_code == 200
    assert world.get(f"{THREAD}&lang={'x' * 5_000}").status_code == 200


def test_poisoned_host_headers_reach_no_byte(world: World) -> None:
    clean = world.get(THREAD).data
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    poisoned = world.client().get(
        f"/commentkit/blog{THREAD}", headers=headers, base_url="http://evil.example"
    )
    assert poisoned.data == clean


def test_counts_say_it_by_the_plural_rule(world: World) -> None:
    world.post("one")
    query = f"/counts?url={PAGE_URL}&url={BLOG}/b.html&lang=it"
    counts = world.get(query).get_json()["counts"]
    assert counts[PAGE_URL] == {"count": 1, "text": "1 commento"}
    assert counts[f"{BLOG}/b.html"] == {"count": 0, "text": "Lascia un commento"}
    world.post("two", who="luca")
    assert world.get(query).get_json()["counts"][PAGE_URL]["text"] == "2 commenti"


def test_counts_are_bounded(world: World) -> None:
    many = "&".join(f"key=k{n}" for n in range(101))
    assert world.error(world.get(f"/counts?{many}"))[:2] == (400, "field_invalid")
    assert world.error(world.get("/counts"))[:2] == (400, "field_invalid")


def test_counts_leave_out_what_cannot_be_a_page(world: World) -> None:
    world.post("one")
    counts = world.get(f"/counts?url=javascript:x&key=a%0Ab&url={PAGE_URL}").get_json()["counts"]
    assert {name: count["count"] for name, count in counts.items()} == {PAGE_URL: 1}


@pytest.mark.parametrize(
    ("sort", "words"), [("oldest", "Commenti precedenti"), ("newest", "Commenti più recenti")]
)
def test_a_permalinks_page_shows_the_way_to_the_first(
    world: World, verbs: Verbs, sort: str, words: str
) -> None:
    world.rules(page_size=2)
    author = verbs.identity()
    roots = [verbs.post(author, f"root {number}") for number in range(4)]
    first, *middle = roots if sort == "oldest" else roots[::-1]
    asked = f"{THREAD}&sort={sort}&lang=it"
    assert words not in world.get(asked).text
    assert words not in world.get(f"{asked}&comment={first.id}").text
    page = world.get(f"{asked}&comment={middle[1].id}").text
    assert "root 1" in page or "root 2" in page
    assert first.source not in page
    link = page.split("data-earlier", 1)[1].split("</p>")[0]
    assert words in link
    fragment = unescape(link.split('data-fragment="')[1].split('"')[0])
    assert first.source in world.client().get(fragment).text
    whole = world.get(f"/page?url={PAGE_URL}&sort={sort}&lang=it&comment={middle[1].id}").text
    assert words in whole


def test_more_replies_go_on_where_the_page_stopped(world: World, verbs: Verbs) -> None:
    world.rules(replies_shown=2)
    author = verbs.identity()
    root = verbs.post(author, "root")
    for number in range(4):
        verbs.post(author, f"reply {number}", parent=root)
    page = world.get(THREAD).text
    assert "reply 1" in page
    assert "reply 2" not in page
    after = page.split(f"/replies/{root.id}?after=")[1].split("&")[0]
    more = world.get(f"/replies/{root.id}?after={after}").text
    assert "reply 2" in more
    assert "reply 3" in more
    assert "<html" not in more


def test_the_page_of_a_deep_reply_has_that_reply(world: World, verbs: Verbs) -> None:
    world.rules(replies_shown=2, page_size=1)
    author = verbs.identity()
    verbs.post(author, "first root")
    root = verbs.post(author, "second root")
    replies = [verbs.post(author, f"reply {n}", parent=root) for n in range(5)]
    page = world.get(f"{THREAD}&comment={replies[-1].id}").text
    assert "second root" in page
    assert "reply 4" in page
    assert "first root" not in page


def test_time_closes_a_thread_for_readers_too(world: World, verbs: Verbs) -> None:
    world.rules(close_after_days=1)
    verbs.post(verbs.identity(), "one")
    open_page = world.get(THREAD)
    assert 'name="text"' in open_page.text
    world.clock.move(days=2)
    closed = world.get(THREAD)
    assert 'name="text"' not in closed.text
    assert closed.headers["ETag"] != open_page.headers["ETag"]


def test_a_file_outside_the_static_folder_is_not_found(world: World) -> None:
    base = "http://127.0.0.1:8000/commentkit/static/x/"
    for name in ("..%2fsettings.py", "../settings.py", "commentkit.css%00", "nothing.js"):
        assert world.client().get(base + name).status_code == 404


def test_static_files_last_only_at_todays_address(world: World) -> None:
    today = world.kit.assets.style
    assert "immutable" in world.client().get(today).headers["Cache-Control"]
    old = today.replace(world.kit.renderer.digest[:16], "0" * 16)
    assert "immutable" not in world.client().get(old).headers["Cache-Control"]
