"""Among many enterprises no list sorts or reads them all: the planner takes the index that was made for the question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Select, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from data.db import session
from data.models import Enterprise
from data.query import Question, answer, in_order, search_text
from data.viewer import system_viewer

MANY = 6_000
SORTED = ("name", "code", "updated_at", "completeness")
ALL = system_viewer("tests")


@pytest.fixture(scope="module")
def crowd(demo_database: Any) -> Iterator[Session]:
    """The demo park among ``MANY`` further enterprises."""
    names = [one.name for one in inspect(Enterprise).local_table.c if one.name not in ("id", "code", "name", "updated_at", "completeness", "division_id")]
    columns = ", ".join(f'"{name}"' for name in names)
    with session() as current:
        current.execute(
            text(f"""
            INSERT INTO enterprise (code, name, updated_at, completeness, division_id, {columns})
            SELECT 'X' || number, md5(number::text) || '有限公司', now() - number * interval '1 minute', number % 101,
                   (SELECT min(id) FROM division) + number % 500, {columns}
            FROM generate_series(1, {MANY}) AS number, (SELECT * FROM enterprise WHERE code = 'E060') AS pattern
            """)
        )
        current.execute(text("ANALYZE enterprise"))
        yield current


def plan(current: Session, statement: Select[Any]) -> str:
    """How the first page of the rows is found."""
    written = statement.limit(20).compile(current.connection(), compile_kwargs={"literal_binds": True})
    return "\n".join(row[0] for row in current.connection().exec_driver_sql(f"EXPLAIN {str(written).replace('%', '%%')}"))


def test_the_index_holds_what_the_keyword_is_looked_for_in(crowd: Session) -> None:
    made = crowd.scalar(text("SELECT pg_get_indexdef('ix_enterprise_search'::regclass)"))
    written = search_text(Enterprise).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    crowd.execute(text(f"CREATE INDEX ix_enterprise_twin ON enterprise USING gin (({str(written).replace(':', chr(92) + ':')}) gin_trgm_ops) WHERE deleted_at IS NULL"))
    twin = crowd.scalar(text("SELECT pg_get_indexdef('ix_enterprise_twin'::regclass)"))
    crowd.execute(text("DROP INDEX ix_enterprise_twin"))
    assert made == twin.replace("ix_enterprise_twin", "ix_enterprise_search"), "search_text and migration 0002 went apart"


def test_a_keyword_is_found_by_its_index(crowd: Session) -> None:
    assert "ix_enterprise_search" in plan(crowd, answer(Enterprise, ALL, Question("华锦新材料")))


@pytest.mark.parametrize("name", SORTED)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_sorted_page_is_read_in_order(name: str, backwards: bool, crowd: Session) -> None:
    question = Question(sort=((name, False),))
    found = plan(crowd, in_order(answer(Enterprise, ALL, question), Enterprise, question.sort, backwards=backwards))
    assert f"ix_enterprise_{name}_id" in found
    assert "Sort" not in found


@pytest.mark.parametrize("name", SORTED)
def test_the_same_index_gives_the_largest_first(name: str, crowd: Session) -> None:
    found = plan(crowd, answer(Enterprise, ALL, Question()).order_by(getattr(Enterprise, name).desc(), Enterprise.id.desc()))
    assert f"ix_enterprise_{name}_id" in found
    assert "Sort" not in found


def test_the_enterprises_of_a_place_are_found_by_its_index(crowd: Session) -> None:
    assert re.search(r"ix_enterprise_(division_id_id|place)\b", plan(crowd, answer(Enterprise, ALL, Question(filters={"division_id": [1]}))))
