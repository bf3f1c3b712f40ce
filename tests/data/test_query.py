"""Questions to a list: filters on trees, ranges, nothing, advanced conditions, and pages from either end."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import query
from data.db import read_session
from data.errors import Invalid
from data.models import Division, Enterprise, UnitType
from data.query import Question, answer, count, page
from data.settings import Settings
from data.viewer import system_viewer

ALL = system_viewer("tests")


@pytest.fixture
def current(demo_database: Settings) -> Any:
    with read_session() as session:
        yield session


def names(session: Session, question: Question, **options: Any) -> list[str]:
    return [one.name for one in page(session, Enterprise, ALL, question, size=200, **options).rows]


def total(session: Session, **asked: Any) -> int:
    return count(session, answer(Enterprise, ALL, Question(**asked)), Enterprise)


def test_a_place_in_a_tree_means_all_below_it(current: Session) -> None:
    county = current.scalars(select(Division).where(Division.name == "朝阳县")).one()
    towns = current.scalars(select(Division.id).where(Division.parent_id == county.id)).all()
    inside = current.scalar(select(func.count()).select_from(Enterprise).where(Enterprise.division_id.in_([*towns, county.id])))
    assert total(current, filters={"division_id": str(county.id)}) == inside > 0
    kind = current.scalars(select(UnitType).where(UnitType.name == "危险物品类")).unique().one()
    assert 0 < total(current, filters={"unit_type_id": kind.id}) < 60


def test_a_range_has_both_its_ends_and_a_span_of_time_leaves_out_its_last(current: Session) -> None:
    counts = sorted(current.scalars(select(Enterprise.employee_count).where(Enterprise.employee_count.is_not(None))))
    low, high = counts[5], counts[-5]
    assert total(current, filters={"employee_count": {"from": low, "through": high}}) == sum(low <= one <= high for one in counts)
    assert total(current, filters={"employee_count": {"from": low, "to": high}}) == sum(low <= one < high for one in counts)


def test_nothing_entered_can_be_asked_for(current: Session) -> None:
    assert total(current, filters={"remark": {"empty": True}}) + total(current, conditions={"field": "remark", "op": "filled"}) == 60


@pytest.mark.parametrize(
    ("node", "fits"),
    [
        ({"field": "name", "op": "contains", "value": "化工"}, lambda one: "化工" in one.name),
        ({"field": "name", "op": "starts", "value": "辽宁"}, lambda one: one.name.startswith("辽宁")),
        ({"field": "scale", "op": "eq", "value": "large"}, lambda one: one.scale == "large"),
        ({"field": "scale", "op": "ne", "value": "large"}, lambda one: one.scale != "large"),
        ({"field": "employee_count", "op": "ge", "value": "200"}, lambda one: (one.employee_count or -1) >= 200),
        ({"field": "employee_count", "op": "le", "value": "200"}, lambda one: one.employee_count is not None and one.employee_count <= 200),
        ({"any": [{"field": "scale", "op": "eq", "value": "micro"}, {"field": "grade", "op": "eq", "value": "D"}]}, lambda one: one.scale == "micro" or one.grade == "D"),
        (
            {"all": [{"field": "scale", "op": "eq", "value": "small"}, {"any": [{"field": "name", "op": "contains", "value": "金属"}, {"field": "grade", "op": "eq", "value": "A"}]}]},
            lambda one: one.scale == "small" and ("金属" in one.name or one.grade == "A"),
        ),
    ],
)
def test_an_advanced_query_finds_what_it_says(node: dict[str, Any], fits: Any, current: Session) -> None:
    wanted = {one.name for one in current.scalars(select(Enterprise)).unique() if fits(one)}
    assert set(names(current, Question(conditions=node))) == wanted


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"field": "nothing", "op": "eq", "value": "x"}, "不能按“nothing”查询或排序。"),
        ({"field": "name", "op": "eval", "value": "x"}, "没有这种比较方式，请重新选择。"),
        ({"field": "name", "op": "eq", "value": ""}, "有条件没有填写值。"),
        ({"field": "employee_count", "op": "ge", "value": "many"}, "“many”不能作为查询条件。"),
        ({"all": [{"field": "name", "op": "filled"}] * 60}, "条件太多，最多 50 个。"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(node: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        answer(Enterprise, ALL, Question(conditions=node))
    assert str(caught.value) == message


def test_a_question_survives_being_stored() -> None:
    asked = Question("甲", {"division_id": 3, "state": ["running"]}, {"all": [{"field": "name", "op": "filled"}]}, (1, 2), (("name", True),))
    assert Question.of(asked.plain()) == asked


def test_ticked_rows_are_kept_to(current: Session) -> None:
    ids = tuple(current.scalars(select(Enterprise.id).order_by(Enterprise.id).limit(3)))
    assert total(current, ids=ids) == 3


def test_several_words_must_all_be_there(current: Session) -> None:
    assert names(current, Question("华锦 朝阳")) == [one for one in names(current, Question("华锦")) if "朝阳" in one]


@pytest.mark.parametrize("sort", [(), (("name", False),), (("grade", True),), (("employee_count", False),)])
def test_pages_from_the_end_are_the_same_rows_as_pages_from_the_start(sort: Any, current: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question(sort=sort)
    forward = [one.id for number in range(1, 7) for one in page(current, Enterprise, ALL, question, number=number, size=10).rows]
    assert len(set(forward)) == 60
    monkeypatch.setattr(query, "COUNT_CAP", 20)
    backward = [one.id for number in range(-6, 0) for one in page(current, Enterprise, ALL, question, number=number, size=10).rows]
    assert backward == forward
    found = page(current, Enterprise, ALL, question, number=-1, size=10)
    assert (found.total, found.is_capped, found.number) == (20, True, -1)


def test_a_page_behind_the_last_is_the_last(current: Session) -> None:
    found = page(current, Enterprise, ALL, Question(), number=99, size=50)
    assert (found.number, len(found.rows)) == (2, 10)
