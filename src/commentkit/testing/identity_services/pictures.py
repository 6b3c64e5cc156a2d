"""Portraits: initials on a colour, drawn when asked for."""

from __future__ import annotations

import io

from flask import Blueprint, abort, request
from PIL import Image, ImageDraw, ImageFont
from werkzeug.wrappers import Response

from .state import here

COLOURS = ("#8a3b5c", "#2f5d8a", "#2f6b4f", "#7a4b1e", "#5b4a8a", "#8a2f2f", "#1f6470", "#5a5f1e")
SMALLEST, LARGEST = 16, 512


def pictures_blueprint() -> Blueprint:
    """Make the route of the portraits; `_normal` is X's small one, `?s=` asks for a size."""
    blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")
    blueprint.add_url_rule("/<name>.png", "picture", _picture)
    return blueprint


def _picture(name: str) -> Response:
    small = name.endswith("_normal")
    size = request.args.get("s", 48 if small else 256, type=int)
    key = name.removesuffix("_normal")
    looks = _looks(key)
    if looks is None:
        abort(404)
    initials, colour = looks
    answer = Response(portrait(initials, colour, size=size), mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def portrait(initials: str, colour: str, *, size: int) -> bytes:
    """Return a PNG of `size` pixels a side, kept between 16 and 512."""
    side = min(max(size, SMALLEST), LARGEST)
    image = Image.new("RGB", (side, side), colour)
    font = ImageFont.load_default(size=side * 0.42)
    draw = ImageDraw.Draw(image)
    draw.text((side / 2, side / 2), initials, fill="#ffffff", font=font, anchor="mm")
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def _looks(key: str) -> tuple[str, str] | None:
    if key == "silhouette":
        return "?", "#6b7280"
    for place, person in enumerate(here().people):
        if person.picture == key:
            return person.initials, COLOURS[place % len(COLOURS)]
    return None
