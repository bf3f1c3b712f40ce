"""The duty room in the web: the plan, a series seen before it is made, an exchange by forms, a call answered by its button."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import delete, select

from data import duty_calls
from data.calendar import park_day, start_of
from data.db import session
from data.models import DutyCall, DutyExchange, DutyHandover, DutyShift, User
from data.viewers import viewer_from
from pages.duty import answering, plan, series
from tests.dashboard.asking import listed, one, opened, rows, sent

NOW = datetime.now(UTC)
TODAY = park_day(NOW)
HOUR = timedelta(hours=1)
Person = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def nothing_yet(demo_database: Any) -> None:
    with session() as current:
        for model in (DutyCall, DutyHandover, DutyExchange, DutyShift):
            current.execute(delete(model))


def user(username: str) -> User:
    return one(User, User.username == username)


def shift(username: str, begins: float, hours: float = 12, tier: int = 1) -> int:
    with session() as current:
        made = DutyShift(user_id=user(username).id, tier=tier, begins_at=NOW + begins * HOUR, ends_at=NOW + (begins + hours) * HOUR)
        current.add(made)
        current.flush()
        return made.id


def drawn(layout: Callable[..., Any], username: str, **query: str) -> str:
    return json.dumps(layout(viewer_from(user(username)), **query), cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_plan_shows_who_stands_where_and_names_what_nobody_fills() -> None:
    with session() as current:
        begins = start_of(TODAY) + timedelta(days=7)
        current.add(DutyShift(user_id=user("duty").id, tier=1, begins_at=begins + 8 * HOUR, ends_at=begins + 20 * HOUR))
    day = (TODAY + timedelta(days=7)).isoformat()
    week = drawn(plan.layout, "duty", day=day)
    assert "08:00–20:00" in week
    assert "mine" in week
    assert " 缺岗 20:00–24:00" in week
    assert "带班领导" in week
    month = drawn(plan.layout, "leader", span="month", day=day)
    assert "李志远" in month
    assert "批量排班" not in month, "who keeps no roster is offered none"
    assert drawn(plan.layout, "duty", day="gestern", span="x") == drawn(plan.layout, "duty")


def test_a_series_is_seen_first_then_made_and_a_second_one_names_its_conflicts(person: Person) -> None:
    client = person("officer")
    wish = {"tier": "1", "each": "1", "times": "08:00-20:00，20:00-08:00", "first": (TODAY + timedelta(days=1)).isoformat(), "last": (TODAY + timedelta(days=2)).isoformat(), "p1": str(user("duty").id), "p2": str(user("duty2").id)}
    seen = drawn(series.layout, "officer", **wish)
    assert "生成 4 班" in seen
    assert "李志远 2 班，周楠 2 班" in seen
    data = {"do": "make", "values": wish}
    assert "已生成 4 班。" in sent(client, ("duty-series", "children"), "duty_series", data)
    again = sent(client, ("duty-series", "children"), "duty_series", data)
    assert "4 班有冲突，没有生成" in again
    assert "本人已有班" in again
    assert wish["p2"] in again, "nothing that was entered is lost"
    assert "请按轮班顺序选择人员" in drawn(series.layout, "officer", **{**wish, "p1": "", "p2": "x"})
    assert "没有“维护值班表”权限" in sent(person("leader"), ("duty-series", "children"), "duty_series", data)
    with session() as current:
        assert len(current.scalars(select(DutyShift)).unique().all()) == 4


def test_an_exchange_goes_through_the_forms_of_three_people(person: Person, submit: Any) -> None:
    mine, theirs = shift("duty", 24), shift("duty2", 48)
    given = {"shift_id": str(mine), "other_id": str(user("duty2").id), "other_shift_id": str(theirs), "reason": "家中有事"}
    assert "请选择列出的选项。" in submit(person("inspector"), "duty_exchange", "", "add", given), "the shift of another is not even offered"
    client = person("duty")
    form = opened(client, "duty_exchange", do="add")
    assert "请对方代班" in form
    assert "请填写" in submit(client, "duty_exchange", "", "add", {**given, "reason": ""})
    assert "已添加" in submit(client, "duty_exchange", "", "add", given)
    asked = one(DutyExchange)
    assert "由周楠本人答复" in submit(client, "duty_exchange", asked.id, "agree", {}, asked.version)
    assert "已同意，等待领导批准" in submit(person("duty2"), "duty_exchange", asked.id, "agree", {}, asked.version)
    version = one(DutyExchange).version
    assert "已批准，换班生效" in submit(person("leader"), "duty_exchange", asked.id, "approve", {}, version)
    assert one(DutyShift, DutyShift.id == mine).user_id == user("duty2").id
    assert one(DutyShift, DutyShift.id == theirs).user_id == user("duty").id


def test_a_shift_is_handed_over_and_signed_in_the_drawer(person: Person, submit: Any) -> None:
    mine = shift("duty", -11)
    shift("duty2", 1)
    client = person("duty")
    assert "已添加" in submit(client, "duty_handover", "", "add", {"shift_id": str(mine), "matters": "关注 V-101 液位"})
    made = one(DutyHandover)
    assert "此刻的未办结事项" in opened(client, "duty_handover", open=str(made.id))
    assert "已通知下一班接班" in submit(client, "duty_handover", made.id, "hand", {}, made.version)
    assert "已交班，内容不再改变" in submit(client, "duty_handover", made.id, "edit", {"matters": "改"}, one(DutyHandover).version)
    assert "已接班" in submit(person("duty2"), "duty_handover", made.id, "take", {"remark": ""}, one(DutyHandover).version)
    assert one(DutyHandover).state == "signed"


def test_a_call_is_answered_by_its_own_button_and_counted(person: Person, submit: Any) -> None:
    shift("duty", -1)
    assert "没有“查岗”权限" in submit(person("duty"), "duty_call", "", "add", {})
    assert "没有当班的人" in submit(person("leader"), "duty_call", "", "add", {"tier": "3", "enterprise_id": ""})
    assert "已添加" in submit(person("leader"), "duty_call", "", "add", {"tier": "", "enterprise_id": ""})
    client = person("duty")
    (told,) = client.get("/messages/urgent").get_json()
    assert (told["head"], told["button"], told["href"]) == ("查岗", "在岗", "")
    assert person("officer").post(f"/messages/{told['id']}/confirm").status_code == 404, "nobody answers for another"
    client = person("duty")
    assert client.post(f"/messages/{told['id']}/confirm").status_code == 200
    call = one(DutyCall)
    assert call.state == "answered"
    assert client.get("/messages/urgent").get_json() == []
    assert "已有结果，不能撤回" in submit(person("leader"), "duty_call", call.id, "delete", {"reason": "误发"}, call.version)


def test_the_numbers_of_the_statistics_are_the_rows_that_they_open(person: Person) -> None:
    asked = start_of(TODAY) - 3 * HOUR
    with session() as current:
        for took in (12, 40, None):
            current.add(DutyCall(user_id=user("duty").id, tier=1, kind="random", asked_at=asked, due_at=asked + HOUR, state="missed" if took is None else "answered", answer_s=took))
    shown = drawn(answering.layout, "leader")
    assert '"66.7"' in shown
    assert "26 秒" in shown
    client = person("leader")
    span = {"asked_at_from": (TODAY - timedelta(days=29)).isoformat(), "asked_at_to": TODAY.isoformat(), "user_id": str(user("duty").id)}
    for state, number in (("", 3), ("answered", 2), ("missed", 1)):
        query = {**span, **({"state": state} if state else {})}
        assert f"{duty_calls.PATH}?{urlencode(query)}" in shown
        assert len(rows(listed(client, "duty_call", **query), "duty_call")) == number
