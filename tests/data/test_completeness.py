"""What the completeness of a file promises: counted by the rules for its type, and every gap named with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import completeness, jobs
from data.db import engine, session
from data.models import AuditEntry, Certificate, Enterprise, FieldRule, Insurance, SafetyPerson, UnitType
from data.rules.completeness import Assessment, Item, Missing, Rows, Rule, assess, effective
from data.save import create, update
from tests.park import MAKER, Park, make_park

TODAY = date(2026, 11, 24)
ITEMS = (
    Item("phone", "联系电话", "safety", "value"),
    Item("safety_license_until", "许可证有效期至", "safety", "until"),
    Item("equipment", "主要设备", "equipment", "rows"),
    Item("file:site_plan", "平面布置图", "files", "file"),
)
FULL: dict[str, Any] = {"phone": "0421-0001234", "safety_license_until": TODAY}


def test_a_full_file_is_complete() -> None:
    assert assess(ITEMS, FULL, {"equipment": Rows(1)}, {"site_plan"}, TODAY) == Assessment(100, 4, 4, ())


def test_every_gap_is_named_with_its_reason_and_place_and_what_ran_out_comes_first() -> None:
    found = assess(ITEMS, {"phone": " ", "safety_license_until": date(2026, 9, 30)}, {}, set(), TODAY)
    assert (found.percent, found.done, found.total) == (0, 0, 4)
    assert found.missing == (
        Missing("safety_license_until", "许可证有效期至", "2026-09-30 已过期", "safety", True),
        Missing("phone", "联系电话", "未填写", "safety"),
        Missing("equipment", "主要设备", "未填报（应不少于 1 条）", "equipment"),
        Missing("file:site_plan", "平面布置图", "缺附件", "files"),
    )


def test_a_paper_is_good_on_its_last_day_and_over_on_the_next() -> None:
    rows, slots = {"equipment": Rows(1)}, {"site_plan"}
    assert assess(ITEMS, FULL, rows, slots, TODAY).percent == 100
    assert assess(ITEMS, FULL, rows, slots, TODAY + timedelta(days=1)).missing[0].reason == "2026-11-24 已过期"


def test_a_list_with_a_row_that_ran_out_is_not_complete() -> None:
    found = assess(ITEMS, FULL, {"equipment": Rows(3, date(2026, 10, 1))}, {"site_plan"}, TODAY)
    assert found.missing == (Missing("equipment", "主要设备", "2026-10-01 已过期", "equipment", True),)


def test_zero_is_an_entry() -> None:
    assert assess(ITEMS[:1], {"phone": 0}, {}, set(), TODAY).percent == 100


def test_percent_is_rounded_down_so_that_a_hundred_means_all() -> None:
    many = [Item(f"c{number}", "", "basic", "value") for number in range(300)]
    values = {item.code: "x" for item in many[1:]}
    assert assess(many, values, {}, set(), TODAY).percent == 99


def test_what_asks_for_nothing_is_complete() -> None:
    assert assess((), {}, {}, set(), TODAY).percent == 100


def test_the_nearest_rule_counts_and_what_is_hidden_is_not_required() -> None:
    own = {"phone": Rule(True, False)}
    above = {"phone": Rule(True, True), "equipment": Rule(False, True)}
    everyone = {"file:site_plan": Rule(True, True), "equipment": Rule(True, True)}
    rules = effective([own, above, everyone], {"phone", "safety_license_until"}, ITEMS)
    assert rules == {
        "phone": Rule(True, False),
        "safety_license_until": Rule(True, True),
        "equipment": Rule(False, False),
        "file:site_plan": Rule(True, True),
    }


# On the database


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


def only(current: Session, *required: str) -> None:
    """Of all types nothing is required but these items."""
    for item in completeness.items():
        rule = {"item": item.code, "is_shown": True, "is_required": item.code in required}
        create(current, FieldRule, MAKER, rule)


def firm_of(current: Session, park: Park) -> Enterprise:
    return current.get_one(Enterprise, park.first.id)


def test_every_item_has_a_name_and_a_section(park: Park) -> None:
    nameless = [one.code for one in completeness.items() if not one.label or not one.section]
    assert nameless == []
    assert set(completeness.REQUIRED) <= {one.code for one in completeness.items()}, "what is required exists"


def test_every_column_of_the_file_is_in_a_section() -> None:
    placed = {name for _, names in completeness.SECTIONS.values() for name in names}
    own = {"code", "confirm_state", "confirmed_at", "confirmed_by_id", "return_reason", "standard_state", "completeness"}
    written = {column.name for column in Enterprise.__table__.c if column.info.get("label")} - {"created_at", "updated_at"}
    assert written - placed == own, "the form asks for everything but what the platform enters itself"


def test_rules_of_the_type_come_before_those_of_its_class_and_of_all(park: Park, current: Session) -> None:
    firm = firm_of(current, park)
    above = current.get_one(UnitType, firm.unit_type_id).parent_id
    for unit_type_id, is_required in ((None, True), (above, False)):
        create(current, FieldRule, MAKER, {"unit_type_id": unit_type_id, "item": "email", "is_required": is_required})
    assert completeness.rules_for(current, firm.unit_type_id)["email"].is_required is False
    assert completeness.rules_for(current, None)["email"].is_required is True
    create(current, FieldRule, MAKER, {"unit_type_id": firm.unit_type_id, "item": "email", "is_required": True})
    assert completeness.rules_for(current, firm.unit_type_id)["email"].is_required is True


def test_a_later_paper_of_the_same_kind_renews_the_old_one(park: Park, current: Session) -> None:
    only(current, "insurance", "certificate")
    firm = firm_of(current, park)
    owned = {"enterprise_id": firm.id}
    for until in (date(2025, 12, 31), date(2026, 12, 31)):
        policy = {"kind": "工伤保险", "insurer": "某财险", "valid_until": until}
        create(current, Insurance, MAKER, owned | policy)
    for kind, until in (("排污许可证", date(2026, 9, 30)), ("其他证照", None)):
        create(current, Certificate, MAKER, owned | {"kind": kind, "number": "1", "valid_until": until})
    found = completeness.assess(current, firm, TODAY)
    assert [(one.code, one.reason) for one in found.missing] == [("certificate", "2026-09-30 已过期")]


def test_deleted_rows_and_rows_of_others_do_not_count(park: Park, current: Session) -> None:
    only(current, "safety_person")
    person = {"name": "刘海涛", "post": "专职安全员"}
    create(current, SafetyPerson, MAKER, person | {"enterprise_id": park.second.id})
    gone = create(current, SafetyPerson, MAKER, person | {"enterprise_id": park.first.id})
    assert completeness.assess(current, firm_of(current, park), TODAY).percent == 100
    gone.deleted_at = func.now()
    current.flush()
    assert completeness.assess(current, firm_of(current, park), TODAY).percent == 0


def test_the_stored_percent_moves_without_a_new_version_and_a_gap_ends_the_standard(park: Park, current: Session) -> None:
    only(current, "email")
    firm = update(current, firm_of(current, park), MAKER, {"email": "a@example.com", "standard_state": "met"})
    before, entries = (firm.version, firm.updated_at), current.scalar(select(func.count()).select_from(AuditEntry))
    assert completeness.refresh(current, firm, TODAY).percent == 100
    assert (firm.completeness, firm.standard_state) == (100, "met")
    firm = update(current, firm, MAKER, {"email": None})
    assert completeness.refresh(current, firm, TODAY).percent == 0
    assert (firm.completeness, firm.standard_state) == (0, "unmet")
    assert firm.version == before[0] + 1, "the update alone made a version"
    assert current.scalar(select(func.count()).select_from(AuditEntry)) == entries + 1


def test_files_are_gone_through_part_by_part(park: Park, current: Session) -> None:
    only(current, "email")
    update(current, firm_of(current, park), MAKER, {"email": "a@example.com"})
    first = completeness.refresh_part(current, TODAY, size=1)
    assert completeness.refresh_part(current, TODAY, after=first[-1]) == [park.second.id]
    assert completeness.refresh_part(current, TODAY, after=park.second.id) == []
    percents = dict(current.execute(select(Enterprise.code, Enterprise.completeness)).all())
    assert percents == {"E001": 100, "E002": 0}


def test_the_daily_round_stores_the_percent_of_every_file(fresh_demo_database: Any) -> None:
    far = TODAY + timedelta(days=20_000)
    assert jobs.assess_files(datetime(far.year, far.month, far.day, 4, tzinfo=UTC)) == 60
    assert completeness.refresh_all(far, size=25) == 60, "in parts"
    with session() as current:
        firms = current.scalars(select(Enterprise)).all()
        assert [one.code for one in firms if one.completeness != completeness.assess(current, one, far).percent] == []
        assert {one.standard_state for one in firms} == {"unmet", "unrated"}, "papers ran out, so no file meets the standard"
