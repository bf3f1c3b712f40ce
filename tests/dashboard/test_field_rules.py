"""The page of 企业信息配置, called as a browser calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from data import db
from data.models import FieldRule, UnitType
from data.viewer import system_viewer
from pages.system.field_rules import layout
from tests.dashboard.asking import one, sent
from tests.dashboard.test_shell import words

PLACE = ("rule-table", "children")
Enter = Callable[..., FlaskClient]


@pytest.fixture
def admin(person: Enter) -> FlaskClient:
    with db.session() as current:
        current.execute(delete(FieldRule))
    return person("admin")


def stored() -> list[tuple[int | None, str, bool, bool]]:
    with db.read_session() as current:
        rows = current.scalars(select(FieldRule).where(FieldRule.deleted_at.is_(None)).order_by(FieldRule.id))
        return [(row.unit_type_id, row.item, row.is_shown, row.is_required) for row in rows]


def test_types_stand_at_the_left_and_every_item_with_its_source_at_the_right(admin: FlaskClient) -> None:
    kind = one(UnitType, UnitType.parent_id.is_not(None))
    sent(admin, PLACE, "field_rule", {"id": "", "do": "save", "values": {"show:email": "0,1", "due:email": "0,1"}})
    text = words(layout(system_viewer("tests"), type=str(kind.id)))
    for part in ("全部类型", kind.name, "统一社会信用代码", "安全管理人员", "营业执照", "继承全部类型", "共 45 项，应填 27 项，本级设置 0 项"):
        assert part in text, part


def test_a_switch_is_saved_for_the_chosen_type_and_says_what_it_did(admin: FlaskClient) -> None:
    kind = one(UnitType, UnitType.parent_id.is_not(None))
    answer = sent(admin, PLACE, "field_rule", {"id": str(kind.id), "do": "save", "values": {"show:email": "0,1", "due:email": "0,1", "show:phone": "0", "due:phone": "0"}})
    assert "已保存 2 项设置，" in answer
    assert "家企业的完善度已重新计算。" in answer
    assert sorted(stored()) == [(kind.id, "email", True, True), (kind.id, "phone", False, False)]
    assert "没有改动。" in sent(admin, PLACE, "field_rule", {"id": str(kind.id), "do": "save", "values": {"show:email": "0,1", "due:email": "0,1"}})
    sent(admin, PLACE, "field_rule", {"id": str(kind.id), "do": "save", "values": {"reset": "phone"}})
    assert stored() == [(kind.id, "email", True, True)]
    sent(admin, PLACE, "field_rule", {"id": str(kind.id), "do": "save", "values": {"reset": "*"}})
    assert stored() == []


@pytest.mark.parametrize("data", [None, "x", {}, {"values": "x"}, {"id": "x", "values": {}}, {"id": "9" * 30, "values": {}}, {"id": "999999", "values": {"show:email": "0"}}])
def test_what_makes_no_sense_is_refused_in_words(data: Any, admin: FlaskClient) -> None:
    answer = sent(admin, PLACE, "field_rule", data)
    assert any(part in answer for part in ("提交的内容不完整", "没有这个企业类型", "没有找到这条单位类型"))
    assert stored() == []


def test_items_that_do_not_exist_are_not_looked_at(admin: FlaskClient) -> None:
    assert "没有改动。" in sent(admin, PLACE, "field_rule", {"id": "", "values": {"show:name": "0", "due:password_hash": "0,1", "show:x": "1"}})
    assert stored() == []


def test_without_the_right_nothing_is_saved(admin: FlaskClient, person: Enter) -> None:
    assert "没有“维护企业信息配置”权限" in sent(person("officer"), PLACE, "field_rule", {"id": "", "values": {"show:email": "0"}})
    assert "没有“维护企业信息配置”权限" in sent(person("朝阳华锦新材料有限公司", door="/enterprise/login"), PLACE, "field_rule", {"id": "", "values": {"show:email": "0"}})
    assert stored() == []
