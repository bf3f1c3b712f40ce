"""Workbooks into records: the issue's promise of 37 faults, and what a batch may and may not do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select, update

from data import imports
from data.db import session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.imports.batches import ask_commit, ask_errors, ask_undo, batch_of
from data.models import AuditEntry, Department, Enterprise, ImportBatch, Installation, Role, Tank
from data.save import create
from data.save import update as save
from data.settings import Settings, current_settings
from data.tasks import file_of
from data.viewer import Viewer
from tests.sheets import (
    HEADS,
    MAKER,
    batch,
    book,
    counts,
    firm,
    messages,
    person,
    read,
    rows,
    task,
    towns,
    upload,
    work,
)


@pytest.fixture
def officer(fresh_database: Settings) -> Viewer:
    with session() as current:
        towns(current)
        create(current, Department, MAKER, {"name": "朝阳县应急管理局", "short_name": "应急局"})
        return person(current, "officer", "enterprise.edit", "division.edit", "department.edit")


def commit(viewer: Viewer, found: ImportBatch) -> Any:
    with session() as current:
        identity = ask_commit(current, viewer, found.id).id
    work()
    return task(identity)


def undo(viewer: Viewer, found: ImportBatch, reason: str = "文件用错") -> Any:
    with session() as current:
        identity = ask_undo(current, viewer, found.id, reason).id
    work()
    return task(identity)


def firms() -> list[Enterprise]:
    with session() as current:
        return list(current.scalars(select(Enterprise).where(Enterprise.deleted_at.is_(None)).order_by(Enterprise.id)).unique())


# ---- The promise ---------------------------------------------------------------------------------------------------

FAULTS = {
    "wrong type": (range(100, 106), 5, "约二百人", "请输入整数。"),
    "unknown division": (range(200, 206), 2, "南双庙", "没有“南双庙”，是否为“南双庙镇”？"),
    "duplicate name": (range(300, 305), 0, "朝阳第1化工有限公司", "与第 2 行重复，企业名称不能相同。"),
    "missing field": (range(400, 405), 0, "", "企业名称必须填写。"),
    "short code": (range(500, 504), 1, "91211321{}", "信用代码应为 18 位，现为 11 位。"),
    "wrong choice": (range(600, 604), 4, "中等", "没有“中等”，应为大型、中型、小型、微型。"),
}
FORMULAS = range(700, 704)
MERGED = range(800, 809, 3)


def faulty() -> tuple[BytesIO, dict[str, str]]:
    """5,000 rows with 37 faults, and the sentence that each address is to get."""
    lines = [firm(number) for number in range(1, 5001)]
    wanted: dict[str, str] = {}
    for numbers, place, text, message in FAULTS.values():
        for number in numbers:
            lines[number - 1][place] = text.format(number)
            wanted[f"{'ABCDEFGH'[place]}{number + 1}"] = message
    wanted |= {f"F{number + 1}": "是公式，请复制后“粘贴为数值”。" for number in FORMULAS}
    wanted |= {f"D{number + 1}": f"D{number + 1}:D{number + 2} 已合并，请取消合并后逐格填写。" for number in MERGED}

    def more(made: Any, sheet: Any) -> None:
        for number in FORMULAS:
            sheet.write_formula(number, 5, "=60*2", None, 120)
        for number in MERGED:
            sheet.merge_range(number, 3, number + 1, 3, "危险物品类-危险化学品生产单位")

    return book(lines, more=more), wanted


def test_37_planted_faults_are_37_messages_and_nothing_is_written_until_they_are_mended(officer: Viewer) -> None:
    content, wanted = faulty()
    refused = upload(officer, content)
    assert len(wanted) == 37
    assert messages(refused) == wanted
    assert (refused.wrong_count, refused.state, refused.row_count) == (37, "checked", 5000)
    assert counts(refused) == (4960, 0, 0, 40), "a merged cell takes the row below with it"
    with session() as current, pytest.raises(Conflict, match="还有 40 行有错，改好后才能导入。"):
        ask_commit(current, officer, refused.id)
    assert firms() == []

    mended = upload(officer, book([firm(number) for number in range(1, 5001)]))
    assert (counts(mended), messages(mended)) == ((5000, 0, 0, 0), {})
    done = commit(officer, mended)
    assert (done.state, done.result["message"]) == ("done", "已导入 5,000 行：新增 5,000，更新 0。")
    written = firms()
    assert len(written) == 5000
    assert {(one.division.name, one.scale, one.employee_count, one.version, one.created_by_id) for one in written} == {("柳城街道", "medium", 120, 1, officer.id)}

    taken_back = undo(officer, mended)
    assert (taken_back.state, taken_back.result["message"]) == ("done", "已撤销 5,000 行：删除 5,000，恢复原值 0。")
    assert (firms(), batch(mended.id).state, batch(mended.id).undo_reason) == ([], "undone", "文件用错")
    with session() as current:
        told = dict(current.execute(select(AuditEntry.verb, func.count()).where(AuditEntry.table_name == "enterprise").group_by(AuditEntry.verb)).all())
    assert told == {"import": 5000, "undo": 5000}


# ---- Against what is there -----------------------------------------------------------------------------------------


def test_a_second_upload_tells_new_changed_and_unchanged_apart(officer: Viewer) -> None:
    commit(officer, upload(officer, book([firm(1), firm(2)])))
    changed = firm(1)
    changed[2], changed[4], changed[5] = "南双庙镇", "大型", ""
    found = upload(officer, book([changed, firm(2), firm(3)]))
    assert counts(found) == (1, 1, 1, 0)
    row = rows(found)[0]
    assert {name: words for name, (_, words) in row.before.items()} == {"division_id": "柳城街道", "scale": "中型"}
    commit(officer, found)
    first = firms()[0]
    assert (first.division.name, first.scale, first.employee_count, first.version) == ("南双庙镇", "large", 120, 2), "an empty cell changes nothing"
    with session() as current:
        told = current.scalars(select(AuditEntry).where(AuditEntry.record_id == first.id).order_by(AuditEntry.id.desc())).first()
    assert told is not None
    assert (told.verb, told.reason, told.changes["scale"], told.record_name) == ("import", f"导入批次 {found.id}：企业.xlsx", ["medium", "large"], "朝阳第1化工有限公司")


def test_the_result_names_the_record_of_every_row(officer: Viewer) -> None:
    done = commit(officer, upload(officer, book([firm(1), firm(2)])))
    lines = read(file_of(done, current_settings()))
    assert lines[0][:4] == ["行号", "结果", "记录编号", "企业名称"]
    assert [line[:4] for line in lines[1:]] == [[float(n + 2), "新增", float(one.id), one.name] for n, one in enumerate(firms())]


def test_a_name_that_another_record_has_is_refused(officer: Viewer) -> None:
    commit(officer, upload(officer, book([firm(1)])))
    line = firm(2)
    line[0] = firm(1)[0]
    assert messages(upload(officer, book([line]))) == {"A2": "平台中另一条记录的企业名称已是“朝阳第1化工有限公司”，不能相同。"}


def test_an_undone_batch_may_be_imported_again(officer: Viewer) -> None:
    first = upload(officer, book([firm(1)]))
    commit(officer, first)
    was = firms()[0].id
    undo(officer, first)
    again = upload(officer, book([firm(1)]))
    assert (messages(again), counts(again)) == ({}, (1, 0, 0, 0))
    commit(officer, again)
    assert [one.id for one in firms()] == [was], "the deleted record is taken up again"
    undo(officer, again)
    assert firms() == []


def test_a_record_changed_since_the_check_stops_the_whole_batch(officer: Viewer) -> None:
    commit(officer, upload(officer, book([firm(1)])))
    changed = firm(1)
    changed[4] = "大型"
    found = upload(officer, book([changed, firm(2)]))
    with session() as current:
        save(current, current.get_one(Enterprise, firms()[0].id), MAKER, {"contact": "李四"})
    failed = commit(officer, found)
    assert (failed.state, failed.error) == ("failed", "第 2 行对应的记录在检查后被他人修改或删除，没有写入任何行，请重新上传检查。")
    assert ([one.scale for one in firms()], batch(found.id).state) == (["medium"], "checked")


def test_a_record_made_since_the_check_stops_the_whole_batch(officer: Viewer) -> None:
    first, second = upload(officer, book([firm(1), firm(2)])), upload(officer, book([firm(2), firm(3)]))
    assert commit(officer, first).state == "done"
    failed = commit(officer, second)
    assert (failed.state, failed.error) == ("failed", "第 2 行对应的记录在检查后已由他人新增，没有写入任何行，请重新上传检查。")
    assert len(firms()) == 2


def test_a_name_taken_since_the_check_stops_the_whole_batch(officer: Viewer) -> None:
    line = firm(9)
    line[0] = firm(1)[0]
    first, second = upload(officer, book([firm(1)])), upload(officer, book([line]))
    commit(officer, first)
    assert commit(officer, second).error == "有记录与他人刚刚保存的重复，没有写入任何行，请重新上传检查。"


def test_a_batch_is_written_once_and_within_a_day(officer: Viewer) -> None:
    found = upload(officer, book([firm(1)]))
    with session() as current:
        current.execute(update(ImportBatch).values(checked_at=datetime.now(UTC) - timedelta(hours=25)))
    with session() as current, pytest.raises(Conflict, match="检查结果已超过 24 小时，请重新上传检查。"):
        ask_commit(current, officer, found.id)
    found = upload(officer, book([firm(1)]))
    with session() as current:
        assert ask_commit(current, officer, found.id).id == ask_commit(current, officer, found.id).id, "asked twice, done once"
    work()
    with session() as current, pytest.raises(Conflict, match="这一批已经导入。"):
        ask_commit(current, officer, found.id)


# ---- Undo ----------------------------------------------------------------------------------------------------------


def test_an_undo_puts_changed_values_back(officer: Viewer) -> None:
    commit(officer, upload(officer, book([firm(1)])))
    changed = firm(1)
    changed[2], changed[5] = "朝阳县/城关镇", 99
    found = upload(officer, book([changed, firm(2)]))
    commit(officer, found)
    assert undo(officer, found).state == "done"
    assert [(one.division.name, one.employee_count, one.version) for one in firms()] == [("柳城街道", 120, 3)]


def test_an_undo_names_who_is_in_the_way_and_undoes_nothing(officer: Viewer) -> None:
    found = upload(officer, book([firm(1), firm(2), firm(3)]))
    commit(officer, found)
    with session() as current:
        one, two, _ = current.scalars(select(Enterprise).order_by(Enterprise.id)).unique().all()
        save(current, one, MAKER, {"contact": "李四"})
        place = {"enterprise_id": two.id, "lon": 120.43, "lat": 41.42}
        hazard = create(current, Installation, MAKER, place | {"code": "H01", "name": "罐区", "level": 3})
        tank = {"enterprise_id": two.id, "installation_id": hazard.id, "code": "V-1", "name": "储罐", "shape": "vertical", "medium": "甲醇", "volume_m3": 1.0, "height_m": 1.0, "diameter_m": 1.0, "lon": 120.4, "lat": 41.4}
        create(current, Tank, MAKER, tank)
    failed = undo(officer, found)
    assert failed.error == "导入后有记录被修改或使用，没有撤销任何行：“朝阳第1化工有限公司”（第 2 行）已被修改或删除；“朝阳第2化工有限公司”已有重大危险源；“朝阳第2化工有限公司”已有储罐。"
    assert (len(firms()), batch(found.id).state) == (3, "committed")


def test_an_undo_needs_a_reason_and_comes_within_a_week(officer: Viewer) -> None:
    found = upload(officer, book([firm(1)]))
    with session() as current, pytest.raises(Conflict, match="这一批还没有导入，不需要撤销。"):
        ask_undo(current, officer, found.id, "错了")
    commit(officer, found)
    with session() as current, pytest.raises(Invalid, match="请填写撤销原因。"):
        ask_undo(current, officer, found.id, "  ")
    with session() as current:
        current.execute(update(ImportBatch).values(committed_at=datetime.now(UTC) - timedelta(days=7, minutes=1)))
    with session() as current, pytest.raises(Conflict, match="导入已超过 7 天，不能整批撤销，请逐条修改。"):
        ask_undo(current, officer, found.id, "错了")


# ---- Rights --------------------------------------------------------------------------------------------------------


def test_a_batch_belongs_to_who_uploaded_it(officer: Viewer) -> None:
    found = upload(officer, book([firm(1)]))
    with session() as current:
        other = person(current, "other", "enterprise.edit")
    for ask in (batch_of, ask_commit, ask_errors):
        with session() as current, pytest.raises(NotFound, match="没有找到这一批导入"):
            ask(current, other, found.id)


def test_without_the_right_nothing_is_taken(officer: Viewer) -> None:
    stranger = replace(officer, permissions=frozenset({"enterprise.view"}))
    with session() as current, pytest.raises(Forbidden):
        imports.receive(current, stranger, imports.sheet_of("enterprise"), book([firm(1)]), "a.xlsx", current_settings())
    with session() as current, pytest.raises(Forbidden):
        imports.template(current, stranger, imports.sheet_of("enterprise"), BytesIO())
    with pytest.raises(NotFound, match="没有这种导入"):
        imports.sheet_of("user")


def test_a_right_withdrawn_after_the_check_stops_the_commit(officer: Viewer) -> None:
    found = upload(officer, book([firm(1)]))
    with session() as current:
        identity = ask_commit(current, officer, found.id).id
        current.execute(update(Role).where(Role.code == "officer").values(permissions=["map.view"]))
    work()
    failed = task(identity)
    assert failed.state == "failed" and failed.error is not None and "权限，请联系系统管理员。" in failed.error
    assert firms() == []


def test_a_town_imports_into_its_own_divisions_only(officer: Viewer) -> None:
    commit(officer, upload(officer, book([firm(9)])))
    with session() as current:
        from data.models import Division

        town = current.scalars(select(Division).where(Division.code == "211321002")).one().id
        clerk = person(current, "clerk", "enterprise.edit", scope="divisions", division_id=town)
    inside, outside, foreign = firm(1), firm(2), firm(9)
    inside[2] = "南双庙镇"
    found = upload(clerk, book([inside, outside, foreign]))
    assert messages(found) == {"B3": "不在您的数据范围内，不能新增。", "B4": "统一社会信用代码已在平台中，但不在您的数据范围内。"}
    commit(clerk, upload(clerk, book([inside])))
    assert [one.name for one in firms()] == [firm(9)[0], firm(1)[0]]


# ---- Workbooks that come back --------------------------------------------------------------------------------------


def test_the_template_can_be_filled_in_and_read(officer: Viewer) -> None:
    content = BytesIO()
    with session() as current:
        imports.template(current, officer, imports.sheet_of("enterprise"), content)
    content.seek(0)
    filled = upload(officer, content)
    assert messages(filled) == {"": "表头下面没有数据，请从第 2 行起填写。"}, "the example is skipped, the heads are right"
    assert {one["name"] for one in filled.headers} == set(imports.sheet_of("enterprise").columns)


def test_the_list_of_mistakes_can_be_mended_and_uploaded_again(officer: Viewer) -> None:
    wrong = firm(2)
    wrong[2] = "南双庙"
    found = upload(officer, book([firm(1), wrong]))
    with session() as current:
        identity = ask_errors(current, officer, found.id).id
    work()
    path = file_of(task(identity), current_settings())
    lines = read(path)
    assert lines[0] == [*HEADS, "原因"]
    assert (lines[1][2], lines[1][8]) == ("南双庙", "C3 没有“南双庙”，是否为“南双庙镇”？"), "what is wrong stands first"
    lines[1][2] = "南双庙镇"
    again = upload(officer, book(lines[1:], lines[0]))
    assert (messages(again), counts(again)) == ({}, (2, 0, 0, 0))


def test_divisions_and_departments_are_imported_by_the_same_means(officer: Viewer) -> None:
    found = upload(officer, book([["211321004", "大庙镇", "乡镇街道", "朝阳县"]], ["代码", "名称", "级别", "上级"], name="行政区域"), "division")
    assert (messages(found), commit(officer, found).state) == ({}, "done")
    found = upload(officer, book([["朝阳县交通运输局", "交通局", "应急局", ""]], ["部门名称", "简称", "上级部门", "属地"], name="部门"), "department")
    assert (messages(found), commit(officer, found).state) == ({}, "done")


def test_rows_and_files_of_old_batches_go_and_the_batch_stays(officer: Viewer) -> None:
    found = upload(officer, book([firm(1)]))
    path = current_settings().data_dir.resolve() / found.file_path
    now = datetime.now(UTC)
    assert (imports.clear(current_settings(), now + timedelta(days=6)), path.exists()) == (0, True)
    assert (imports.clear(current_settings(), now + timedelta(days=8)), path.exists(), rows(found)) == (1, False, [])
    assert batch(found.id).file_name == "企业.xlsx"
