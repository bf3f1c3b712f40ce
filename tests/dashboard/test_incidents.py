"""The desk of an incident and the tasks of the field as a browser asks for them: taken, refused with what was typed, forged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import select

from data import db, incident_tasks, incidents
from data.models import Alarm, Incident, IncidentEntry, Installation, User
from data.viewers import viewer_from
from pages.incidents import desk, field
from tests.dashboard.asking import listed, one, rows, sent

NOW = datetime.now(UTC)


def viewer(username: str) -> Any:
    return viewer_from(one(User, User.username == username))


def made(**values: Any) -> int:
    unit = one(Installation, Installation.code == "MHI-02")
    given = {"title": "液氨罐区法兰泄漏", "kind": "leak", "place": "液氨罐区", "lon": unit.lon, "lat": unit.lat, "enterprise_id": unit.enterprise_id, "installation_id": unit.id} | values
    is_drill = bool(given.pop("is_drill", False))
    with db.session() as current:
        return incidents.receive(current, viewer("duty"), given, NOW, is_drill=is_drill).id


def state_of(identity: int) -> str:
    return one(Incident, Incident.id == identity).state


def drawn(username: str, identity: Any) -> str:
    """The desk as that person gets it, as text."""
    return json.dumps(desk.layout(viewer(username), id=str(identity)), cls=PlotlyJSONEncoder, ensure_ascii=False)


class Desk:
    """Sends the forms of the desk and what it asks by itself."""

    def __init__(self, app: Any) -> None:
        self.taking = next(key for key in app.callback_map if "incident-done.data" in key and "incident-form-move" in key)
        self.following = next(key for key in app.callback_map if "incident-head.children" in key)

    def _ask(self, client: FlaskClient, key: str, source: Any, data: Any) -> str:
        names = [part.rpartition(".") for part in key.strip(".").split("...")]
        outputs = [{"id": name, "property": what} for name, _, what in names]
        plain = source if isinstance(source, str) else json.dumps(source, separators=(",", ":"), sort_keys=True)
        answer = client.post("/_dash-update-component", json={"output": key, "outputs": outputs, "inputs": [{"id": source, "property": "data", "value": data}], "changedPropIds": [f"{plain}.data"]})
        assert answer.status_code in {200, 204, 403}, answer.get_data(as_text=True)
        return json.dumps(answer.get_json(silent=True) or {}, ensure_ascii=False)

    def send(self, client: FlaskClient, identity: Any, do: Any, values: Any) -> str:
        return self._ask(client, self.taking, {"k": "incident_desk", "t": "form-submit"}, {"id": str(identity), "do": do, "version": "1", "values": values})

    def follow(self, client: FlaskClient, wish: Any) -> str:
        return self._ask(client, self.following, "incident-ask", wish)


@pytest.fixture(scope="module")
def room(app: Any) -> Desk:
    return Desk(app)


def test_an_incident_is_entered_on_the_list_and_drills_stand_apart(person: Any, submit: Any) -> None:
    client = person("duty")
    typed = {"title": "仓库冒烟", "kind": "fire", "source": "phone", "place": "甲类仓库", "reporter": "保安"}
    assert "已添加" in submit(client, "incident", "", "add", typed)
    assert "已添加" in submit(client, "incident_drill", "", "add", typed | {"title": "仓库火灾演练"})
    real, drills = (str(rows(listed(client, key), key)) for key in ("incident", "incident_drill"))
    assert "仓库冒烟" in real and "仓库火灾演练" not in real
    assert "仓库火灾演练" in drills and "仓库冒烟" not in drills
    assert "添加" not in json.dumps(listed(person("inspector"), "incident")[1], ensure_ascii=False)


def test_the_desk_has_everything_of_the_incident(person: Any) -> None:
    page = drawn("duty", made())
    for words in ("液氨罐区法兰泄漏", "企业向属地部门报告", "国务院令第493号第九条", "消防", "核实属实", "排除", "没有风向风速", "km", "记入时间线"):
        assert words in page, words
    assert "核实属实" not in drawn("inspector", made()).replace("核实属实后", ""), "who only looks has no step"


def test_a_drill_is_marked_on_the_desk() -> None:
    assert "incident-desk drill" in drawn("duty", made(is_drill=True))
    assert "incident-desk drill" not in drawn("duty", made())


def test_steps_are_taken_and_the_second_is_told_with_what_they_typed(person: Any, room: Desk) -> None:
    identity, client = made(), person("duty")
    assert "必填。" in room.send(client, identity, "verify", {"seen": "received"})
    assert "已办理“核实属实”，事件现在“已核实”。" in room.send(client, identity, "verify", {"seen": "received", "level": "4"})
    second = room.send(person("officer"), identity, "dismiss", {"seen": "received", "words": "我看是误报，已电话问过"})
    assert "李志远刚刚办理了“核实属实”" in second
    assert "我看是误报，已电话问过" in second, "nothing that was typed is lost"
    assert state_of(identity) == "verified"


def test_lines_tasks_and_circles_are_taken_and_mistakes_stand_at_the_field(person: Any, room: Desk) -> None:
    identity, client = made(), person("duty")
    room.send(client, identity, "verify", {"seen": "received", "level": "4"})
    assert "已记入时间线。" in room.send(client, identity, "note", {"kind": "note", "text": "消防车到场"})
    wrong = room.send(client, identity, "note", {"kind": "wind", "direction_deg": "西北", "speed_ms": "2.4"})
    assert "请输入数字。" in wrong and "2.4" in wrong
    assert "已下达给朝阳电力抢修队。" in room.send(client, identity, "task", {"what": "切断电源", "unit": "朝阳电力抢修队", "due_at": ""})
    assert "没有“接收、反馈应急任务”权限或已停用" in room.send(client, identity, "task", {"what": "切断电源", "user_id": "99999999"})
    assert "已画出隔离 80 m 规划估算。" in room.send(client, identity, "circle", {"name": "隔离", "radius_m": "80", "is_downwind": "", "basis": "指挥部决定"})
    assert "应在 10–20000 m 之间。" in room.send(client, identity, "circle", {"name": "隔离", "radius_m": "5", "basis": "x"})
    told = room.follow(client, {"id": str(identity), "state": "verified", "dirty": ["note"]})
    for words in ("消防车到场", "切断电源", "隔离 80 m 规划估算"):
        assert words in told, words
    assert '"incident-form-note"' not in told, "a form at which somebody types is left alone"


def test_a_report_is_drafted_signed_and_frozen(person: Any, room: Desk) -> None:
    identity, client = made(), person("duty")
    assert "核实属实后才能报告" in room.send(client, identity, "draft", {})
    room.send(client, identity, "verify", {"seen": "received", "level": "4"})
    assert "签发专报" in room.send(client, identity, "draft", {})
    said = {"kind": "first", "recipient": "县应急管理局", "scene": "罐区", "course": "泄漏", "harm": "无", "measures": "堵漏"}
    assert "请填写主送机关。" in room.send(client, identity, "report", said | {"recipient": ""})
    assert "专报已签发，编号 应急专报〔" in room.send(client, identity, "report", said)
    assert "attachments/" in room.follow(client, {"id": str(identity), "state": "verified", "dirty": []})


FORGED = (("fly", {}), ("verify", {"seen": "received", "level": "9"}), ("note", {"kind": "end", "text": "x"}), ("note", {"kind": "note", "text": "x", "corrects": "9" * 30}), ("note", {"kind": "casualty", "dead_count": "-1"}), ("circle", {"radius": "abc"}), ("drop", {"circle": "1e9"}), ("task", {"what": "x", "unit": "y", "team_id": "[]"}), ("report", {"kind": "x"}), ("edit", {"at": "2020-01-01"}), ("delete", {}))


@pytest.mark.parametrize(("do", "values"), FORGED, ids=[f"{do}-{number}" for number, (do, _) in enumerate(FORGED)])
def test_what_is_forged_changes_nothing_and_is_answered_in_words(person: Any, room: Desk, do: str, values: dict[str, str]) -> None:
    identity = made()
    with db.read_session() as current:
        before = current.scalars(select(IncidentEntry.id)).all()
    said = room.send(person("duty"), identity, do, values)
    assert "错误编号" not in said and "messages-inbox" in said, said
    with db.read_session() as current:
        assert current.scalars(select(IncidentEntry.id)).all() == before


@pytest.mark.parametrize(("identity", "values"), [("9" * 40, {}), ("١", {}), ("1", None), (7, {}), ("1", [1])])
def test_no_forged_desk_is_opened(person: Any, room: Desk, identity: Any, values: Any) -> None:
    said = room.send(person("duty"), identity, "verify", values)
    assert "错误编号" not in said and "messages-inbox" in said
    assert "错误编号" not in room.follow(person("duty"), {"id": identity, "dirty": 7})


def test_who_may_only_look_writes_nothing(person: Any, room: Desk) -> None:
    identity, client = made(), person("inspector")
    for do, values in (("verify", {"seen": "received", "level": "4"}), ("note", {"kind": "note", "text": "x"}), ("task", {"what": "x", "unit": "y"}), ("circle", {"name": "x", "radius_m": "100", "basis": "y"}), ("draft", {})):
        assert "权限" in room.send(client, identity, do, values), do
    assert state_of(identity) == "received"


def test_one_click_from_an_alarm(person: Any) -> None:
    with db.session() as current:
        alarm = Alarm(source_type="vehicle", source_id=1, source_code="辽N·D1234", source_name="辽N·D1234", place="运输企业", condition="sos", kind="sos", level=1, raised_at=NOW, last_at=NOW, lon=120.43, lat=41.42)
        current.add(alarm)
        current.flush()
        identity = alarm.id
    address = f"/incidents/from-alarm/{identity}"
    assert person("inspector").post(address).status_code == 403
    client = person("duty")
    first, second = client.post(address).get_json(), client.post(address).get_json()
    assert (first["new"], second["new"], second["href"]) == (True, False, first["href"])
    assert client.post("/incidents/from-alarm/99999999").status_code == 404


def test_the_field_accepts_answers_and_is_told_when_somebody_was_faster(person: Any, room: Desk) -> None:
    identity = made()
    room.send(person("duty"), identity, "verify", {"seen": "received", "level": "4"})
    with db.session() as current:
        task = incident_tasks.give(current, viewer("duty"), identity, {"what": "疏散下风向人员", "user_id": viewer("inspector").id}, NOW)
    client, place = person("inspector"), ("incident-field", "children")

    def answer(do: str, **values: str) -> str:
        return sent(client, place, "incident_field", {"id": str(task.id), "do": do, "version": "1", "values": values})

    page = json.dumps(field.layout(viewer("inspector")), cls=PlotlyJSONEncoder, ensure_ascii=False)
    assert "疏散下风向人员" in page
    assert "已接收，指挥台已看到。" in answer("accept", seen="waiting")
    assert "请写明进展" in answer("answer", seen="doing", state="doing", text=" ")
    late = answer("answer", seen="waiting", state="done", text="已疏散 88 人")
    assert "这项任务刚刚已变为“执行中”" in late and "已疏散 88 人" in late
    assert "已提交，任务“已完成”。" in answer("answer", seen="doing", state="done", text="已疏散 88 人")
    assert "不能再反馈" in answer("answer", seen="done", state="done", text="又一次")
    assert "已疏散 88 人" in room.follow(person("duty"), {"id": str(identity), "state": "", "dirty": []})
