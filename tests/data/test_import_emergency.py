"""Imports of what offices keep for an emergency: every table has a template, and each office imports its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from data.db import session
from data.imports import sheet_of
from data.imports.batches import ask_commit
from data.models import EMERGENCY_RESOURCES, Department, DictionaryItem, Expert
from data.save import create
from data.settings import Settings
from tests.sheets import MAKER, batch, book, counts, messages, person, upload, work

HEADS = ("专家姓名", "专家组类型", "所属单位", "联系电话", "所属行政机构")


@pytest.fixture
def office(fresh_database: Settings) -> dict[str, int]:
    with session() as current:
        create(current, DictionaryItem, MAKER, {"dictionary": "expert_group_kind", "code": "chemical", "name": "危险化学品", "position": 1})
        return {name: create(current, Department, MAKER, {"name": name, "short_name": name}).id for name in ("应急管理局", "交通运输局")}


@pytest.mark.parametrize("model", EMERGENCY_RESOURCES)
def test_every_resource_can_be_imported_by_its_own_columns(model: type) -> None:
    sheet = sheet_of(model.__tablename__)
    assert {"name", "department_id"} <= set(sheet.columns)
    assert not {"id", "version", "deleted_at", "created_by_id"} & set(sheet.columns)


def test_an_office_imports_its_own_and_not_anothers(office: dict[str, int]) -> None:
    with session() as current:
        viewer = person(current, "anna", "emergency.view", "emergency.edit", scope="departments", department_id=office["应急管理局"])
    lines = [["王建国", "危险化学品", "省化工研究院", "13800000001", "应急管理局"], ["李春生", "危险化学品", "", "13800000002", "交通运输局"]]
    refused = upload(viewer, book(lines, HEADS, name="专家"), "expert")
    assert messages(refused) == {"E3": "只能填您所在的机构，移交其他机构请由园区管理人员办理。"}
    lines[1][4] = "应急管理局"
    found = upload(viewer, book(lines, HEADS, name="专家"), "expert")
    assert (messages(found), counts(found)) == ({}, (2, 0, 0, 0))
    with session() as current:
        ask_commit(current, viewer, found.id)
    work()
    assert batch(found.id).state == "committed"
    with session() as current:
        entered = current.scalars(select(Expert).order_by(Expert.id)).unique().all()
        assert [(one.name, one.kind, one.department_id) for one in entered] == [(line[0], "chemical", office["应急管理局"]) for line in lines]
