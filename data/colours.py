"""The colours of the platform, read from ``assets/10-theme.css``: the one place where colours stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

THEME = Path(__file__).parents[1] / "assets" / "10-theme.css"


@lru_cache
def tokens(theme: str) -> Mapping[str, str]:
    """Custom properties with a colour, without their dashes: of the root, then of the theme (light, dark), later ones winning."""
    source = re.sub(r"/\*.*?\*/", "", THEME.read_text(encoding="utf-8"), flags=re.S)
    wanted = (":root", f'[data-theme="{theme}"]')
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", source):
        if any(part.strip() in wanted for part in selectors.split(",")):
            found |= {name: value.strip() for name, value in re.findall(r"--([\w-]+)\s*:\s*(#[0-9A-Fa-f]{6}|rgba?\([^)]*\))\s*;", body)}
    return found
