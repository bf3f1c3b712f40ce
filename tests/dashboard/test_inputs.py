"""Which control a field has follows from its column; what it shows follows from what the viewer sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachment_box, attachments_panel
from dashboard.blocks.inputs import YES_NO, control, filter_control, rows_control
from data.choices import Choice
from data.db import session
from data.models import Base, Department, DictionaryItem, Division, Enterprise, Installation, Tank, User
from data.save import create
from data.settings import Settings
from data.viewer import Viewer
from tests.controls import FIRMS, LICENCE
from tests.park import MAKER, Park, make_park


@pytest.fixture(scope="module")
def park(database: Settings) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with session() as opened:
        yield opened
        opened.rollback()


def described(current: Session, model: type[Base], name: str, text: str = "", *, viewer: Viewer = MAKER, **more: Any) -> dict[str, Any]:
    return json.loads(getattr(control(current, viewer, model, name, text=text, resource_key="firm", **more), "data-control"))


@pytest.mark.parametrize(
    ("model", "name", "kind"),
    [
        (Enterprise, "name", "text"),
        (Enterprise, "phone", "phone"),
        (Enterprise, "employee_count", "number"),
        (Tank, "volume_m3", "number"),
        (Installation, "filed_on", "date"),
        (Tank, "maintenance_until", "instant"),
        (Enterprise, "scale", "radio"),
        (Enterprise, "division_id", "tree"),
        (Enterprise, "department_id", "tree"),
        (Tank, "enterprise_id", "pick"),
        (User, "is_active", "radio"),
        (Enterprise, "registered_capital", "money"),
        (Enterprise, "remark", "long"),
        (Enterprise, "lon", "place"),
        (Enterprise, "outline", "polygon"),
        (Enterprise, "reason", "text"),
        (User, "password_hash", "text"),
    ],
)
def test_a_field_has_the_control_of_its_column(current: Session, model: type[Base], name: str, kind: str) -> None:
    assert described(current, model, name)["kind"] == kind


def test_a_control_knows_words_unit_and_length(current: Session) -> None:
    found = described(current, Enterprise, "employee_count", "286", is_wrong=True)
    assert (found["label"], found["unit"], found["text"], found["wrong"], found["required"]) == ("从业人数", "人", "286", True, False)
    assert described(current, Enterprise, "credit_code")["max"] == 18
    assert described(current, Enterprise, "reason", label="原因", is_long=True) | {"text": ""} == {
        "name": "reason", "kind": "long", "max": 200, "label": "原因", "required": False, "unit": "", "text": "", "wrong": False,
    }  # fmt: skip


def test_five_choices_fold_into_a_list_and_given_ones_win(current: Session) -> None:
    assert described(current, Division, "level")["kind"] == "select"
    assert described(current, User, "is_active")["choices"] == [list(one[:2]) for one in YES_NO]
    assert described(current, Enterprise, "division_id", options=[Choice("7", "羊山镇")])["choices"] == [["7", "羊山镇"]]


def test_a_word_out_of_use_stays_while_the_record_has_it(current: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, is_active in (("化工", True), ("冶金", False)):
        create(current, DictionaryItem, MAKER, {"dictionary": "trade", "code": code, "name": code, "is_active": is_active})
    monkeypatch.setitem(Enterprise.__table__.c.economic_type.info, "dictionary", "trade")
    assert described(current, Enterprise, "economic_type", "化工")["choices"] == [["化工", "化工"]]
    assert described(current, Enterprise, "economic_type", "冶金")["choices"] == [["化工", "化工"], ["冶金", "冶金（已停用）"]]


def test_a_reference_shows_the_path_and_the_way_to_it(current: Session, park: Park) -> None:
    top = create(current, Division, MAKER, {"code": "210000", "name": "辽宁省", "level": "province"})
    town = current.get_one(Division, park.first.division_id)
    town.parent_id = top.id
    current.flush()
    found = described(current, Enterprise, "division_id", str(town.id))
    assert (found["shown"][0]["path"], found["line"], found["url"], found["lost"]) == ("辽宁省 / 柳城街道", [top.id, town.id], "/pick/firm/division_id", 0)


def test_what_the_viewer_does_not_see_is_not_named(current: Session, park: Park) -> None:
    own = park.viewer("enterprise")
    found = described(current, Tank, "enterprise_id", str(park.second.id), viewer=own)
    assert (found["shown"], found["lost"], [one["word"] for one in found["items"]]) == ([], 1, [park.first.name])
    assert described(current, Tank, "enterprise_id", "1 OR 1=1")["shown"] == []


def test_an_instant_stands_in_the_time_of_the_park(current: Session) -> None:
    assert described(current, Tank, "maintenance_until", "2026-11-24 01:30:00+00:00")["text"] == "2026-11-24T09:30"
    assert described(current, Tank, "maintenance_until", "2026-11-24T09:30")["text"] == "2026-11-24T09:30"


def test_a_place_takes_its_latitude_from_the_other_texts(current: Session) -> None:
    found = described(current, Enterprise, "lon", "120.43", texts={"lat": "41.42"})
    assert (found["partner"], found["partner_text"]) == ("lat", "41.42")


def test_what_is_derived_is_shown_in_words(current: Session, park: Park) -> None:
    office = current.scalars(select(Department)).one()
    assert described(current, Enterprise, "department_id", str(office.id), is_fixed=True)["fixed"] == "应急管理局"
    assert described(current, Enterprise, "scale", "large", is_fixed=True)["fixed"] == "大型"


def test_a_filter_folds_everything_and_has_an_id_of_its_own(current: Session) -> None:
    found = json.loads(getattr(filter_control(current, MAKER, Enterprise, "division_id", text="", resource_key="firm"), "data-control"))
    assert (found["compact"], found["empty"], found["id"], found["required"]) == (True, "全部", "filter-division_id", False)


def test_rows_carry_their_cells_and_what_is_wrong_in_them(current: Session, park: Park) -> None:
    rows = [{"id": "7", "code": "V-1", "volume_m3": "x"}, {"id": "", "code": "V-2", "enterprise_id": str(park.first.id)}]
    made = rows_control(current, MAKER, Tank, ("code", "volume_m3", "enterprise_id"), rows, {"0.volume_m3": "请输入数字。", "1.": "重复。", "3.code": "无"}, key="tanks", resource_key="firm")
    found = json.loads(getattr(made, "data-rows"))
    assert found["name"] == "rows:tanks"
    assert [line["mistakes"] for line in found["rows"]] == [{"volume_m3": "请输入数字。"}, {"": "重复。"}]
    assert [cell["text"] for cell in found["rows"][0]["cells"]] == ["V-1", "x", ""]
    assert found["rows"][1]["cells"][2]["shown"][0]["word"] == park.first.name
    assert [len(cell.get("items") or ()) for cell in found["blank"]] == [0, 0, 2], "a short table is sent once, not with every row"
    assert found["blank"][2]["url"] == "/pick/firm/tanks.enterprise_id"


def test_files_come_after_the_first_save_and_only_for_who_may_edit(current: Session, park: Park) -> None:
    later = json.loads(getattr(attachment_box(current, MAKER, None, LICENCE, resource=FIRMS), "data-attachments"))
    assert later == {"label": "营业执照", "required": True, "later": True}
    firm = current.get_one(Enterprise, park.first.id)
    for role, may in (("officer", True), ("leader", False)):
        box = json.loads(getattr(attachment_box(current, park.viewer(role), firm, LICENCE, resource=FIRMS), "data-attachments"))
        assert (box["url"], box["limit"], box["most"], box["may"]) == (f"/attachments/firm/{firm.id}/business_license", "20 MB", 5, may)


def test_the_tab_of_files_has_every_slot(current: Session, park: Park) -> None:
    firm = current.get_one(Enterprise, park.first.id)
    words = str(attachments_panel(current, park.viewer("officer"), FIRMS, firm))
    assert "营业执照" in words and "应急处置卡" in words
