"""The divisions of Chaoyang from ``divisions.csv``, which names its source."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("divisions.csv")


@lru_cache
def divisions() -> tuple[dict[str, str], ...]:
    """Province, city, counties, towns and villages, parents before their children: code, name, parent, level."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(dict(row) for row in rows)
