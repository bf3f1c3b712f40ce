"""The measured points of the demo park with ranges and limits that fit tank and medium."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from data.demo.installations import FARMS, bunds, gateways, tank_places, tanks
from data.demo.media import MEDIA, TOXIC
from data.demo.plane import Point, to_lonlat

# Share of the height: low low, low, high, high high. A bullet or a sphere is never filled above 90 %.
_LEVEL_SHARES = {
    "vertical": (0.08, 0.14, 0.86, 0.91),
    "floating": (0.11, 0.15, 0.845, 0.886),
    "sphere": (0.10, 0.15, 0.82, 0.88),
    "horizontal": (0.10, 0.15, 0.80, 0.87),
}
PERIOD_S = 10


def _level(tank: dict[str, Any]) -> dict[str, Any]:
    low_low, low, high, high_high = (round(tank["height_m"] * share, 1) for share in _LEVEL_SHARES[tank["shape"]])
    if tank["shape"] == "horizontal":
        low_low, low, high, high_high = (round(tank["height_m"] * share, 2) for share in _LEVEL_SHARES[tank["shape"]])
    limits = {
        "low_low": low_low,
        "low": low,
        "high": high,
        "high_high": high_high,
        "dead_band": 0.05,
        "min_duration_s": 10,
    }
    span = {"range_low": 0.0, "range_high": tank["height_m"]}
    return {"suffix": "LT", "word": "液位", "quantity": "level", "unit": "m", "decimals": 2, **span, **limits}


def _temperature(tank: dict[str, Any]) -> dict[str, Any]:
    _, low, high, high_high = MEDIA[tank["medium"]].temperature
    cold = tank["medium"] == "液化天然气"
    span = {"range_low": -200.0, "range_high": 50.0} if cold else {"range_low": -50.0, "range_high": 100.0}
    limits = {
        "low_low": None,
        "low": None if low is None else float(low),
        "high": float(high),
        "high_high": float(high_high),
        "dead_band": 0.5,
        "min_duration_s": 20,
    }
    return {"suffix": "TT", "word": "温度", "quantity": "temperature", "unit": "℃", "decimals": 1, **span, **limits}


def _pressure(tank: dict[str, Any]) -> dict[str, Any] | None:
    pressure = MEDIA[tank["medium"]].pressure
    if pressure is None:
        return None
    _, high, high_high, top = pressure
    band = 0.0005 if top < 0.1 else 0.02
    limits = {
        "low_low": None,
        "low": None,
        "high": high,
        "high_high": high_high,
        "dead_band": band,
        "min_duration_s": 10,
    }
    span = {"range_low": -0.002 if top < 0.1 else 0.0, "range_high": top}
    return {
        "suffix": "PT",
        "word": "压力",
        "quantity": "pressure",
        "unit": "MPa",
        "decimals": 3 if top < 0.1 else 2,
        **span,
        **limits,
    }


def _gas(tank: dict[str, Any], number: int) -> dict[str, Any] | None:
    gas = MEDIA[tank["medium"]].gas
    if not gas:
        return None
    if gas == "combustible":
        limits = {"low_low": None, "low": None, "high": 25.0, "high_high": 50.0, "dead_band": 2.0, "min_duration_s": 0}
        common = {
            "word": "可燃气",
            "quantity": "combustible",
            "unit": "%LEL",
            "decimals": 1,
            "range_low": 0.0,
            "range_high": 100.0,
        }
    else:
        toxic = TOXIC[gas]
        limits = {
            "low_low": None,
            "low": None,
            "high": toxic.high,
            "high_high": toxic.high_high,
            "dead_band": toxic.high * 0.08,
            "min_duration_s": 0,
        }
        common = {
            "word": gas,
            "quantity": "toxic",
            "unit": toxic.unit,
            "decimals": toxic.decimals,
            "range_low": 0.0,
            "range_high": toxic.range_high,
        }
    return {"suffix": f"GT{number}", **common, **limits}


def _specifications(tank: dict[str, Any]) -> list[dict[str, Any]]:
    """What is measured at one tank. Every other one of the atmospheric tanks shares its neighbour's gas detector."""
    number = int(tank["code"][2:])
    pressurised = tank["shape"] in {"sphere", "horizontal"}
    wanted = [_level(tank), _temperature(tank), _pressure(tank)]
    if pressurised or number < 400 or number % 2 == 1:
        wanted.append(_gas(tank, 1))
    if tank["medium"] == "液氨" and number <= 203:
        wanted.append(_gas(tank, 2))
    return [item for item in wanted if item is not None]


def _place(tank: dict[str, Any], specification: dict[str, Any]) -> Point | None:
    """Gas detectors stand beside the tank; what is measured in the tank has the tank's own place."""
    x, y = tank_places()[tank["code"]]
    reach = tank["diameter_m"] / 2 + 3
    return {"GT1": (x, y - reach), "GT2": (x + reach, y)}.get(specification["suffix"])


@lru_cache
def points() -> tuple[dict[str, Any], ...]:
    """All points in the order of their tanks, then the detectors at the loading stations, which belong to no tank."""
    gateway_of = {gateway["installation"]: gateway["code"] for gateway in gateways()}
    result = []
    for tank in tanks():
        for specification in _specifications(tank):
            item = dict(specification)
            suffix, word = item.pop("suffix"), item.pop("word")
            place = _place(tank, specification)
            lon, lat = to_lonlat(place) if place else (None, None)
            name = f"{word}{suffix[2:]}" if suffix.startswith("GT") and suffix != "GT1" else word
            owner = {
                "enterprise": tank["enterprise"],
                "installation": tank["installation"],
                "tank": tank["code"],
                "gateway": gateway_of[tank["installation"]],
            }
            result.append(
                {
                    "code": f"{tank['code']}.{suffix}",
                    "name": f"{tank['code']} {tank['name']} {name}",
                    **owner,
                    **item,
                    "period_s": PERIOD_S,
                    "lon": lon,
                    "lat": lat,
                }
            )
    return tuple(result + _loading_points(gateway_of))


def _loading_points(gateway_of: dict[str, str]) -> list[dict[str, Any]]:
    """A gas detector at the loading station of each farm whose first medium gives off gas."""
    result = []
    for farm in FARMS:
        tank = next(tank for tank in tanks() if tank["installation"] == farm.code)
        specification = _gas(tank, 1)
        if specification is None:
            continue
        item = dict(specification)
        item.pop("suffix")
        word = item.pop("word")
        left, bottom, right, _ = bunds()[farm.code]
        lon, lat = to_lonlat(((left + right) / 2, bottom - 18))
        owner = {
            "enterprise": tank["enterprise"],
            "installation": farm.code,
            "tank": None,
            "gateway": gateway_of[farm.code],
        }
        code = f"LB-{farm.code[-2:]}.GT1"
        result.append(
            {
                "code": code,
                "name": f"{farm.name}装卸站 {word}",
                **owner,
                **item,
                "period_s": PERIOD_S,
                "lon": lon,
                "lat": lat,
            }
        )
    return result
