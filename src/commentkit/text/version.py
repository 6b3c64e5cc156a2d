"""Which HTML is ours of today."""

from typing import Final

RENDERER_VERSION: Final = 1
"""Raise it with every change of what `render` gives: HTML of another version is made anew."""
