"""Walls: a token opens the screens of its wall and nothing else, and reads no more than they show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from data import screens, walls
from data.choices.monitoring import SCREENS
from data.db import read_session, session
from data.errors import Forbidden, Invalid
from data.live import reach
from data.models import AuditEntry, DutyShift, ScreenSetting, User, Wall
from data.permissions import ALL_PERMISSIONS
from data.save import create, delete
from data.settings import Settings
from data.viewer import Viewer, system_viewer

ADMIN = system_viewer("tests")
NOW = datetime.now(UTC)


def put_up(*shown: str, **values: Any) -> tuple[int, str]:
    """A new wall and its token."""
    with session() as current:
        wall, token = walls.save_wall(current, ADMIN, None, {"name": "中控室主屏", "screens": list(shown)} | values, None)
        return wall.id, token


def enter(token: str, at: datetime = NOW) -> walls.Seat:
    with session() as current:
        return walls.admitted(current, token, at)


def test_a_token_is_kept_as_a_digest_and_stands_in_no_trail(database: Settings) -> None:
    identity, token = put_up("park")
    with read_session() as current:
        wall = current.get_one(Wall, identity)
        trail = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "wall", AuditEntry.record_id == identity)).all()
        assert len(wall.digest or "") == 64
        assert token not in str([wall.digest, [entry.changes for entry in trail]])
        assert str(wall.digest) not in str([entry.changes for entry in trail])
        assert [entry.verb for entry in trail] == ["create", "token"]


def test_a_wall_is_let_in_and_its_use_is_noted(database: Settings) -> None:
    identity, token = put_up("park", "tanks", place="中控室北墙")
    seat = enter(token)
    assert (seat.screens, seat.name, seat.place) == (("park", "tanks"), "中控室主屏", "中控室北墙")
    with read_session() as current:
        assert current.get_one(Wall, identity).last_used_at == NOW


def refusal(token: str, at: datetime = NOW) -> tuple[str, str]:
    with pytest.raises(walls.Refused) as caught:
        enter(token, at)
    return caught.value.reason, str(caught.value)


def test_an_unknown_a_revoked_and_an_expired_token_are_refused_with_the_reason(database: Settings) -> None:
    identity, revoked = put_up("park")
    with session() as current:
        walls.revoke(current, current.get_one(Wall, identity), ADMIN)
    _, brief = put_up("park", expires_at=NOW + timedelta(hours=1))
    assert enter(brief).screens == ("park",)
    assert refusal("wall_nothing") == ("unknown", "大屏令牌无效：地址不完整，或已换发新令牌。")
    assert refusal(revoked) == ("revoked", "“中控室主屏”的大屏令牌已停用。")
    assert refusal(brief, NOW + timedelta(hours=1)) == ("expired", "“中控室主屏”的大屏令牌已过有效期。")


def test_a_new_token_takes_the_place_of_the_old_one_and_ends_its_windows(database: Settings) -> None:
    identity, old = put_up("park")
    seat = enter(old)
    with session() as current:
        new = walls.issue(current, current.get_one(Wall, identity), ADMIN)
    assert refusal(old)[0] == "unknown"
    with read_session() as current:
        assert walls.still(current, identity, seat.epoch, NOW) is None
        again = walls.still(current, identity, enter(new).epoch, NOW)
    assert again is not None


def test_a_deleted_wall_shows_nothing(database: Settings) -> None:
    identity, token = put_up("park")
    with session() as current:
        delete(current, current.get_one(Wall, identity), ADMIN, "大屏已拆除")
    assert refusal(token)[0] == "revoked"


@pytest.mark.parametrize(
    ("shown", "channels"),
    [("park", {"points", "vehicles", "alarms", "health"}), ("tanks", {"points", "alarms", "health"}), ("vehicles", {"vehicles", "alarms", "health"}), ("risk", {"risk", "alarms", "health"}), ("daily", {"risk", "alarms", "health"})],
)
def test_a_wall_follows_the_channels_of_its_screens_only(database: Settings, shown: str, channels: set[str]) -> None:
    seat = enter(put_up(shown)[1])
    with read_session() as current:
        assert reach(current, seat.viewer).channels == channels


def test_a_token_opens_no_more_than_its_giver_may_see(database: Settings) -> None:
    town = Viewer(1, "town", "某镇", permissions=ALL_PERMISSIONS, scope="divisions", division_id=1)
    clerk = Viewer(1, "clerk", "某人", permissions=frozenset({"screen.edit", "tank.view", "alarm.view"}), scope="all")
    with session() as current:
        with pytest.raises(Forbidden, match="只有数据范围为全部的人员可以签发令牌"):
            walls.save_wall(current, town, None, {"name": "镇里的屏", "screens": ["park"]}, None)
        with pytest.raises(Forbidden, match="某人没有“查看车辆监控”权限"):
            walls.save_wall(current, clerk, None, {"name": "车辆屏", "screens": ["vehicles"]}, None)
        assert walls.save_wall(current, clerk, None, {"name": "储罐屏", "screens": ["tanks"]}, None)[1].startswith("wall_")


def test_a_wall_without_a_screen_is_refused_at_the_field(database: Settings) -> None:
    with session() as current, pytest.raises(Invalid) as caught:
        walls.save_wall(current, ADMIN, None, {"name": "空屏", "screens": []}, None)
    assert caught.value.fields == {"screens": "请至少选择一个画面。"}


# What they read


def test_every_screen_reads_what_it_shows_with_the_rights_of_a_wall(demo_database: Settings) -> None:
    seat = enter(put_up(*(one.code for one in SCREENS))[1])
    for one in SCREENS:
        alone = replace(seat.viewer, permissions=walls.rights_of([one.code]))
        with read_session() as current:
            assert screens.facts(current, alone, one.code)
            assert screens.figures(current, alone, one.code, NOW)["at"]


def test_nothing_of_people_hangs_on_the_wall(demo_database: Settings) -> None:
    with read_session() as current:
        whole = str([screens.facts(current, ADMIN, one.code) for one in SCREENS])
    assert not [word for word in ("phone", "contact", "driver", "0421-") if word in whole]


def test_who_is_on_duty_stands_there_by_post_and_name(demo_database: Settings) -> None:
    with session() as current:
        person = current.scalars(select(User).where(User.username == "duty")).one()
        create(current, DutyShift, ADMIN, {"user_id": person.id, "tier": 1, "begins_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=7)})
        assert screens.figures(current, ADMIN, "park", NOW)["duty"] == [{"post": "值班员", "names": person.name}]


def test_the_park_composes_its_screens(demo_database: Settings) -> None:
    with session() as current:
        rows = {row.screen: row for row in current.scalars(select(ScreenSetting))}
        screens.choose_panels(current, ADMIN, rows["park"], ["alarms", "levels"])
        with pytest.raises(Invalid, match="请至少选择一个栏目"):
            screens.choose_panels(current, ADMIN, rows["park"], [])
        with pytest.raises(Invalid, match="请选择列出的栏目"):
            screens.choose_panels(current, ADMIN, rows["park"], ["states"])
        found = screens.composed(current)
    assert (found[0]["screen"], found[0]["panels"]) == ("park", ["levels", "alarms"])
    assert [one["screen"] for one in found] == ["park", "risk", "tanks", "vehicles", "incident", "daily"]


# Signs of life

SAID = {
    "seat": "a1b2c3", "showing": "park", "state": "live", "width": 3840, "height": 2160, "version": "abc123", "clock_off_s": -259200, "memory_mb": 85,
    "figures": {"urgent": 1, "waiting": 1, "tanks": 17, "tanks_all": 20, "foreign": 5},
}  # fmt: skip


@pytest.mark.parametrize("change", [{"seat": "<b>"}, {"showing": "/etc"}, {"state": "fine"}, {"width": "wide"}, {"version": "a b"}, {"figures": None}, {"figures": {"urgent": "x"}}])
def test_a_forged_sign_of_life_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="心跳的内容无法理解"):
        walls.beat_from(SAID | change)


@pytest.mark.parametrize("said", [None, [], "beat", {}])
def test_what_is_no_sign_of_life_is_refused(said: Any) -> None:
    with pytest.raises(Invalid, match="心跳的内容无法理解"):
        walls.beat_from(said)


def test_a_window_is_remembered_once_and_another_wall_cannot_speak_for_it(database: Settings) -> None:
    beat = walls.beat_from(SAID)
    assert dict(beat.figures) == {"urgent": 1, "waiting": 1, "tanks": 17, "tanks_all": 20}
    first, second = (enter(put_up("park")[1]) for _ in range(2))
    with session() as current:
        walls.note_beat(current, first, beat, "10.0.0.8", "Chrome", NOW)
        walls.note_beat(current, first, beat, "10.0.0.8", "Chrome", NOW + timedelta(seconds=10))
        walls.note_beat(current, second, beat, "10.0.0.9", "Chrome", NOW + timedelta(seconds=20))
        found = walls.last_beats(current, list(current.scalars(select(Wall))))
    assert found == {first.wall_id: NOW + timedelta(seconds=10)}
