"""Among fifty thousand enterprises the planner takes the indexes that were made for a list, whatever a person asks of it.

What is explained is what ``data.query.page`` sends, statement by statement; how long it takes is measured in ``bench``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench.enterprises import EXPORTED_TYPE, fill
from data.db import connection_raw, read_session
from data.models import Division, Enterprise, UnitType
from data.query import COUNT_CAP, Question, page
from data.settings import Settings
from data.viewer import Viewer, system_viewer
from pages.enterprises import ENTERPRISES
from tests.plans import Plans

MANY = 50_000
ALL = system_viewer("tests")
BY_CODE = (("code", False),)
OF_A_PLACE = r"ix_enterprise_(division_id_id|place)\b"


@pytest.fixture(scope="module")
def crowd(demo_database: Settings) -> Iterator[Session]:
    """The demo park among many further enterprises."""
    connection = connection_raw()
    connection.autocommit = True
    fill(connection, MANY)
    connection.close()
    with read_session() as current:
        yield current


def places(current: Session, *, most: bool) -> int:
    """The town with the most or with the fewest enterprises in it and its villages."""
    order = "DESC" if most else "ASC"
    return int(
        current.scalar(
            text(f"""SELECT above.id FROM enterprise JOIN division AS own ON own.id = division_id JOIN division AS above ON above.id = own.parent_id
            WHERE above.level = 'town' GROUP BY 1 ORDER BY count(*) {order}, 1 LIMIT 1""")
        )
    )


@pytest.mark.parametrize("name", sorted(ENTERPRISES.sortable))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("number", [1, -1])
def test_the_first_and_the_last_page_by_every_column_are_read_from_its_index(name: str, descending: bool, number: int, crowd: Session) -> None:
    plans = Plans(crowd, Enterprise, Question(sort=((name, descending),)), number)
    assert re.search(rf"(ix_enterprise_{name}_(id|down)|uq_enterprise_{name})\b", plans.rows), plans.rows
    assert "Sort" not in plans.rows, plans.rows
    assert (plans.found.is_capped, len(plans.found.rows)) == (True, 20)


@pytest.mark.parametrize("keyword", ["宏泰化工", "没有这一家", "捷众 矿业有限责任"])
def test_a_rare_keyword_is_looked_up_in_its_index(keyword: str, crowd: Session) -> None:
    plans = Plans(crowd, Enterprise, Question(keyword, sort=BY_CODE))
    assert "ix_enterprise_search" in plans.count, plans.count
    # What was found is not looked for again: its rows come by their keys.
    assert "~~*" not in plans.rows, plans.rows


def test_a_frequent_keyword_is_met_along_the_order(crowd: Session) -> None:
    plans = Plans(crowd, Enterprise, Question("有限公司", sort=BY_CODE))
    assert plans.found.is_capped
    assert "ix_enterprise_code_id" in plans.rows, plans.rows
    assert "Sort" not in plans.rows, plans.rows


def test_a_few_of_a_town_are_found_by_the_town_and_not_along_the_order(crowd: Session) -> None:
    plans = Plans(crowd, Enterprise, Question(filters={"division_id": str(places(crowd, most=False))}, sort=BY_CODE))
    assert 0 < plans.found.total < 1000
    assert re.search(OF_A_PLACE, plans.count), plans.count
    for plan in (plans.count, plans.rows):
        assert not re.search(r"Scan using ix_enterprise_code_id|Seq Scan on enterprise\b", plan), plan


def test_what_is_looked_for_together_is_counted_in_one_index(crowd: Session) -> None:
    question = Question(filters={"division_id": str(places(crowd, most=True)), "confirm_state": "pending", "grade": "A"}, sort=BY_CODE)
    plans = Plans(crowd, Enterprise, question)
    assert "Index Only Scan using ix_enterprise_place" in plans.count, plans.count


def test_a_town_sees_its_own_by_the_same_index(crowd: Session) -> None:
    town = Viewer(1, "town", "某镇", scope="divisions", division_id=places(crowd, most=False), permissions=frozenset({"enterprise.view"}))
    plans = Plans(crowd, Enterprise, Question(sort=BY_CODE), viewer=town)
    assert 0 < plans.found.total < 1000
    assert re.search(OF_A_PLACE, plans.count), plans.count


@pytest.mark.parametrize(
    ("filters", "index"),
    [({"scale": "large"}, "scale"), ({"state": "ordered_stop"}, "state"), ({"completeness": {"from": 99}}, "completeness")],
)
def test_few_of_a_code_or_a_range_are_counted_by_its_index(filters: Any, index: str, crowd: Session) -> None:
    plans = Plans(crowd, Enterprise, Question(filters=filters, sort=BY_CODE))
    assert 0 < plans.found.total < COUNT_CAP
    assert f"ix_enterprise_{index}_id" in plans.count, plans.count


def test_few_rows_come_in_the_order_and_on_the_pages_asked_for(crowd: Session) -> None:
    kind = crowd.scalars(select(UnitType).where(UnitType.code == EXPORTED_TYPE)).unique().one()
    question = Question(filters={"unit_type_id": kind.id, "scale": "medium"}, sort=(("grade", True), ("name", False)))
    pages = [page(crowd, Enterprise, ALL, question, number=number, size=100) for number in (1, 2, -1)]
    every = crowd.execute(
        select(Enterprise.id)
        .where(Enterprise.unit_type_id == kind.id, Enterprise.scale == "medium")
        .order_by(Enterprise.grade.desc().nulls_last(), Enterprise.name, Enterprise.id.desc())
    ).scalars()
    ids = list(every)
    last = (len(ids) - 1) // 100 * 100
    assert [[row.id for row in one.rows] for one in pages] == [ids[:100], ids[100:200], ids[last:]]
    assert pages[0].total == len(ids) > 200


def test_a_division_is_asked_for_with_all_below_it(crowd: Session) -> None:
    town = places(crowd, most=True)
    below = crowd.scalars(select(Division.id).where(Division.parent_id == town)).all()
    found = page(crowd, Enterprise, ALL, Question(filters={"division_id": str(town)}), size=200)
    assert {row.division_id for row in found.rows} <= {town, *below}
    assert found.total == crowd.scalar(text("SELECT least(count(*), :cap) FROM enterprise WHERE division_id = ANY(:ids)"), {"cap": COUNT_CAP, "ids": [town, *below]})
