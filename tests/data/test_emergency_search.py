"""应急资源查询: what lies in an area, how far, in which order, and for whom."""

from __future__ import annotations

import pytest

from data.db import read_session
from data.drawn import drawn_of
from data.emergency_search import KINDS, search
from data.errors import Forbidden
from data.settings import Settings
from data.viewer import Viewer, system_viewer

ALL = system_viewer("tests")
CENTER = [120.43, 41.42]


def circle(metres: float) -> dict[str, object]:
    return {"kind": "circle", "center": CENTER, "radius_m": metres}


def test_round_a_place_the_nearest_comes_first_and_nothing_lies_outside(demo_database: Settings) -> None:
    with read_session() as session:
        found = search(session, ALL, area=drawn_of(circle(2_000)), keyword="")
        wider = search(session, ALL, area=drawn_of(circle(20_000)), keyword="")
    distances = [one.distance_m for one in found]
    assert found and None not in distances, "each has a place, so each has a distance"
    assert distances == sorted(distances, key=lambda one: one or 0), "the nearest first"
    assert max(one or 0 for one in distances) <= 2_010, "none outside of the circle"
    assert len(wider) > len(found), "a wider circle has more"


def test_without_an_area_everything_is_there_also_what_has_no_place(demo_database: Settings) -> None:
    with read_session() as session:
        found = search(session, ALL, area=None, keyword="")
    assert {one.kind for one in found} == {kind.code for kind in KINDS}, "all kinds of the demo park"
    assert any(one.lon is None for one in found), "experts and members stand nowhere"


def test_a_keyword_narrows(demo_database: Settings) -> None:
    with read_session() as session:
        found = search(session, ALL, area=None, keyword="消防")
        none = search(session, ALL, area=None, keyword="没有这种东西")
    assert found and any("消防" in one.name for one in found), "what is called so"
    assert none == [], "nothing is called so"


def test_a_polygon_is_an_area_too(demo_database: Settings) -> None:
    lon, lat = CENTER
    corners = [[lon - 0.03, lat - 0.03], [lon + 0.03, lat - 0.03], [lon + 0.03, lat + 0.03], [lon - 0.03, lat + 0.03]]
    with read_session() as session:
        found = search(session, ALL, area=drawn_of({"kind": "polygon", "corners": corners}), keyword="")
    assert found and all(abs((one.lon or 0) - lon) <= 0.03 and abs((one.lat or 0) - lat) <= 0.03 for one in found), "inside, all of them"


def test_who_may_not_see_resources_finds_none(demo_database: Settings) -> None:
    with read_session() as session, pytest.raises(Forbidden):
        search(session, Viewer(1, "x", "x"), area=None, keyword="")
