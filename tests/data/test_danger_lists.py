"""Figures of open dangers, the timeline's part, and plans of the list among two hundred thousand dangers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from data import timeline
from data.danger_lists import OPEN, figures, standings
from data.dangers import put_on_its_way, register
from data.db import connection_raw, read_session
from data.models import Attachment, Enterprise, HiddenDanger, User
from data.query import COUNT_CAP, Question, answer, in_order, page
from data.rules.deadlines import remaining, span
from data.settings import Settings
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from
from data.workflow import steps
from pages.dangers.ledger import LEDGER
from pages.dangers.unrectified import UNRECTIFIED
from tests.plans import Plans

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ALL = system_viewer("tests")
MANY = 200_000
BY_DEADLINE = (("deadline_on", False),)


@pytest.mark.parametrize(("days", "code"), [(-1, "over"), (0, "near"), (10, "near"), (11, "far")])
def test_a_span_has_the_deadlines_that_the_words_say(days: int, code: str) -> None:
    day = TODAY + timedelta(days=days)
    found = remaining(day, TODAY)
    spans = {one: span(one, TODAY) for one in ("over", "near", "far")}
    inside = [one for one, bounds in spans.items() if bounds.get("from", "") <= day.isoformat() and day.isoformat() <= bounds.get("through", "9") and day.isoformat() < bounds.get("to", "9")]
    assert (found and found.code, inside) == (code, [code])


# Among many


@pytest.fixture(scope="module")
def crowd(demo_database: Settings) -> Iterator[Session]:
    """The enterprises of the demo park with two hundred thousand dangers, one in forty of them open."""
    connection = connection_raw()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(
        f"""INSERT INTO hidden_danger (enterprise_id, number, name, level, source, kind, treatment, state, found_on, deadline_on, closed_on)
        SELECT firm.ids[1 + n * 7 % array_length(firm.ids, 1)], 'L-' || n, '第' || n || '处' || (ARRAY['电缆沟封堵不严', '灭火器压力不足', '警示标识缺失'])[1 + n % 3],
            CASE WHEN n % 50 = 0 THEN 'major' ELSE 'general' END, (ARRAY['self', 'town', 'inspection', 'expert'])[1 + n % 4], (ARRAY['safety', 'fire', 'electrical'])[1 + n % 3], 'by_deadline',
            CASE WHEN n % 40 = 0 THEN 'rectify' ELSE 'rectified' END, DATE '2026-11-20' - n % 1000, CASE WHEN n % 37 > 0 THEN DATE '2026-11-20' - n % 1000 + n % 60 END,
            CASE WHEN n % 40 > 0 THEN DATE '2026-11-20' - n % 1000 + n % 50 END
        FROM generate_series(1, {MANY}) AS n, (SELECT array_agg(id ORDER BY id) AS ids FROM enterprise) AS firm"""
    )
    cursor.execute("VACUUM (ANALYZE) hidden_danger")
    connection.close()
    with read_session() as current:
        yield current


def quiet_place(current: Session) -> int:
    """The place with the fewest open dangers, but some."""
    counted = "SELECT division_id FROM hidden_danger JOIN enterprise ON enterprise.id = enterprise_id WHERE closed_on IS NULL GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
    return int(current.scalar(text(counted)))


@pytest.mark.parametrize("name", sorted(LEDGER.sortable))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("number", [1, -1])
def test_the_first_and_the_last_page_by_every_column_are_read_from_its_index(name: str, descending: bool, number: int, crowd: Session) -> None:
    question = Question(conditions=LEDGER.only, sort=((name, descending),))
    plans = Plans(crowd, HiddenDanger, question, number)
    assert re.search(rf"ix_hidden_danger_({name}_(id|down)|open)\b", plans.rows), plans.rows
    assert "Sort" not in plans.rows, plans.rows
    assert (plans.found.is_capped, len(plans.found.rows)) == (True, 20)


def test_those_not_put_right_are_found_by_an_index(crowd: Session) -> None:
    plans = Plans(crowd, HiddenDanger, Question(conditions=UNRECTIFIED.only, sort=BY_DEADLINE))
    assert 0 < plans.found.total < COUNT_CAP
    assert re.search(r"ix_hidden_danger_(open|closed_on_id)\b", plans.count), plans.count  # both hold the open ones together
    assert "Seq Scan on hidden_danger" not in plans.rows, plans.rows


def test_a_rare_keyword_is_looked_up_among_the_dangers_and_the_enterprises(crowd: Session) -> None:
    plans = Plans(crowd, HiddenDanger, Question("第123456处", sort=BY_DEADLINE))
    assert plans.found.total == 1
    assert "ix_hidden_danger_enterprise_id_id" in plans.count, plans.count
    assert "ix_hidden_danger_search" in plans.count, plans.count
    assert "Seq Scan on hidden_danger" not in plans.count, plans.count


@pytest.mark.parametrize("keyword", ["有限公司", "灭火器", "警示标识 有限公司", "公司 第1 有限", "处"])
@pytest.mark.parametrize("number", [1, 3, -1])
def test_a_keyword_finds_by_its_ways_what_the_answer_has(crowd: Session, keyword: str, number: int) -> None:
    question = Question(keyword, conditions=OPEN, sort=BY_DEADLINE)
    every = crowd.scalars(in_order(answer(HiddenDanger, ALL, question), HiddenDanger, BY_DEADLINE).with_only_columns(HiddenDanger.id)).all()
    found = page(crowd, HiddenDanger, ALL, question, number=number)
    first = {1: 0, 3: 40, -1: (len(every) - 1) // 20 * 20}[number]
    assert found.total == len(every) > 60
    assert [one.id for one in found.rows] == list(every[first : first + 20])


@pytest.mark.parametrize("number", [1, 7, -1, -4])
@pytest.mark.parametrize("sort", [BY_DEADLINE, (), (("level", True), ("deadline_on", False))], ids=["deadline", "key", "level"])
def test_pages_of_very_many_rows_are_cut_from_all_ways_alike(crowd: Session, monkeypatch: pytest.MonkeyPatch, sort: Any, number: int) -> None:
    question = Question("公司", sort=sort)
    every = crowd.scalars(in_order(answer(HiddenDanger, ALL, question), HiddenDanger, sort).with_only_columns(HiddenDanger.id)).all()
    monkeypatch.setattr("data.query.COUNT_CAP", 50)
    found = page(crowd, HiddenDanger, ALL, question, number=number)
    first = (number - 1) * 20 if number > 0 else len(every) + number * 20
    assert found.is_capped
    assert [one.id for one in found.rows] == list(every[first : first + 20])


def test_the_dangers_of_a_place_are_found_through_its_enterprises(crowd: Session) -> None:
    place = quiet_place(crowd)
    question = Question(conditions=OPEN, filters={"enterprise.division_id": str(place)}, sort=BY_DEADLINE)
    plans = Plans(crowd, HiddenDanger, question)
    every = crowd.scalars(select(HiddenDanger.id).join(Enterprise, Enterprise.id == HiddenDanger.enterprise_id).where(Enterprise.division_id == place, HiddenDanger.closed_on.is_(None))).all()
    assert plans.found.total == len(every) > 0
    assert "Seq Scan on hidden_danger" not in plans.count, plans.count


def test_a_condition_through_the_enterprise_takes_exactly_its_rows(crowd: Session) -> None:
    random = Random(7)
    values = crowd.execute(text("SELECT DISTINCT unit_type_id, department_id FROM enterprise WHERE department_id IS NOT NULL")).all()
    for unit_type, department in random.sample(values, 3):
        question = Question(filters={"enterprise.unit_type_id": unit_type, "enterprise.department_id": department, "level": "major"})
        wanted = set(crowd.scalars(answer(HiddenDanger, ALL, question).with_only_columns(HiddenDanger.id)))
        plain = text(
            "SELECT danger.id FROM hidden_danger AS danger JOIN enterprise ON enterprise.id = enterprise_id "
            "WHERE level = 'major' AND unit_type_id = :kind AND enterprise.department_id = :office"
        )
        assert wanted == set(crowd.scalars(plain, {"kind": unit_type, "office": department}))


def test_the_figures_are_those_of_the_rows_one_by_one(crowd: Session) -> None:
    wanted = answer(HiddenDanger, ALL, Question(conditions=OPEN))
    rows = crowd.execute(wanted.with_only_columns(HiddenDanger.deadline_on, HiddenDanger.level, HiddenDanger.enterprise_id)).all()
    found = figures(crowd, wanted, TODAY)
    codes = [(known.code if known else "none", firm) for known, firm in ((remaining(day, TODAY), firm) for day, _, firm in rows)]
    assert (found.rows, found.major) == (len(rows), sum(level == "major" for _, level, _ in rows))
    assert found.without == sum(code == "none" for code, _ in codes)
    for key, band in found.bands.items():
        assert (band.rows, band.enterprises) == (sum(code == key for code, _ in codes), len({firm for code, firm in codes if code == key}))
    assert found.bands["over"].days == max((TODAY - day).days for day, _, _ in rows if day is not None)
    assert found.this_week == sum(day is not None and TODAY <= day <= date(2026, 11, 29) for day, _, _ in rows)


def test_a_town_sees_its_own_by_index(crowd: Session) -> None:
    place = quiet_place(crowd)
    town = Viewer(1, "town", "某镇", scope="divisions", division_id=place, permissions=frozenset({"danger.view"}))
    plans = Plans(crowd, HiddenDanger, Question(conditions=OPEN, sort=BY_DEADLINE), viewer=town)
    firms = set(crowd.scalars(select(Enterprise.id).where(Enterprise.division_id == place)))
    assert {row.enterprise_id for row in plans.found.rows} <= firms
    assert "Seq Scan on hidden_danger" not in plans.count, plans.count


def test_a_page_holds_the_rows_of_its_place_in_the_order(crowd: Session) -> None:
    question = Question(conditions=OPEN, sort=BY_DEADLINE)
    pages = [page(crowd, HiddenDanger, ALL, question, number=number, size=100) for number in (1, 2)]
    plain = select(HiddenDanger.id).where(HiddenDanger.closed_on.is_(None)).order_by(HiddenDanger.deadline_on.asc().nulls_last(), HiddenDanger.id)
    ids = list(crowd.scalars(plain))
    assert [row.id for one in pages for row in one.rows] == ids[:200]


# The timeline


@pytest.fixture
def told(fresh_demo_database: Settings) -> Callable[[], list[timeline.Event]]:
    """A danger from the officer's entering to its closing; then what the timeline of the enterprise says of it."""
    from data.db import session

    with session() as current:
        people = {name: viewer_from(current.scalars(select(User).where(User.username == name)).one()) for name in ("officer", "inspector", "leader")}
        user = current.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id)).first()
        assert user is not None
        given = {"enterprise_id": user.enterprise_id, "name": "电缆沟封堵不严", "found_on": TODAY, "deadline_on": TODAY, "source": "town"}
        danger = register(current, people["officer"], given, now=NOW)
        case = put_on_its_way(current, people["officer"], danger, now=NOW)
        create_photo(current, danger)
        steps.act(current, viewer_from(user), case, "submit", version=case.version, now=NOW + timedelta(hours=1), values={"rectified_on": TODAY, "result": "已封堵"})
        assert standings(current, [danger])[danger.id].step == "复查"
        steps.act(current, people["inspector"], case, "return", version=case.version, now=NOW + timedelta(hours=2), opinion="照片不清楚")
        steps.act(current, viewer_from(user), case, "submit", version=case.version, now=NOW + timedelta(hours=3), values={"rectified_on": TODAY, "result": "已封堵"})
        steps.act(current, people["inspector"], case, "pass", version=case.version, now=NOW + timedelta(hours=4), opinion="现场复查合格")
        assert standings(current, [danger]) == {}
        firm = current.get_one(Enterprise, user.enterprise_id)
        return lambda: timeline.events(current, people["leader"], firm, before=NOW + timedelta(days=1), kinds=("danger",))


def create_photo(current: Session, danger: HiddenDanger) -> None:
    current.add(Attachment(table_name="hidden_danger", record_id=danger.id, slot="after", name="照片.jpg", size=1, sha256="0" * 64, content_type="image/jpeg"))
    current.flush()


def test_the_timeline_of_an_enterprise_tells_of_its_dangers_from_finding_to_closing(told: Callable[[], list[timeline.Event]]) -> None:
    events: list[Any] = told()
    assert [(one.title, one.tone) for one in events] == [
        ("复查通过：电缆沟封堵不严", "ok"),
        ("整改完成，申请复查：电缆沟封堵不严", "primary"),
        ("退回：电缆沟封堵不严", "warn"),
        ("整改完成，申请复查：电缆沟封堵不严", "primary"),
        ("登记隐患：电缆沟封堵不严", "warn"),
    ]
    assert events[2].detail == "照片不清楚"
    assert {one.href for one in events} == {events[0].href}
    assert re.fullmatch(r"/dangers/\d+", events[0].href)
