"""The count on the bell in a real browser: it follows what others do, without a reload."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from data.workflow import steps
from tests.browsing import until, visit
from tests.conftest import use_database
from tests.dashboard.cases import done, reported, viewer
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def others(platform: Platform) -> Iterator[None]:
    """Steps that the test takes are taken in the platform's own database, as its other users would."""
    use_database(platform.settings.effective_database_url)
    yield
    use_database("")


@pytest.fixture
def officer(platform: Platform, browser: Browser) -> Iterator[Page]:
    for guest in visit(platform, browser, width=1366, height=768):
        guest.arrive("dept")
        yield guest.page


def ready(page: Page, path: str) -> int:
    """How many to-dos the bell counts once the page hears of changes."""
    page.goto(path)
    until(page, "() => window.park && window.park.live && window.park.todos && park.live.status.mode === 'push' && park.todos.counts", milliseconds=60_000)
    page.wait_for_timeout(1_500)  # what was asked for at the start has been answered
    return int(page.evaluate("park.todos.counts.todo"))


def test_what_one_sends_another_counts_within_two_seconds(officer: Page, others: None) -> None:
    badge = officer.locator("#head-todos .todo-count")
    before = ready(officer, "/todos")
    cases, seconds = [], []
    for number in (1, 2, 3):
        cases.append(reported(f"新报的重大隐患 {number}", NOW))
        started = time.monotonic()
        expect(badge).to_have_text(str(before + number))
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 2, seconds
    expect(officer.locator(".todo-list tbody tr", has_text="新报的重大隐患")).to_have_count(3)
    expect(officer.locator("#side-menu a[href='/todos']")).to_have_attribute("data-todos", str(before + 3))
    for case in cases:
        done(case, steps.act, "downgrade", by="officer", now=NOW, values={"deadline_on": (NOW + timedelta(days=9)).date()}, opinion="按一般隐患整改")
    expect(officer.locator(".todo-list tbody tr", has_text="新报的重大隐患")).to_have_count(0)
    expect(officer.locator("#head-todos")).to_have_attribute("title", re.compile(f"^{before} 件待办" if before else "^没有待办事项"))


def test_a_late_one_turns_the_bell_red_and_it_leads_to_the_list(officer: Page, others: None) -> None:
    ready(officer, "/tanks")
    case = reported("早就该办的重大隐患", NOW - timedelta(days=9))
    expect(officer.locator("#head-todos.overdue .todo-count")).to_be_visible()
    officer.locator("#head-todos").click()
    expect(officer).to_have_url(re.compile(r"/todos$"))
    expect(officer.locator(".todo-list tbody tr", has_text="早就该办的重大隐患")).to_contain_text("超期 6 天")
    done(case, steps.act, "downgrade", by="officer", now=NOW, values={"deadline_on": (NOW + timedelta(days=9)).date()}, opinion="按一般隐患整改")


def test_an_enterprise_that_must_act_is_counted_too(platform: Platform, browser: Browser, others: None) -> None:
    case = reported("待企业制定方案的隐患", NOW)
    done(case, steps.act, "county", by="dept", now=NOW, values={"supervisor_id": viewer("dept").department_id})
    for guest in visit(platform, browser, width=390, height=844):
        guest.arrive(viewer("own").username, door="/enterprise/login")
        before = ready(guest.page, "/todos")
        done(case, steps.act, "issue", by="dept", now=NOW, values={"deadline_on": (NOW + timedelta(days=30)).date()})
        expect(guest.page.locator("#head-todos .todo-count")).to_have_text(str(before + 1))
        expect(guest.page.locator(".todo-card", has_text="待企业制定方案的隐患")).to_contain_text("制定整改方案")
        assert guest.page.evaluate("document.documentElement.scrollWidth") == 390
