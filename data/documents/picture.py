"""A picture as a value of a template's field."""

from __future__ import annotations

from typing import NamedTuple


class Picture(NamedTuple):
    """A PNG as wide as the text of an A4 page, and its words for who cannot see it."""

    content: bytes
    words: str
    width_mm: int = 150
