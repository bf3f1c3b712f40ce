"""The callbacks of the replay, of areas and of resources, asked as a browser asks and as none does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from data import db
from data.models import AuditEntry, Vehicle
from data.tasks import Work
from data.viewer import system_viewer
from tests.dashboard.asking import one

WISHES = {"replay-wish": "replay-found", "replay-file": "replay-file-asked", "vehicles-visits-wish": "vehicles-visits", "resources-wish": "resources-found"}
AREA = {"kind": "circle", "center": [120.43, 41.42], "radius_m": 3000}
Person = Callable[..., FlaskClient]


def ask(client: FlaskClient, wish: str, data: Any) -> tuple[int, str]:
    """Status and body of the answer to a wish."""
    target = WISHES[wish]
    body = {
        "output": f"{target}.data",
        "outputs": {"id": target, "property": "data"},
        "inputs": [{"id": wish, "property": "data", "value": data}],
        "changedPropIds": [f"{wish}.data"],
    }
    answer = client.post("/_dash-update-component", json=body)
    return answer.status_code, json.dumps(answer.get_json(silent=True) or {}, ensure_ascii=False)


def wish(**changes: Any) -> dict[str, Any]:
    return {"ids": [one(Vehicle).id], "span": "24h", "start": "", "end": "", "stop": 2, "key": 1} | changes


def test_a_track_is_answered_with_its_sums(person: Person) -> None:
    status, body = ask(person("duty"), "replay-wish", wish())
    assert status == 200, body
    assert all(word in body for word in ('"length_km"', '"stops"', '"limit_kmh"', '"alarms"')), "columns for the map and the curve"


def test_what_is_wrong_with_a_wish_is_said_at_its_field(person: Person) -> None:
    _, body = ask(person("duty"), "replay-wish", wish(span="free", start="2026-01-01T00:00", end="2026-02-01T00:00"))
    assert "一次最多回放 7 天" in body and '"faults": {"end"' in body, "and nothing of what was typed is lost"


@pytest.mark.parametrize("data", [None, [], "x", 5, {}, {"ids": "x"}, {"area": "x", "q": 5, "span": []}, {"ids": [2**70], "span": "24h", "stop": 2}, {"area": {"kind": "circle"}}])
@pytest.mark.parametrize("name", WISHES)
def test_what_no_page_sends_is_refused_without_a_fault(person: Person, name: str, data: Any) -> None:
    status, body = ask(person("duty"), name, data)
    assert status in {200, 204} and "错误编号" not in body, body


def test_a_vehicle_that_is_not_there_is_not_found(person: Person) -> None:
    assert "没有找到" in ask(person("duty"), "replay-wish", wish(ids=[10**9]))[1], "in words"


def test_a_file_is_written_in_a_task_and_told_to_the_audit(person: Person) -> None:
    from data.replay_files import export

    with db.read_session() as session:
        before = session.query(AuditEntry).filter(AuditEntry.verb == "export").count()
    for ending in ("xlsx", "gpx"):
        work = Work(0, "轨迹", system_viewer("tests"), {"ids": [one(Vehicle).id], "span": "24h", "stop": 2, "ending": ending})
        work.progress = lambda *_: None  # type: ignore[method-assign]
        export(work)
        assert work.made is not None and work.made[1].stat().st_size > 0, "a file"
        assert work.made[0].endswith(ending), "of the format that was asked for"
    with db.read_session() as session:
        assert session.query(AuditEntry).filter(AuditEntry.verb == "export").count() == before + 2, "one entry a vehicle and file"
    assert "导出格式" in ask(person("duty"), "replay-file", wish(ending="kml"))[1], "no other format"


def test_resources_are_found_round_a_place(person: Person) -> None:
    _, body = ask(person("officer"), "resources-wish", {"area": AREA, "q": "", "key": 1})
    assert '"far"' in body and '"phone"' in body, "with distance and telephone"


def test_visits_longer_than_a_day_are_refused_in_words(person: Person) -> None:
    _, body = ask(person("duty"), "vehicles-visits-wish", {"area": AREA, "span": "free", "start": "2026-11-01T00:00", "end": "2026-11-03T00:00", "key": 1})
    assert "最多查 24 小时" in body, "bounded"
