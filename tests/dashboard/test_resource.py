"""A list from a declaration: what is wrong in it is found at the start, and what a browser sends is forged until checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from dashboard.resource import Resource, resources_of, shown_value
from dashboard.resource_answers import LIST_PARTS
from dashboard.resource_parts import Action, Column, Filter
from dashboard.resource_state import NONE, FilterRow, State, filter_rows, read_state, rows_of
from data import db
from data.choices import Choice
from data.models import AuditEntry, DeadLetter, Enterprise, LoginEvent, Point, Terminal, User, Vehicle
from data.rules.point_limits import limit_faults
from data.settings import Settings
from data.viewer import system_viewer
from pages.enterprises import ENTERPRISES
from pages.system.ingest import hexadecimal
from pages.system.logs import LOGINS
from pages.system.points import POINTS
from pages.system.terminals import TERMINALS
from pages.system.users import USERS
from tests.dashboard.asking import call, listed, one, opened, rows
from tests.platform import PASSWORD

ALL = system_viewer("tests")


# Declarations


def declared(**changes: Any) -> Resource:
    plain: dict[str, Any] = {"key": "x", "model": Enterprise, "path": "/x", "title": "x", "permission": "", "columns": (Column("name"),)}
    return Resource(**plain | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": (Column("nam"),)}, "columns: Enterprise has no column 'nam'"),
        ({"columns": (Column("division.nam"),)}, "columns: Enterprise has no column 'division.nam'"),
        ({"model": User, "columns": (Column("password_hash"),)}, "columns: User has no column 'password_hash'"),
        ({"sort": "division.name"}, "sort: 'division.name' is none of"),
        ({"filters": (Filter("name"),)}, "filters: 'name' has no choices, so it needs options"),
        ({"filters": (Filter("nowhere.name"),)}, "filters: Enterprise has no column 'nowhere.name'"),
        ({"facts": {"a": ("nothing",)}}, "facts: Enterprise has no column 'nothing'"),
        ({"form": {"a": ("nothing",)}, "edit_permission": "user.edit"}, "form: Enterprise has no column 'nothing' of its own"),
        ({"form": {"a": ("name",)}}, "form: an edit needs edit_permission"),
        ({"where": {"kind": "x"}}, "where: Enterprise has no column 'kind' of its own"),
        ({"where": {"state": "running"}, "filters": (Filter("state"),)}, "where: 'state' is fixed, so it is neither a field of the form nor a filter"),
        ({"model": LoginEvent, "columns": (Column("at"),), "form": {"a": ("agent",)}, "edit_permission": "x"}, "form: only a Record can be edited"),
        ({"actions": (Action("edit", "x", "", lambda *_: "", lambda _: ""),)}, "actions and panels: the key 'edit' is taken"),
    ],
)
def test_a_mistake_in_a_declaration_is_named_when_it_is_made(changes: dict[str, Any], message: str) -> None:
    if "sort" not in changes:
        changes = {"sort": changes.get("columns", (Column("name"),))[0].name, **changes}
    with pytest.raises(ValueError, match="Resource x: ") as caught:
        declared(**changes)
    assert message in str(caught.value)


def test_words_tones_and_links_come_from_the_model() -> None:
    firm = Enterprise(name="华锦", state="ordered_stop", employee_count=12_345, lon=120.5, outline=None)
    now = datetime.now(UTC)
    assert shown_value(firm, "state", now) == Choice("ordered_stop", "停业整顿", "danger")
    assert shown_value(firm, "employee_count", now) == "12,345"
    assert shown_value(firm, "lon", now) == "120.5"
    assert shown_value(firm, "division.name", now) == ""


# The address of a list


CHOICES = (Choice("1", "一"), Choice("2", "二"))
ROWS = [FilterRow(Filter("division_id"), "属地", CHOICES), FilterRow(Filter("updated_at"), "更新时间", (), "days")]


def test_a_state_survives_its_own_address() -> None:
    state = State("甲", {"division_id": "2", "updated_at_from": "2026-11-01"}, "name", 3, 50, 7, "edit", "history")
    assert read_state(ENTERPRISES, ROWS, state.query(ENTERPRISES)) == state


def test_what_is_usual_is_not_in_the_address() -> None:
    assert State(sort=ENTERPRISES.sort).href(ENTERPRISES) == "/enterprises"


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "id; DROP TABLE enterprise"},
        {"sort": "password_hash"},
        {"sort": "legal_person"},
        {"division_id": "3"},
        {"division_id": "1 OR 1=1"},
        {"updated_at_from": "yesterday"},
        {"page": "-x"},
        {"page": "1e9"},
        {"page": "٣"},
        {"size": "100000"},
        {"open": "0"},
        {"open": "9" * 30},
        {"q": ["a", "list"]},
        {"unknown": "x"},
    ],
)
def test_what_an_address_may_not_say_is_dropped(query: dict[str, Any]) -> None:
    assert read_state(ENTERPRISES, ROWS, query) == State(sort="code")


# Against the demo park


def test_every_resource_is_found_by_its_key(app: Any) -> None:
    found = resources_of(app)
    assert {"enterprise", "user", "role", "login", "audit", "point"} <= set(found)
    assert all(resource.key == key for key, resource in found.items())


def test_a_list_gives_the_rows_of_its_page(person: Any) -> None:
    client = person("admin")
    first, second = rows(listed(client, "enterprise"), "enterprise"), rows(listed(client, "enterprise", page="2"), "enterprise")
    assert (len(first), len(second)) == (20, 20)
    assert {row["id"] for row in first}.isdisjoint(row["id"] for row in second)


def test_a_list_is_sorted_filtered_and_searched_by_the_server(person: Any) -> None:
    client = person("admin")
    names = [row["c0"] for row in rows(listed(client, "enterprise", sort="name", size="100"), "enterprise")]
    assert len(names) == 60
    assert names != [row["c0"] for row in rows(listed(client, "enterprise", sort="-name", size="100"), "enterprise")]
    firm = one(Enterprise, Enterprise.state == "ordered_stop")
    found = rows(listed(client, "enterprise", q=firm.name, state="ordered_stop"), "enterprise")
    assert [row["id"] for row in found] == [str(firm.id)]


def test_the_total_is_the_count_of_the_rows(demo_database: Settings) -> None:
    with db.read_session() as current:
        filters = filter_rows(current, ALL, ENTERPRISES)
        for chosen in ({}, {"state": "running"}, {"scale": "large"}):
            found = rows_of(current, ALL, ENTERPRISES, filters, State(chosen=dict(chosen), size=100))
            assert found.total == len(found.rows)


def test_every_filter_and_order_of_every_list_works(app: Any, demo_database: Settings) -> None:
    with db.read_session() as current:
        for resource in resources_of(app).values():
            filters = filter_rows(current, ALL, resource)
            for name in resource.sortable:
                assert rows_of(current, ALL, resource, filters, State(sort=f"-{name}")) is not None
            for row in filters:
                value = {"days": "2026-11-01", "range": "1", "tree": "1", "pick": "1"}.get(row.kind) or (row.choices or [NONE])[0].code
                assert rows_of(current, ALL, resource, filters, State(chosen={row.parameters[0]: value}, sort=resource.sort)).total >= 0


@pytest.mark.parametrize("key", ["enterprise", "user", "login", "audit", "refused", "terminal", "point"])
def test_every_page_draws_for_an_administrator(app: Any, key: str) -> None:
    resource = resources_of(app)[key]
    with app.server.test_request_context():
        page = resource.page().layout(ALL)
    assert page.to_plotly_json()["props"]["data-resource"] == key


# Who may


@pytest.mark.parametrize("key", ["user", "login", "audit", "refused", "terminal", "point"])
def test_a_key_that_the_person_may_not_open_gives_nothing(person: Any, key: str) -> None:
    status, body = listed(person("inspector"), key)
    assert "rowData" not in json.dumps(body.get("response", {}))
    assert "权限，请联系系统管理员。" in json.dumps(body, ensure_ascii=False)
    assert status in {200, 204}


def test_the_permission_is_that_of_the_key_that_triggered_whatever_else_the_body_names(person: Any) -> None:
    forged = {"inputs": [{"id": {"k": "user", "t": "list-query"}, "property": "data", "value": {"query": {}}}]}
    _status, body = call(person("inspector"), list(LIST_PARTS), "list-query", {"query": {}}, "user", **forged)
    assert "权限" in json.dumps(body, ensure_ascii=False)
    assert "rowData" not in json.dumps(body.get("response", {}))


@pytest.mark.parametrize("key", ["nothing", "__class__", ""])
def test_a_key_that_does_not_exist_is_refused_in_words(person: Any, key: str) -> None:
    _, body = listed(person("admin"), key)
    assert "没有这个列表，请刷新页面。" in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize("data", [None, 7, [], "x", {"query": []}, {"query": {"page": {"$gt": 1}, "sort": ["name"], "open": {}}}])
def test_a_body_of_any_shape_is_answered(person: Any, data: Any) -> None:
    status, body = call(person("admin"), list(LIST_PARTS), "list-query", data, "enterprise")
    assert len(rows((status, body), "enterprise")) == 20


def test_a_forged_order_is_not_taken(person: Any) -> None:
    client = person("admin")
    usual = rows(listed(client, "user"), "user")
    for sort in ("password_hash", "id) FROM \"user\"; --", "-session_epoch", "role.permissions"):
        assert rows(listed(client, "user", sort=sort), "user") == usual


def test_secrets_are_nowhere_in_what_a_list_sends(person: Any) -> None:
    client = person("admin")
    user = one(User, User.username == "duty")
    sent = json.dumps(listed(client, "user")[1]) + opened(client, "user", open=str(user.id)) + opened(client, "user", open=str(user.id), tab="history")
    assert "argon2" not in sent
    assert user.password_hash not in sent


# Drawer


def test_the_drawer_shows_the_record_and_its_history(person: Any) -> None:
    firm = one(Enterprise)
    assert firm.name in opened(person("leader"), "enterprise", open=str(firm.id))


def test_a_record_that_is_not_there_is_said_so(person: Any) -> None:
    assert "没有找到这条生产经营单位" in opened(person("admin"), "enterprise", open="999999")


def test_who_may_only_look_is_offered_no_form(person: Any) -> None:
    firm = one(Enterprise)
    assert "data-record-form" not in opened(person("leader"), "enterprise", open=str(firm.id), do="edit")


# Form


def limits(point: Point, **changes: str) -> dict[str, str]:
    values = {name: "" if (value := getattr(point, name)) is None else str(value) for name in ("name", "unit", "decimals", *CHECKED)}
    return values | changes


CHECKED = ("range_low", "range_high", "low_low", "low", "high", "high_high", "dead_band", "min_duration_s", "period_s")


def test_a_limit_is_changed_audited_and_told_to_ingest(person: Any, submit: Any) -> None:
    point = one(Point, Point.high.is_not(None), Point.high_high.is_not(None))
    listening = db.connection_raw()
    listening.autocommit = True
    listening.cursor().execute("LISTEN config")
    new = (point.high + point.high_high) / 2
    assert "已保存" in submit(person("officer"), "point", point.id, "edit", limits(point, high=str(new)), point.version)
    assert one(Point, Point.id == point.id).high == pytest.approx(new)
    listening.poll()
    assert [one.channel for one in listening.notifies] == ["config"]
    listening.close()
    with db.read_session() as current:
        entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "point", AuditEntry.record_id == point.id)).one()
    assert (entry.username, list(entry.changes)) == ("officer", ["high"])


def test_limits_out_of_order_are_refused_at_the_field_and_kept_in_the_form(person: Any, submit: Any) -> None:
    point = one(Point, Point.high.is_not(None), Point.high_high.is_not(None))
    answer = submit(person("officer"), "point", point.id, "edit", limits(point, high=str(point.high_high + 1)), point.version)
    assert f"高限 {point.high_high + 1:g} 应小于高高限 {point.high_high:g}。" in answer
    assert "有 1 处需要修改" in answer
    assert one(Point, Point.id == point.id).version == point.version


@pytest.mark.parametrize(("typed", "message"), [("high", "请输入数字。"), ("nan", "请输入数字。"), ("1e999", "请输入数字。")])
def test_what_is_no_number_is_refused_at_the_field(person: Any, submit: Any, typed: str, message: str) -> None:
    point = one(Point, Point.high.is_not(None))
    assert message in submit(person("officer"), "point", point.id, "edit", limits(point, high=typed), point.version)


def test_only_declared_fields_are_taken_whatever_is_sent(person: Any, submit: Any) -> None:
    point = one(Point)
    forged = limits(point, code="FORGED", enterprise_id="1", is_simulated="1", version="9", id="1", name=f"{point.name} 改")
    submit(person("officer"), "point", point.id, "edit", forged, point.version)
    after = one(Point, Point.id == point.id)
    assert (after.name, after.code, after.enterprise_id) == (f"{point.name} 改", point.code, point.enterprise_id)


def test_an_old_version_is_a_conflict_that_names_who_was_first(person: Any, submit: Any) -> None:
    point = one(Point)
    client = person("officer")
    submit(client, "point", point.id, "edit", limits(point, name="第一次"), point.version)
    answer = submit(client, "point", point.id, "edit", limits(point, name="第二次"), point.version)
    assert "改为“第一次”，您填的仍在此处。再次保存将以您的为准。" in answer
    assert one(Point, Point.id == point.id).name == "第一次"


def test_an_edit_without_the_right_changes_nothing(person: Any, submit: Any) -> None:
    point = one(Point)
    assert "权限" in submit(person("duty"), "point", point.id, "edit", limits(point, name="forged"), point.version)
    firm = one(Enterprise)
    assert "权限" in submit(person("leader"), "enterprise", firm.id, "edit", {"name": "forged"}, firm.version)
    assert one(Enterprise, Enterprise.id == firm.id).name == firm.name


# Limits


GOOD = {"range_low": 0, "low_low": 0.5, "low": 1, "high": 8, "high_high": 9, "range_high": 10, "dead_band": 0.2, "min_duration_s": 5, "period_s": 10}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, {}),
        ({"low_low": None, "low": None}, {}),
        ({"low_low": 0, "high_high": 10}, {}),
        ({"low": 0.5}, {"low": "低限 0.5 应大于低低限 0.5。"}),
        ({"high": 0.7}, {"high": "高限 0.7 应大于低限 1。"}),
        ({"high_high": 8}, {"high_high": "高高限 8 应大于高限 8。"}),
        ({"range_high": 8.5}, {"range_high": "量程上限 8.5 应不小于高高限 9。"}),
        ({"low_low": -1}, {"low_low": "低低限 -1 应不小于量程下限 0。"}),
        ({"dead_band": -0.1}, {"dead_band": "死区不能小于 0。"}),
        ({"dead_band": 7}, {"dead_band": "死区 7 应小于正常范围的宽度 7，否则报警不会恢复。"}),
        ({"min_duration_s": -1}, {"min_duration_s": "最短持续应为 0–3600 秒。"}),
        ({"decimals": 7}, {"decimals": "小数位应为 0–6。"}),
        ({"period_s": 0}, {"period_s": "上报周期应为 1–86400 秒。"}),
    ],
)
def test_limits_make_sense_together(change: dict[str, Any], faults: dict[str, str]) -> None:
    assert limit_faults(GOOD | change) == faults


def test_the_message_stands_at_the_value_that_was_changed() -> None:
    assert limit_faults(GOOD | {"high": 9.5}, ["high"]) == {"high": "高限 9.5 应小于高高限 9。"}
    assert limit_faults(GOOD | {"range_low": 0.6}, ["range_low"]) == {"range_low": "量程下限 0.6 应不大于低低限 0.5。"}


def test_the_limits_of_the_demo_park_all_make_sense(demo_database: Settings) -> None:
    with db.read_session() as current:
        wrong = {point.code: found for point in current.scalars(select(Point)) if (found := POINTS.check(point, {}))}
    assert wrong == {}


# Actions


def test_a_locked_user_is_let_in_again(person: Any, submit: Any) -> None:
    user = one(User, User.username == "leader")
    with db.session() as current:
        current.execute(update(User).where(User.id == user.id).values(failed_count=5, locked_until=datetime.now(UTC) + timedelta(minutes=9)))
    assert "已解除" in submit(person("admin"), "user", user.id, "unlock", {})
    assert person("leader")


def test_a_disabled_user_is_out_at_once_and_the_reason_stands_in_the_log(app: Any, person: Any, submit: Any) -> None:
    user = one(User, User.username == "inspector")
    elsewhere = app.server.test_client()
    elsewhere.post("/login", data={"username": "inspector", "password": PASSWORD})
    assert elsewhere.get("/live/token").status_code == 200
    client = person("admin")
    assert "请填写停用原因。" in submit(client, "user", user.id, "disable", {"reason": " "})
    assert "已停用" in submit(client, "user", user.id, "disable", {"reason": "离职"})
    assert elsewhere.get("/live/token").status_code == 401
    with db.read_session() as current:
        reasons = current.scalars(select(AuditEntry.reason).where(AuditEntry.table_name == "user", AuditEntry.record_id == user.id)).all()
    assert "离职" in reasons
    assert "已启用" in submit(client, "user", user.id, "enable", {})


def test_nobody_shuts_themselves_out(person: Any, submit: Any) -> None:
    admin = one(User, User.username == "admin")
    assert "不能停用自己的账号。" in submit(person("admin"), "user", admin.id, "disable", {"reason": "x"})
    assert one(User, User.id == admin.id).is_active


def test_an_action_without_the_right_or_without_a_name_does_nothing(person: Any, submit: Any) -> None:
    user = one(User, User.username == "leader")
    assert "权限" in submit(person("officer"), "user", user.id, "disable", {"reason": "x"})
    client = person("admin")
    assert "没有这个操作，请刷新页面。" in submit(client, "user", user.id, "vanish", {})
    assert "没有找到" in submit(client, "user", "1 OR 1=1", "unlock", {})
    assert one(User, User.id == user.id).is_active


def test_a_waiting_terminal_is_bound_to_a_free_vehicle_only(person: Any, submit: Any) -> None:
    bound = one(Terminal, Terminal.state == "approved", Terminal.vehicle_id.is_not(None))
    with db.session() as current:
        terminal = Terminal(phone="19900000001", state="pending", reported_plate="辽N00001")
        free = Vehicle(plate="辽N00001", carrier_id=one(Vehicle).carrier_id)
        current.add_all([terminal, free])
    client = person("admin")
    assert "请选择列出的选项。" in submit(client, "terminal", terminal.id, "approve", {"vehicle_id": str(bound.vehicle_id)})
    assert "已接入" in submit(client, "terminal", terminal.id, "approve", {"vehicle_id": str(free.id)})
    after = one(Terminal, Terminal.id == terminal.id)
    assert (after.state, after.vehicle_id) == ("approved", free.id)
    assert "已停用" in submit(client, "terminal", terminal.id, "disable", {"reason": "换装"})
    after = one(Terminal, Terminal.id == terminal.id)
    assert (after.state, after.vehicle_id) == ("disabled", None)


def test_a_refused_message_is_shown_as_text_and_as_bytes(person: Any) -> None:
    now = datetime.now(UTC)
    moments = {"hour": now, "first_at": now, "last_at": now}
    with db.session() as current:
        letter = DeadLetter(source="mqtt", peer="park/liucheng/E001/G/telemetry", reason="bad_json", detail="第 1 行", count=3, sample=b'{"ts": \xff<script>', **moments)
        current.add(letter)
    client = person("admin")
    assert next(row["c0"] for row in rows(listed(client, "refused", reason="bad_json"), "refused")) in ("JSON 无法解析", {"w": "JSON 无法解析", "t": "", "h": ""})
    shown = opened(client, "refused", open=str(letter.id), tab="sample")
    assert '\\"ts\\": \ufffd<script>' in shown
    assert "7b 22 74 73 22 3a 20 ff" in shown


def test_bytes_are_shown_sixteen_a_line() -> None:
    assert hexadecimal(b"~\x02\x00abc") == f"0000  {'7e 02 00 61 62 63':<47}  ~··abc"
    assert hexadecimal(b"") == "（空）"
    assert len(hexadecimal(bytes(40)).splitlines()) == 3


def test_every_list_declares_a_right_that_exists() -> None:
    from data.permissions import ALL_PERMISSIONS

    for resource in (ENTERPRISES, USERS, LOGINS, TERMINALS, POINTS):
        assert resource.permission in ALL_PERMISSIONS
        assert {action.permission for action in resource.actions} <= ALL_PERMISSIONS


def test_the_login_log_counts_what_it_shows(person: Any) -> None:
    client = person("admin")
    with db.read_session() as current:
        wanted = current.scalar(select(func.count()).select_from(LoginEvent).where(LoginEvent.result == "ok"))
    assert f'"{wanted}"' in json.dumps(listed(client, "login", result="ok")[1])
