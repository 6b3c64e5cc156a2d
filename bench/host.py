"""A small page of a host: with the tag, or with the section's HTML in its place."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_WORDS = (
    "The shop kept its register in pencil, and every second year somebody went over it in ink. "
    "What they left out is what I am after here: who was owed, and who never came back to ask."
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The register</title>
<meta name="viewport" content="width=device-width">
<style>body {{ font: 1rem/1.5 serif; max-width: 40rem; margin: 2rem auto }}</style></head>
<body><h1>The register</h1>{paragraphs}
<main id="comments">{section}</main></body></html>
"""


def page(section: str) -> bytes:
    """Return an article with something where its comments stand."""
    paragraphs = "".join(f"<p>{number}. {_WORDS}</p>" for number in range(1, 4))
    return _PAGE.format(paragraphs=paragraphs, section=section).encode()


@contextmanager
def serving(pages: Mapping[str, bytes]) -> Iterator[str]:
    """Serve pages by their paths, compressed once; yield the origin."""
    packed = {path: gzip.compress(body, 6) for path, body in pages.items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(packed))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(packed: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers with what is ready."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer."""
            body = packed.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
