"""Promises of every record: seen within scope only, changed with right fields and version, and always in the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from data import audit
from data.db import engine, session
from data.errors import Conflict, Invalid, NotFound
from data.models import AuditEntry, DeadLetter, Enterprise, LoginEvent, Point, Terminal, User, Vehicle
from data.query import Question, get, page, visible
from data.save import create, delete, update
from tests.park import MAKER, Park, make_park


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


def test_an_enterprise_sees_itself_and_what_is_its_own(park: Park, current: Session) -> None:
    own = park.viewer("enterprise")
    assert [row.code for row in current.scalars(visible(Enterprise, own))] == ["E001"]
    assert current.scalars(visible(Point, own)).unique().all() != []
    assert current.scalars(visible(Vehicle, own)).unique().all() == []
    with pytest.raises(NotFound, match="没有找到这条生产经营单位，它可能已删除，或不在您的数据范围内。"):
        get(current, Enterprise, park.second.id, own)


@pytest.mark.parametrize("model", [LoginEvent, AuditEntry, DeadLetter])
def test_what_belongs_to_the_whole_park_is_empty_for_an_enterprise(model: Any, park: Park, current: Session) -> None:
    assert current.scalars(visible(model, park.viewer("enterprise", permissions=frozenset({"*"})))).all() == []


@pytest.mark.parametrize(
    ("scope", "key"),
    [("departments", "department_id"), ("divisions", "division_id"), ("own_organisation", "department_id")],
)
def test_a_scope_without_its_place_sees_nothing(scope: str, key: str, park: Park, current: Session) -> None:
    nobody = park.viewer("officer", scope=scope)
    somebody = park.viewer("officer", scope=scope, **{key: getattr(park.first, key)})
    assert current.scalars(visible(Enterprise, nobody)).unique().all() == []
    assert len(current.scalars(visible(Enterprise, somebody)).unique().all()) == 2


def test_a_page_counts_searches_filters_and_sorts(park: Park, current: Session) -> None:
    viewer = park.viewer("admin")
    found = page(current, Enterprise, viewer, Question("一号", {"scale": "small"}, sort=(("code", True),)))
    assert ([row.code for row in found.rows], found.total, found.is_capped) == (["E001"], 1, False)
    newest_first = Question(sort=(("code", True),))
    assert [row.code for row in page(current, Enterprise, viewer, newest_first, size=1, number=2).rows] == ["E001"]


@pytest.mark.parametrize("keyword", ["%", "_", "\\", "'; DROP TABLE enterprise; --"])
def test_a_keyword_is_a_keyword(keyword: str, park: Park, current: Session) -> None:
    assert page(current, Enterprise, park.viewer("admin"), Question(keyword)).total == 0


@pytest.mark.parametrize("name", ["password_hash", "nothing", "id; DROP TABLE enterprise", "__table__", "role"])
def test_a_column_from_a_browser_is_checked(name: str, park: Park, current: Session) -> None:
    with pytest.raises(Invalid, match=r"不能按“.*”查询或排序。"):
        page(current, User, park.viewer("admin"), Question(sort=((name, False),)))
    with pytest.raises(Invalid, match=r"不能按“.*”查询或排序。"):
        page(current, User, park.viewer("admin"), Question(filters={name: "x"}))


def test_a_change_is_written_with_its_old_and_new_values(park: Park, current: Session) -> None:
    point = get(current, Point, park.level.id, MAKER)
    update(current, point, park.viewer("officer"), {"high": 11.0, "name": point.name}, reason="罐体检验后调整")
    entry = current.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.changes, entry.reason, entry.verb) == ({"high": [11.3, 11.0]}, "罐体检验后调整", "update")
    assert (point.version, point.updated_by_id) == (2, park.viewer("officer").id)


def test_a_change_on_an_old_version_is_refused_and_names_who_was_first(park: Park, current: Session) -> None:
    point = get(current, Point, park.level.id, MAKER)
    update(current, point, park.viewer("officer"), {"high": 11.0}, version=1)
    with pytest.raises(
        Conflict, match="“V-101 甲醇储罐 液位”已被监管人员某修改，请刷新后再试，您填写的内容仍保留在页面上。"
    ):
        update(current, point, park.viewer("admin"), {"high": 12.0}, version=1)


@pytest.mark.parametrize(
    ("values", "message", "fields"),
    [
        ({"nothing": 1}, "测点没有这些字段：nothing。", {}),
        ({"version": 9}, "测点没有这些字段：version。", {}),
        ({"quantity": "smell"}, "监测量的值“smell”不在选项中。", {"quantity": "请选择列出的选项。"}),
        ({"name": ""}, "还有必填项没有填写。", {"name": "请填写测点名称。"}),
        ({"name": "长" * 101}, "测点名称太长。", {"name": "最多 100 个字，现有 101 个。"}),
    ],
)
def test_bad_values_are_named_at_their_fields(
    values: Any, message: str, fields: Any, park: Park, current: Session
) -> None:
    with pytest.raises(Invalid) as caught:
        update(current, get(current, Point, park.level.id, MAKER), park.viewer("admin"), values)
    assert (str(caught.value), caught.value.fields) == (message, fields)


def test_what_is_missing_in_a_new_record_is_named(park: Park, current: Session) -> None:
    with pytest.raises(Invalid) as caught:
        create(current, Terminal, park.viewer("admin"), {"model": "X"})
    assert caught.value.fields == {"phone": "请填写终端号。"}


def test_a_deleted_record_is_gone_from_every_list_and_kept_in_the_table(park: Park, current: Session) -> None:
    vehicle = get(current, Vehicle, park.vehicle.id, MAKER)
    with pytest.raises(Invalid, match="请填写删除原因。"):
        delete(current, vehicle, park.viewer("admin"), " ")
    with pytest.raises(Conflict, match=r"还有车载终端 1 条引用“.*”，请先处理后再删除。"):
        delete(current, vehicle, park.viewer("admin"), "车辆报废")
    delete(current, get(current, Terminal, park.terminal.id, MAKER), park.viewer("admin"), "车辆报废")
    delete(current, vehicle, park.viewer("admin"), "车辆报废")
    assert page(current, Vehicle, park.viewer("admin"), Question()).total == 0
    assert current.get(Vehicle, park.vehicle.id) is not None


def test_a_secret_is_named_in_the_audit_without_its_value(park: Park, current: Session) -> None:
    terminal = get(current, Terminal, park.terminal.id, MAKER)
    update(current, terminal, park.viewer("admin"), {"auth_code": "code-2"})
    entry = current.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.changes == {"auth_code": ["…", "…"]}


def test_a_sealed_trail_holds_and_new_entries_lengthen_it(current: Session) -> None:
    sealed = audit.seal(current)
    assert (audit.verify(current).checked, audit.verify(current).broken_id) == (sealed, None)
    assert audit.seal(current) == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET reason = '改过' WHERE id = (SELECT max(id) FROM audit_entry)",
        "DELETE FROM audit_entry WHERE seal_number = 3",
        "UPDATE audit_entry SET seal_number = NULL, seal = NULL WHERE seal_number = 2",
        "INSERT INTO audit_entry (at, username, address, verb, table_name, record_id, record_name, changes, seal_number, seal) "
        "SELECT at, username, address, verb, table_name, record_id, record_name, changes, "
        "(SELECT max(seal_number) + 1 FROM audit_entry), seal FROM audit_entry WHERE seal_number = 1",
    ],
)
def test_a_trail_that_was_touched_does_not_hold(tampering: str, current: Session) -> None:
    audit.seal(current)
    assert audit.verify(current).broken_id is None
    current.execute(text(tampering))
    current.expire_all()
    assert audit.verify(current).broken_id is not None


def test_times_are_stored_with_their_zone(current: Session) -> None:
    assert current.scalar(text("SELECT now()")).tzinfo is not None
    assert abs((current.scalar(text("SELECT now()")) - datetime.now(UTC)).total_seconds()) < 60
