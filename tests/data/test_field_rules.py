"""企业信息配置: what a type shows and requires, where that comes from, and that it counts at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data import field_rules, jobs
from data.completeness import assess, items, rules_for
from data.db import engine, session
from data.errors import Forbidden, Invalid, NotFound
from data.field_rules import Effect, lines_for, own_counts, reset_rules, set_rules
from data.models import AuditEntry, Enterprise, FieldRule, UnitType
from data.rules.completeness import Rule
from data.settings import current_settings
from tests.park import Park, make_park

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    """A session whose changes are undone after the test."""
    with engine().connect() as connection, connection.begin() as undone:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        undone.rollback()


def line(current: Session, unit_type_id: int | None, item: str) -> tuple[Rule, str]:
    found = next(one for one in lines_for(current, unit_type_id) if one.item.code == item)
    return found.rule, found.source


def test_a_rule_comes_from_the_type_its_class_all_types_or_the_default(park: Park, current: Session) -> None:
    admin, own = park.viewer("admin"), park.first.unit_type_id
    above = current.get_one(UnitType, own).parent_id
    assert line(current, own, "email") == (Rule(True, False), "default")
    set_rules(current, admin, None, {"email": Rule(True, True)}, TODAY)
    assert line(current, own, "email") == (Rule(True, True), "all")
    set_rules(current, admin, above, {"email": Rule(False, False)}, TODAY)
    assert line(current, own, "email") == (Rule(False, False), "class")
    set_rules(current, admin, own, {"email": Rule(True, True)}, TODAY)
    assert line(current, own, "email") == (Rule(True, True), "own")
    assert rules_for(current, own)["email"] == Rule(True, True)
    assert own_counts(current) == {None: 1, above: 1, own: 1}


def test_only_what_differs_is_stored_and_going_back_takes_it_away(park: Park, current: Session) -> None:
    admin, own = park.viewer("admin"), park.first.unit_type_id
    as_they_are = {one.item.code: one.rule for one in lines_for(current, own)}
    assert set_rules(current, admin, own, as_they_are, TODAY).changed == 0
    assert set_rules(current, admin, own, as_they_are | {"email": Rule(True, True)}, TODAY).changed == 1
    assert set_rules(current, admin, own, as_they_are, TODAY).changed == 1
    assert own_counts(current) == {}
    verbs = current.scalars(select(AuditEntry.verb).where(AuditEntry.table_name == "field_rule").order_by(AuditEntry.id)).all()
    assert verbs == ["create", "delete"]


def test_what_is_hidden_cannot_be_required(park: Park, current: Session) -> None:
    set_rules(current, park.viewer("admin"), None, {"phone": Rule(False, True)}, TODAY)
    assert line(current, None, "phone") == (Rule(False, False), "own")


def test_the_percent_of_the_enterprises_follows_at_once(park: Park, current: Session) -> None:
    before = assess(current, park.first, TODAY)
    effect = set_rules(current, park.viewer("admin"), park.first.unit_type_id, {one.code: Rule(True, False) for one in items()}, TODAY)
    assert effect == Effect(before.total, 2, True)
    stored = current.scalars(select(Enterprise.completeness).where(Enterprise.id.in_([park.first.id, park.second.id]))).all()
    assert (before.percent, stored) == (0, [100, 100])
    assert reset_rules(current, park.viewer("admin"), park.first.unit_type_id, "", TODAY).changed == before.total
    assert current.scalars(select(Enterprise.completeness)).all() == [0, 0]


def test_many_enterprises_wait_for_the_night(park: Park, current: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field_rules, "MOST_AT_ONCE", 1)
    effect = set_rules(current, park.viewer("admin"), None, {one.code: Rule(True, False) for one in items()}, TODAY)
    assert not effect.is_refreshed
    assert current.scalars(select(Enterprise.completeness)).all() == [0, 0]


def test_one_item_goes_back_to_what_holds_above(park: Park, current: Session) -> None:
    admin = park.viewer("admin")
    set_rules(current, admin, None, {"email": Rule(True, True), "postcode": Rule(True, True)}, TODAY)
    assert reset_rules(current, admin, None, "email", TODAY).changed == 1
    assert line(current, None, "email")[1] == "default"
    assert line(current, None, "postcode")[1] == "own"


def test_only_who_may_and_only_known_items_and_types(park: Park, current: Session) -> None:
    with pytest.raises(Forbidden, match="没有“维护企业信息配置”权限"):
        set_rules(current, park.viewer("officer"), None, {}, TODAY)
    with pytest.raises(Forbidden, match="只有监管部门的人员可以办理。"):
        set_rules(current, park.viewer("enterprise", permissions=frozenset({"*"})), None, {}, TODAY)
    with pytest.raises(Invalid, match="没有这些信息项：name，请刷新页面。"):
        set_rules(current, park.viewer("admin"), None, {"name": Rule(False, False)}, TODAY)
    with pytest.raises(NotFound, match="没有找到这条单位类型"):
        set_rules(current, park.viewer("admin"), 999_999, {}, TODAY)
    assert current.scalars(select(FieldRule)).all() == []


def test_at_night_every_file_is_assessed(park: Park) -> None:
    with session() as opened:
        opened.execute(update(Enterprise).values(completeness=77))
    assert jobs.assess_files(current_settings(), datetime(2026, 11, 24, 17, 0, tzinfo=UTC)) == 2
    with session() as opened:
        assert opened.scalars(select(Enterprise.completeness)).all() == [0, 0]
