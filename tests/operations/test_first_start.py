"""The first password reaches the operator, even when the first start went wrong after it was made."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform import Platform, wait_for


@pytest.fixture
def newcomer(folder: Path) -> Iterator[Platform]:
    """A platform nobody gave a password, without the demo."""
    (folder / "newcomer").mkdir()
    whole = Platform(folder / "newcomer", {"PARK_ADMIN_PASSWORD": "", "PARK_DEMO": "0"})
    yield whole
    whole.close()
    shutil.rmtree(folder / "newcomer", ignore_errors=True)


def test_a_random_first_password_is_shown_once_though_the_first_start_was_broken_off(newcomer: Platform) -> None:
    untold = newcomer.settings.run_dir / "prepared.json"
    newcomer.launch()
    wait_for(untold.exists, 120, "the seed")
    newcomer.stop(signal.SIGTERM)
    assert "密码" not in newcomer.printed()
    assert untold.stat().st_mode & 0o077 == 0, "nobody else may read it"
    newcomer.start()
    assert re.search(r"密码  \S{8,}\n", newcomer.printed())
    assert "密码只显示这一次" in newcomer.printed()
    assert not untold.exists()
    assert "演示" not in newcomer.printed()
