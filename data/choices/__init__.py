"""The words of every coded value, once, for screens, messages, exports and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Choice(NamedTuple):
    code: str
    word: str
    tone: str = ""  # "", ok, warn, danger, stale, primary: which family of the theme paints it


def word(choices: Sequence[Choice], code: object) -> str:
    """The Chinese word of ``code``, or the code itself when nobody declared it."""
    return next((choice.word for choice in choices if choice.code == str(code)), str(code))
