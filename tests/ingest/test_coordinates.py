"""Coordinate systems against published points."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.coordinates import (
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    is_possible,
    to_wgs84,
    wgs84_to_gcj02,
)

EXACT = [  # WGS-84, GCJ-02: googollee/eviltransform, Go tests
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]
CITIES = [  # WGS-84, GCJ-02, BD-09: hujiulong/gcoord, china-cities.json (朝阳, 锦州, 赤峰, 驻马店)
    ((120.4436858, 41.5713503), (120.4493929, 41.5736542), (120.455903, 41.5796449)),
    ((121.1211967, 41.0936306), (121.1268517, 41.0956882), (121.1334511, 41.101409)),
    ((118.8806794, 42.2558759), (118.886862, 42.2578201), (118.8933979, 42.2637671)),
    ((114.0164322, 33.0133556), (114.022306, 33.0115324), (114.0287781, 33.0176697)),
]
METRE = 1e-5  # degrees, about


@pytest.mark.parametrize(("wgs", "gcj"), EXACT)
def test_wgs84_becomes_gcj02_exactly_as_published(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=1e-9)


@pytest.mark.parametrize(("wgs", "gcj", "bd"), CITIES)
def test_cities_lie_within_a_metre_of_the_map_providers(
    wgs: tuple[float, float], gcj: tuple[float, float], bd: tuple[float, float]
) -> None:
    assert wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=METRE)
    assert gcj02_to_bd09(*gcj) == pytest.approx(bd, abs=1e-6)
    assert to_wgs84(*gcj, "gcj02") == pytest.approx(wgs, abs=METRE), "the way back from GCJ-02"
    assert to_wgs84(*bd, "bd09") == pytest.approx(wgs, abs=METRE), "the way back from BD-09"


def test_at_the_park_the_shift_is_half_a_kilometre_and_known() -> None:
    gcj = wgs84_to_gcj02(120.43, 41.42)
    assert gcj == pytest.approx((120.435717, 41.4222581), abs=1e-6)
    assert gcj02_to_bd09(*gcj) == pytest.approx((120.4423189, 41.4280184), abs=1e-6)


def test_there_and_back_is_the_same_place_within_a_centimetre() -> None:
    lon, lat = np.meshgrid(np.linspace(100, 125, 40), np.linspace(22, 48, 40))
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert float(np.max(np.abs(back[0] - lon))) < 1e-7 and float(np.max(np.abs(back[1] - lat))) < 1e-7
    closed = bd09_to_gcj02(*gcj02_to_bd09(lon, lat))
    assert float(np.max(np.abs(closed[0] - lon))) < 4e-6, "the closed form is good to a fraction of a metre"


def test_outside_china_nothing_is_shifted() -> None:
    assert to_wgs84(2.35, 48.85, "gcj02") == (2.35, 48.85)
    assert to_wgs84(139.7, 35.7, "gcj02") == (139.7, 35.7), "longitude comes first"


def test_wgs84_is_left_alone_and_an_unknown_system_is_an_error() -> None:
    assert to_wgs84(120.4, 41.4, "wgs84") == (120.4, 41.4)
    with pytest.raises(ValueError, match="mars"):
        to_wgs84(120.4, 41.4, "mars")


@pytest.mark.parametrize("place", [(41.4, 120.4), (0.0, 0.0), (181.0, 0.0), (120.0, -90.1), (float("nan"), 1.0)])
def test_an_impossible_place_is_recognised(place: tuple[float, float]) -> None:
    assert not is_possible(*place)


def test_the_park_is_a_possible_place() -> None:
    assert is_possible(120.43, 41.42) and is_possible(0.0, 51.5)
