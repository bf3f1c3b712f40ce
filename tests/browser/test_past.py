"""Looking back as people do it: a minute of the past on the tanks' page, playing on, jumping to an alarm, and back to now."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.gateways import Gateway
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

CODE = "V-103.LT"
TANK = "V-103"
NORMAL, URGENT = 6.0, 14.0


@pytest.fixture(scope="module")
def story(platform: Platform) -> Iterator[float]:
    """Now, in seconds: the tank was too full from nine minutes ago until seven minutes ago."""
    now = time.time()
    with Gateway(platform, CODE) as gateway:
        for ago, value in ((600, NORMAL), (545, NORMAL), (540, URGENT), (500, URGENT), (430, URGENT), (420, NORMAL), (365, NORMAL), (0, NORMAL)):
            gateway.say(value, int((now - ago) * 1000), CODE)
        yield now


def test_a_minute_of_the_past_is_shown_played_and_left(page: Page, story: float) -> None:
    then = int((story - 495) * 1000)
    page.goto(f"/tanks?past={then}")
    band = page.locator(".past-band")
    expect(band).to_contain_text("历史回看")
    tile = page.locator(f'.tank-card[data-code="{TANK}"]')
    expect(tile).to_contain_text("14.00")
    expect(tile).to_contain_text("高高报")
    tile.click()
    expect(page.locator("#tank-alarms")).to_contain_text("限值 12.40 m")
    expect(page.locator("#tank-alarms").get_by_role("button", name=re.compile("确认"))).to_have_count(0)
    band.get_by_role("button", name="60 倍速").click()
    band.get_by_role("button", name="播放或暂停").click()
    expect(tile).to_contain_text("6.00")
    band.get_by_role("button", name="播放或暂停").click()
    band.get_by_role("button", name="上一条报警").click()
    expect(tile).to_contain_text("14.00")
    expect(page).to_have_url(re.compile(r"past=\d+"))
    band.get_by_role("button", name="结束回看").click()
    expect(band).to_have_count(0)
    expect(tile).to_contain_text("6.00")
    expect(page).not_to_have_url(re.compile("past="))
    confirm = page.locator("#tank-alarms").get_by_role("button", name=re.compile("确认"))
    confirm.click()
    expect(confirm).to_have_count(0)
