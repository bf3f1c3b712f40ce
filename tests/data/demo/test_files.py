"""What the files and emergency resources of the demo park promise: taken by the rules of the platform, with gaps on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import attachments, completeness
from data.calendar import park_day
from data.columns import choices_of
from data.db import session
from data.demo.emergency import emergency
from data.demo.enterprises import enterprises
from data.demo.files import changes, confirmations, file_rows, files, gaps, secondary_units
from data.demo.world import DAY
from data.dictionaries import DICTIONARIES, choices
from data.enterprise_changes import conflicts, own_columns
from data.first_types import FIRST_RULES, FIRST_TYPES, type_words
from data.models import (
    EMERGENCY_RESOURCES,
    FILE_LISTS,
    Base,
    Enterprise,
    EnterpriseChange,
    SecondaryUnit,
    UnitType,
    User,
)
from data.rules import credit_code
from data.validity import check_values

RECORDS = (Enterprise, SecondaryUnit, *FILE_LISTS.values(), *EMERGENCY_RESOURCES)


@pytest.fixture(scope="module")
def current(demo_database: Any) -> Iterator[Session]:
    with session() as opened:
        yield opened


def own(record: Any) -> dict[str, Any]:
    """The columns of a record that a person could enter."""
    names = [column.name for column in record.__table__.c if column.info.get("label") and not column.name.startswith(("created", "updated"))]
    return {name: getattr(record, name) for name in names}


@pytest.mark.parametrize("model", RECORDS)
def test_every_entry_would_be_taken_from_a_form(model: type[Any], current: Session) -> None:
    rows = current.scalars(select(model)).unique().all()
    assert rows
    for row in rows:
        check_values(model, own(row))


@pytest.mark.parametrize("model", RECORDS)
def test_every_coded_value_has_a_word(model: type[Any], current: Session) -> None:
    coded = [column.name for column in model.__table__.c if column.info.get("dictionary")]
    for name in coded:
        used = set(current.scalars(select(getattr(model, name)).distinct())) - {None}
        assert used <= {one.code for one in choices_of(model, name, current) or ()}, f"{model.__name__}.{name}"


def test_every_dictionary_that_a_column_names_exists_and_begins_with_words(current: Session) -> None:
    named = {column.info["dictionary"] for mapper in Base.registry.mappers for column in mapper.local_table.c if column.info.get("dictionary")}
    assert named == {one.name for one in DICTIONARIES}
    assert [one.name for one in DICTIONARIES if len(choices(current, one.name)) != len(set(one.words))] == []


def test_credit_codes_are_true_and_unique() -> None:
    codes = [item["credit_code"] for item in enterprises()]
    assert [code for code in codes if credit_code.fault(code)] == []
    assert len(set(codes)) == 60


def test_every_type_in_use_has_its_class_and_the_department_of_its_enterprises(current: Session) -> None:
    for firm in current.scalars(select(Enterprise)).unique():
        assert firm.kind.count("-") == 1
        assert firm.unit_type.department_id == firm.department_id, firm.name
    assert current.scalar(select(func.count()).select_from(UnitType)) == len(FIRST_TYPES)


def test_first_types_and_rules_fit_each_other() -> None:
    codes = [one.code for one in FIRST_TYPES]
    assert len(set(codes)) == len(codes)
    assert {one.parent for one in FIRST_TYPES if one.parent} <= set(codes)
    assert {code for code, _ in FIRST_RULES} <= set(codes)
    assert {item for _, item in FIRST_RULES} <= {one.code for one in completeness.items()}
    assert type_words("0101") == "危险物品类-危险化学品生产单位"


def test_files_are_full_for_many_and_lack_something_for_others(current: Session) -> None:
    firms = current.scalars(select(Enterprise)).unique().all()
    full = [one for one in firms if one.completeness == 100]
    assert 15 <= len(full) <= 30
    assert min(one.completeness for one in firms) >= 50
    assert {one.confirm_state for one in firms} == {"pending", "confirmed", "returned"}
    assert {one.standard_state for one in firms} == {"unrated", "met", "unmet"}
    assert [one.name for one in firms if one.standard_state == "met" and one.completeness < 100] == []
    assert {one.version for one in firms} == {1}, "entered, never changed"


def test_what_a_file_lacks_is_what_was_left_out_and_some_papers_ran_out(current: Session) -> None:
    today = park_day(datetime.now(UTC))
    firm = current.scalars(select(Enterprise).where(Enterprise.code == "E002")).one()
    assert gaps()["E002"] == ()
    assert completeness.assess(current, firm, today).missing == ()
    firms = current.scalars(select(Enterprise)).unique().all()
    over = [one for found in completeness.assess_all(current, firms, today).values() for one in found.missing if one.is_expired]
    assert 3 <= len(over) <= 15


def test_papers_run_out_relative_to_the_day_on_which_the_park_is_entered() -> None:
    later = DAY + timedelta(days=1000)
    near, far = files(DAY)["E002"]["safety_license_until"], files(later)["E002"]["safety_license_until"]
    assert (far - near).days == 1000
    ends = [row["valid_until"] for row in file_rows(later)["certificate"]]
    assert sum(end < later for end in ends) == sum("!certificate" in lacking and "certificate" not in lacking for lacking in gaps().values())


def test_chemicals_are_those_in_the_tanks() -> None:
    stock = {row["name"]: row for row in file_rows(DAY)["chemical_in_use"] if row["enterprise"] == "E002"}
    assert set(stock) == {"液氨", "硫酸", "氢氧化钠溶液"}
    assert stock["液氨"]["is_key"] and stock["液氨"]["max_stock_t"] == round(6 * 1000 * 0.61 * 0.85, 1), "six spheres, 85 % full"


def test_papers_lie_where_they_are_read_and_say_what_they_are(current: Session) -> None:
    firm = current.scalars(select(Enterprise).where(Enterprise.code == "E001")).one()
    held = attachments.attachments_of(current, firm)
    assert {slot: [one.name for one in files_] for slot, files_ in held.items()} == {
        "business_license": ["华锦新材料-营业执照.pdf"],
        "safety_license": ["华锦新材料-安全生产许可证.pdf"],
        "site_plan": ["华锦新材料-平面布置图.pdf"],
        "hazard_report": ["华锦新材料-职业病危害因素检测报告.pdf"],
        "injury_insurance": [],
        "emergency_card": [],
        "other": [],
    }
    with attachments.open_file(held["site_plan"][0]) as file:
        assert "平面布置图".encode("utf-16-be").hex().encode() in file.read()
    assert [one.reason for one in completeness.assess(current, firm, DAY).missing if one.section == "files"] == ["缺附件", "缺附件"]


def test_waiting_changes_are_by_the_enterprises_own_users_and_can_be_confirmed(current: Session) -> None:
    waiting = current.scalars(select(EnterpriseChange)).unique().all()
    assert len(waiting) == len(changes(DAY)) == 3
    for one in waiting:
        assert conflicts(current, one) == []
        assert set(one.values) <= set(own_columns())
        assert current.get_one(User, one.submitted_by_id).enterprise_id == one.enterprise_id
        assert one.enterprise.confirm_state == "pending"


def test_a_returned_file_says_why_and_a_confirmed_one_says_who_and_when(current: Session) -> None:
    for one in current.scalars(select(Enterprise)).unique():
        says = (one.confirmed_at is not None, one.confirmed_by is not None, one.return_reason is not None)
        assert says == {"confirmed": (True, True, False), "pending": (False, False, False), "returned": (False, False, True)}[one.confirm_state]
    assert set(confirmations(DAY)) == {item["code"] for item in enterprises()}


def test_secondary_units_have_a_type_and_mostly_an_authority_of_their_own(current: Session) -> None:
    units = current.scalars(select(SecondaryUnit)).unique().all()
    assert len(units) == len(secondary_units()) == 8
    assert sum(one.department_id != one.enterprise.department_id for one in units) >= 4


def test_emergency_resources_are_many_and_linked(current: Session) -> None:
    entered = {name: len(rows) for name, rows in emergency(DAY).items()}
    assert 110 <= sum(entered.values()) <= 150
    assert {model.__tablename__: current.scalar(select(func.count()).select_from(model)) for model in EMERGENCY_RESOURCES} == entered
    linked = [row for row in emergency(DAY)["rescue_equipment"] if row["team"]]
    assert {row["team"] for row in linked} <= {row["name"] for row in emergency(DAY)["rescue_team"]}


def test_some_supply_ran_out_and_one_is_short() -> None:
    supplies = emergency(DAY)["rescue_supply"]
    assert [row["name"] for row in supplies if row["expires_on"] and row["expires_on"] < DAY] == ["次氯酸钙"]
    assert [row["name"] for row in supplies if row["stock"] < row["least_stock"]] == ["化学吸附棉"]


def test_nobody_is_called_by_mistake() -> None:
    rows = [row for table in (emergency(DAY), file_rows(DAY)) for rows in table.values() for row in rows]
    numbers = [row[name] for row in rows for name in ("phone", "duty_phone", "office_phone") if row.get(name)]
    assert len(numbers) > 200
    assert [number for number in numbers if not number.startswith(("138-0000-", "0421-000-"))] == []


def test_files_of_another_day_differ_in_dates_only() -> None:
    other = files(date(2030, 5, 1))
    assert {code: values["business_scope"] for code, values in other.items()} == {code: values["business_scope"] for code, values in files(DAY).items()}
