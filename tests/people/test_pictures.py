"""Pictures from strangers: drawn anew, small, without what they carried, or not at all."""

import io
import logging
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from database_support import Databases
from PIL import Image, PngImagePlugin
from sqlalchemy import func, select

from commentkit.ids import new_id
from commentkit.model import Database, Picture, Site
from commentkit.people import pictures
from commentkit.people.pictures import fetch, gravatar_url, redraw, store
from commentkit.signin.http import HttpClient

HTTP = HttpClient(loopback=True)


def _image(
    size: tuple[int, int] = (400, 200), *, kind: str = "PNG", colour: str = "red", **options: object
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def _open(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def _drawn(body: bytes) -> Image.Image:
    answer = redraw(body)
    assert answer is not None
    content_type, drawn = answer
    assert content_type == "image/webp"
    return _open(drawn)


@contextmanager
def _serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _say(body: bytes, *, status: int = 200, content_type: str = "image/png"):  # type: ignore[no-untyped-def]
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_picture_becomes_a_small_webp(kind: str) -> None:
    drawn = _drawn(_image(kind=kind))
    assert (drawn.format, drawn.size) == ("WEBP", (160, 80))


def test_small_picture_is_not_blown_up() -> None:
    assert _drawn(_image((32, 32))).size == (32, 32)


def test_nothing_of_the_original_file_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    for body in (
        _image(kind="JPEG", exif=exif, comment=b"secret words", icc_profile=b"profile of mine"),
        _image(kind="PNG", pnginfo=info) + b"<script>alert(1)</script>",
        _image(kind="WEBP", exif=exif, xmp=b"<x>secret words</x>"),
    ):
        answer = redraw(body)
        assert answer is not None
        for trace in (b"home", b"secret", b"script", b"profile", b"EXIF", b"ICCP", b"XMP "):
            assert trace not in answer[1]
        assert len(_open(answer[1]).getexif()) == 0


def test_turned_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    assert _drawn(_image((400, 200), kind="JPEG", exif=exif)).size == (80, 160)


def test_animation_shows_its_first_frame() -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue", "lime")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    drawn = _drawn(out.getvalue())
    assert getattr(drawn, "n_frames", 1) == 1
    red, _, blue = drawn.convert("RGB").getpixel((25, 25))  # type: ignore[misc]
    assert (red > 200, blue < 60) == (True, True)


def test_transparency_is_kept() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    assert _drawn(out.getvalue()).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def _bomb(side: int) -> bytes:
    """Claim side by side pixels in a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [4001, 10_000, 20_000, 65_535])
def test_bombs_are_refused_before_they_are_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", decoded)
    monkeypatch.setattr(pictures.logger, "info", lambda text, name, host: names.append(name))
    names: list[str] = []
    assert redraw(_bomb(side)) is None
    assert names[0] in ("ValueError", "DecompressionBombWarning", "DecompressionBombError")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"GIF89a",
        b"<html>not a picture</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xff\xd8\xff\xe0garbage",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"BM" + b"\0" * 60,
        _image()[:100],
        b"\0" * (pictures.MAX_BYTES + 1),
    ],
)
def test_what_is_no_picture_is_none(body: bytes) -> None:
    assert redraw(body) is None


def test_picture_is_fetched_and_drawn_anew() -> None:
    with _serving(_say(_image(), content_type="text/html")) as url:  # a lie changes nothing
        answer = fetch(HTTP, f"{url}/anna.png")
    assert answer is not None
    assert answer[0] == "image/webp"
    assert _open(answer[1]).size == (160, 80)


@pytest.mark.parametrize("status", [204, 301, 403, 404, 500])
def test_refusals_show_initials(status: int) -> None:
    with _serving(_say(_image(), status=status)) as url:
        assert fetch(HTTP, url) is None


def test_too_large_is_none() -> None:
    with _serving(_say(b"\0" * 1_100_000)) as url:
        assert fetch(HTTP, url) is None


def test_slow_is_left_after_two_seconds() -> None:
    released = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        released.wait(30)

    with _serving(drip) as url:
        began = time.monotonic()
        assert fetch(HTTP, url) is None
        assert time.monotonic() - began < 4
        released.set()


def test_address_in_a_private_network_is_not_asked() -> None:
    with _serving(_say(_image())) as url:
        assert fetch(HttpClient(), url.replace("http:", "https:")) is None
        assert fetch(HTTP, "http://10.0.0.1/x.png") is None


def test_failure_is_logged_without_path_and_query(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.INFO, "commentkit.pictures"),
        _serving(_say(b"no", status=404)) as url,
    ):
        fetch(HTTP, f"{url}/someone/secret?token=hunter2")
    assert "404" in caplog.text
    assert "hunter2" not in caplog.text
    assert "someone" not in caplog.text


@pytest.fixture
def database(databases: Databases) -> Database:
    return Database(databases.engine())


def test_same_picture_is_kept_once_and_a_new_look_gets_a_new_id(database: Database) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 22, tzinfo=UTC)
    with database.begin() as db:
        sites = [
            Site(id=new_id(now), name=name, title=name, language="en", rules={}, created_at=now)
            for name in ("one", "two")
        ]
        db.add_all(sites)
        db.flush()

        def keep(site: Site, url: str, body: bytes) -> int:
            return store(
                db,
                site_id=site.id,
                source_url=url,
                content_type="image/webp",
                body=body,
                now=now,
            )

        first = keep(sites[0], "https://a.example/1", b"\0look")
        assert keep(sites[0], "https://a.example/1", b"\0look") == first
        others = {
            keep(sites[0], "https://a.example/1", b"\0new look"),
            keep(sites[0], "https://a.example/2", b"\0look"),
            keep(sites[1], "https://a.example/1", b"\0look"),
        }
        assert len(others | {first}) == 4
        assert db.scalar(select(func.count()).select_from(Picture)) == 4
        stored = db.get_one(Picture, (sites[0].id, first))
        assert stored.body == b"\0look"
        assert b"a.example" not in stored.source_hash


def test_gravatar_is_asked_by_the_hash_its_documentation_shows() -> None:
    # The example of docs.gravatar.com/rest/hash, read 2026-11-22.
    url = gravatar_url("MyEmailAddress@example.com ")
    assert "84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee?" in url
    assert "d=404" in url
    assert "example.com" not in url.lower()
