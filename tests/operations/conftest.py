"""A platform that these tests may kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform import Platform


@pytest.fixture(scope="module")
def victim(folder: Path) -> Iterator[Platform]:
    """A running platform; a test that stops it starts it again."""
    (folder / "victim").mkdir()
    whole = Platform(folder / "victim")
    try:
        whole.start()
        yield whole
    finally:
        whole.close()
